"""What rollouts can be about: problems with a reference answer, and how many steps solutions have, which says what they take."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Integer, literal_column, select

from storage.database import tables
from storage.runs.reference_answers import has_reference_answer
from storage.runs.step_scores import pages_of

# their number without the texts, which are most of a large store
_COUNTED = {
    "sqlite": "json_array_length(solutions.steps)",
    "postgresql": "json_array_length(solutions.steps::json)",
}


def answered(connection: Connection, problem_ids: Sequence[str]) -> frozenset[str]:
    """Return those of the problems that have a reference answer."""
    problems = tables.problems.c
    return frozenset(
        each
        for page in pages_of(problem_ids)
        for each in connection.scalars(select(problems.id).where(problems.id.in_(page), has_reference_answer()))
    )


def count_steps(connection: Connection, solution_ids: Sequence[str]) -> dict[str, int]:
    """Return the number of steps of each solution; those that are not stored are left out."""
    solutions = tables.solutions.c
    steps = literal_column(_COUNTED[connection.dialect.name], Integer())
    return {
        solution_id: int(count)
        for page in pages_of(solution_ids)
        for solution_id, count in connection.execute(select(solutions.id, steps).where(solutions.id.in_(page)))
    }
