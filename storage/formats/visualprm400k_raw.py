"""VisualPRM400K-Raw: solutions with how many of the completions from each step reached the answer. Knows its rows; knows no store.

A step is correct where at least one completion did (``num_mc_correct`` above 0), which is how VisualPRM400K's labels are made. A
step of which no completion was drawn (``num_mc_total`` 0, with a score of 0.0) was not measured: it has no label, and no share of
0. The figures are kept as they are.

Source: OpenGVLab/VisualPRM400K-v1.1-Raw; VisualPRM (arXiv 2503.10291), sec. 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeGuard

from engine.domain import Label
from engine.outcomes.rollout_labels import RolloutLabels
from engine.solution_text.steps import SEPARATOR
from storage.formats import fields
from storage.formats.rows import Row

NAME = "visualprm400k-raw"
STEPS = "steps_with_score"
MODE = "mc_mode"  # where completions were stopped early: how
_COUNTS = ("num_mc_correct", "num_mc_total")
_OWN = ("image", "question", "answer", "policy_model", "data_source")  # what a stored problem or solution holds itself


def as_row(value: object) -> Row:
    """Return the row that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    measured = [
        fields.as_object(each, f"Item {at} of {STEPS!r}") for at, each in enumerate(fields.get_list(row, STEPS))
    ]
    steps = fields.get_steps({"steps": [fields.get(each, "step") for each in measured]}, "steps")
    labels = tuple(_as_label(each, at) for at, each in enumerate(measured))
    fields.require_labels_of(steps, labels)
    kept = {name: each for name, each in row.items() if name not in _OWN}
    kept[STEPS] = [{name: each[name] for name in each if name != "step"} for each in measured]
    return Row(
        image=fields.get_pictures(row),
        question=fields.get_text(row, "question"),
        answer=fields.get_answer(row),
        steps=steps,
        process_correctness=labels if any(label is not None for label in labels) else None,
        policy_model=fields.get_text_if_any(row, "policy_model") or "",
        data_source=fields.get_text_if_any(row, "data_source"),
        kept_fields={NAME: kept},
    )


def as_value(row: Row) -> dict[str, object]:
    """Return the row as a JSON value, with the figures that its file had.

    Raises CannotHold where there are none, and where the labels are others than those that the figures say.
    """
    kept = row.kept_fields.get(NAME)
    figures = kept.get(STEPS) if isinstance(kept, dict) else None
    if not isinstance(kept, dict) or not _are_figures(figures) or len(figures) != len(row.steps):
        raise fields.CannotHold("solutions without Monte-Carlo figures")
    if row.process_correctness is not None and row.process_correctness != tuple(map(_said_by, figures)):
        raise fields.CannotHold("labels that its Monte-Carlo figures do not say")
    names = [each for each in row.image if isinstance(each, str)]
    own: dict[str, object] = {"image": names[0] if len(names) == 1 else names or None}
    own |= {"question": row.question, "answer": row.answer}
    if row.policy_model:
        own["policy_model"] = row.policy_model
    if row.data_source is not None:
        own["data_source"] = row.data_source
    steps = [{"step": text} | dict(each) for text, each in zip(row.steps, figures, strict=True)]
    return own | kept | {STEPS: steps}


def kept_of(measured: RolloutLabels, question: str, steps: Sequence[str], policy_model: str) -> dict[str, object]:
    """Return the kept fields of a row with the figures of a measurement made here, as its file would have had them.

    ``mc_mode`` is there where completions were stopped early: shares of such figures are no estimates of an expected accuracy.
    ``mc_policy_model`` is there where another model than the solution's (``policy_model``) wrote the completions.
    """
    record = measured.record
    kept: dict[str, object] = {
        "question_orig": question,
        "response": SEPARATOR.join(steps),
        STEPS: [
            {"score": each.share or 0.0, "num_mc_correct": each.reached, "num_mc_total": each.drawn}
            for each in measured.steps
        ],
        "num_mc_sequences": record.completions,
    }
    if not record.mode.has_shares:
        kept[MODE] = record.mode.value
    if record.policy_model != policy_model:
        kept["mc_policy_model"] = record.policy_model
    return {NAME: kept}


def fits(value: Mapping[str, object]) -> bool:
    """Return whether a row is of this format, by its fields."""
    return STEPS in value


def shares(kept: Mapping[str, object]) -> tuple[float | None, ...] | None:
    """Return the share of completions from each step that reached the answer; None for a step that was not measured."""
    figures = kept.get(STEPS)
    if not _are_figures(figures):
        return None
    return tuple(each["num_mc_correct"] / each["num_mc_total"] if each["num_mc_total"] else None for each in figures)


def is_stopped(kept: Mapping[str, object]) -> bool:
    """Return whether completions were stopped early, so that shares of them are no estimates of an expected accuracy."""
    return MODE in kept


def _are_figures(kept: object) -> TypeGuard[list[dict[str, int]]]:
    """Return whether a kept value is what this format kept: a file of another format may have a field of the same name."""
    return isinstance(kept, list) and all(
        isinstance(each, dict) and all(type(each.get(name)) is int for name in _COUNTS) for each in kept
    )


def _as_label(step: Mapping[str, object], at: int) -> Label | None:
    right, drawn = (fields.get_count(step, name) for name in _COUNTS)
    if right > drawn:
        raise fields.BadValue(f"Step {at} has {right} correct completions of {drawn}.")
    return _said_by(step)


def _said_by(figures: Mapping[str, object]) -> Label | None:
    """Return the label that the figures of a step say."""
    right, drawn = (figures[name] for name in _COUNTS)
    if drawn == 0:
        return None
    return Label.CORRECT if right else Label.WRONG
