"""Which task of a project a person gets next, and how long their way is.

A task is *given* to a person: their draft row is made, with the next place on their way, a seat and a lease
(``storage/labelling/lease.py``). Free tasks are given in the order of the queue, and each person's cursor stands behind the
last one they got, so that finding the next one reads a few rows of an index whatever the size of the queue. Tasks whose seat
came back behind the cursors are RETURNED (``storage/labelling/slots.py``): those are few and are given first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, Row, and_, bindparam, case, func, select, true

from engine.domain import now
from storage.database import tables
from storage.labelling import entry_quiz
from storage.labelling.draft_rows import draft_values
from storage.labelling.entry_quiz import QuizState
from storage.labelling.events import Draft
from storage.labelling.lease import Holding, holding_values, lease_end
from storage.labelling.queue_rules import Rules, TaskRole
from storage.labelling.slots import Seat, has_seat, refresh_task

LEASES = 3  # unfinished tasks a person may hold: the open one, the one kept ready, one whose submission is on its way
_NEVER = 2**31  # people: a solution that everybody gets is never finished for all
GOLD_EVERY = 10  # of so many places on a person's way, one is for a gold task


class BlockedBy(StrEnum):
    """Why there is no next task for a person now."""

    WAITING = "waiting"  # what is left is being worked on: ask again later
    QUIZ_OPEN = "quiz_open"  # the entry quiz has to be finished first
    QUIZ_FAILED = "quiz_failed"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """There is no task for this person now, though not all is done."""

    why: BlockedBy
    text: str  # for the person


_CLOSED = Blocked(why=BlockedBy.ARCHIVED, text="This project is closed. Your work is kept.")
_QUIZ_OPEN = Blocked(why=BlockedBy.QUIZ_OPEN, text="Finish the quiz first; then the solutions follow.")
_OTHERS_HOLD = Blocked(
    why=BlockedBy.WAITING,
    text="Others are at work on what is left. What they do not finish comes back here: look again later.",
)

# Asked for every task: made once, because SQLAlchemy takes longer to build a statement than SQLite to run it.
_tasks, _drafts, _cursors = tables.tasks, tables.drafts, tables.cursors
_MINE = and_(_drafts.c.queue_id == bindparam("queue"), _drafts.c.annotator == bindparam("who"))
_LAST_PLACE = select(func.max(_drafts.c.place)).where(_MINE)
_UNFINISHED = (
    select(_tasks, _drafts.c.place, _drafts.c.held_until)
    .join(_drafts, _drafts.c.task_id == _tasks.c.id)
    .where(_MINE, _drafts.c.submitted.is_(False))
    .order_by(_drafts.c.place)
)
_TAKEN_OVER = and_(
    _tasks.c.role == TaskRole.LABEL.value, _drafts.c.seated.is_(False), _tasks.c.done >= bindparam("overlap")
)
_COUNT_UNFINISHED = (
    select(func.count().label("all"), func.coalesce(func.sum(case((_TAKEN_OVER, 1), else_=0)), 0).label("taken_over"))
    .select_from(_tasks.join(_drafts, _drafts.c.task_id == _tasks.c.id))
    .where(_MINE, _drafts.c.submitted.is_(False))
)
_TASK = select(_tasks).where(_tasks.c.id == bindparam("task"))
_RUN_OUT = select(_drafts.c.task_id, _drafts.c.annotator).where(
    _drafts.c.queue_id == bindparam("queue"), _drafts.c.held_until <= bindparam("at")
)
_HOLD = (
    _drafts.update()
    .where(_drafts.c.task_id == bindparam("task"), _drafts.c.annotator == bindparam("who"))
    .values(seated=bindparam("sits"), held_until=bindparam("until"))
)
_GIVEN = (
    select(_drafts.c.task_id).where(_drafts.c.task_id == _tasks.c.id, _drafts.c.annotator == bindparam("who")).exists()
)
_NEW_TO_ME = and_(
    _tasks.c.queue_id == bindparam("queue"),
    _tasks.c.role == bindparam("role"),
    _tasks.c.seat == bindparam("state"),
    ~_GIVEN,
)
_FIRST = select(_tasks).where(_NEW_TO_ME, _tasks.c.position >= bindparam("start")).order_by(_tasks.c.position).limit(1)
_COUNT_NEW = select(func.count()).select_from(_tasks).where(_NEW_TO_ME)
_OPEN = select(tables.queues.c.open).where(tables.queues.c.id == bindparam("queue"))
_CURSOR = select(_cursors).where(_cursors.c.queue_id == bindparam("queue"), _cursors.c.annotator == bindparam("who"))
_MOVE_CURSOR = (
    _cursors.update()
    .where(_cursors.c.queue_id == bindparam("queue"), _cursors.c.annotator == bindparam("who"))
    .values(position=bindparam("to"), open=_cursors.c.open + 1)
)
_STEPS = select(tables.solutions.c.steps).where(tables.solutions.c.id == bindparam("solution"))


def count_begun(connection: Connection, queue_id: str, annotator: str) -> int:
    """Return how many tasks this person was given so far: their next place."""
    last = connection.scalar(_LAST_PLACE, {"queue": queue_id, "who": annotator})
    return 0 if last is None else last + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """How many of the tasks given to a person are not submitted."""

    open: int  # theirs to finish
    taken_over: int  # their lease ran out, and others have finished all the work the task takes


def count_unfinished(connection: Connection, rules: Rules, annotator: str) -> Unfinished:
    """Return how many tasks this person has begun and not finished."""
    overlap = rules.options.overlap
    me = {"queue": rules.queue_id, "who": annotator, "overlap": _NEVER if overlap is None else overlap}
    row = connection.execute(_COUNT_UNFINISHED, me).one()
    return Unfinished(open=row.all - row.taken_over, taken_over=row.taken_over)


def count_available(connection: Connection, rules: Rules, annotator: str) -> int:
    """Return how many more tasks this person can be given as things stand."""
    quiz = entry_quiz.state(connection, rules, annotator)
    if quiz is QuizState.FAILED or rules.archived:
        return 0
    me = {"queue": rules.queue_id, "who": annotator}
    cursor = connection.execute(_CURSOR, me).one_or_none()
    available = (connection.scalar(_OPEN, me) or 0) - (0 if cursor is None else cursor.open)
    for role in (TaskRole.GOLD, TaskRole.QUIZ) if quiz is QuizState.OPEN else (TaskRole.GOLD,):
        available += connection.scalar(_COUNT_NEW, {**me, "role": role.value, "state": int(Seat.FREE)}) or 0
    return available


def find_current(connection: Connection, rules: Rules, annotator: str) -> Row[tuple[object, ...]] | None:
    """Return the task this person holds and should go on with; None where one has to be handed out. Writes nothing."""
    at = now()
    for row in _unfinished(connection, rules, annotator):
        if row.held_until is not None and row.held_until > at:
            return row
        if row.held_until is not None or row.role != TaskRole.LABEL.value or row.seat != Seat.FULL:
            return None  # run out, but its seat may still be had
    return None


def hand_out(connection: Connection, rules: Rules, annotator: str) -> Row[tuple[object, ...]] | Blocked | None:
    """Return the task this person should go on with, given to them now where they held none; None when all is done."""
    if rules.archived:
        return _CLOSED
    _sweep(connection, rules)
    for row in _unfinished(connection, rules, annotator):
        if row.held_until is not None:
            return row
        if has_seat(connection, rules, row):
            _sit(connection, rules, row.id, annotator, seated=True)
            return row
    return _give_next(connection, rules, annotator)


def hand_out_ahead(connection: Connection, rules: Rules, annotator: str) -> Row[tuple[object, ...]] | Blocked | None:
    """Give this person one more task than they are at work on, so that it is ready; at most ``LEASES`` are held at once."""
    if rules.archived:
        return _CLOSED
    _sweep(connection, rules)
    held = [row for row in _unfinished(connection, rules, annotator) if row.held_until is not None]
    if len(held) >= LEASES:
        return Blocked(why=BlockedBy.WAITING, text=f"Finish one of the {len(held)} solutions you have begun first.")
    return _give_next(connection, rules, annotator)


def _give_next(connection: Connection, rules: Rules, annotator: str) -> Row[tuple[object, ...]] | Blocked | None:
    place = count_begun(connection, rules.queue_id, annotator)
    match entry_quiz.settle(connection, rules, annotator):
        case QuizState.FAILED:
            return Blocked(why=BlockedBy.QUIZ_FAILED, text=entry_quiz.say_failed(connection, rules, annotator))
        case QuizState.OPEN:
            task = _first(connection, rules, annotator, TaskRole.QUIZ)
            return _QUIZ_OPEN if task is None else _give(connection, rules, task, annotator, place)
    task = None
    if _is_gold_place(rules, annotator, place):
        task = _first(connection, rules, annotator, TaskRole.GOLD)
    task = task or _first(connection, rules, annotator, TaskRole.LABEL, Seat.RETURNED)
    task = task or _first(
        connection, rules, annotator, TaskRole.LABEL, start=_read_cursor(connection, rules, annotator)
    )
    task = task or _first(connection, rules, annotator, TaskRole.GOLD)
    if task is not None:
        return _give(connection, rules, task, annotator, place)
    return _OTHERS_HOLD if _others_hold_some(connection, rules, annotator) else None


def _first(
    connection: Connection, rules: Rules, annotator: str, role: TaskRole, seat: Seat = Seat.FREE, start: int = 0
) -> Row[tuple[object, ...]] | None:
    which = {"queue": rules.queue_id, "who": annotator, "role": role.value, "state": int(seat), "start": start}
    return connection.execute(_FIRST, which).one_or_none()


def _give(
    connection: Connection, rules: Rules, task: Row[tuple[object, ...]], annotator: str, place: int
) -> Row[tuple[object, ...]]:
    steps = connection.scalar(_STEPS, {"solution": task.solution_id})
    assert isinstance(steps, list)  # a task's solution is always stored
    holding = Holding(place=place, seated=True, held_until=lease_end(rules, now()))
    key = {"task_id": task.id, "annotator": annotator, "queue_id": rules.queue_id}
    values = draft_values(Draft(labels=(None,) * len(steps))) | holding_values(holding)
    connection.execute(tables.drafts.insert(), {**key, **values})
    if task.role == TaskRole.LABEL.value:
        cursor = _read_cursor(connection, rules, annotator)
        # a returned task lies anywhere: it does not show that all free ones before it were given
        passed = task.position + 1 if task.seat == Seat.FREE else cursor
        me = {"queue": rules.queue_id, "who": annotator, "to": max(cursor, passed)}
        if connection.execute(_MOVE_CURSOR, me).rowcount == 0:
            new = {"queue_id": rules.queue_id, "annotator": annotator, "position": passed, "open": 1}
            connection.execute(tables.cursors.insert(), new)
        if rules.options.overlap is not None:
            refresh_task(connection, rules, task)
    return task


def _sit(connection: Connection, rules: Rules, task_id: str, annotator: str, *, seated: bool) -> None:
    until = lease_end(rules, now()) if seated else None
    connection.execute(_HOLD, {"task": task_id, "who": annotator, "sits": seated, "until": until})
    # read anew: of two leases on one task that ran out together, the second meets what the first left
    refresh_task(connection, rules, connection.execute(_TASK, {"task": task_id}).one())


def _sweep(connection: Connection, rules: Rules) -> None:
    """Free the seats whose leases have run out."""
    for task_id, annotator in connection.execute(_RUN_OUT, {"queue": rules.queue_id, "at": now()}).all():
        _sit(connection, rules, task_id, annotator, seated=False)


def _unfinished(connection: Connection, rules: Rules, annotator: str) -> Sequence[Row[tuple[object, ...]]]:
    return connection.execute(_UNFINISHED, {"queue": rules.queue_id, "who": annotator}).all()


def _read_cursor(connection: Connection, rules: Rules, annotator: str) -> int:
    row = connection.execute(_CURSOR, {"queue": rules.queue_id, "who": annotator}).one_or_none()
    return 0 if row is None else int(row.position)


def _others_hold_some(connection: Connection, rules: Rules, annotator: str) -> bool:
    """Say whether a task that others hold, and that takes more finished work, could still come to this person."""
    tasks, drafts, mine = tables.tasks.c, tables.drafts.c, tables.drafts.alias()
    held = (drafts.queue_id == rules.queue_id, drafts.held_until.is_not(None), drafts.annotator != annotator)
    theirs = select(tasks.id).join(tables.drafts, drafts.task_id == tasks.id).where(*held)
    finished = (mine.c.task_id == tasks.id, mine.c.annotator == annotator, mine.c.submitted.is_(true()))
    query = theirs.where(tasks.role == TaskRole.LABEL.value, ~select(mine.c.task_id).where(*finished).exists())
    if rules.options.overlap is not None:
        query = query.where(tasks.done < rules.options.overlap)
    return connection.execute(query.limit(1)).first() is not None


def _is_gold_place(rules: Rules, annotator: str, place: int) -> bool:
    """One place of every ``GOLD_EVERY`` that no annotator can foretell, another for each of them.

    The project's random id is the secret: queue, name and place are known to the annotator, and this code to everybody.
    """
    block = hashlib.sha256(f"{rules.project_id}/{annotator}/{place // GOLD_EVERY}".encode()).digest()
    return int.from_bytes(block[:4]) % GOLD_EVERY == place % GOLD_EVERY
