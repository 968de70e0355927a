"""Label events into the store: event, draft, annotation and slot in one transaction.

The rules of a draft are in ``storage/labelling/events.py``.

An event is acknowledged only after its commit. Events are append-only; a draft is what they add up to and is checked against them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, tuple_

from engine.domain import Annotation, Stage, now
from storage.database import rows, tables
from storage.database.typed_rows import iter_rows, one_row
from storage.labelling import audience, draft_rows, slots, tasks
from storage.labelling.events import Draft, EventKind, EventRejected, LabelEvent, TaskGone, apply_any_event, apply_event
from storage.labelling.lease import Lease, as_lease, lease_after, lease_values
from storage.labelling.queue_rules import QueueRules, TaskRow, read_rules

MAX_UUID = 64  # characters
MAX_VERSION = 100  # characters of a guideline's version

# run for every key pressed: made once, because SQLAlchemy takes longer to build a statement than SQLite to run it
_ADD_EVENT = tables.events.insert()
_CHANGE_DRAFT = tables.drafts.update().where(
    tables.drafts.c.task_id == bindparam("task"), tables.drafts.c.annotator == bindparam("who")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """An event that was not stored, and why, for the person."""

    uuid: str
    reason: str
    gone: bool = False  # its task is not there any more: no event for it will be stored


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReceipt:
    """What became of a batch of events, in the order they were sent."""

    acknowledged: tuple[str, ...]  # on disk, now or from an earlier try
    rejected: tuple[Rejection, ...]  # not stored; sending them again may work once the reason is gone
    late: tuple[str, ...] = ()  # tasks submitted after the lease had gone to somebody else: kept, one more than wanted


@dataclass(slots=True, kw_only=True)
class _PendingDraft:
    """One person's draft of a task while a batch of their events is applied to it."""

    task: TaskRow
    rules: QueueRules
    opened_with: Draft
    is_stored: bool  # the draft has a row already
    draft: Draft
    lease: Lease  # as it was when the batch arrived


def save_events(connection: Connection, annotator: str, events: Sequence[LabelEvent]) -> EventReceipt:
    """Store the events that are new and fit, and the drafts and annotations they lead to."""
    owners = _stored_uuids(connection, [event.uuid for event in events])
    by_task: dict[str, _PendingDraft] = {}
    acknowledged: list[str] = []
    rejected: list[Rejection] = []
    arrived = now()
    for event in events:
        if owners.get(event.uuid) == annotator:
            acknowledged.append(event.uuid)
            continue
        try:
            _require_valid(event, owners)
            if event.task_id not in by_task:
                by_task[event.task_id] = _open_draft(connection, event.task_id, annotator)
            pending = by_task[event.task_id]
            after = apply_event(pending.draft, event, arrived)
        except EventRejected as refusal:
            gone = isinstance(refusal, TaskGone)
            rejected.append(Rejection(uuid=event.uuid, reason=str(refusal), gone=gone))
            continue
        connection.execute(_ADD_EVENT, draft_rows.event_values(event, annotator, arrived))
        if after.submitted:
            _append_annotation(connection, pending, annotator, after, event)
        pending.draft = after
        owners[event.uuid] = annotator
        acknowledged.append(event.uuid)
    changed = [pending for pending in by_task.values() if pending.draft is not pending.opened_with]
    late = tuple(pending.task.id for pending in changed if _store(connection, pending, annotator, arrived))
    return EventReceipt(acknowledged=tuple(acknowledged), rejected=tuple(rejected), late=late)


def replay(connection: Connection, task_id: str, annotator: str) -> Draft:
    """Return the draft that the stored events of one person on one task add up to: it must equal the stored one."""
    task = tasks.require_task(connection, task_id)
    draft = Draft(labels=(None,) * len(tasks.read_solution(connection, task).steps))
    events = tables.events
    query = select(events).where(events.c.task_id == task_id, events.c.annotator == annotator).order_by(events.c.seq)
    for row in iter_rows(connection, query, draft_rows.EventRow):
        draft = apply_any_event(draft, draft_rows.as_event(row), row.at_server)
    return draft


def find_inconsistent_drafts(
    connection: Connection, after: tuple[str, str], limit: int
) -> tuple[tuple[tuple[str, str], ...], tuple[str, str] | None]:
    """Return task and person of each of the next ``limit`` drafts that its events do not lead to, and where to go on.

    Args:
        connection: to read from.
        after: task and person of the last draft before; ("", "") begins.
        limit: drafts looked at.
    """
    drafts = tables.drafts.c
    key = tuple_(drafts.task_id, drafts.annotator)
    query = select(drafts.task_id, drafts.annotator).where(key > after).order_by(drafts.task_id, drafts.annotator)
    keys = [(row.task_id, row.annotator) for row in connection.execute(query.limit(limit))]
    inconsistent = tuple((task, who) for task, who in keys if not _matches_events(connection, task, who))
    return inconsistent, keys[-1] if len(keys) == limit else None


def _matches_events(connection: Connection, task_id: str, annotator: str) -> bool:
    try:
        return replay(connection, task_id, annotator) == tasks.read_draft(connection, task_id, annotator)
    except EventRejected:
        return False


def _require_valid(event: LabelEvent, owners: dict[str, str]) -> None:
    if not 0 < len(event.uuid) <= MAX_UUID:
        raise EventRejected(f"An event's uuid has 1 to {MAX_UUID} characters, not {len(event.uuid)}.")
    if event.uuid in owners:
        raise EventRejected(
            f"The uuid {event.uuid!r} belongs to another person's event. Make a new one for each event."
        )
    if event.at_client.tzinfo is None:
        raise EventRejected("An event's time must carry its time zone.")


