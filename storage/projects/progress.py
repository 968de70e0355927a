"""How far a queue is, who does how much of it, how fast, when it will be done. Undefined is None: nobody has labelled lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select, true

from engine.domain import now
from storage.database import tables
from storage.database.typed_rows import all_rows
from storage.labelling.queue_rules import QueueRules, TaskRole

_SHORTEST = timedelta(minutes=5)  # a pace over less would be chance


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonProgress:
    """What one person has done in a queue, quiz and gold included."""

    annotator: str
    begun: int  # solutions given to them, or begun by them in the queue of a run
    done: int  # of those submitted or skipped
    skipped: int  # of those skipped
    work_done: int  # of those done: solutions to label, neither quiz nor gold
    work_skipped: int  # of those skipped
    quiz_done: int  # of those done: items of the entry quiz
    held: int  # leased to them and not finished: nobody else is given these
    labels_last_hour: int  # steps of solutions submitted in it
    labels_last_day: int
    labels_an_hour: float | None  # over the last hour, else over the last day; None: nothing was submitted in it
    seconds_an_item: float | None  # on screen, of the submitted solutions that say it
    seconds_a_step: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingProgress:
    """How far a queue is."""

    total: int  # solutions to label; quiz and gold do not count
    done: int  # of those labelled by as many people as it takes (one, where everybody may)
    over: int  # of those labelled by more: a lease had run out and both finished
    labels_an_hour: float | None  # of everybody together, as for one person
    hours_left: float | None  # at that pace; None where there is no pace
    people: tuple[PersonProgress, ...]  # by name


class _RecentRow(NamedTuple):
    """Work finished in the last day."""

    annotator: str
    done_at: datetime
    labelled_steps: int


class _PersonRow(NamedTuple):
    """What one person has done in a queue, counted."""

    annotator: str
    begun: int
    done: int
    skipped: int
    work_done: int
    work_skipped: int
    quiz_done: int
    held: int
    timed: int
    seconds: float
    steps: int


def queue_progress(connection: Connection, rules: QueueRules) -> LabellingProgress:
    """Return how far a queue is."""
    tasks, needed = tables.tasks.c, rules.options.overlap or 1
    counts = connection.execute(
        select(
            func.count().label("total"),
            func.sum(case((tasks.finished >= needed, 1), else_=0)).label("done"),
            func.sum(case((tasks.finished > needed, 1), else_=0)).label("over"),
            func.sum(case((tasks.finished < needed, needed - tasks.finished), else_=0)).label("missing"),
        ).where(tasks.queue_id == rules.queue_id, tasks.role == TaskRole.LABEL.value)
    ).one()
    lately = _lately(connection, rules.queue_id)
    labels, items = (
        _pace([(row.done_at, row.labelled_steps) for row in lately]),
        _pace([(row.done_at, 1) for row in lately]),
    )
    missing = counts.missing or 0
    return LabellingProgress(
        total=counts.total,
        done=counts.done or 0,
        over=0 if rules.options.overlap is None else counts.over or 0,
        labels_an_hour=labels,
        hours_left=0.0 if not missing else None if items is None else missing / items,
        people=_people(connection, rules.queue_id, lately),
    )


def _people(connection: Connection, queue_id: str, lately: Sequence[_RecentRow]) -> tuple[PersonProgress, ...]:
    drafts, role = tables.drafts.c, tables.tasks.c.role
    submitted = drafts.submitted.is_(true())
    skipped = submitted & drafts.skip_reason.is_not(None)
    is_work = role == TaskRole.LABEL.value
    timed = submitted & drafts.skip_reason.is_(None) & drafts.seconds.is_not(None)
    query = (
        select(
            drafts.annotator,
            func.count().label("begun"),
            _count(submitted).label("done"),
            _count(skipped).label("skipped"),
            _count(submitted & is_work).label("work_done"),
            _count(skipped & is_work).label("work_skipped"),
            _count(submitted & (role == TaskRole.QUIZ.value)).label("quiz_done"),
            _count(~submitted & (drafts.leased_until > now())).label("held"),
            _count(timed).label("timed"),
            func.sum(case((timed, drafts.seconds), else_=0.0)).label("seconds"),
            func.sum(case((timed, drafts.labelled_steps), else_=0)).label("steps"),
        )
        .join(tables.tasks, tables.tasks.c.id == drafts.task_id)
        .where(drafts.queue_id == queue_id)
    )
    hour = now() - timedelta(hours=1)
    people = []
    for row in sorted(
        all_rows(connection, query.group_by(drafts.annotator), _PersonRow), key=lambda row: row.annotator
    ):
        mine = [(each.done_at, each.labelled_steps) for each in lately if each.annotator == row.annotator]
        people.append(
            PersonProgress(
                annotator=row.annotator,
                begun=row.begun,
                done=row.done,
                skipped=row.skipped,
                work_done=row.work_done,
                work_skipped=row.work_skipped,
                quiz_done=row.quiz_done,
                held=row.held,
                labels_last_hour=sum(labelled for at, labelled in mine if at > hour),
                labels_last_day=sum(labelled for _at, labelled in mine),
                labels_an_hour=_pace(mine),
                seconds_an_item=row.seconds / row.timed if row.timed else None,
                seconds_a_step=row.seconds / row.steps if row.steps else None,
            )
        )
    return tuple(people)


def _lately(connection: Connection, queue_id: str) -> Sequence[_RecentRow]:
    drafts = tables.drafts.c
    query = select(drafts.annotator, drafts.done_at, drafts.labelled_steps)
    query = query.where(drafts.queue_id == queue_id, drafts.done_at > now() - timedelta(days=1))
    return all_rows(connection, query, _RecentRow)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _pace(done: Sequence[tuple[datetime, int]]) -> float | None:
    """Return how much an hour: over the last hour if anything was done in it, else over the last day; None: nothing was."""
    at = now()
    for window in (timedelta(hours=1), timedelta(days=1)):
        recent = [(moment, amount) for moment, amount in done if moment > at - window]
        if recent:
            span = min(window, max(_SHORTEST, at - min(moment for moment, _amount in recent)))
            return sum(amount for _moment, amount in recent) / (span / timedelta(hours=1))
    return None
