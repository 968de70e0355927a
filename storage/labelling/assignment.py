"""Which task of a project a person gets next, and how long their assignment list is.

To *assign* a task to a person is to make their draft row, with the next sequence number, a slot of the task and a lease
(``storage/labelling/lease.py``). Open tasks are assigned in the order of the queue, and each person's cursor stands behind the
last one they got, so that finding the next one reads a few rows of an index whatever the size of the queue. Tasks with a slot
that opened again behind the cursors are REOPENED (``storage/labelling/slots.py``): those are few and are assigned first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, true

from engine.domain import now
from storage.database import tables
from storage.database.typed_rows import all_rows, one_row
from storage.labelling import entry_quiz
from storage.labelling.draft_rows import draft_values
from storage.labelling.entry_quiz import QuizState
from storage.labelling.events import Draft, EventKind
from storage.labelling.gold_draw import is_gold_position
from storage.labelling.lease import Lease, lease_end, lease_values
from storage.labelling.queue_rules import QueueRules, TaskRole, TaskRow
from storage.labelling.slots import SlotState, has_open_slot, recount_task

LEASES = 3  # unfinished tasks a person may hold: the open one, the one kept ready, one whose submission is on its way
_NEVER = 2**31 - 1  # people: a solution that everybody gets is never finished for all


class BlockedBy(StrEnum):
    """Why there is no next task for a person now."""

    WAITING = "waiting"  # what is left is being worked on: ask again later
    QUIZ_OPEN = "quiz_open"  # the entry quiz has to be finished first
    QUIZ_FAILED = "quiz_failed"
    ARCHIVED = "archived"
    PAUSED = "paused"
    CLOSED = "closed"  # the queue is open to others only by now


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """There is no task for this person now, though not all is done."""

    why: BlockedBy
    text: str  # for the person


_CLOSED = Blocked(why=BlockedBy.ARCHIVED, text="This project is closed. Your work is kept.")
_PAUSED = Blocked(
    why=BlockedBy.PAUSED,
    text="This project is paused: it gives out nothing new for now. Your work is kept. Look again later.",
)
NOT_OPEN = Blocked(
    why=BlockedBy.CLOSED,
    text="This queue is not open to you any more. Your work is kept, and you can still look at it.",
)
_QUIZ_OPEN = Blocked(why=BlockedBy.QUIZ_OPEN, text="Finish the quiz first; then the solutions follow.")
_OTHERS_HOLD = Blocked(
    why=BlockedBy.WAITING,
    text="Others are at work on what is left. What they do not finish comes back here: look again later.",
)

# Asked for every task: made once, because SQLAlchemy takes longer to build a statement than SQLite to run it.
_tasks, _drafts, _cursors = tables.tasks, tables.drafts, tables.cursors
_MINE = and_(_drafts.c.queue_id == bindparam("queue"), _drafts.c.annotator == bindparam("who"))
_LAST_SEQUENCE_NO = select(func.max(_drafts.c.sequence_no)).where(_MINE)
_UNFINISHED = (
    select(_tasks, _drafts.c.leased_until)
    .join(_drafts, _drafts.c.task_id == _tasks.c.id)
    .where(_MINE, _drafts.c.submitted.is_(False))
    .order_by(_drafts.c.sequence_no)
)
_TAKEN_OVER = and_(
    _tasks.c.role == TaskRole.LABEL.value,
    _drafts.c.counts_toward_overlap.is_(False),
    _tasks.c.finished >= bindparam("overlap"),
)
_COUNT_UNFINISHED = (
    select(func.count().label("all"), func.coalesce(func.sum(case((_TAKEN_OVER, 1), else_=0)), 0).label("taken_over"))
    .select_from(_tasks.join(_drafts, _drafts.c.task_id == _tasks.c.id))
    .where(_MINE, _drafts.c.submitted.is_(False))
)
_TASK = select(_tasks).where(_tasks.c.id == bindparam("task"))
# run out too: what somebody holds who has left
_LEFT = select(tables.people.c.name).where(tables.people.c.active.is_(False))
_RUN_OUT = select(_drafts.c.task_id, _drafts.c.annotator).where(
    _drafts.c.queue_id == bindparam("queue"),
    _drafts.c.leased_until.is_not(
        None
    ),  # in front of the rest, so that the index of leases is read and no finished draft
    or_(_drafts.c.leased_until <= bindparam("at"), _drafts.c.annotator.in_(_LEFT)),
)
_HELD = select(_drafts.c.task_id).where(_MINE, _drafts.c.submitted.is_(False), _drafts.c.leased_until.is_not(None))
# a look at the scores, where nobody labels blind, is no work
_UNTOUCHED = _HELD.where(
    _drafts.c.task_id.in_(bindparam("tasks", expanding=True)),
    ~select(tables.events.c.task_id)
    .where(
        tables.events.c.task_id == _drafts.c.task_id,
        tables.events.c.annotator == bindparam("who"),
        tables.events.c.kind != EventKind.REVEAL.value,
    )
    .exists(),
)
_LEASE = (
    _drafts.update()
    .where(_drafts.c.task_id == bindparam("task"), _drafts.c.annotator == bindparam("who"))
    .values(counts_toward_overlap=bindparam("counts"), leased_until=bindparam("until"))
)
_ASSIGNED = (
    select(_drafts.c.task_id).where(_drafts.c.task_id == _tasks.c.id, _drafts.c.annotator == bindparam("who")).exists()
)
_NEW_TO_ME = and_(
    _tasks.c.queue_id == bindparam("queue"),
    _tasks.c.role == bindparam("role"),
    _tasks.c.slot_state == bindparam("state"),
    ~_ASSIGNED,
)
_FIRST = select(_tasks).where(_NEW_TO_ME, _tasks.c.position >= bindparam("start")).order_by(_tasks.c.position).limit(1)
_COUNT_NEW = select(func.count()).select_from(_tasks).where(_NEW_TO_ME)
_OPEN = select(tables.queues.c.open_tasks).where(tables.queues.c.id == bindparam("queue"))
_MY_CURSOR = and_(_cursors.c.queue_id == bindparam("queue"), _cursors.c.annotator == bindparam("who"))
_CURSOR = select(_cursors.c.position).where(_MY_CURSOR)
_OPEN_TO_ME = select(_cursors.c.open_tasks).where(_MY_CURSOR)
_MOVE_CURSOR = (
    _cursors.update().where(_MY_CURSOR).values(position=bindparam("to"), open_tasks=_cursors.c.open_tasks + 1)
)
_STEPS = select(tables.solutions.c.steps).where(tables.solutions.c.id == bindparam("solution"))


def count_assigned(connection: Connection, queue_id: str, annotator: str) -> int:
    """Return how many tasks were assigned to this person so far, which is their next sequence number."""
    last = connection.scalar(_LAST_SEQUENCE_NO, {"queue": queue_id, "who": annotator})
    return 0 if last is None else last + 1


class _UnfinishedRow(NamedTuple):
    """A row of tasks that is assigned to a person and not finished, with the end of their lease."""

    id: str
    queue_id: str
    position: int
    solution_id: str
    role: str
    gold_labels: list[int] | None
    slot_state: int
    finished: int
    leased_until: datetime | None  # None: it ran out

    @property
    def task(self) -> TaskRow:
        """The row of the task alone."""
        return TaskRow(*self[:-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedCounts:
    """How many of the tasks assigned to a person are not submitted."""

    open: int  # theirs to finish
    taken_over: int  # their lease ran out, and others have finished all the work the task takes


def count_unfinished(connection: Connection, rules: QueueRules, annotator: str) -> UnfinishedCounts:
    """Return how many tasks are assigned to this person and not finished."""
    overlap = rules.options.overlap
    me = {"queue": rules.queue_id, "who": annotator, "overlap": _NEVER if overlap is None else overlap}
    unfinished, taken_over = connection.execute(_COUNT_UNFINISHED, me).one()
    return UnfinishedCounts(open=unfinished - taken_over, taken_over=taken_over)


def count_assignable(connection: Connection, rules: QueueRules, annotator: str) -> int:
    """Return how many more tasks can be assigned to this person as things stand."""
    quiz = entry_quiz.state(connection, rules, annotator)
    if quiz is QuizState.FAILED or rules.archived:
        return 0
    me = {"queue": rules.queue_id, "who": annotator}
    available = (connection.scalar(_OPEN, me) or 0) - (connection.scalar(_OPEN_TO_ME, me) or 0)
    for role in (TaskRole.GOLD, TaskRole.QUIZ) if quiz is QuizState.OPEN else (TaskRole.GOLD,):
        available += connection.scalar(_COUNT_NEW, {**me, "role": role.value, "state": int(SlotState.OPEN)}) or 0
    return available


def find_current(connection: Connection, rules: QueueRules, annotator: str) -> TaskRow | None:
    """Return the task this person has a lease on and should go on with; None where one has to be assigned. Writes nothing."""
    at = now()
    for row in _unfinished(connection, rules, annotator):
        if row.leased_until is not None and row.leased_until > at:
            return row.task
        if row.leased_until is not None or row.role != TaskRole.LABEL.value or row.slot_state != SlotState.FULL:
            return None  # run out, but a slot may still be open
    return None


def assign_next(connection: Connection, rules: QueueRules, annotator: str) -> TaskRow | Blocked | None:
    """Return the task this person should go on with, assigned now where they have none; None when all is done."""
    if rules.archived:
        return _CLOSED
    _expire_leases(connection, rules)
    for row in _unfinished(connection, rules, annotator):
        if row.leased_until is not None:
            return row.task
        if has_open_slot(connection, rules, row.task):
            _take_slot(connection, rules, row.id, annotator)
            return row.task
    return _choose_next(connection, rules, annotator)


def assign_ahead(connection: Connection, rules: QueueRules, annotator: str) -> TaskRow | Blocked | None:
    """Assign one more task than this person is working on, to be kept ready; at most ``LEASES`` are leased at once."""
    if rules.archived:
        return _CLOSED
    _expire_leases(connection, rules)
    held = [row for row in _unfinished(connection, rules, annotator) if row.leased_until is not None]
    if len(held) >= LEASES:
        return Blocked(why=BlockedBy.WAITING, text=f"Finish one of the {len(held)} solutions you have begun first.")
    return _choose_next(connection, rules, annotator)


def lease_again(connection: Connection, rules: QueueRules, task: TaskRow, annotator: str) -> bool:
    """Lease a task of this person's list to them again, where it still takes work and they hold fewer than ``LEASES``."""
    _expire_leases(connection, rules)
    held = [row for row in _unfinished(connection, rules, annotator) if row.leased_until is not None]
    if rules.archived or len(held) >= LEASES or not has_open_slot(connection, rules, task):
        return False
    _take_slot(connection, rules, task.id, annotator)
    return True


