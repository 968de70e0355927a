"""What a person's label events add up to: pure rules, no database.

Two kinds of event follow two rules, so that two tabs of one person, a tab that was offline and a restored log all merge alike:

* A value (a step's label and details, the flag, the note, the first error) belongs to the event with the latest client time, and of
  equal times to the one that arrived last. A client time in the future counts as the moment of arrival: a fast clock must not win
  for ever.
* Submit, skip and reopen act in the order they arrive, on the values merged so far. (By client time a clock set back between the
  last label and Enter would make a complete solution look incomplete.)

While a task is submitted its draft equals the person's newest annotation. A change made before the submission but arriving after
it (the other tab was offline) therefore amends the submission; a change made after it reopens the task, as a changed mind that
still has to be submitted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from engine.domain import ErrorType, Label, SkipReason, StepDetail

MAX_NOTE = 10_000  # characters
_SUBMITTED = "submitted"
_FLAG = "flag"
_NOTE = "note"
_FIRST_ERROR = "first_error"


class EventKind(StrEnum):
    """What a person did."""

    LABEL = "label"  # value None clears the step, as CLEAR does
    CLEAR = "clear"
    NOTE = "note"
    FLAG = "flag"
    STEP_NOTE = "step_note"
    CORRECTION = "correction"  # what a wrong step should say
    ERROR_TYPE = "error_type"  # None clears it
    FIRST_ERROR = "first_error"  # step None clears it
    SKIP = "skip"
    SUBMIT = "submit"
    REOPEN = "reopen"
    REVEAL = "reveal"  # written by the store itself when scores are shown
    SEND_BACK = "return"  # written by the store itself; the stored word is older


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvent:
    """One change by one person on one task. The same uuid is the same event, however often it arrives."""

    uuid: str
    task_id: str
    kind: EventKind
    at_client: datetime  # on the person's clock, with a time zone
    step: int | None = None  # 0-based; LABEL, CLEAR, STEP_NOTE, CORRECTION, ERROR_TYPE, FIRST_ERROR
    value: Label | None = None  # LABEL
    text: str | None = (
        None  # NOTE, STEP_NOTE, CORRECTION, SEND_BACK; SUBMIT, SKIP: the guideline's version that was shown
    )
    flagged: bool | None = None  # FLAG
    skip_reason: SkipReason | None = None  # SKIP
    seconds: float | None = None  # time the item has been on screen so far
    error_type: ErrorType | None = None  # ERROR_TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationContent:
    """The content of an annotation."""

    labels: tuple[Label | None, ...]  # all None when skipped
    flagged: bool
    note: str
    skip_reason: SkipReason | None
    details: tuple[StepDetail | None, ...]  # one a step; empty when no step has any
    first_error: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one person has done on one task so far."""

    labels: tuple[Label | None, ...]
    flagged: bool = False
    note: str = ""
    skip_reason: SkipReason | None = None
    submitted: bool = False
    revealed: bool = False
    seconds: float | None = None
    times: dict[str, float] = field(default_factory=dict)  # field -> client time of its value, seconds since 1970

    details: tuple[StepDetail | None, ...] = ()  # one a step; empty when no step has any
    first_error: int | None = None
    send_back_note: str | None = None  # why the work was sent back; None: it was not, or is submitted again

    @property
    def content(self) -> AnnotationContent:
        """The content that an annotation of this draft would have."""
        return AnnotationContent(
            labels=self.labels if self.skip_reason is None else (None,) * len(self.labels),
            flagged=self.flagged,
            note=self.note,
            skip_reason=self.skip_reason,
            details=self.details,
            first_error=self.first_error if self.skip_reason is None else None,
        )


class EventRejected(Exception):
    """The event is refused; the message says why, for the person."""


class TaskGone(EventRejected):
    """The task of the event is not there any more."""


def apply_event(draft: Draft, event: LabelEvent, arrived: datetime) -> Draft:
    """Return the draft after a person's event.

    Raises:
        EventRejected: the event does not fit the task or its state.
    """
    if event.kind in (EventKind.REVEAL, EventKind.SEND_BACK):
        raise EventRejected(f"Events of kind {event.kind.value!r} are written by the store itself only.")
    return apply_any_event(draft, event, arrived)


