"""What is in a project's queue, by where it comes from, and removing what nobody has begun. Gold and quiz are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from storage.database import tables
from storage.database.typed_rows import all_rows
from storage.labelling.queue_rules import TaskRole
from storage.labelling.task_removal import remove_tasks

_drafts, _tasks = tables.drafts.c, tables.tasks.c
# whoever has opened a task holds it: taking it away under their hands would lose what they have just typed
_BEGUN = select(_drafts.task_id).where(_drafts.task_id == _tasks.id).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueContent:
    """The solutions of a queue that come from one data source and one policy model."""

    data_source: str | None
    policy_model: str
    solutions: int
    begun: int  # of those somebody was given or has labelled


class _ContentRow(NamedTuple):
    """One group, counted."""

    data_source: str | None
    policy_model: str
    solutions: int
    begun: int


def list_contents(connection: Connection, queue_id: str) -> tuple[QueueContent, ...]:
    """Return what is in a queue, the largest group first."""
    problems, solutions = tables.problems.c, tables.solutions.c
    count = func.count().label("solutions")
    query = (
        select(
            problems.data_source,
            solutions.policy_model,
            count,
            func.sum(case((_BEGUN, 1), else_=0)).label("begun"),
        )
        .select_from(tables.tasks.join(tables.solutions).join(tables.problems))
        .where(_tasks.queue_id == queue_id, _tasks.role == TaskRole.LABEL.value)
        .group_by(problems.data_source, solutions.policy_model)
    )
    found = all_rows(connection, query, _ContentRow)
    found.sort(key=lambda row: (-row.solutions, row.data_source or "", row.policy_model))
    return tuple(
        QueueContent(
            data_source=row.data_source, policy_model=row.policy_model, solutions=row.solutions, begun=row.begun
        )
        for row in found
    )


def remove_unbegun(connection: Connection, queue_id: str, data_source: str | None, policy_model: str) -> int:
    """Remove from a queue what nobody has begun of one group; return how many solutions. They stay in the store."""
    problems, solutions = tables.problems.c, tables.solutions.c
    of_source: ColumnElement[bool] = (
        problems.data_source.is_(None) if data_source is None else problems.data_source == data_source
    )
    query = (
        select(_tasks.id)
        .select_from(tables.tasks.join(tables.solutions).join(tables.problems))
        .where(
            _tasks.queue_id == queue_id,
            _tasks.role == TaskRole.LABEL.value,
            of_source,
            solutions.policy_model == policy_model,
            ~_BEGUN,
        )
    )
    found: Sequence[str] = connection.scalars(query).all()
    remove_tasks(connection, found)
    return len(found)
