"""What a person's label events add up to: pure rules, no database.

Two kinds of event follow two rules, so that two tabs of one person, a tab that was offline and a restored log all merge alike:

* A value (a step's label, the flag, the note) belongs to the event with the latest client time, and of equal times to the one
  that arrived last. A client time in the future counts as the moment of arrival: a fast clock must not win for ever.
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

from engine.domain import Label, SkipReason

MAX_NOTE = 10_000  # characters
_SUBMITTED = "submitted"
_FLAG = "flag"
_NOTE = "note"


class EventKind(StrEnum):
    """What a person did."""

    LABEL = "label"  # value None clears the step, as CLEAR does
    CLEAR = "clear"
    NOTE = "note"
    FLAG = "flag"
    SKIP = "skip"
    SUBMIT = "submit"
    REOPEN = "reopen"
    REVEAL = "reveal"  # written by the store itself when scores are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEvent:
    """One change by one person on one task. The same uuid is the same event, however often it arrives."""

    uuid: str
    task_id: str
    kind: EventKind
    at_client: datetime  # on the person's clock, with a time zone
    step: int | None = None  # 0-based; LABEL and CLEAR
    value: Label | None = None  # LABEL
    text: str | None = None  # NOTE
    flagged: bool | None = None  # FLAG
    skip_reason: SkipReason | None = None  # SKIP
    seconds: float | None = None  # time the item has been on screen so far


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

    @property
    def content(self) -> tuple[tuple[Label | None, ...], bool, str, SkipReason | None]:
        """What an annotation would say: labels (all None when skipped), flag, note, skip reason."""
        labels = self.labels if self.skip_reason is None else (None,) * len(self.labels)
        return labels, self.flagged, self.note, self.skip_reason


class EventRejected(Exception):
    """The event cannot be taken; the message says why, for the person."""


def apply_event(draft: Draft, event: LabelEvent, arrived: datetime) -> Draft:
    """Return the draft after the event.

    Raises:
        EventRejected: the event does not fit the task or its state.
    """
    at = min(event.at_client, arrived).timestamp()
    if event.seconds is not None and event.seconds >= 0:
        draft = replace(draft, seconds=event.seconds)
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
            return replace(draft, submitted=True, skip_reason=event.skip_reason, times={**draft.times, _SUBMITTED: at})
        case EventKind.REOPEN:
            return replace(draft, submitted=False, skip_reason=None)
        case EventKind.REVEAL:
            raise EventRejected("Scores are revealed by asking for them, not by an event.")


def _submit(draft: Draft, at: float) -> Draft:
    missing = [str(index + 1) for index, label in enumerate(draft.labels) if label is None]
    if missing:
        which = ", ".join(missing[:8]) + (", ..." if len(missing) > 8 else "")
        raise EventRejected(f"{len(missing)} of {len(draft.labels)} steps have no label yet: {which}.")
    return replace(draft, submitted=True, skip_reason=None, times={**draft.times, _SUBMITTED: at})


def _set_label(draft: Draft, step: int | None, value: Label | None, at: float) -> Draft:
    if step is None or not 0 <= step < len(draft.labels):
        raise EventRejected(f"Step index {step!r} is outside this solution of {len(draft.labels)} steps.")
    labels = (*draft.labels[:step], value, *draft.labels[step + 1 :])
    return _change(draft, str(step), at, replace(draft, labels=labels))


def _set_note(draft: Draft, note: str, at: float) -> Draft:
    if len(note) > MAX_NOTE:
        raise EventRejected(f"The note has {len(note)} characters; at most {MAX_NOTE} can be kept.")
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
