"""What is in a project's queue, by where it comes from, and removing what nobody has begun. Gold and quiz are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from storage.database import tables
from storage.database.typed_rows import all_rows
from storage.labelling.events import EventKind
from storage.labelling.queue_rules import TaskRole
from storage.labelling.task_removal import remove_tasks

_drafts, _events, _tasks = tables.drafts.c, tables.events.c, tables.tasks.c
# a look at the scores, where nobody labels blind, is no work
_BEGUN = select(_events.task_id).where(_events.task_id == _tasks.id, _events.kind != EventKind.REVEAL.value).exists()
# on somebody's screen: taking it away under their hands would lose what they are about to type
_HELD = select(_drafts.task_id).where(_drafts.task_id == _tasks.id, _drafts.leased_until.is_not(None)).exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueContent:
    """The solutions of a queue that come from one data source and one policy model."""

    data_source: str | None
    policy_model: str
    solutions: int
    begun: int  # of those somebody has done something on
    held: int  # of the others, reserved for somebody who has them open or ready


class _ContentRow(NamedTuple):
    """One group, counted."""

    data_source: str | None
    policy_model: str
    solutions: int
    begun: int
    held: int


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
            func.sum(case((and_(~_BEGUN, _HELD), 1), else_=0)).label("held"),
        )
        .select_from(tables.tasks.join(tables.solutions).join(tables.problems))
        .where(_tasks.queue_id == queue_id, _tasks.role == TaskRole.LABEL.value)
        .group_by(problems.data_source, solutions.policy_model)
    )
    found = all_rows(connection, query, _ContentRow)
    found.sort(key=lambda row: (-row.solutions, row.data_source or "", row.policy_model))
    return tuple(
        QueueContent(
            data_source=row.data_source,
            policy_model=row.policy_model,
            solutions=row.solutions,
            begun=row.begun,
            held=row.held,
        )
        for row in found
    )


def remove_unbegun(connection: Connection, queue_id: str, data_source: str | None, policy_model: str) -> int:
    """Remove from a queue what nobody has begun or holds of one group; return how many solutions. They stay in the store."""
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
            ~_HELD,
        )
    )
    found: Sequence[str] = connection.scalars(query).all()
    remove_tasks(connection, found)
    return len(found)
