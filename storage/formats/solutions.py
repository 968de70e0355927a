"""Solutions, labelled or not: the rows of VisualProcessBench with less required. Knows its rows; knows no store.

Of a row only ``question`` and ``response`` must be there, so what a policy wrote can be read without labels, and the input of
``python -m engine score`` too. Labels may be missing, or null for single steps. A response of plain text is split into
steps as the text of a policy is, its thought kept apart; a list of steps is taken as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain import Label
from engine.solution_text.steps import read_json_response, split_clean_steps
from engine.solution_text.thoughts import split_thought
from storage.formats import fields
from storage.formats.rows import Row
from storage.formats.visualprocessbench import unknown_fields

NAME = "solutions"


def as_row(value: object) -> Row:
    """Return the row that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    thought, response = _as_response(fields.get(row, "response"))
    steps = fields.get_steps(response, "steps")
    labels = _get_labels(response)
    fields.require_labels_of(steps, labels)
    return Row(
        image=fields.get_pictures(row),
        question=fields.get_text(row, "question"),
        answer=fields.get_answer(row),
        steps=steps,
        process_correctness=labels,
        policy_model=fields.get_text_if_any(row, "policy_model") or "",
        data_source=fields.get_text_if_any(row, "data_source"),
        thought=thought,
        kept_fields=unknown_fields(row, response),
    )


def _as_response(value: object) -> tuple[str | None, Mapping[str, object]]:
    """Return a response as an object, whether it is one, is JSON text that holds one, or is the plain text of a solution.

    In front of it the thought that a plain text has, which is none of its steps.
    """
    if not isinstance(value, str):
        return None, fields.as_object(value, "'response'")
    if (found := read_json_response(value)) is not None:
        return None, found
    thought, solution = split_thought(value)
    return thought, {"steps": list(split_clean_steps(solution))}


def _get_labels(response: Mapping[str, object]) -> tuple[Label | None, ...] | None:
    """Return the labels; None where there are none, and where none labels a step."""
    if response.get("process_correctness") is None:
        return None
    labels = fields.get_labels(response, "process_correctness", partial=True)
    return labels if any(label is not None for label in labels) or not labels else None
