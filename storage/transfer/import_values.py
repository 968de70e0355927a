"""Rows of files as values of the store: a problem, a solution without a draw, and what the file said of it.

Ids are made from the contents, so that the same row is the same values whenever and from whatever format it is read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from json.encoder import encode_basestring_ascii

from engine.answers import reference_answer
from engine.domain import Problem, Solution
from storage.database.column_types import writable
from storage.formats.rows import AnyRow, EmbeddedImage, Row, UnsolvedProblem
from storage.runs.bulk import NewIds
from storage.runs.imported_rows import ImportedRow

_SORTED = json.JSONEncoder(sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedValues:
    """What a row becomes."""

    row: AnyRow
    problem: Problem
    solution: Solution | None  # None: the row is a problem alone. Its answer is not read yet
    imported: ImportedRow | None  # None with the solution
    earlier: ImportedValues | None = None  # what it became in an earlier version, where that was something else

    @property
    def id(self) -> str:
        """What tells whether the row is new: the imported row's id, or that of a problem alone."""
        return self.problem.id if self.imported is None else self.imported.id


def as_values(row: AnyRow, images: tuple[str, ...], source: str) -> ImportedValues:
    """Return what a row becomes, given the content addresses of its pictures and whose labels it has."""
    problem = Problem(
        # of the answer as it was written, a blank one too: stores of earlier versions hold problems under such ids
        id=_id_of("problem", *images, row.question, row.answer, row.data_source),
        images=images,
        question=row.question,
        answer=reference_answer(row.answer),
        data_source=row.data_source,
    )
    if isinstance(row, UnsolvedProblem):
        return ImportedValues(row=row, problem=problem, solution=None, imported=None)
    solution = Solution(
        id=_id_of("solution", problem.id, row.policy_model, *row.steps),
        problem_id=problem.id,
        steps=row.steps,
        policy_model=row.policy_model,
        thought=row.thought,
    )
    return ImportedValues(
        row=row,
        problem=problem,
        solution=solution,
        imported=_as_imported(row, solution.id, source),
        earlier=None if row.earlier is None else as_values(row.earlier, images, source),
    )


def as_stored(values: ImportedValues, new: NewIds) -> ImportedValues:
    """Return what a row is in a store that lacks the ``new`` ones of it: what an earlier version made of it, where that is there.

    It would otherwise be a second problem, solution or row, without the labels of the first.
    """
    row, imported, earlier = values.row, values.imported, values.earlier
    if earlier is None or imported is None or imported.id not in new.rows or not isinstance(row, Row):
        return values
    if earlier.imported is not None and earlier.imported.id not in new.rows:
        return replace(earlier, row=row)
    if earlier.solution is None or earlier.solution.id in new.solutions:
        return values
    # other labels of it, or those of another source
    return replace(earlier, row=row, imported=_as_imported(row, earlier.solution.id, imported.source))


def _as_imported(row: Row, solution_id: str, source: str) -> ImportedRow:
    names = tuple(each.path if isinstance(each, EmbeddedImage) else each for each in row.image)
    kept = _SORTED.encode(row.kept_fields)
    return ImportedRow(
        id=_id_of("imported row", solution_id, source, json.dumps(row.process_correctness), kept, *names),
        solution_id=solution_id,
        source=source,
        labels=row.process_correctness,
        image_names=names,
        kept_fields=row.kept_fields,
    )


def _id_of(*parts: str | None) -> str:
    # as json.dumps writes the list, in a third of its time
    text = ", ".join("null" if part is None else encode_basestring_ascii(writable(part)) for part in parts)
    return hashlib.sha256(f"[{text}]".encode()).hexdigest()[:32]
