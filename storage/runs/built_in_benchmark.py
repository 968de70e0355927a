"""The benchmark that the app makes by itself: the names by which its problems and labels are known in a store.

Its hundreds of rows are nobody's work, so exports, projects and jobs of the models take them where they are named, and not among
everything. Who makes it, and of what, is ``visualprm_ui/use_cases/evaluations/nano_benchmark.py``'s.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from engine.domain import Problem
from storage.database import tables

DATA_SOURCE = "nano benchmark"  # of its problems
CHECKER = "nano checker"  # whose labels they are


def is_of_benchmark(problem: Problem) -> bool:
    """Return whether a problem is one of the benchmark."""
    return problem.data_source == DATA_SOURCE


def list_unlabelled(connection: Connection) -> frozenset[str]:
    """Return the ids of its solutions that no person annotated, skips among it, or decided."""
    solutions, problems = tables.solutions.c, tables.problems.c
    query = select(solutions.id).join(tables.problems).where(problems.data_source == DATA_SOURCE)
    for of_people in (tables.annotations, tables.decisions):
        query = query.where(solutions.id.not_in(select(of_people.c.solution_id)))
    return frozenset(connection.scalars(query))
