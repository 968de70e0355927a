"""Annotations to read: as they arrived, and solution by solution. Pages through, so a large store needs little memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import ColumnElement, Connection, func, select, true

from engine.domain import Annotation, FinalLabels, FinishReason, Problem, Solution
from engine.outcomes.rollout_labels import RolloutLabels
from storage.database import rows, tables
from storage.database.membership import is_among
from storage.database.typed_rows import all_rows, iter_rows, wanted_columns
from storage.labelling.queue_rules import TaskRole
from storage.results.adjudication import final_of, is_decided
from storage.results.votes import PAGE, Scope, asked_in, counts, page_of_latest
from storage.runs import records
from storage.runs.branches import edited_among
from storage.runs.equal_solutions import count_equals
from storage.runs.imported_rows import ImportedRow, read_imported
from storage.runs.rollout_labels import is_rolled_out, read_rollout_labels
from storage.runs.step_scores import pages_of


class OwnerKind(Enum):
    """The kinds of whose labels there are."""

    PERSON = "person"
    FILE = "file"
    POLICY = "policy"  # whose rollouts they are of


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOwner:
    """Whose labels are meant."""

    kind: OwnerKind
    name: str


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
    is_edited: bool = False  # a person rewrote one of its steps, and a policy went on from there
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
    ids = [each.solution_id for each in page]
    drawn = select(*wanted_columns(solutions, rows.SolutionRow)).where(is_among(connection, solutions.c.id, ids))
    found = {row.id: row for row in iter_rows(connection, drawn, rows.SolutionRow)}
    by_id = {row.id: rows.as_solution(row) for row in found.values()}
    newest = {each.solution_id: each.annotations for each in page}
    final = final_of(connection, scope, {each.id: len(each.steps) for each in by_id.values()}, newest)
    imported = read_imported(connection, ids)
    rollouts = read_rollout_labels(connection, ids)
    of_runs = [row.id for row in found.values() if row.run_id is not None]
    how_often = count_equals(connection, of_runs)
    edited = edited_among(connection, of_runs)
    problems = records.read_problems(connection, list({each.problem_id for each in page}))
    labelled = tuple(
        AnnotatedSolution(
            problem=problems[each.problem_id],
            solution=by_id[each.solution_id],
            annotations=each.annotations,
            final=final[each.solution_id],
            imported=imported.get(each.solution_id, ()),
            rollouts=rollouts.get(each.solution_id, ()),
            count=how_often.get(each.solution_id, 1),
            is_edited=each.solution_id in edited,
            run_id=found[each.solution_id].run_id,
            seq=each.seq,
        )
        for each in page
    )
    return labelled, further


def labelled_questions(
    connection: Connection, scope: Scope, whose: LabelOwner | None = None, policy_model: str | None = None
) -> dict[str, str]:
    """Return the questions of problems that have labelled solutions, by id, without reading labels.

    Some more may be among them: of solutions whose newest annotation is a skip, or whose labels label no step.

    Args:
        whose: whose labels count; None: people's, files' and decisions, but not those of rollouts.
        policy_model: only solutions by it; None: by any.
    """
    solutions, problems = tables.solutions.c, tables.problems.c
    wanted = [_is_labelled(scope, whose)]
    if policy_model is not None:
        wanted.append(solutions.policy_model == policy_model)
    query = select(problems.id, problems.question).where(problems.id.in_(select(solutions.problem_id).where(*wanted)))
    if scope.data_source is not None:
        query = query.where(problems.data_source == scope.data_source)
    return {row.id: row.question for row in connection.execute(query)}


def solutions_of_problems(connection: Connection, problem_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the solutions of some problems, in the order they were stored."""
    solutions = tables.solutions.c
    found: list[tuple[int, str]] = []
    for page in pages_of(problem_ids):
        query = select(solutions.seq, solutions.id).where(solutions.problem_id.in_(page))
        found += [(row.seq, row.id) for row in connection.execute(query)]
    return tuple(each for _seq, each in sorted(found))


def last_seq(connection: Connection) -> int:
    """Return the place of the solution that was stored last; 0 where there is none."""
    return connection.scalar(select(func.max(tables.solutions.c.seq))) or 0


def _is_labelled(scope: Scope, whose: LabelOwner | None) -> ColumnElement[bool]:
    """Return the condition on solutions that there are labels of them by somebody, or any but those of rollouts."""
    annotations, mine = tables.annotations.c, tables.annotations.c.solution_id == tables.solutions.c.id
    annotated = select(annotations.seq).where(mine, counts(scope))
    if whose is None:
        return annotated.exists() | is_decided(scope) | _has_file_labels(scope)
    if whose.kind is OwnerKind.PERSON:
        return annotated.where(annotations.annotator == whose.name, annotations.skip_reason.is_(None)).exists()
    if whose.kind is OwnerKind.FILE:
        return _has_file_labels(scope, whose.name)
    return is_rolled_out(whose.name) & _is_asked_in(scope)


def _has_file_labels(scope: Scope, source: str | None = None) -> ColumnElement[bool]:
    """Return the condition on solutions that a file labels them, and that they are to be labelled in the scope's queue or slice.

    ``source``: whose labels the file's are; None: whoever's.
    """
    table = tables.imported_rows.c
    labelled = select(table.seq).where(table.solution_id == tables.solutions.c.id, table.labels.is_not(None))
    if source is not None:
        labelled = labelled.where(table.source == source)
    return labelled.exists() & _is_asked_in(scope)


def _is_finished_in(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on solutions that they are whole, and that they are to be labelled in the scope's queue or slice."""
    return (tables.solutions.c.finish != FinishReason.CANCELLED.value) & _is_asked_in(scope)


def _is_asked_in(scope: Scope) -> ColumnElement[bool]:
    tasks, asked = tables.tasks.c, asked_in(scope)
    if not asked:
        return true()
    mine = (tasks.solution_id == tables.solutions.c.id, tasks.role == TaskRole.LABEL.value)
    return select(tasks.id).where(*mine, *asked).exists()
