"""Imports: rows of a format into a store.

Each row becomes a problem, a solution without a draw, and an annotation by ``import:FORMAT``. Ids are made from the contents, so
reading a file twice adds nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from engine.answers import read_answer
from engine.domain import Annotation, Label, Problem, Solution, Stage
from storage.database.column_types import writable
from storage.errors import BadFile, BadImage
from storage.formats.lines import BadLine
from storage.formats.visualprocessbench import NAME, ROWS, Row, find_rows, read_lines
from storage.store import Store

ANNOTATOR = f"import:{NAME}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of reading a file."""

    added: int
    unchanged: int
    errors: tuple[BadLine, ...]
    conflicting: int = 0  # lines with other labels than an earlier line of the same solution: the last new ones count
    solutions: tuple[str, ...] = ()  # ids of all good lines, new and known, in the order of the file


def import_visualprocessbench(store: Store, path: Path) -> ImportReport:
    """Add every good line of a file to the store; the bad ones are reported. Raises BadFile when there is no file."""
    folder = find_rows(path).parent
    added = unchanged = conflicting = 0
    errors: list[BadLine] = []
    solutions: dict[str, tuple[Label, ...]] = {}  # in order, each once, with the labels of its last line
    for number, row in read_lines(path):
        if isinstance(row, BadLine):
            errors.append(row)
            continue
        try:
            solution_id, is_new = _add_row(store, folder, row)
            conflicting += solutions.get(solution_id, row.process_correctness) != row.process_correctness
            solutions[solution_id] = row.process_correctness
            added, unchanged = added + is_new, unchanged + (not is_new)
        except (BadFile, BadImage) as error:
            errors.append(BadLine(line=number, reason=str(error)))
    return ImportReport(
        added=added,
        unchanged=unchanged,
        errors=tuple(errors),
        conflicting=conflicting,
        solutions=tuple(solutions),
    )


def _add_row(store: Store, folder: Path, row: Row) -> tuple[str, bool]:
    images = tuple(store.images.add(_read_image(folder, name)).sha for name in row.image)
    problem_id = _id_of("problem", *images, row.question, row.answer, row.data_source)
    problem = Problem(
        id=problem_id, images=images, question=row.question, answer=row.answer, data_source=row.data_source
    )
    solution_id = _id_of("solution", problem_id, row.policy_model, *row.steps)
    solution = Solution(
        id=solution_id,
        problem_id=problem_id,
        steps=row.steps,
        answer=read_answer("\n\n".join(row.steps)),
        policy_model=row.policy_model,
    )
    annotation = Annotation(
        id=_id_of("annotation", solution_id, *(str(int(label)) for label in row.process_correctness)),
        solution_id=solution_id,
        annotator=ANNOTATOR,
        stage=Stage.BLIND,
        labels=row.process_correctness,
    )
    store.runs.add_problem(problem)
    store.runs.add_solution(None, solution)
    return solution_id, store.results.add_annotation(annotation)


def _read_image(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadFile(f"Image {name!r} leads out of the folder of {ROWS}. Put the pictures beside it.")
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadFile(f"Image {name!r} cannot be read. Put it beside {ROWS}.") from error


def _id_of(*parts: str | None) -> str:
    text = json.dumps([None if part is None else writable(part) for part in parts])
    return hashlib.sha256(text.encode()).hexdigest()[:32]
