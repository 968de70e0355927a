"""The slots of tasks, counted: which tasks can be assigned to one more person, and how many there are.

``tasks.slot_state`` and ``tasks.finished`` follow from the drafts of the task, ``open_tasks`` of queues and cursors from the slot
states. They are kept so that neither the next task nor the length of an assignment list needs a look through the queue, and are
checked by ``python -m storage check``.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import ColumnElement, Connection, ScalarSelect, bindparam, func, select, true

from storage.database import tables
from storage.database.typed_rows import all_rows
from storage.labelling.queue_rules import QueueRules, TaskRole, TaskRow, read_rules


class SlotState(IntEnum):
    """Whether a task can be assigned to one more person."""

    FULL = 0
    OPEN = 1
    REOPENED = 2  # a slot opened again after all were taken, maybe behind somebody's cursor


# Asked for every task: made once, because SQLAlchemy takes longer to build a statement than SQLite to run it.
_COUNTED_DRAFTS = select(tables.drafts.c.submitted).where(
    tables.drafts.c.task_id == bindparam("task"), tables.drafts.c.counts_toward_overlap.is_(true())
)
_COUNT_TASK = (
    tables.tasks.update()
    .where(tables.tasks.c.id == bindparam("task"))
    .values(slot_state=bindparam("now"), finished=bindparam("all"))
)
_COUNT_QUEUE = (
    tables.queues.update()
    .where(tables.queues.c.id == bindparam("queue"))
    .values(open_tasks=tables.queues.c.open_tasks + bindparam("more"))
)
_COUNT_PEOPLE = (
    tables.cursors.update()
    .where(
        tables.cursors.c.queue_id == bindparam("queue"),
        tables.cursors.c.annotator.in_(
            select(tables.drafts.c.annotator).where(tables.drafts.c.task_id == bindparam("task"))
        ),
    )
    .values(open_tasks=tables.cursors.c.open_tasks + bindparam("more"))
)


def has_open_slot(connection: Connection, rules: QueueRules, task: TaskRow) -> bool:
    """Return whether the task can be assigned to one more person."""
    overlap = rules.options.overlap
    if task.role != TaskRole.LABEL.value or overlap is None:
        return True
    return len(connection.execute(_COUNTED_DRAFTS, {"task": task.id}).all()) < overlap


def recount_task(connection: Connection, rules: QueueRules, task: TaskRow) -> None:
    """Update the slot state and count of a task, passed as it is stored now, from its drafts."""
    state, done = _count(connection, rules, task)
    if (state, done) == (task.slot_state, task.finished):
        return
    connection.execute(_COUNT_TASK, {"task": task.id, "now": int(state), "all": done})
    if (state is SlotState.FULL) != (task.slot_state == SlotState.FULL):
        change = {"queue": rules.queue_id, "more": -1 if state is SlotState.FULL else 1}
        connection.execute(_COUNT_QUEUE, change)
        connection.execute(_COUNT_PEOPLE, {**change, "task": task.id})


def recount_open_tasks(connection: Connection, queue_id: str) -> None:
    """Count anew the tasks with an open slot, of the queue and of everybody in it."""
    queues, cursors = tables.queues, tables.cursors
    connection.execute(queues.update().where(queues.c.id == queue_id).values(open_tasks=_open_tasks(queue_id)))
    mine = _open_tasks(queue_id, tables.drafts.c.annotator == cursors.c.annotator)
    connection.execute(cursors.update().where(cursors.c.queue_id == queue_id).values(open_tasks=mine))


def list_project_queues(connection: Connection) -> tuple[str, ...]:
    """Return the queues of projects, the oldest first; those of runs have no slots."""
    queues = tables.queues.c
    return tuple(connection.scalars(select(queues.id).where(queues.project_id.is_not(None)).order_by(queues.seq)))


def counts_match_drafts(connection: Connection, queue_id: str) -> bool:
    """Return whether the slot states and counts of a queue are those that its drafts lead to."""
    tasks, drafts, cursors, queues = tables.tasks, tables.drafts, tables.cursors, tables.queues.c
    rules = read_rules(connection, queue_id)
    begun = select(drafts.c.task_id).where(drafts.c.queue_id == queue_id)
    for task in all_rows(connection, select(tasks).where(tasks.c.queue_id == queue_id, tasks.c.id.in_(begun)), TaskRow):
        if _count(connection, rules, task) != (task.slot_state, task.finished):
            return False
    counts = [(connection.scalar(select(queues.open_tasks).where(queues.id == queue_id)), _open_tasks(queue_id))]
    for annotator, open_tasks in connection.execute(
        select(cursors.c.annotator, cursors.c.open_tasks).where(cursors.c.queue_id == queue_id)
    ):
        counts.append((open_tasks, _open_tasks(queue_id, drafts.c.annotator == annotator)))
    return all(connection.scalar(select(query)) == stored for stored, query in counts)


def _count(connection: Connection, rules: QueueRules, task: TaskRow) -> tuple[SlotState, int]:
    """Return what a task's slot state and count of finished work should be."""
    counted = connection.scalars(_COUNTED_DRAFTS, {"task": task.id}).all()
    done, overlap = sum(counted), rules.options.overlap
    if task.role != TaskRole.LABEL.value or overlap is None:
        return SlotState.OPEN, done
    if len(counted) >= overlap:
        return SlotState.FULL, done
    return SlotState.OPEN if task.slot_state == SlotState.OPEN else SlotState.REOPENED, done


def _open_tasks(queue_id: str, *also: ColumnElement[bool]) -> ScalarSelect[int]:
    """Count the tasks to label with an open slot; with a condition on drafts those assigned to somebody it means."""
    tasks, drafts = tables.tasks, tables.drafts
    source = tasks.join(drafts, drafts.c.task_id == tasks.c.id) if also else tasks
    open_ = (
        tasks.c.queue_id == queue_id,
        tasks.c.role == TaskRole.LABEL.value,
        tasks.c.slot_state != int(SlotState.FULL),
    )
    return select(func.count()).select_from(source).where(*open_, *also).scalar_subquery()
