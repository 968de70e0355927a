"""VisualProcessBench: ``test.jsonl`` plus pictures, one annotated solution a line. Knows its rows and lines; knows no store.

A line that is too long, or has a text or a list that is, is refused: one such row would make every page that shows it unusable.
Neutral stays 0, as in the published file (whose metric then drops it).

Source: OpenGVLab/VisualProcessBench, ``test.jsonl``; VisualPRM (arXiv 2503.10291), sec. 3.3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.domain import Label
from storage.errors import BadFile
from storage.formats import fields
from storage.formats.lines import BadLine, read_values

NAME = "visualprocessbench"
ROWS = "test.jsonl"
IMAGES = "images"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of ``test.jsonl``."""

    image: tuple[str, ...]  # paths relative to the file
    question: str
    answer: str | None
    steps: tuple[str, ...]
    process_correctness: tuple[Label, ...]  # one a step
    policy_model: str
    data_source: str | None


def as_line(row: Row) -> str:
    """Return the row as one line of JSON, its newline included."""
    value = {
        "image": list(row.image),
        "question": row.question,
        "answer": row.answer,
        "response": {
            "steps": list(row.steps),
            "process_correctness": [int(label) for label in row.process_correctness],
        },
        "policy_model": row.policy_model,
        "data_source": row.data_source,
    }
    text = json.dumps(value, ensure_ascii=False)
    for mark in ("\x85", "\u2028", "\u2029"):  # some readers take them for the end of a line
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text + "\n"


def read(path: Path) -> Iterator[Row]:
    """Read ``test.jsonl`` (or the folder it is in) line by line; raises BadFile at the first bad line."""
    for _number, row in read_lines(path):
        if isinstance(row, BadLine):
            raise BadFile(f"{path.name}, line {row.line}: {row.reason}")
        yield row


def read_lines(path: Path) -> Iterator[tuple[int, Row | BadLine]]:
    """Read line by line, with the number of each (from 1); a bad line is given as such. Empty lines are passed over.

    Raises:
        BadFile: there is no such file.
    """
    file_path = find_rows(path)
    with file_path.open("rb") as file:
        for number, value in read_values(file):
            try:
                yield number, value if isinstance(value, BadLine) else _as_row(value)
            except fields.BadValue as error:
                yield number, BadLine(line=number, reason=str(error))


def find_rows(path: Path) -> Path:
    """Return the file of rows: ``path`` itself, or ``test.jsonl`` in it; raises BadFile."""
    file_path = path / ROWS if path.is_dir() else path
    if not file_path.is_file():
        raise BadFile(f"There is no file {str(file_path)!r}. Give the path of {ROWS}, or of the folder that holds it.")
    return file_path


def _as_row(value: object) -> Row:
    row = fields.as_object(value, "The line")
    response = fields.as_object(fields.get(row, "response"), "'response'")
    steps = fields.get_steps(response, "steps")
    labels = fields.get_labels(response, "process_correctness")
    if not steps:
        raise fields.BadValue("The solution has no steps.")
    if len(labels) != len(steps):
        raise fields.BadValue(f"There are {len(steps)} steps but {len(labels)} labels in 'process_correctness'.")
    return Row(
        image=fields.get_texts(row, "image"),
        question=fields.get_text(row, "question"),
        answer=fields.get_text_or_none(row, "answer"),
        steps=steps,
        process_correctness=labels,
        policy_model=fields.get_text(row, "policy_model"),
        data_source=fields.get_text_or_none(row, "data_source"),
    )