def _choose_next(connection: Connection, rules: QueueRules, annotator: str) -> TaskRow | Blocked | None:
    sequence_no = count_assigned(connection, rules.queue_id, annotator)
    quiz = entry_quiz.grade(connection, rules, annotator)
    if quiz is QuizState.FAILED:
        return Blocked(why=BlockedBy.QUIZ_FAILED, text=entry_quiz.failure_text(connection, rules, annotator))
    if rules.options.paused:
        return _PAUSED if count_assignable(connection, rules, annotator) else None
    if quiz is QuizState.OPEN:
        task = _first_open(connection, rules, annotator, TaskRole.QUIZ)
        return _QUIZ_OPEN if task is None else _assign(connection, rules, task, annotator, sequence_no)
    task = None
    if is_gold_position(rules, annotator, sequence_no):
        task = _first_open(connection, rules, annotator, TaskRole.GOLD)
    task = task or _first_open(connection, rules, annotator, TaskRole.LABEL, SlotState.REOPENED)
    task = task or _first_open(
        connection, rules, annotator, TaskRole.LABEL, start=_read_cursor(connection, rules, annotator)
    )
    task = task or _first_open(connection, rules, annotator, TaskRole.GOLD)
    if task is not None:
        return _assign(connection, rules, task, annotator, sequence_no)
    return _OTHERS_HOLD if _others_hold_tasks(connection, rules, annotator) else None


