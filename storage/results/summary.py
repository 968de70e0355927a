"""How much of the dataset is labelled: counts for people, computed by the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, distinct, func, select, true

from storage.database import tables
from storage.labelling import audience, queues
from storage.labelling.queue_rules import TaskRole
from storage.labelling.queues import QueueSummary
from storage.runs import records


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueOverview:
    """A queue for everybody to see: whose progress, from which problem."""

    mine: QueueSummary  # one person's progress
    labelled: int  # tasks anybody has submitted with labels
    labelled_by_me: int  # of these, by that one person
    skipped_by_me: int  # tasks that person has skipped
    image: str | None  # first image of the run's problem


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetSummary:
    """What is labelled so far. Skipped solutions do not count as labelled."""

    labelled: int  # solutions with labels of at least one person
    labelled_by_me: int
    exportable: int  # of the labelled ones: labelled as work, and not only as gold or quiz items
    solutions: int  # solutions in the queues that the person finds
    annotators: int  # people who submitted at least one solution
    queues: tuple[QueueOverview, ...]  # newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentWork:
    """What people finished since some moment; gold and quiz do not count."""

    labels: int  # solutions labelled by a person; skips do not count
    people: int


def recent_work(connection: Connection, since: datetime) -> RecentWork:
    """Return what people finished since a moment and have not taken back."""
    drafts, tasks = tables.drafts.c, tables.tasks.c
    done = (drafts.submitted.is_(true()), drafts.skip_reason.is_(None), drafts.done_at > since)
    query = select(func.count(), func.count(distinct(drafts.annotator))).join(tables.tasks, tasks.id == drafts.task_id)
    labels, people = connection.execute(query.where(*done, tasks.role == TaskRole.LABEL.value)).one()
    return RecentWork(labels=labels, people=people)


def dataset_summary(connection: Connection, annotator: str) -> DatasetSummary:
    """Return the counts, with ``annotator``'s own progress in each queue."""
    drafts, tasks = tables.drafts, tables.tasks
    is_labelled = and_(drafts.c.submitted.is_(true()), drafts.c.skip_reason.is_(None))
    labelled = select(func.count(distinct(tasks.c.solution_id))).join(drafts, drafts.c.task_id == tasks.c.id)
    people = select(func.count(distinct(drafts.c.annotator))).where(drafts.c.submitted.is_(true()))
    in_queues = select(func.count(distinct(tasks.c.solution_id))).join(tables.queues)
    is_mine = drafts.c.annotator == annotator
    is_skipped = and_(drafts.c.submitted.is_(true()), drafts.c.skip_reason.is_not(None))
    everybody = _by_queue(connection, is_labelled)
    mine, skipped = _by_queue(connection, and_(is_labelled, is_mine)), _by_queue(connection, and_(is_skipped, is_mine))
    found = queues.list_queues(connection, annotator)
    images = _images(connection, [summary.run_id for summary in found if summary.run_id is not None])
    return DatasetSummary(
        labelled=connection.scalar(labelled.where(is_labelled)) or 0,
        labelled_by_me=connection.scalar(labelled.where(is_labelled, is_mine)) or 0,
        exportable=connection.scalar(labelled.where(is_labelled, tasks.c.role == TaskRole.LABEL.value)) or 0,
        solutions=connection.scalar(in_queues.where(audience.may_enter(annotator))) or 0,
        annotators=connection.scalar(people) or 0,
        queues=tuple(
            QueueOverview(
                mine=summary,
                labelled=everybody.get(summary.queue.id, 0),
                labelled_by_me=mine.get(summary.queue.id, 0),
                skipped_by_me=skipped.get(summary.queue.id, 0),
                image=images.get(summary.run_id or ""),
            )
            for summary in found
        ),
    )


def _by_queue(connection: Connection, which: ColumnElement[bool]) -> dict[str, int]:
    """Return how many tasks of each queue have such a draft; a queue with none is left out."""
    drafts = tables.drafts.c
    query = select(drafts.queue_id, func.count(distinct(drafts.task_id))).where(which).group_by(drafts.queue_id)
    return {queue_id: count for queue_id, count in connection.execute(query)}


def _images(connection: Connection, run_ids: list[str]) -> dict[str, str]:
    """Return the first image of each run's problem, where it has one."""
    query = select(tables.runs.c.id, tables.runs.c.problem_id).where(tables.runs.c.id.in_(run_ids))
    problem_of = {row.id: row.problem_id for row in connection.execute(query)}
    problems = records.read_problems(connection, list(set(problem_of.values())))
    return {
        run_id: problems[problem_id].images[0]
        for run_id, problem_id in problem_of.items()
        if problems[problem_id].images
    }
