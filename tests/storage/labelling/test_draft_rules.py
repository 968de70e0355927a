"""The server's half of the rules of a draft; draft_rules.test.mjs holds the browser to the same cases.

Covers storage/labelling/events.py.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.domain import ErrorType, Label, SkipReason, StepDetail
from storage.labelling.events import Draft, EventKind, EventRejected, LabelEvent, apply_event

CASES = json.loads((Path(__file__).parents[2] / "cases" / "draft_rules.json").read_text(encoding="utf-8"))["cases"]
UNTOUCHED = {"first_error": None, "flagged": False, "note": "", "skip_reason": None, "submitted": False}


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def enum(kind: type, value: object) -> Any:
    return None if value is None else kind(value)


def as_event(index: int, fields: dict[str, Any]) -> LabelEvent:
    text = "x" * fields["text_length"] if "text_length" in fields else fields.get("text")
    return LabelEvent(
        uuid=str(index),
        task_id="t",
        kind=EventKind(fields["type"]),
        at_client=moment(fields["ts"]),
        step=fields.get("step"),
        value=enum(Label, fields.get("value")),
        text=text,
        flagged=fields.get("flagged"),
        skip_reason=enum(SkipReason, fields.get("reason")),
        seconds=fields.get("seconds"),
        error_type=enum(ErrorType, fields.get("error_type")),
    )


def as_draft(steps: int, state: dict[str, Any]) -> Draft:
    labels = state.get("labels", [None] * steps)
    known = {name: value for name, value in state.items() if name not in ("labels", "skip_reason")}
    skip = enum(SkipReason, state.get("skip_reason"))
    return Draft(labels=tuple(enum(Label, label) for label in labels), skip_reason=skip, **known)


def detail(found: StepDetail | None) -> dict[str, Any] | None:
    if found is None:
        return None
    error_type = None if found.error_type is None else found.error_type.value
    return {"note": found.note, "correction": found.correction, "error_type": error_type}


def as_fields(draft: Draft) -> dict[str, Any]:
    return {
        "labels": [None if label is None else int(label) for label in draft.labels],
        "details": [detail(each) for each in draft.details or (None,) * len(draft.labels)],
        "first_error": draft.first_error,
        "flagged": draft.flagged,
        "note": draft.note,
        "skip_reason": None if draft.skip_reason is None else draft.skip_reason.value,
        "submitted": draft.submitted,
    }


def expected(case: dict[str, Any]) -> dict[str, Any]:
    empty = [None] * case["steps"]
    wanted = {"labels": empty, "details": empty, **UNTOUCHED, **case["draft"]}
    length = wanted.pop("note_length", None)
    return wanted if length is None else {**wanted, "note": "x" * length}


@pytest.mark.parametrize("case", [c for c in CASES if c.get("side") != "browser"], ids=lambda case: case["name"])
def test_events_add_up_to_the_draft(case: dict[str, Any]) -> None:
    draft = as_draft(case["steps"], case.get("start", {}))
    rejected = []
    for index, fields in enumerate(case["events"]):
        arrived = moment(fields.get("arrived", fields["ts"]))
        try:
            draft = apply_event(draft, as_event(index, fields), arrived)
        except EventRejected:
            rejected.append(index)
    assert rejected == case.get("rejected", [])
    assert as_fields(draft) == expected(case)


def test_the_cases_cover_every_kind_of_event() -> None:
    assert {event["type"] for case in CASES for event in case["events"]} == {kind.value for kind in EventKind}
