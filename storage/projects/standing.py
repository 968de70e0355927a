"""Where the labels of a project stand: done, in work, sent back, to do; when they came; how long each took.

Counts; what the counts say, the forecast and what is too fast, is the engine's (``engine/evaluation/``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, true

from engine.domain import now
from storage.database import tables
from storage.database.typed_rows import iter_rows
from storage.labelling.queue_rules import QueueRules, TaskRole

NEWEST = 200  # solutions of each person whose times are looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStanding:
    """Where the labels of a queue stand, one a person and solution; gold and quiz do not count. They add up to ``wanted``."""

    wanted: int  # as many for each solution as the overlap says; one where everybody may label everything
    done: int  # submitted or skipped
    sent_back: int  # by a review, and not submitted again
    in_work: int  # leased to somebody now
    to_do: int
    unclaimed: int  # of the ones sent back: their time for it has run out, and nobody else has finished it


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedWork:
    """How long one person had one solution on screen."""

    annotator: str
    solution_id: str
    seconds: float
    steps: int  # that they labelled
    words: int  # of all steps of the solution, as they stand between blanks
    done_at: datetime


class _TimedDraftRow(NamedTuple):
    """Submitted work that says how long it took."""

    annotator: str
    solution_id: str
    seconds: float
    labelled_steps: int
    done_at: datetime
    steps: list[str]


def count_labels(connection: Connection, rules: QueueRules) -> LabelStanding:
    """Return where the labels of a queue stand."""
    tasks, drafts = tables.tasks.c, tables.drafts.c
    needed = rules.options.overlap or 1
    of_queue = (tasks.queue_id == rules.queue_id, tasks.role == TaskRole.LABEL.value)
    done = func.sum(case((tasks.finished < needed, tasks.finished), else_=needed))
    total, finished = connection.execute(select(func.count(), done).where(*of_queue)).one()
    is_open = ~drafts.submitted
    is_held = and_(is_open, drafts.leased_until > now())
    was_returned = and_(is_open, drafts.send_back_note.is_not(None))
    lapsed = and_(was_returned, or_(drafts.leased_until.is_(None), drafts.leased_until <= now()))
    query = select(
        _count(was_returned), _count(and_(is_held, drafts.send_back_note.is_(None))), _count(lapsed)
    ).select_from(tables.drafts.join(tables.tasks, tasks.id == drafts.task_id))
    # what is finished by as many as it takes is waited for no more
    returned, held, unclaimed = connection.execute(query.where(*of_queue, tasks.finished < needed)).one()
    wanted, left = total * needed, total * needed - (finished or 0)
    sent_back = min(returned or 0, left)
    in_work = min(held or 0, left - sent_back)
    return LabelStanding(
        wanted=wanted,
        done=finished or 0,
        sent_back=sent_back,
        in_work=in_work,
        to_do=left - sent_back - in_work,
        unclaimed=min(unclaimed or 0, sent_back),
    )


def list_ends(connection: Connection, queue_id: str) -> tuple[tuple[str, datetime], ...]:
    """Return whose labels of a solution were finished when, the oldest first; those of gold and quiz are left out."""
    drafts, tasks = tables.drafts.c, tables.tasks.c
    query = (
        select(drafts.annotator, drafts.done_at)
        .join(tables.tasks, tasks.id == drafts.task_id)
        .where(
            drafts.queue_id == queue_id,
            drafts.submitted.is_(true()),
            drafts.counts_toward_overlap.is_(true()),
            drafts.done_at.is_not(None),
            tasks.role == TaskRole.LABEL.value,
        )
        .order_by(drafts.done_at)
    )
    return tuple((annotator, at) for annotator, at in connection.execute(query))


def count_sent_back(connection: Connection, queue_id: str) -> dict[str, int]:
    """Return how many solutions were sent back to each person and are not submitted again; items of the quiz are left out."""
    drafts, tasks = tables.drafts.c, tables.tasks.c
    query = select(drafts.annotator, func.count()).join(tables.tasks, tasks.id == drafts.task_id)
    waiting = (drafts.queue_id == queue_id, ~drafts.submitted, drafts.send_back_note.is_not(None))
    found = connection.execute(query.where(*waiting, tasks.role != TaskRole.QUIZ.value).group_by(drafts.annotator))
    return {annotator: count for annotator, count in found}


def list_timed_work(connection: Connection, queue_id: str) -> tuple[TimedWork, ...]:
    """Return the newest ``NEWEST`` solutions of each person that were labelled and say how long it took, the newest first."""
    drafts, tasks, solutions = tables.drafts.c, tables.tasks.c, tables.solutions.c
    number = func.row_number().over(partition_by=drafts.annotator, order_by=drafts.done_at.desc())
    newest = (
        select(
            drafts.annotator,
            tasks.solution_id,
            drafts.seconds,
            drafts.labelled_steps,
            drafts.done_at,
            number.label("number"),
        )
        .join(tables.tasks, tasks.id == drafts.task_id)
        .where(
            drafts.queue_id == queue_id,
            drafts.submitted.is_(true()),
            drafts.skip_reason.is_(None),
            drafts.seconds.is_not(None),
            drafts.labelled_steps > 0,
        )
        .subquery()
    )
    columns = (newest.c[name] for name in ("annotator", "solution_id", "seconds", "labelled_steps", "done_at"))
    query = select(*columns, solutions.steps).join(tables.solutions, solutions.id == newest.c.solution_id)
    query = query.where(newest.c.number <= NEWEST).order_by(newest.c.done_at.desc())
    return tuple(
        TimedWork(
            annotator=row.annotator,
            solution_id=row.solution_id,
            seconds=row.seconds,
            steps=row.labelled_steps,
            words=sum(len(step.split()) for step in row.steps),
            done_at=row.done_at,
        )
        for row in iter_rows(connection, query, _TimedDraftRow)
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