def _first_open(
    connection: Connection,
    rules: QueueRules,
    annotator: str,
    role: TaskRole,
    state: SlotState = SlotState.OPEN,
    start: int = 0,
) -> TaskRow | None:
    which = {"queue": rules.queue_id, "who": annotator, "role": role.value, "state": int(state), "start": start}
    return one_row(connection, _FIRST, TaskRow, which)


def _assign(connection: Connection, rules: QueueRules, task: TaskRow, annotator: str, sequence_no: int) -> TaskRow:
    steps = connection.scalar(_STEPS, {"solution": task.solution_id})
    assert isinstance(steps, list)  # a task's solution is always stored
    lease = Lease(sequence_no=sequence_no, counts_toward_overlap=True, leased_until=lease_end(rules, now()))
    key = {"task_id": task.id, "annotator": annotator, "queue_id": rules.queue_id}
    values = draft_values(Draft(labels=(None,) * len(steps))) | lease_values(lease)
    connection.execute(tables.drafts.insert(), {**key, **values})
    if task.role == TaskRole.LABEL.value:
        cursor = _read_cursor(connection, rules, annotator)
        # a reopened task may stand anywhere: it does not show that all open ones before it were assigned
        passed = task.position + 1 if task.slot_state == SlotState.OPEN else cursor
        me = {"queue": rules.queue_id, "who": annotator, "to": max(cursor, passed)}
        if connection.execute(_MOVE_CURSOR, me).rowcount == 0:
            new = {"queue_id": rules.queue_id, "annotator": annotator, "position": passed, "open_tasks": 1}
            connection.execute(tables.cursors.insert(), new)
        if rules.options.overlap is not None:
            recount_task(connection, rules, task)
    return task


