"""Imports: rows of a format into a store.

Each row becomes a problem, a solution without a draw, and an imported row: its labels, under the name of their source, and what the
format does not know. No person stands behind them. Ids are made from the contents, so reading a file twice adds nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.answers import read_answer
from engine.domain import Label, Problem, Solution
from storage.database.column_types import writable
from storage.errors import BadFile, BadImage, BadSetting
from storage.formats import solutions, visualprocessbench
from storage.formats.lines import BadLine
from storage.formats.visualprocessbench import ROWS, Row, find_rows, read_lines
from storage.runs.imported_rows import ImportedRow
from storage.store import Store

MAX_SOURCE = 100  # characters
Labels = tuple[Label | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What came of reading a file."""

    added: int
    unchanged: int
    errors: tuple[BadLine, ...]
    conflicting: int = 0  # lines with other labels than an earlier line of the same solution: the last new ones count
    unlabelled: int = 0  # good lines without a label
    kept_fields: tuple[str, ...] = ()  # names of fields that the format does not know: kept, and written by exports
    solutions: tuple[str, ...] = ()  # ids of all good lines, new and known, in the order of the file


def import_visualprocessbench(store: Store, path: Path, source: str | None = None) -> ImportReport:
    """Add every good line of a VisualProcessBench file to the store; every step of a good line has a label.

    Args:
        store: to add to.
        path: the file of rows, or the folder it is in.
        source: whose labels the file's are; None: the format's name.

    Raises:
        BadFile: there is no such file.
        BadSetting: ``source`` is no name.
    """
    name = check_source(source) or visualprocessbench.NAME
    return _Import(store, path, visualprocessbench.as_row, lambda _row: name).run()


def import_solutions(store: Store, path: Path, source: str | None = None) -> ImportReport:
    """Add every good line to the store, labelled or not. Arguments and errors as :func:`import_visualprocessbench`."""
    name = check_source(source) or solutions.NAME
    return _Import(store, path, solutions.as_row, lambda _row: name).run()


def import_any(store: Store, path: Path, source: str | None = None) -> ImportReport:
    """Add every good line to the store, labelled or not; without a ``source`` each row's is the name of the format it fits."""
    name = check_source(source)
    return _Import(store, path, solutions.as_row, lambda row: name or _format_of(row)).run()


def check_source(source: str | None) -> str | None:
    """Return whose labels a file's are; None: the name of each row's format. Raises BadSetting."""
    if source is not None and not (source.isprintable() and source.strip() == source and 0 < len(source) <= MAX_SOURCE):
        raise BadSetting(f"{source[:200]!r} is no name of a source. Give one line of at most {MAX_SOURCE} characters.")
    return source


def _format_of(row: Row) -> str:
    labels = row.process_correctness
    return solutions.NAME if labels is None or None in labels else visualprocessbench.NAME


class _Import:
    """One reading of a file."""

    def __init__(
        self, store: Store, path: Path, as_row: Callable[[object], Row], source_of: Callable[[Row], str]
    ) -> None:
        self._store = store
        self._path = find_rows(path)
        self._as_row = as_row
        self._source_of = source_of

    def run(self) -> ImportReport:
        """Add the good lines and return what came of all."""
        added = unchanged = conflicting = unlabelled = 0
        errors: list[BadLine] = []
        kept: set[str] = set()
        found: dict[str, Labels | None] = {}  # in order, each once, with the labels of its last labelled line
        for number, row in read_lines(self._path, self._as_row):
            if isinstance(row, BadLine):
                errors.append(row)
                continue
            try:
                solution_id, is_new = self._add(row)
            except (BadFile, BadImage) as error:
                errors.append(BadLine(line=number, reason=str(error)))
                continue
            labels, before = row.process_correctness, found.get(solution_id)
            conflicting += None not in (labels, before) and labels != before
            found[solution_id] = labels or before
            unlabelled += labels is None
            kept.update(_names(row))
            added, unchanged = added + is_new, unchanged + (not is_new)
        return ImportReport(
            added=added,
            unchanged=unchanged,
            errors=tuple(errors),
            conflicting=conflicting,
            unlabelled=unlabelled,
            kept_fields=tuple(sorted(kept)),
            solutions=tuple(found),
        )

    def _add(self, row: Row) -> tuple[str, bool]:
        """Add a row; return its solution's id and whether the row was new."""
        source = self._source_of(row)
        images = tuple(self._store.images.add(_read_image(self._path.parent, name)).sha for name in row.image)
        problem_id = _id_of("problem", *images, row.question, row.answer, row.data_source)
        problem = Problem(
            id=problem_id, images=images, question=row.question, answer=row.answer, data_source=row.data_source
        )
        solution = Solution(
            id=_id_of("solution", problem_id, row.policy_model, *row.steps),
            problem_id=problem_id,
            steps=row.steps,
            answer=read_answer("\n\n".join(row.steps)),
            policy_model=row.policy_model,
        )
        self._store.runs.add_problem(problem)
        self._store.runs.add_solution(None, solution)
        labels = row.process_correctness
        kept = json.dumps(row.kept_fields, sort_keys=True)
        imported = ImportedRow(
            id=_id_of("imported row", solution.id, source, json.dumps(labels), kept, *row.image),
            solution_id=solution.id,
            source=source,
            labels=labels,
            image_names=row.image,
            kept_fields=row.kept_fields,
        )
        return solution.id, self._store.runs.add_imported_row(imported)


def _names(row: Row) -> set[str]:
    """Return the names of the fields that were kept; those of the response with its name before them."""
    of_response = row.kept_fields.get("response", {})
    inner = {f"response.{name}" for name in of_response} if isinstance(of_response, dict) else set()
    return {name for name in row.kept_fields if name != "response"} | inner


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
