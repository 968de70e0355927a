"""VisualProcessBench: ``test.jsonl`` plus pictures, one annotated solution a line. Knows its rows and lines; knows no store.

A line that is too long, or has a text or a list that is, is refused: one such row would make every page that shows it unusable.
Neutral stays 0, as in the published file (whose metric then drops it).

Source: OpenGVLab/VisualProcessBench, ``test.jsonl``; VisualPRM (arXiv 2503.10291), sec. 3.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from storage.errors import BadFile
from storage.formats import fields
from storage.formats.files import find_rows, read_rows
from storage.formats.lines import BadLine, as_json_line
from storage.formats.rows import RESPONSE, Row

NAME = "visualprocessbench"
IMAGES = "images"


class SourceCounts(NamedTuple):
    """How much of one source a file has."""

    solutions: int
    correct: int  # steps of each label
    wrong: int


# The published file, by source. Source: a public harness that re-scored VisualPRM-8B; the paper, table 2, has the sums.
PUBLISHED: Mapping[str, SourceCounts] = {
    "MathVerse_MINI_Vision_Only": SourceCounts(1026, 5767, 2960),
    "MathVision_MINI": SourceCounts(712, 3875, 2350),
    "DynaMath": SourceCounts(570, 3469, 1091),
    "WeMath": SourceCounts(291, 1776, 582),
    "MMMU_DEV_VAL": SourceCounts(267, 1698, 708),
}
PUBLISHED_NEUTRAL = 2674  # steps of all sources
_FIELDS = ("image", "question", "answer", RESPONSE, "policy_model", "data_source")
_RESPONSE_FIELDS = ("steps", "process_correctness")


def as_value(row: Row) -> dict[str, object]:
    """Return the row as a JSON value; what was kept of other fields comes after the format's own."""
    kept = dict(row.kept_fields)
    of_response = kept.pop(RESPONSE, {})
    response: dict[str, object] = {"steps": list(row.steps)}
    if row.process_correctness is not None:
        response["process_correctness"] = row.process_correctness
    if isinstance(of_response, dict):
        response |= of_response
    value = {
        "image": [each for each in row.image if isinstance(each, str)],
        "question": row.question,
        "answer": row.answer,
        RESPONSE: response,
        "policy_model": row.policy_model,
        "data_source": row.data_source,
    }
    return value | kept


def as_line(row: Row) -> str:
    """Return the row as one line of JSON, its newline included."""
    return as_json_line(as_value(row))


def unknown_fields(row: Mapping[str, object], response: Mapping[str, object]) -> Mapping[str, object]:
    """Return what a row holds beside the format's fields, as it is; what its response holds beside them under "response"."""
    kept = {name: value for name, value in row.items() if name not in _FIELDS}
    of_response = {name: value for name, value in response.items() if name not in _RESPONSE_FIELDS}
    return kept | ({RESPONSE: of_response} if of_response else {})


def read(path: Path) -> Iterator[Row]:
    """Read ``test.jsonl`` (or the folder it is in) line by line; raises BadFile at the first bad line."""
    for _number, row in read_rows(find_rows(path), as_row):
        if isinstance(row, BadLine):
            raise BadFile(f"{path.name}, line {row.line}: {row.reason}")
        yield row


def as_row(value: object) -> Row:
    """Return the row that a line's value is, every step labelled; raises BadValue."""
    row = fields.as_object(value, "The line")
    response = fields.as_json_object(fields.get(row, RESPONSE), "'response'")
    steps = fields.get_steps(response, "steps")
    labels = fields.get_labels(response, "process_correctness")
    fields.require_labels_of(steps, labels)
    return Row(
        image=fields.get_pictures(row, listed=True),
        question=fields.get_text(row, "question"),
        answer=fields.get_answer(row),
        steps=steps,
        process_correctness=labels,
        policy_model=fields.get_text(row, "policy_model"),
        data_source=fields.get_text_or_none(row, "data_source"),
        kept_fields=unknown_fields(row, response),
    )


def fits(value: Mapping[str, object]) -> bool:
    """Return whether a row is of this format or of its kin without labels, by its fields."""
    return "question" in value and RESPONSE in value
