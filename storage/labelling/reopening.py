"""Finished work sent back to its annotator: label events of the store's own, and a slot kept for them for a while."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from engine.domain import new_id, now
from storage.database import tables
from storage.labelling import audience, draft_rows, slots, tasks
from storage.labelling.events import Draft, EventKind, LabelEvent, apply_any_event
from storage.labelling.lease import as_lease, lease_values
from storage.labelling.queue_rules import QueueRules

DAYS = 7  # how long such work waits for its annotator before somebody else may take it


def send_back(
    connection: Connection, rules: QueueRules, task_id: str, annotator: str, note: str, *, blank: bool
) -> None:
    """Reopen a person's finished task with a note to them; ``blank`` also takes its labels away.

    It waits for them, unless the queue is not open to them any more: then others may have it at once.
    """
    row = tasks.read_draft_row(connection, task_id, annotator)
    assert row is not None  # who finished it has a draft
    draft, lease, at = draft_rows.as_draft(row), as_lease(row), now()
    events = [LabelEvent(uuid=new_id(), task_id=task_id, kind=EventKind.SEND_BACK, at_client=at, text=note)]
    if blank:
        events += [_clear(task_id, draft, step) for step, label in enumerate(draft.labels) if label is not None]
    for event in events:
        draft = apply_any_event(draft, event, at)
        connection.execute(tables.events.insert().values(**draft_rows.event_values(event, annotator, at)))
    holds = audience.is_open_to(connection, rules, annotator)
    lease = replace(
        lease,
        counts_toward_overlap=holds,
        leased_until=at + timedelta(days=DAYS) if holds else None,
        done_at=None,
        labelled_steps=0,
    )
    drafts = tables.drafts
    mine = (drafts.c.task_id == task_id, drafts.c.annotator == annotator)
    connection.execute(drafts.update().where(*mine).values(**draft_rows.draft_values(draft), **lease_values(lease)))
    slots.recount_task(connection, rules, tasks.require_task(connection, task_id))


def _clear(task_id: str, draft: Draft, step: int) -> LabelEvent:
    # at the time of the label itself: by our clock, a person whose own is slow could not label the step again for so long
    at = datetime.fromtimestamp(draft.times[str(step)], UTC)
    return LabelEvent(uuid=new_id(), task_id=task_id, kind=EventKind.CLEAR, at_client=at, step=step)
