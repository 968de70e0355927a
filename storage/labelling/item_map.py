"""All items of a person's assignment list in one look: what is done, skipped, flagged or came back. Knows no label and no score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from engine.domain import SkipReason
from storage.database import tables
from storage.database.typed_rows import iter_rows
from storage.labelling import audience
from storage.labelling.queue_rules import TaskRole, read_rules
from storage.labelling.review_outcome import SplitState, find_wrong_tasks


class ItemState(StrEnum):
    """Where an item stands with its person."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"
    RETURNED = "returned"  # sent back by a reviewer, and not submitted again


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedItem:
    """One item of the list. A gold item looks like any other."""

    position: int  # 0-based index in the list
    state: ItemState
    flagged: bool
    is_quiz: bool
    skip_reason: SkipReason | None
    note: str  # of the person, on the whole
    send_back_note: str | None  # of the reviewer; None: it did not come back
    sent_back_by: str | None  # the reviewer; None: it did not come back, or a quiz is to be taken again
    found_wrong: bool  # it came back because its own labels were found wrong; False: because others of its split were
    seconds: float | None  # on screen, of what is labelled
    done_at: datetime | None  # newest submission or skip


class _ItemRow(NamedTuple):
    """A task with this person's draft; None where they have not begun it."""

    id: str
    role: str
    position: int
    sequence_no: int | None
    submitted: bool | None
    flagged: bool | None
    skip_reason: str | None
    note: str | None
    send_back_note: str | None
    seconds: float | None
    done_at: datetime | None


def list_items(connection: Connection, queue_id: str, annotator: str) -> tuple[MappedItem, ...]:
    """Return the items of this person's assignment list in order; of a run's queue all. Raises NotFound."""
    rules = read_rules(connection, queue_id)
    is_open = audience.require_entry(connection, rules, annotator)
    tasks, drafts = tables.tasks, tables.drafts
    columns = (tasks.c.id, tasks.c.role, tasks.c.position, drafts.c.sequence_no, drafts.c.submitted, drafts.c.flagged)
    said = (drafts.c.skip_reason, drafts.c.note, drafts.c.send_back_note, drafts.c.seconds, drafts.c.done_at)
    mine = and_(drafts.c.task_id == tasks.c.id, drafts.c.annotator == annotator)
    only_begun = rules.leases or not is_open
    source = tasks.join(drafts, mine) if only_begun else tasks.outerjoin(drafts, mine)
    query = select(*columns, *said).select_from(source).where(tasks.c.queue_id == queue_id)
    query = query.order_by(drafts.c.sequence_no if rules.leases else tasks.c.position)
    reviewers = _list_reviewers(connection, queue_id)
    wrong = find_wrong_tasks(connection, queue_id, annotator) if reviewers else frozenset()
    size = rules.options.split_size
    return tuple(
        _as_item(row, reviewers.get(row.position // size), is_wrong=row.id in wrong)
        for row in iter_rows(connection, query, _ItemRow)
    )


def _list_reviewers(connection: Connection, queue_id: str) -> dict[int, str]:
    """Return who sent each split of a queue back last; splits that were not sent back are left out."""
    ends = tables.split_events.c
    sent_back = (ends.queue_id == queue_id, ends.kind == SplitState.SENT_BACK.value)
    query = select(ends.split, ends.by).where(*sent_back).order_by(ends.seq)
    return {row[0]: row[1] for row in connection.execute(query)}


def _as_item(row: _ItemRow, reviewer: str | None, *, is_wrong: bool) -> MappedItem:
    reason = None if row.skip_reason is None else SkipReason(row.skip_reason)
    came_back = row.send_back_note is not None and row.role != TaskRole.QUIZ.value
    return MappedItem(
        position=row.position if row.sequence_no is None else row.sequence_no,
        state=_state(row, reason),
        flagged=bool(row.flagged),
        is_quiz=row.role == TaskRole.QUIZ.value,
        skip_reason=reason,
        note=row.note or "",
        send_back_note=row.send_back_note,
        sent_back_by=reviewer if came_back else None,
        found_wrong=came_back and is_wrong,
        seconds=row.seconds if row.submitted and reason is None else None,
        done_at=row.done_at,
    )


def _state(row: _ItemRow, reason: SkipReason | None) -> ItemState:
    if row.submitted:
        return ItemState.DONE if reason is None else ItemState.SKIPPED
    return ItemState.OPEN if row.send_back_note is None else ItemState.RETURNED
