"""Queues: which solutions are to be labelled, in which order, and how far a person is. Knows no label.

The queue of a run gives everybody all its tasks, in its order. The queue of a project assigns them
(``storage/labelling/assignment.py``). Whom a queue is open to, ``storage/labelling/audience.py`` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sqlalchemy import Connection, func, select, true

from engine.domain import FinishReason, new_id, now
from storage.database import tables
from storage.database.rows import Values
from storage.database.typed_rows import all_rows, one_row
from storage.errors import NotFound, NothingToLabel
from storage.labelling import assignment, audience
from storage.labelling.queue_rules import QueueRules, TaskRole, TaskRow, no_queue, read_rules
from storage.labelling.slots import SlotState
from storage.runs.equal_solutions import without_equals

MAX_QUEUE_TITLE = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Solutions to label, in order."""

    id: str
    title: str
    total: int  # tasks in it


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSummary:
    """A queue and how far one person is in it."""

    queue: Queue
    run_id: str | None  # the run it was made from
    done: int  # tasks this person has submitted or skipped, and those taken over
    mine: int  # tasks of a run's queue; in a project those assigned to this person and those still open to them
    project_id: str | None  # the project it belongs to
    taken_over: int  # of those done: begun by this person, let go, and finished by others; nothing is left to do
    paused: bool  # its project hands out nothing new
    returned: int = 0  # sent back to this person and not submitted again; counted in lists of queues alone


class QueueRow(NamedTuple):
    """A row of queues."""

    id: str
    title: str
    run_id: str | None
    project_id: str | None


def open_run_queue(connection: Connection, run_id: str, title: str) -> Queue:
    """Return the queue of a run's solutions, made on the first call; solutions finished since then are added at its end.

    Solutions that are word for word equal are one task. Half-written (cancelled) and empty ones are left out: their labels
    would say nothing about the policy.

    Raises:
        NotFound: no such run.
        NothingToLabel: the run has no finished solution yet.
    """
    if connection.scalar(select(tables.runs.c.id).where(tables.runs.c.id == run_id)) is None:
        raise NotFound(f"There is no run {run_id!r}. It was deleted, or it belongs to another data folder.")
    solutions = tables.solutions.c
    query = select(solutions.id, solutions.steps).where(
        solutions.run_id == run_id, solutions.finish != FinishReason.CANCELLED.value
    )
    in_order = query.order_by(solutions.draw.is_(None), solutions.draw, solutions.seq)  # what goes on from others last
    ready = [row.id for row in connection.execute(in_order) if row.steps]
    if not ready:
        raise NothingToLabel("This run has no finished solution yet, so there is nothing to label.")
    queue_id = connection.scalar(select(tables.queues.c.id).where(tables.queues.c.run_id == run_id))
    if queue_id is None:
        queue_id = new_id()
        values = {
            "id": queue_id,
            "title": title[:MAX_QUEUE_TITLE],
            "run_id": run_id,
            "open_tasks": 0,
            "created_at": now(),
        }
        connection.execute(tables.queues.insert().values(**values))
    fill(connection, queue_id, without_equals(connection, ready, solutions_in(connection, queue_id)))
    return get_queue(connection, queue_id)


def fill(connection: Connection, queue_id: str, solution_ids: Sequence[str]) -> None:
    """Add the solutions that are not in the queue yet at its end, in the order given."""
    present = solutions_in(connection, queue_id)
    append(connection, queue_id, [{"solution_id": each} for each in solution_ids if each not in present])


def solutions_in(connection: Connection, queue_id: str) -> frozenset[str]:
    """Return the solutions that have a task in the queue."""
    tasks = tables.tasks.c
    return frozenset(connection.scalars(select(tasks.solution_id).where(tasks.queue_id == queue_id)))


def append(connection: Connection, queue_id: str, new: Sequence[Values]) -> None:
    """Add tasks at the end of the queue; each has its ``solution_id`` and the columns in which it differs from a plain one."""
    first = next_position(connection, queue_id)
    plain = {
        "role": TaskRole.LABEL.value,
        "gold_labels": None,
        "evaluation": False,
        "slot_state": int(SlotState.OPEN),
        "finished": 0,
    }
    made = [
        plain | values | {"id": new_id(), "queue_id": queue_id, "position": first + index}
        for index, values in enumerate(new)
    ]
    if made:
        connection.execute(tables.tasks.insert(), made)


def get_queue(connection: Connection, queue_id: str) -> Queue:
    """Return a queue; raises NotFound."""
    row = _require_queue(connection, queue_id)
    return Queue(id=row.id, title=row.title, total=count_tasks(connection, queue_id))


