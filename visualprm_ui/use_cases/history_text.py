"""The sentences of a solution's history, one per entry. Step numbers shown to people start at 1."""

from __future__ import annotations

from engine.domain import Label
from storage import EventKind, HistoryEntry, HistoryKind

_WORDS = {Label.CORRECT: "correct", Label.NEUTRAL: "neutral", Label.WRONG: "wrong"}


def as_sentence(entry: HistoryEntry) -> str:
    """Return the sentence of an entry, without who and when."""
    step = "" if entry.step is None else f"Step {entry.step + 1}"
    text = f": {entry.text}" if entry.text else ""
    label = "no label" if entry.label is None else _WORDS[entry.label]
    reason = "" if entry.skip_reason is None else entry.skip_reason.value.replace("_", " ")
    stage = "" if entry.stage is None else f" ({entry.stage.value})"
    whose = "" if entry.about is None else f", labelled by {entry.about}"
    match entry.kind:
        case HistoryKind.ANNOTATED:
            return f"Annotated{stage}" + (f": skipped, {reason}" if reason else _counted(entry))
        case HistoryKind.DECIDED:
            cause = "" if entry.cause is None else f" ({entry.cause.value.replace('_', ' ')})"
            return f"Decided{cause}{_counted(entry)}{text}"
        case HistoryKind.FILE_LABELLED:
            return f"Labelled in a file{text}{_counted(entry)}"
        case HistoryKind.ROLLED_OUT:
            return f"Labelled by completions of {entry.text or 'a policy'}{_counted(entry)}"
        case EventKind.LABEL:
            return f"{step}: {label}"
        case EventKind.FLAG:
            return "Flagged" if entry.flagged else "Flag removed"
        case EventKind.FIRST_ERROR:
            return f"{step}: first error" if step else "First error: not said"
    sentences: dict[EventKind | HistoryKind, str] = {
        HistoryKind.SAMPLED: f"Written by {entry.text or 'a policy'}",
        HistoryKind.IMPORTED: f"Imported; written by {entry.text or 'a policy'}",
        HistoryKind.SCORED: f"Scored by {entry.text or 'a reward model'}",
        EventKind.CLEAR: f"{step}: no label",
        HistoryKind.FOUND_RIGHT: f"Found right in review{whose}{text}",
        HistoryKind.FOUND_WRONG: f"Found wrong in review{whose}{text}",
        HistoryKind.SPLIT_ACCEPTED: f"Split accepted{text}",
        HistoryKind.SPLIT_SENT_BACK: f"Split sent back{text}",
        EventKind.NOTE: f"Note{text}" if text else "Note removed",
        EventKind.STEP_NOTE: f"{step}, note{text}",
        EventKind.CORRECTION: f"{step}, correction{text}",
        EventKind.ERROR_TYPE: f"{step}, kind of error: {'not said' if entry.error_type is None else entry.error_type.value}",
        EventKind.SKIP: f"Skipped: {reason}" if reason else "Skipped",
        EventKind.SUBMIT: "Submitted",
        EventKind.REOPEN: "Reopened",
        EventKind.REVEAL: "Saw the scores",
        EventKind.SEND_BACK: f"Sent back{text}",
    }
    return sentences[entry.kind]


def _counted(entry: HistoryEntry) -> str:
    labels = entry.labels or ()
    counts = [f"{labels.count(label)} {word}" for label, word in _WORDS.items() if label in labels]
    return f": {', '.join(counts)}" if counts else ""