def _stored_uuids(connection: Connection, uuids: Sequence[str]) -> dict[str, str]:
    events = tables.events.c
    found = connection.execute(select(events.uuid, events.annotator).where(events.uuid.in_(uuids)))
    return {row.uuid: row.annotator for row in found}


def _open_draft(connection: Connection, task_id: str, annotator: str) -> _PendingDraft:
    task = tasks.find_task(connection, task_id)
    if task is None:
        raise _no_task()
    rules = read_rules(connection, task.queue_id)
    row = tasks.read_draft_row(connection, task_id, annotator)
    if row is None and rules.leases:
        raise EventRejected(f"The task {task_id!r} was not given to you. Ask for the next one of its queue.")
    if row is None and not audience.is_open_to(connection, rules, annotator):
        raise _no_task()
    if row is None:
        draft, lease = Draft(labels=(None,) * len(tasks.read_solution(connection, task).steps)), Lease()
    else:
        draft, lease = draft_rows.as_draft(row), as_lease(row)
    return _PendingDraft(task=task, rules=rules, opened_with=draft, is_stored=row is not None, draft=draft, lease=lease)


def _no_task() -> TaskGone:
    """Return the refusal of a task that is not there, or not there for this person."""
    return TaskGone("Its solution was deleted, is open to others only, or belongs to another data folder.")


def _store(connection: Connection, pending: _PendingDraft, annotator: str, arrived: datetime) -> bool:
    """Store the draft and its lease; return whether it is now one more than the overlap asks for."""
    has_slot = pending.lease.counts_toward_overlap or (
        pending.rules.leases and slots.has_open_slot(connection, pending.rules, pending.task)
    )
    # who may not label the queue any more finishes what they began, but holds no slot meanwhile
    may_hold = has_slot and (pending.draft.submitted or audience.is_open_to(connection, pending.rules, annotator))
    lease = lease_after(pending.rules, pending.lease, pending.draft, arrived, has_slot=may_hold)
    values = draft_rows.draft_values(pending.draft) | lease_values(lease)
    if pending.is_stored:
        connection.execute(_CHANGE_DRAFT, {"task": pending.task.id, "who": annotator} | values)
    else:
        key = {"task_id": pending.task.id, "annotator": annotator, "queue_id": pending.task.queue_id}
        connection.execute(tables.drafts.insert(), key | values)
    if (lease.counts_toward_overlap, pending.draft.submitted) != (
        pending.lease.counts_toward_overlap,
        pending.opened_with.submitted,
    ):
        slots.recount_task(connection, pending.rules, pending.task)
    return pending.rules.leases and lease.counts_toward_overlap and not has_slot


def _append_annotation(
    connection: Connection, pending: _PendingDraft, annotator: str, draft: Draft, event: LabelEvent
) -> None:
    """Append an annotation, unless the person's newest one for this task says the same at the same stage."""
    solution_id = pending.task.solution_id
    # beside a queue that is not blind the scores stand from the start, whether or not the page has asked for them yet
    may_see = not pending.rules.options.blind and _is_scored(connection, solution_id)
    stage = Stage.REVEALED if may_see or _has_seen_scores(connection, solution_id, annotator) else Stage.BLIND
    table = tables.annotations
    mine = select(table).where(table.c.task_id == pending.task.id, table.c.annotator == annotator)
    row = one_row(connection, mine.order_by(table.c.seq.desc()).limit(1), rows.AnnotationRow)
    content = draft.content
    annotation = Annotation(
        solution_id=solution_id,
        annotator=annotator,
        stage=stage,
        labels=content.labels,
        flagged=content.flagged,
        note=content.note,
        skip_reason=content.skip_reason,
        seconds=draft.seconds,
        details=content.details,
        first_error=content.first_error,
        guideline_version=_version_of(event, row, pending.rules),
    )
    if row is not None and _is_same_content(rows.as_annotation(row), annotation):
        return
    connection.execute(table.insert().values(**rows.annotation_values(annotation, pending.task.id)))


def _version_of(event: LabelEvent, last: rows.AnnotationRow | None, rules: QueueRules) -> str:
    """Return the guideline's version that labels were given by: the one that was shown, as another may have been saved meanwhile.

    What is added to submitted labels leaves it as it was. A client that does not say what it showed is taken for up to date.
    """
    if event.kind in (EventKind.SUBMIT, EventKind.SKIP):
        return (event.text or "").strip()[:MAX_VERSION] or rules.guideline_version
    return rules.guideline_version if last is None else last.guideline_version


def _is_same_content(last: Annotation, new: Annotation) -> bool:
    alike = {name: getattr(new, name) for name in ("id", "seconds", "created_at")}
    return replace(last, **alike) == new


def _is_scored(connection: Connection, solution_id: str) -> bool:
    scorings = tables.scorings.c
    return (
        connection.execute(select(scorings.id).where(scorings.solution_id == solution_id).limit(1)).first() is not None
    )


def _has_seen_scores(connection: Connection, solution_id: str, annotator: str) -> bool:
    # in any queue: the same solution may wait in two
    tasks, drafts = tables.tasks, tables.drafts
    query = select(drafts.c.task_id).join(tasks, tasks.c.id == drafts.c.task_id)
    query = query.where(
        tasks.c.solution_id == solution_id, drafts.c.annotator == annotator, drafts.c.revealed.is_(True)
    )
    return connection.execute(query.limit(1)).first() is not None
