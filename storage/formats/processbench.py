"""ProcessBench: a solution and the index of its earliest error. Text only. Knows its rows; knows no store.

The steps before the error are correct, it is wrong, and of those behind it nothing is said. Without an error (-1) all are correct.

Source: Qwen/ProcessBench; arXiv 2412.06559, sec. 3.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain import Label
from storage.formats import fields, rows
from storage.formats.rows import Row

NAME = "processbench"
_FIELDS = ("id", "generator", "problem", "steps", "final_answer_correct", "label")
_KEPT = ("id", "final_answer_correct")
_OTHERS = ("answer", "data_source")  # not of the format, but ours to know
NO_ERROR = -1


def as_row(value: object) -> Row:
    """Return the row that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    steps = fields.get_steps(row, "steps")
    fields.require_labels_of(steps, None)
    labels = _as_labels(fields.get(row, "label"), len(steps))
    return Row(
        image=fields.get_pictures(row),
        question=fields.get_text(row, "problem"),
        answer=fields.get_answer(row),
        steps=steps,
        process_correctness=labels,
        policy_model=fields.get_text(row, "generator"),
        data_source=fields.get_text_if_any(row, "data_source"),
        kept_fields={NAME: {name: row[name] for name in _KEPT if name in row} | _unknown(row)},
    )


def as_value(row: Row) -> dict[str, object]:
    """Return the row as a JSON value. Raises CannotHold where a step before the first error has no label, or one without any."""
    kept = row.kept_fields.get(NAME)
    kept = kept if isinstance(kept, dict) else {}
    return {
        "id": kept.get("id"),
        "generator": row.policy_model,
        "problem": row.question,
        "steps": list(row.steps),
        "final_answer_correct": kept.get("final_answer_correct"),
        "label": first_error(row),
        **rows.known(row, _OTHERS),
    } | {name: value for name, value in kept.items() if name not in _KEPT}


def fits(value: Mapping[str, object]) -> bool:
    """Return whether a row is of this format, by its fields."""
    return value.keys() >= {"problem", "steps", "label"}


def first_error(row: Row) -> int:
    """Return the 0-based index of the first wrong step, -1 where there is none; raises CannotHold where that is not known."""
    for at, label in enumerate(row.process_correctness or (None,)):
        if label is None:
            raise fields.CannotHold("solutions with an unlabelled step before the first error")
        if label is Label.WRONG:
            return at
    return NO_ERROR


def _as_labels(value: object, steps: int) -> tuple[Label | None, ...]:
    if isinstance(value, bool) or not isinstance(value, int) or not NO_ERROR <= value < steps:
        raise fields.BadValue(f"'label' must be the index of one of the {steps} steps, or -1, not {value!r}.")
    if value == NO_ERROR:
        return (Label.CORRECT,) * steps
    return (*[Label.CORRECT] * value, Label.WRONG, *[None] * (steps - value - 1))


def _unknown(row: Mapping[str, object]) -> dict[str, object]:
    known = (*_FIELDS, *_OTHERS, "image")
    return {name: value for name, value in row.items() if name not in known}
