"""Many rows of a file at once: problems, solutions and what the file said of them, in one short transaction.

What is there already is left as it is: ids are made from the contents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Column, Connection, select

from engine.domain import Problem, Solution, now
from storage.database import rows, tables
from storage.database.membership import is_among
from storage.errors import NotFound
from storage.runs.imported_rows import ImportedRow, imported_row_values
from storage.runs.step_scores import pages_of
from storage.runs.thoughts import add_thoughts


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBatch:
    """Rows of a file, as values; a problem or solution may be among them more than once."""

    problems: Sequence[Problem] = ()
    solutions: Sequence[Solution] = ()
    rows: Sequence[ImportedRow] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIds:
    """Which of a batch were not there."""

    problems: frozenset[str] = field(default_factory=frozenset)
    solutions: frozenset[str] = field(default_factory=frozenset)
    rows: frozenset[str] = field(default_factory=frozenset)


def find_new(connection: Connection, batch: RowBatch) -> NewIds:
    """Return what of a batch is not stored."""
    return NewIds(
        problems=_missing(connection, tables.problems.c.id, [each.id for each in batch.problems]),
        solutions=_missing(connection, tables.solutions.c.id, [each.id for each in batch.solutions]),
        rows=_missing(connection, tables.imported_rows.c.id, [each.id for each in batch.rows]),
    )


def add_batch(connection: Connection, batch: RowBatch) -> NewIds:
    """Insert what of a batch is not stored, in its order, and return it. Raises NotFound when a problem's image is not stored."""
    new, at = find_new(connection, batch), now()
    problems = [each for each in {each.id: each for each in batch.problems}.values() if each.id in new.problems]
    _require_images(connection, problems)
    links = [
        {"problem_id": problem.id, "position": place, "sha": sha}
        for problem in problems
        for place, sha in enumerate(problem.images)
    ]
    solutions: dict[str, Solution] = {}
    for (
        solution
    ) in batch.solutions:  # the first of equal ones, whose thought stays in one batch as it does over several
        if solution.id in new.solutions:
            solutions.setdefault(solution.id, solution)
    imported = {each.id: each for each in batch.rows if each.id in new.rows}.values()
    for table, values in (
        (tables.problems, [rows.problem_values(each, at) for each in problems]),
        (tables.problem_images, links),
        (tables.solutions, [rows.solution_values(each, None, at) for each in solutions.values()]),
        (tables.imported_rows, [imported_row_values(each) for each in imported]),
    ):
        if values:
            connection.execute(table.insert(), values)
    add_thoughts(connection, solutions.values())
    return new


def _require_images(connection: Connection, problems: Iterable[Problem]) -> None:
    wanted = sorted({sha for each in problems for sha in each.images})
    if missing := _missing(connection, tables.images.c.sha, wanted):
        raise NotFound(f"A problem shows image {min(missing)!r}, which is not stored. Add it first: store.images.add.")


def _missing(connection: Connection, key: Column[str], wanted: Sequence[str]) -> frozenset[str]:
    known = {
        one
        for page in pages_of(wanted)
        for one in connection.scalars(select(key).where(is_among(connection, key, page)))
    }
    return frozenset(wanted) - known
