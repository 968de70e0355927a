"""Blinding: which runs and solutions keep their scores from a person who still has to label them blind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from storage.database import tables
from storage.database.typed_rows import iter_rows
from storage.labelling import audience, queue_rules
from storage.labelling.queue_rules import TaskRow
from storage.runs.step_scores import pages_of


class _WaitingRow(NamedTuple):
    """A run (None: an import) with the options of a project that has a solution of it to label."""

    run_id: str | None
    options: dict[str, object] | None


def blinded_runs(connection: Connection, run_ids: Sequence[str], annotator: str | None) -> frozenset[str]:
    """Return those of the runs that have a solution in a blind queue which ``annotator`` has not submitted.

    For None, somebody who is not known to be any annotator, a solution in a blind queue is enough. Archived projects ask for no
    labels any more and blind nothing.
    """
    pages = [tables.solutions.c.run_id.in_(page) for page in pages_of(run_ids)]
    found = (run_id for which in pages for run_id in _awaiting_labels(connection, annotator, which))
    return frozenset(run_id for run_id in found if run_id is not None)


def is_blinded_elsewhere(connection: Connection, task: TaskRow, annotator: str) -> bool:
    """Return whether the solution of a task is in another blind queue too, where ``annotator`` has not submitted it.

    A project that only its members label counts for them. The queue of a run, which nobody has to label, counts once they have
    begun the solution there.
    """
    tasks, drafts = tables.tasks.c, tables.drafts.c
    begun = select(drafts.task_id).where(drafts.task_id == tasks.id, drafts.annotator == annotator).exists()
    expected = or_(and_(tables.queues.c.project_id.is_not(None), audience.may_label(annotator)), begun)
    return bool(
        _awaiting_labels(connection, annotator, tasks.solution_id == task.solution_id, tasks.id != task.id, expected)
    )


def _awaiting_labels(connection: Connection, annotator: str | None, *which: ColumnElement[bool]) -> list[str | None]:
    """Return the run of each of these solutions that waits in a blind queue."""
    solutions, tasks, queues, projects, drafts = (
        tables.solutions.c,
        tables.tasks.c,
        tables.queues.c,
        tables.projects.c,
        tables.drafts.c,
    )
    done = (
        select(drafts.task_id)
        .where(drafts.task_id == tasks.id, drafts.annotator == annotator, drafts.submitted.is_(true()))
        .exists()
        if annotator is not None
        else false()
    )
    query = (
        select(solutions.run_id, projects.options)
        .join(tables.tasks, tasks.solution_id == solutions.id)
        .join(tables.queues, queues.id == tasks.queue_id)
        .outerjoin(tables.projects, projects.id == queues.project_id)
        .where(*which, projects.archived.is_not(true()), ~done)
        .distinct()
    )
    found = iter_rows(connection, query, _WaitingRow)
    return [row.run_id for row in found if row.options is None or queue_rules.as_options(row.options).blind]
