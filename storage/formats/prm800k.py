"""PRM800K: a problem of text, the steps a labeller chose and their ratings. Knows its rows; knows no store.

The solution is the way through the tree that was chosen: of each step the chosen completion, else the one a person wrote (which
counts as correct), else the first one, as where labelling ended at an error. Steps that the generator wrote behind it are there
without a label. A rating of null is no label. The whole row is kept, other completions too, and written again while its labels
still stand.

Source: openai/prm800k, README "Data"; arXiv 2305.20050, sec. 2.4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from engine.domain import Label
from storage.formats import fields
from storage.formats.rows import Row

NAME = "prm800k"
_RATINGS: Mapping[object, Label | None] = {1: Label.CORRECT, 0: Label.NEUTRAL, -1: Label.WRONG, None: None}


class _Path(NamedTuple):
    """The way through a row's tree of steps."""

    steps: tuple[str, ...]
    labels: tuple[Label | None, ...]


def as_row(value: object) -> Row:
    """Return the row that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    question = fields.as_object(fields.get(row, "question"), "'question'")
    path = _read_path(row)
    generation = row.get("generation")
    return Row(
        image=(),
        question=fields.get_text(question, "problem"),
        answer=fields.get_text_if_any(question, "ground_truth_answer"),
        steps=path.steps,
        process_correctness=path.labels if any(label is not None for label in path.labels) else None,
        policy_model=f"generation {generation}" if isinstance(generation, int) else "",
        data_source=fields.get_text_if_any(row, "data_source"),
        kept_fields={NAME: dict(row)},
    )


def as_value(row: Row) -> dict[str, object]:
    """Return the row as a JSON value: the kept one while it says the same of the same steps, else one made of the labels."""
    labels = row.process_correctness or (None,) * len(row.steps)
    kept = row.kept_fields.get(NAME)
    if isinstance(kept, dict) and _says(kept, row.steps, labels):
        return kept
    rated = _until_unlabelled(labels)
    question = {
        "problem": row.question,
        "ground_truth_solution": None,
        "ground_truth_answer": row.answer,
        "pre_generated_steps": list(row.steps),
        "pre_generated_answer": None,
        "pre_generated_verifier_score": None,
    }
    steps = [
        {
            "completions": [{"text": text, "rating": int(label), "flagged": False}],
            "human_completion": None,
            "chosen_completion": None if label is Label.WRONG and at == len(rated) - 1 else 0,
        }
        for at, (text, label) in enumerate(zip(row.steps, rated, strict=False))
    ]
    by = row.labelling
    return {
        "labeler": None if by is None else by.labeller,
        "timestamp": None if by is None or by.at is None else by.at.isoformat(),
        "generation": _generation(row.policy_model),
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": question,
        "label": {
            "steps": steps,
            "total_time": None if by is None or by.seconds is None else round(by.seconds * 1000),
            "finish_reason": _finish_reason(rated, len(row.steps)),
        },
    }


def fits(value: Mapping[str, object]) -> bool:
    """Return whether a row is of this format, by its fields."""
    return isinstance(value.get("question"), dict) and isinstance(value.get("label"), dict)


def _read_path(row: Mapping[str, object]) -> _Path:
    label = fields.as_object(fields.get(row, "label"), "'label'")
    read = [_read_step(each, at) for at, each in enumerate(fields.get_list(label, "steps"))]
    chosen = [each for each in read if each is not None]
    texts = fields.get_steps({"steps": [text for text, _label in chosen]}, "steps")
    labels = tuple(each for _text, each in chosen)
    question = fields.as_object(fields.get(row, "question"), "'question'")
    if question.get("pre_generated_steps") is not None:
        written = fields.get_steps(question, "pre_generated_steps")
        if written[: len(texts)] == texts:  # labelling ended before the solution did
            labels = (*labels, *[None] * (len(written) - len(texts)))
            texts = written
    fields.require_labels_of(texts, None)
    return _Path(texts, labels)


def _read_step(value: object, at: int) -> tuple[str, Label | None] | None:
    """Return the text and label of a step on the chosen way; None for a step that nobody completed."""
    name = f"Item {at} of 'steps'"
    step = fields.as_object(value, name)
    completions = fields.get_list(step, "completions") if step.get("completions") is not None else []
    chosen = step.get("chosen_completion")
    if chosen is None and step.get("human_completion") is not None:
        written = step["human_completion"]
        text = (
            fields.get_step(written, "text") if isinstance(written, dict) else fields.get_step(step, "human_completion")
        )
        return text, Label.CORRECT
    if not completions:
        return None
    place = 0 if chosen is None else chosen
    if isinstance(place, bool) or not isinstance(place, int) or not 0 <= place < len(completions):
        raise fields.BadValue(
            f"'chosen_completion' of {name} must be the index of a completion or null, not {place!r}."
        )
    completion = fields.as_object(completions[place], f"The completion of {name}")
    rating = completion.get("rating")
    if isinstance(rating, bool | float | str | list | dict) or rating not in _RATINGS:
        raise fields.BadValue(f"'rating' of {name} must be 1, 0, -1 or null, not {rating!r}.")
    return fields.get_step(completion, "text"), _RATINGS[rating]


def _says(kept: Mapping[str, object], steps: Sequence[str], labels: Sequence[Label | None]) -> bool:
    try:
        return _read_path(kept) == (tuple(steps), tuple(labels))
    except fields.BadValue:
        return False


def _until_unlabelled(labels: Sequence[Label | None]) -> list[Label]:
    """Return the labels up to the first step without one; raises CannotHold where it is the first, or a later one has a label."""
    rated: list[Label] = []
    for label in labels:
        if label is None:
            break
        rated.append(label)
    if not rated:
        raise fields.CannotHold("solutions whose first step has no label")
    if any(label is not None for label in labels[len(rated) :]):
        raise fields.CannotHold("solutions with a label behind an unlabelled step")
    return rated


def _finish_reason(rated: Sequence[Label], steps: int) -> str:
    if Label.WRONG in rated:
        return "found_error"
    return "solution" if len(rated) == steps else "give_up"


def _generation(policy_model: str) -> int | None:
    number = policy_model.removeprefix("generation ")
    return (
        int(number) if number != policy_model and number.isascii() and number.isdigit() and len(number) < 10 else None
    )
