"""VisualProcessBench: ``test.jsonl`` plus pictures, one annotated solution a line. Knows its rows and lines; knows no store.

A line that is too long, or has a text or a list that is, is refused: one such row would make every page that shows it unusable.
Neutral stays 0, as in the published file (whose metric then drops it).

Source: OpenGVLab/VisualProcessBench, ``test.jsonl``; VisualPRM (arXiv 2503.10291), sec. 3.3.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.domain import Label
from storage.errors import BadFile
from storage.formats import fields
from storage.formats.lines import BadLine, read_values

NAME = "visualprocessbench"
ROWS = "test.jsonl"
IMAGES = "images"
_RESPONSE = "response"
_FIELDS = ("image", "question", "answer", _RESPONSE, "policy_model", "data_source")
_RESPONSE_FIELDS = ("steps", "process_correctness")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One solution of a file, with its problem."""

    image: tuple[str, ...]  # paths relative to the file
    question: str
    answer: str | None
    steps: tuple[str, ...]
    process_correctness: (
        tuple[Label | None, ...] | None
    )  # one a step; None: the row has no labels, which this format requires
    policy_model: str
    data_source: str | None
    kept_fields: Mapping[str, object] = field(
        default_factory=dict
    )  # what the format does not know; of "response" an object


def as_line(row: Row) -> str:
    """Return the row as one line of JSON, its newline included; what was kept of other fields comes after the format's own."""
    kept = dict(row.kept_fields)
    of_response = kept.pop(_RESPONSE, {})
    response: dict[str, object] = {"steps": list(row.steps)}
    if row.process_correctness is not None:
        response["process_correctness"] = row.process_correctness
    if isinstance(of_response, dict):
        response |= of_response
    value = {
        "image": list(row.image),
        "question": row.question,
        "answer": row.answer,
        _RESPONSE: response,
        "policy_model": row.policy_model,
        "data_source": row.data_source,
    }
    text = json.dumps(value | kept, ensure_ascii=False)
    for mark in ("\x85", "\u2028", "\u2029"):  # some readers take them for the end of a line
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text + "\n"


def unknown_fields(row: Mapping[str, object], response: Mapping[str, object]) -> Mapping[str, object]:
    """Return what a row holds beside the format's fields, as it is; what its response holds beside them under "response"."""
    kept = {name: value for name, value in row.items() if name not in _FIELDS}
    of_response = {name: value for name, value in response.items() if name not in _RESPONSE_FIELDS}
    return kept | ({_RESPONSE: of_response} if of_response else {})


def read(path: Path) -> Iterator[Row]:
    """Read ``test.jsonl`` (or the folder it is in) line by line; raises BadFile at the first bad line."""
    for _number, row in read_lines(path):
        if isinstance(row, BadLine):
            raise BadFile(f"{path.name}, line {row.line}: {row.reason}")
        yield row


def as_row(value: object) -> Row:
    """Return the row that a line's value is, every step labelled; raises BadValue."""
    row = fields.as_object(value, "The line")
    response = fields.as_json_object(fields.get(row, _RESPONSE), "'response'")
    steps = fields.get_steps(response, "steps")
    labels = fields.get_labels(response, "process_correctness")
    fields.require_labels_of(steps, labels)
    return Row(
        image=fields.get_texts(row, "image"),
        question=fields.get_text(row, "question"),
        answer=fields.get_text_or_none(row, "answer"),
        steps=steps,
        process_correctness=labels,
        policy_model=fields.get_text(row, "policy_model"),
        data_source=fields.get_text_or_none(row, "data_source"),
        kept_fields=unknown_fields(row, response),
    )


def read_lines(path: Path, as_row: Callable[[object], Row] = as_row) -> Iterator[tuple[int, Row | BadLine]]:
    """Read line by line, with the number of each (from 1); a bad line is given as such. Empty lines are passed over.

    Args:
        path: the file, or the folder it is in.
        as_row: what makes a row of a line's value; raises BadValue.

    Raises:
        BadFile: there is no such file.
    """
    file_path = find_rows(path)
    with file_path.open("rb") as file:
        for number, value in read_values(file):
            try:
                yield number, value if isinstance(value, BadLine) else as_row(value)
            except fields.BadValue as error:
                yield number, BadLine(line=number, reason=str(error))


def find_rows(path: Path) -> Path:
    """Return the file of rows: ``path`` itself, or ``test.jsonl`` in it; raises BadFile."""
    file_path = path / ROWS if path.is_dir() else path
    if not file_path.is_file():
        raise BadFile(f"There is no file {str(file_path)!r}. Give the path of {ROWS}, or of the folder that holds it.")
    return file_path
