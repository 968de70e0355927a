"""Annotations to read: as they arrived, and solution by solution. Pages through, so a large store needs little memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select, true

from engine.domain import Annotation, FinalLabels, FinishReason, Problem, Solution
from engine.outcomes.rollout_labels import RolloutLabels
from storage.database import rows, tables
from storage.database.typed_rows import all_rows, iter_rows
from storage.labelling.queue_rules import TaskRole
from storage.results.adjudication import final_of, is_decided
from storage.results.votes import PAGE, Scope, asked_in, page_of_latest
from storage.runs import records
from storage.runs.equal_solutions import count_equals
from storage.runs.imported_rows import ImportedRow, read_imported
from storage.runs.rollout_labels import is_rolled_out, read_rollout_labels


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedSolution:
    """A solution with labels of people, a file or rollouts, and each person's newest annotation within a scope."""

    problem: Problem
    solution: Solution
    annotations: tuple[Annotation, ...]  # one a person, in the order they arrived, skips among them
    final: FinalLabels  # of people: a file has no vote
    imported: tuple[ImportedRow, ...]  # what files said of it, the newest last
    rollouts: tuple[RolloutLabels, ...] = ()  # what rollouts said of it, the newest last
    count: int = 1  # finished solutions of its run with word for word these steps, itself among them
    run_id: str | None = None  # None: imported
    seq: int = 0  # its place in the order in which solutions were stored, from 1


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
    found = all_rows(connection, query, rows.AnnotationRow)
    return tuple(rows.as_annotation(row) for row in found), found[-1].seq if len(found) == PAGE else None


def page_of_annotated(
    connection: Connection,
    scope: Scope,
    after: int,
    *,
    unlabelled: bool = False,
    rolled_out: bool = False,
    among: Sequence[str] | None = None,
) -> tuple[tuple[AnnotatedSolution, ...], int | None]:
    """Return labelled solutions stored after row ``after``, and where to go on (None at the end).

    Args:
        unlabelled: the finished ones without any label as well.
        rolled_out: those that only rollouts label as well.
        among: only these, at most ``PAGE`` of them; None: all.
    """
    solutions = tables.solutions
    also = _is_finished_in(scope) if unlabelled else _has_file_labels(scope)
    if rolled_out:
        also = also | (is_rolled_out() & _is_asked_in(scope))
    page, further = page_of_latest(connection, scope, after, also=is_decided(scope) | also, among=among)
    drawn = select(solutions).where(solutions.c.id.in_([each.solution_id for each in page]))
    found = {row.id: row for row in iter_rows(connection, drawn, rows.SolutionRow)}
    by_id = {row.id: rows.as_solution(row) for row in found.values()}
    newest = {each.solution_id: each.annotations for each in page}
    final = final_of(connection, scope, {each.id: len(each.steps) for each in by_id.values()}, newest)
    imported = read_imported(connection, [each.solution_id for each in page])
    rollouts = read_rollout_labels(connection, [each.solution_id for each in page])
    counts = count_equals(connection, [each.solution_id for each in page])
    problems = records.read_problems(connection, list({each.problem_id for each in page}))
    labelled = tuple(
        AnnotatedSolution(
            problem=problems[each.problem_id],
            solution=by_id[each.solution_id],
            annotations=each.annotations,
            final=final[each.solution_id],
            imported=imported.get(each.solution_id, ()),
            rollouts=rollouts.get(each.solution_id, ()),
            count=counts[each.solution_id],
            run_id=found[each.solution_id].run_id,
            seq=each.seq,
        )
        for each in page
    )
    return labelled, further


def last_seq(connection: Connection) -> int:
    """Return the place of the solution that was stored last; 0 where there is none."""
    return connection.scalar(select(func.max(tables.solutions.c.seq))) or 0


def _has_file_labels(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on solutions that a file labels them, and that they are to be labelled in the scope's queue or slice."""
    table = tables.imported_rows.c
    labelled = select(table.seq).where(table.solution_id == tables.solutions.c.id, table.labels.is_not(None)).exists()
    return labelled & _is_asked_in(scope)


def _is_finished_in(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on solutions that they are whole, and that they are to be labelled in the scope's queue or slice."""
    return (tables.solutions.c.finish != FinishReason.CANCELLED.value) & _is_asked_in(scope)


def _is_asked_in(scope: Scope) -> ColumnElement[bool]:
    tasks, asked = tables.tasks.c, asked_in(scope)
    if not asked:
        return true()
    mine = (tasks.solution_id == tables.solutions.c.id, tasks.role == TaskRole.LABEL.value)
    return select(tasks.id).where(*mine, *asked).exists()
