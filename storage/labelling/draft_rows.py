"""Drafts and label events to rows and back. Knows columns' contents, runs no statement."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from engine.domain import ErrorType, Label, SkipReason
from storage.database.rows import StoredDetails, StoredLabels, Values, as_details, as_labels, as_numbers, detail_values
from storage.labelling.events import Draft, EventKind, LabelEvent


class DraftRow(NamedTuple):
    """A row of drafts, its lease among it."""

    task_id: str
    annotator: str
    labels: StoredLabels
    flagged: bool
    note: str
    skip_reason: str | None
    submitted: bool
    revealed: bool
    seconds: float | None
    times: dict[str, float]
    details: StoredDetails
    first_error: int | None
    send_back_note: str | None
    sequence_no: int | None
    counts_toward_overlap: bool
    leased_until: datetime | None
    done_at: datetime | None
    labelled_steps: int


def draft_values(draft: Draft) -> Values:
    """Write a draft, without its lease."""
    return {
        "labels": as_numbers(draft.labels),
        "flagged": draft.flagged,
        "note": draft.note,
        "skip_reason": None if draft.skip_reason is None else draft.skip_reason.value,
        "submitted": draft.submitted,
        "revealed": draft.revealed,
        "seconds": draft.seconds,
        "times": draft.times,
        "details": detail_values(draft.details),
        "first_error": draft.first_error,
        "send_back_note": draft.send_back_note,
    }


def as_draft(row: DraftRow) -> Draft:
    """Read a draft."""
    return Draft(
        labels=as_labels(row.labels),
        flagged=row.flagged,
        note=row.note,
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        submitted=row.submitted,
        revealed=row.revealed,
        seconds=row.seconds,
        times=row.times,
        details=as_details(row.details),
        first_error=row.first_error,
        send_back_note=row.send_back_note,
    )


class EventRow(NamedTuple):
    """A row of label events."""

    uuid: str
    task_id: str
    kind: str
    at_client: datetime
    at_server: datetime
    step: int | None
    value: int | None
    text: str | None
    flagged: bool | None
    skip_reason: str | None
    seconds: float | None
    error_type: str | None


def event_values(event: LabelEvent, annotator: str, arrived: datetime) -> Values:
    """Write a label event."""
    return {
        "uuid": event.uuid,
        "task_id": event.task_id,
        "annotator": annotator,
        "kind": event.kind.value,
        "step": event.step,
        "value": None if event.value is None else int(event.value),
        "text": event.text,
        "flagged": event.flagged,
        "skip_reason": None if event.skip_reason is None else event.skip_reason.value,
        "seconds": event.seconds,
        "at_client": event.at_client,
        "at_server": arrived,
        "error_type": None if event.error_type is None else event.error_type.value,
    }


def as_event(row: EventRow) -> LabelEvent:
    """Read a label event."""
    return LabelEvent(
        uuid=row.uuid,
        task_id=row.task_id,
        kind=EventKind(row.kind),
        at_client=row.at_client,
        step=row.step,
        value=None if row.value is None else Label(row.value),
        text=row.text,
        flagged=row.flagged,
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        seconds=row.seconds,
        error_type=None if row.error_type is None else ErrorType(row.error_type),
    )
