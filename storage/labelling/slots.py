"""The seats of tasks, counted: which tasks can be given to one more person, and how many there are.

``tasks.seat`` and ``tasks.done`` follow from the drafts of the task, ``queues.open`` and ``cursors.open`` from the seats. They are
kept so that neither the next task nor the length of a person's way needs a look through the queue, and are checked by
``python -m storage check``.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import ColumnElement, Connection, Row, ScalarSelect, bindparam, func, select, true

from storage.database import tables
from storage.labelling.queue_rules import Rules, TaskRole, read_rules


class Seat(IntEnum):
    """Whether a task can be given to one more person."""

    FULL = 0
    FREE = 1
    RETURNED = 2  # a seat came back after it had been full, maybe behind somebody's cursor


# Asked for every task: made once, because SQLAlchemy takes longer to build a statement than SQLite to run it.
_SITTING = select(tables.drafts.c.submitted).where(
    tables.drafts.c.task_id == bindparam("task"), tables.drafts.c.seated.is_(true())
)
_COUNT_TASK = (
    tables.tasks.update()
    .where(tables.tasks.c.id == bindparam("task"))
    .values(seat=bindparam("now"), done=bindparam("all"))
)
_COUNT_QUEUE = (
    tables.queues.update()
    .where(tables.queues.c.id == bindparam("queue"))
    .values(open=tables.queues.c.open + bindparam("more"))
)
_COUNT_PEOPLE = (
    tables.cursors.update()
    .where(
        tables.cursors.c.queue_id == bindparam("queue"),
        tables.cursors.c.annotator.in_(
            select(tables.drafts.c.annotator).where(tables.drafts.c.task_id == bindparam("task"))
        ),
    )
    .values(open=tables.cursors.c.open + bindparam("more"))
)


def has_seat(connection: Connection, rules: Rules, task: Row[tuple[object, ...]]) -> bool:
    """Say whether one more person may sit down at the task."""
    overlap = rules.options.overlap
    if task.role != TaskRole.LABEL.value or overlap is None:
        return True
    return len(connection.execute(_SITTING, {"task": task.id}).all()) < overlap


def refresh_task(connection: Connection, rules: Rules, task: Row[tuple[object, ...]]) -> None:
    """Bring what is counted of a task, given as it is stored now, in step with its drafts."""
    seat, done = _count(connection, rules, task)
    if (seat, done) == (task.seat, task.done):
        return
    connection.execute(_COUNT_TASK, {"task": task.id, "now": int(seat), "all": done})
    if (seat is Seat.FULL) != (task.seat == Seat.FULL):
        change = {"queue": rules.queue_id, "more": -1 if seat is Seat.FULL else 1}
        connection.execute(_COUNT_QUEUE, change)
        connection.execute(_COUNT_PEOPLE, {**change, "task": task.id})


def recount_open(connection: Connection, queue_id: str) -> None:
    """Count anew the tasks with a free seat, of the queue and of everybody in it."""
    queues, cursors = tables.queues, tables.cursors
    connection.execute(queues.update().where(queues.c.id == queue_id).values(open=_open_tasks(queue_id)))
    mine = _open_tasks(queue_id, tables.drafts.c.annotator == cursors.c.annotator)
    connection.execute(cursors.update().where(cursors.c.queue_id == queue_id).values(open=mine))


def queues_with_seats(connection: Connection) -> tuple[str, ...]:
    """Return the queues of projects, the oldest first; in those of runs no seat is taken."""
    queues = tables.queues.c
    return tuple(connection.scalars(select(queues.id).where(queues.project_id.is_not(None)).order_by(queues.seq)))


def are_as_counted(connection: Connection, queue_id: str) -> bool:
    """Say whether the seats and counts of a queue are those that its drafts lead to."""
    tasks, drafts, cursors, queues = tables.tasks, tables.drafts, tables.cursors, tables.queues.c
    rules = read_rules(connection, queue_id)
    begun = select(drafts.c.task_id).where(drafts.c.queue_id == queue_id)
    for task in connection.execute(select(tasks).where(tasks.c.queue_id == queue_id, tasks.c.id.in_(begun))).all():
        if _count(connection, rules, task) != (task.seat, task.done):
            return False
    counts = [(connection.scalar(select(queues.open).where(queues.id == queue_id)), _open_tasks(queue_id))]
    for row in connection.execute(select(cursors).where(cursors.c.queue_id == queue_id)):
        counts.append((row.open, _open_tasks(queue_id, drafts.c.annotator == row.annotator)))
    return all(connection.scalar(select(query)) == stored for stored, query in counts)


def _count(connection: Connection, rules: Rules, task: Row[tuple[object, ...]]) -> tuple[Seat, int]:
    """Return what a task's seat and count of finished work should be."""
    sitting = connection.scalars(_SITTING, {"task": task.id}).all()
    done, overlap = sum(sitting), rules.options.overlap
    if task.role != TaskRole.LABEL.value or overlap is None:
        return Seat.FREE, done
    if len(sitting) >= overlap:
        return Seat.FULL, done
    return Seat.FREE if task.seat == Seat.FREE else Seat.RETURNED, done


def _open_tasks(queue_id: str, *also: ColumnElement[bool]) -> ScalarSelect[int]:
    """Count the tasks to label with a free seat; with a condition on drafts those given to somebody it means."""
    tasks, drafts = tables.tasks, tables.drafts
    place = tasks.join(drafts, drafts.c.task_id == tasks.c.id) if also else tasks
    open_ = (tasks.c.queue_id == queue_id, tasks.c.role == TaskRole.LABEL.value, tasks.c.seat != int(Seat.FULL))
    return select(func.count()).select_from(place).where(*open_, *also).scalar_subquery()