def release_leases(connection: Connection, rules: QueueRules, annotator: str) -> int:
    """End this person's leases, of work that was sent back too, and return how many: others can have the slots. Drafts stay."""
    held = connection.scalars(_HELD, {"queue": rules.queue_id, "who": annotator}).all()
    return _end_leases(connection, rules, held, annotator)


def give_back(connection: Connection, rules: QueueRules, task_ids: Sequence[str], annotator: str) -> int:
    """End this person's leases on those of the tasks that they have done nothing on, and return how many.

    They stay on the person's list: asked for again, or labelled in another window, they are leased again where a slot is open.
    """
    mine = {"queue": rules.queue_id, "who": annotator, "tasks": task_ids}
    return _end_leases(connection, rules, connection.scalars(_UNTOUCHED, mine).all(), annotator)


def _end_leases(connection: Connection, rules: QueueRules, task_ids: Sequence[str], annotator: str) -> int:
    for task_id in task_ids:
        _set_lease(connection, rules, task_id, annotator, None)
    return len(task_ids)


def _take_slot(connection: Connection, rules: QueueRules, task_id: str, annotator: str) -> None:
    """Lease a task again to a person who let its lease run out."""
    _set_lease(connection, rules, task_id, annotator, lease_end(rules, now()))


def _expire_leases(connection: Connection, rules: QueueRules) -> None:
    """Open the slots of leases that have run out."""
    for task_id, annotator in connection.execute(_RUN_OUT, {"queue": rules.queue_id, "at": now()}).all():
        _set_lease(connection, rules, task_id, annotator, None)


def _set_lease(connection: Connection, rules: QueueRules, task_id: str, annotator: str, until: datetime | None) -> None:
    """Store until when a draft is leased and takes a slot (None: it takes none), and count its task anew."""
    connection.execute(_LEASE, {"task": task_id, "who": annotator, "counts": until is not None, "until": until})
    # read anew: of two leases on one task that ran out together, the second meets what the first left
    task = one_row(connection, _TASK, TaskRow, {"task": task_id})
    assert task is not None  # its draft points to it
    recount_task(connection, rules, task)


def _unfinished(connection: Connection, rules: QueueRules, annotator: str) -> list[_UnfinishedRow]:
    return all_rows(connection, _UNFINISHED, _UnfinishedRow, {"queue": rules.queue_id, "who": annotator})


def _read_cursor(connection: Connection, rules: QueueRules, annotator: str) -> int:
    return connection.scalar(_CURSOR, {"queue": rules.queue_id, "who": annotator}) or 0


def _others_hold_tasks(connection: Connection, rules: QueueRules, annotator: str) -> bool:
    """Return whether a task that others hold, and that takes more finished work, could still come to this person."""
    tasks, drafts, mine = tables.tasks.c, tables.drafts.c, tables.drafts.alias()
    held = (drafts.queue_id == rules.queue_id, drafts.leased_until.is_not(None), drafts.annotator != annotator)
    theirs = select(tasks.id).join(tables.drafts, drafts.task_id == tasks.id).where(*held)
    finished = (mine.c.task_id == tasks.id, mine.c.annotator == annotator, mine.c.submitted.is_(true()))
    query = theirs.where(tasks.role == TaskRole.LABEL.value, ~select(mine.c.task_id).where(*finished).exists())
    if rules.options.overlap is not None:
        query = query.where(tasks.finished < rules.options.overlap)
    return connection.execute(query.limit(1)).first() is not None
