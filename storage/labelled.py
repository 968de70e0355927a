"""Annotations as rows to read: append-only, in the order they arrived. Pages through, so a large store needs little memory."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, select

from engine.domain import Annotation, Problem, Solution
from storage import rows, runs, tables

PAGE = 500  # rows read in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A solution someone has annotated, with everything said about it."""

    problem: Problem
    solution: Solution
    annotations: tuple[Annotation, ...]  # at least one, in the order they arrived


def add_annotation(connection: Connection, annotation: Annotation) -> bool:
    """Insert an annotation once; return whether it was new. Its solution must be in the store."""
    key = tables.annotations.c.id
    if connection.scalar(select(key).where(key == annotation.id)) is not None:
        return False
    connection.execute(tables.annotations.insert().values(**rows.annotation_values(annotation, None)))
    return True


def page_of_annotations(
    connection: Connection, after: int, solution_id: str | None
) -> tuple[tuple[Annotation, ...], int | None]:
    """Return the annotations that arrived after row ``after``, and where to go on (None at the end)."""
    table = tables.annotations
    query = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(PAGE)
    if solution_id is not None:
        query = query.where(table.c.solution_id == solution_id)
    found = connection.execute(query).all()
    return tuple(rows.as_annotation(row) for row in found), found[-1].seq if len(found) == PAGE else None


def page_of_labelled(connection: Connection, after: int) -> tuple[tuple[Labelled, ...], int | None]:
    """Return annotated solutions stored after row ``after``, and where to go on (None at the end)."""
    solutions, said = tables.solutions, tables.annotations
    is_annotated = select(said.c.seq).where(said.c.solution_id == solutions.c.id).exists()
    query = select(solutions).where(solutions.c.seq > after, is_annotated).order_by(solutions.c.seq).limit(PAGE)
    found = connection.execute(query).all()
    ids = [row.id for row in found]
    spoken = select(said).where(said.c.solution_id.in_(ids))
    ordered = connection.execute(spoken.order_by(said.c.solution_id, said.c.seq)).all()
    by_solution = {
        solution_id: tuple(rows.as_annotation(row) for row in group)
        for solution_id, group in groupby(ordered, key=lambda row: row.solution_id)
    }
    problems = runs.read_problems(connection, list({row.problem_id for row in found}))
    page = tuple(
        Labelled(problem=problems[row.problem_id], solution=rows.as_solution(row), annotations=by_solution[row.id])
        for row in found
    )
    return page, found[-1].seq if len(found) == PAGE else None