def apply_any_event(draft: Draft, event: LabelEvent, arrived: datetime) -> Draft:
    """Return the draft after an event of a person or of the store itself; raises EventRejected."""
    at = min(event.at_client, arrived).timestamp()
    if event.seconds is not None and event.seconds >= 0:
        # a device that never had the item before begins at 0
        draft = replace(draft, seconds=max(draft.seconds or 0.0, event.seconds))
    match event.kind:
        case EventKind.LABEL:
            return _set_label(draft, event.step, event.value, at)
        case EventKind.CLEAR:
            return _set_label(draft, event.step, None, at)
        case EventKind.NOTE:
            return _set_note(draft, event.text or "", at)
        case EventKind.FLAG:
            if event.flagged is None:
                raise EventRejected("A flag event must say whether the flag is set.")
            return _change(draft, _FLAG, at, replace(draft, flagged=event.flagged))
        case EventKind.SUBMIT:
            return _submit(draft, at)
        case EventKind.SKIP:
            if event.skip_reason is None:
                raise EventRejected("Choose a reason for skipping this solution.")
            return _finish(draft, event.skip_reason, at)
        case EventKind.REOPEN:
            return replace(draft, submitted=False, skip_reason=None)
        case EventKind.REVEAL:
            return replace(draft, revealed=True)
        case EventKind.SEND_BACK:
            return replace(draft, submitted=False, skip_reason=None, send_back_note=event.text or "")
        case EventKind.FIRST_ERROR:
            if event.step is not None:
                _require_step(draft, event.step)
            return _change(draft, _FIRST_ERROR, at, replace(draft, first_error=event.step))
        case EventKind.STEP_NOTE | EventKind.CORRECTION | EventKind.ERROR_TYPE:
            return _set_detail(draft, event, at)


def _submit(draft: Draft, at: float) -> Draft:
    missing = [str(index + 1) for index, label in enumerate(draft.labels) if label is None]
    if missing:
        which = ", ".join(missing[:8]) + (", ..." if len(missing) > 8 else "")
        raise EventRejected(f"{len(missing)} of {len(draft.labels)} steps have no label yet: {which}.")
    return _finish(draft, None, at)


def _finish(draft: Draft, skip_reason: SkipReason | None, at: float) -> Draft:
    times = {**draft.times, _SUBMITTED: at}
    return replace(draft, submitted=True, skip_reason=skip_reason, send_back_note=None, times=times)


def _require_step(draft: Draft, step: int | None) -> int:
    if step is None or not 0 <= step < len(draft.labels):
        raise EventRejected(f"Step index {step!r} is outside this solution of {len(draft.labels)} steps.")
    return step


def _set_label(draft: Draft, step: int | None, value: Label | None, at: float) -> Draft:
    step = _require_step(draft, step)
    labels = (*draft.labels[:step], value, *draft.labels[step + 1 :])
    return _change(draft, str(step), at, replace(draft, labels=labels))


def _set_detail(draft: Draft, event: LabelEvent, at: float) -> Draft:
    step, text = _require_step(draft, event.step), _require_short(event.text or "")
    before = (draft.details[step] if draft.details else None) or StepDetail()
    match event.kind:
        case EventKind.STEP_NOTE:
            after = replace(before, note=text)
        case EventKind.CORRECTION:
            after = replace(before, correction=text)
        case _:
            after = replace(before, error_type=event.error_type)
    kept = list(draft.details or (None,) * len(draft.labels))
    kept[step] = None if after == StepDetail() else after
    details = tuple(kept) if any(kept) else ()
    return _change(draft, f"{step}.{event.kind.value}", at, replace(draft, details=details))


def _require_short(text: str) -> str:
    if len(text) > MAX_NOTE:
        raise EventRejected(f"The note has {len(text)} characters; at most {MAX_NOTE} can be kept.")
    return text


def _set_note(draft: Draft, note: str, at: float) -> Draft:
    _require_short(note)
    return _change(draft, _NOTE, at, replace(draft, note=note))


def _change(draft: Draft, name: str, at: float, changed: Draft) -> Draft:
    if at < draft.times.get(name, at):
        return draft  # a later change of the same field is known already
    times = {**draft.times, name: at}
    if changed.content == draft.content and changed.labels == draft.labels:
        return replace(draft, times=times)
    made_after = at > draft.times.get(_SUBMITTED, at)
    incomplete = changed.skip_reason is None and None in changed.labels
    if draft.submitted and (made_after or incomplete):
        return replace(changed, submitted=False, skip_reason=None, times=times)
    return replace(changed, times=times)
