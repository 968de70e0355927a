"""TRL's stepwise supervision: a prompt, its completions (the steps) and a label for each. Knows its rows; knows no store.

Labels are true and false, or numbers: a soft label above 0 reads as correct, VisualPRM's rule for expected accuracies (sec. 3.2),
and is kept. Written are always true and false: TRL's trainer makes a whole number of a label, and 0.75 becomes 0.

Source: TRL, "Dataset formats and types", stepwise supervision; ``trl/experimental/prm``.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain import Label
from storage.formats import fields, rows
from storage.formats.rows import Row

NAME = "trl"
_FIELDS = ("prompt", "completions", "labels")
_OTHERS = ("policy_model", "data_source")  # not of the format, but ours to know


def as_row(value: object) -> Row:
    """Return the row that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    steps = fields.get_steps(row, "completions")
    given = fields.get_list(row, "labels")
    labels = tuple(_as_label(each, at) for at, each in enumerate(given))
    fields.require_labels_of(steps, labels, "labels")
    kept = {name: each for name, each in row.items() if name not in (*_FIELDS, *_OTHERS, "image")}
    if not all(isinstance(each, bool) for each in given):
        kept["labels"] = given
    return Row(
        image=fields.get_pictures(row),
        question=fields.get_text(row, "prompt"),
        answer=None,
        steps=steps,
        process_correctness=labels,
        policy_model=fields.get_text_if_any(row, "policy_model") or "",
        data_source=fields.get_text_if_any(row, "data_source"),
        kept_fields={NAME: kept} if kept else {},
    )


def as_value(row: Row) -> dict[str, object]:
    """Return the row as a JSON value; its labels hold no neutral."""
    kept = row.kept_fields.get(NAME)
    others = {name: each for name, each in kept.items() if name != "labels"} if isinstance(kept, dict) else {}
    return {
        "prompt": row.question,
        "completions": list(row.steps),
        "labels": [label is Label.CORRECT for label in row.process_correctness or ()],
        **rows.known(row, _OTHERS),
    } | others


def fits(value: Mapping[str, object]) -> bool:
    """Return whether a row is of this format, by its fields."""
    return value.keys() >= set(_FIELDS)


def soft_labels(kept: Mapping[str, object]) -> tuple[float | None, ...] | None:
    """Return the numbers that stood for labels; None where the labels were true and false."""
    given = kept.get("labels")
    if not isinstance(given, list) or not all(isinstance(each, bool | int | float) for each in given):
        return None
    return tuple(float(each) for each in given)


def _as_label(value: object, at: int) -> Label:
    if isinstance(value, bool | int | float) and 0 <= value <= 1:
        return Label.CORRECT if value > 0 else Label.WRONG
    raise fields.BadValue(f"Item {at} of 'labels' must be true, false or a number from 0 to 1, not {value!r}.")