def count_tasks(connection: Connection, queue_id: str) -> int:
    """Return how many tasks a queue has: the positions up to the last one, without those whose task was deleted."""
    gaps = connection.scalar(select(tables.queues.c.gaps).where(tables.queues.c.id == queue_id)) or 0
    return next_position(connection, queue_id) - gaps


def next_position(connection: Connection, queue_id: str) -> int:
    """Return the position behind the last task of a queue."""
    last = connection.scalar(select(func.max(tables.tasks.c.position)).where(tables.tasks.c.queue_id == queue_id))
    return 0 if last is None else last + 1


def count_for(connection: Connection, rules: QueueRules, annotator: str) -> int:
    """Return how many tasks there are for this person: all of a run's queue, or those assigned and those still open."""
    if not rules.leases:
        return count_tasks(connection, rules.queue_id)
    begun = assignment.count_assigned(connection, rules.queue_id, annotator)
    if not audience.is_open_to(connection, rules, annotator):
        return begun
    return begun + assignment.count_assignable(connection, rules, annotator)


def get_summary(connection: Connection, queue_id: str, annotator: str) -> QueueSummary:
    """Return a queue and how far this person is in it; raises NotFound, also where it is not open to them."""
    row = _require_queue(connection, queue_id)
    audience.require_entry(connection, read_rules(connection, queue_id), annotator)
    return _as_summary(connection, row, annotator)


def list_queues(connection: Connection, annotator: str) -> tuple[QueueSummary, ...]:
    """Return the queues that this person finds, but those of archived projects, the newest first."""
    queues, projects = tables.queues, tables.projects
    query = select(queues).outerjoin(projects).where(func.coalesce(projects.c.archived, False).is_(False))
    query = query.where(audience.may_enter(annotator))
    found = all_rows(connection, query.order_by(queues.c.seq.desc()), QueueRow)
    returned = _count_returned(connection, annotator)
    return tuple(replace(_as_summary(connection, row, annotator), returned=returned.get(row.id, 0)) for row in found)


def first_unfinished(
    connection: Connection, queue_id: str, annotator: str, *, begun_only: bool = False
) -> TaskRow | None:
    """Return the first task of the queue that this person has neither submitted nor skipped; ``begun_only``: of their own work."""
    tasks, drafts = tables.tasks, tables.drafts
    begun = select(drafts.c.task_id).where(drafts.c.task_id == tasks.c.id, drafts.c.annotator == annotator)
    query = select(tasks).where(tasks.c.queue_id == queue_id, ~begun.where(drafts.c.submitted.is_(true())).exists())
    if begun_only:
        query = query.where(begun.exists())
    return one_row(connection, query.order_by(tasks.c.position).limit(1), TaskRow)


def _require_queue(connection: Connection, queue_id: str) -> QueueRow:
    row = one_row(connection, select(tables.queues).where(tables.queues.c.id == queue_id), QueueRow)
    if row is None:
        raise no_queue(queue_id)
    return row


def _as_summary(connection: Connection, row: QueueRow, annotator: str) -> QueueSummary:
    rules = read_rules(connection, row.id)
    if rules.leases:
        unfinished = assignment.count_unfinished(connection, rules, annotator)
        done = assignment.count_assigned(connection, row.id, annotator) - unfinished.open
    else:
        unfinished, done = None, _count_submitted(connection, row.id, annotator)
    return QueueSummary(
        queue=Queue(id=row.id, title=row.title, total=count_tasks(connection, row.id)),
        run_id=row.run_id,
        done=done,
        mine=count_for(connection, rules, annotator),
        project_id=row.project_id,
        paused=rules.options.paused,
        taken_over=0 if unfinished is None else unfinished.taken_over,
    )


def _count_returned(connection: Connection, annotator: str) -> dict[str, int]:
    """Return how many items came back to this person and wait to be submitted again, by queue; queues without any are left out.

    An entry quiz that may be taken again is none.
    """
    drafts, tasks = tables.drafts.c, tables.tasks.c
    waiting = (drafts.annotator == annotator, drafts.submitted.is_(False), drafts.send_back_note.is_not(None))
    query = select(drafts.queue_id, func.count()).join(tables.tasks, tasks.id == drafts.task_id)
    query = query.where(*waiting, tasks.role != TaskRole.QUIZ.value).group_by(drafts.queue_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def _count_submitted(connection: Connection, queue_id: str, annotator: str) -> int:
    drafts = tables.drafts.c
    mine = (drafts.queue_id == queue_id, drafts.annotator == annotator, drafts.submitted.is_(true()))
    return connection.scalar(select(func.count()).where(*mine)) or 0
