"""Each person's newest annotation of each solution: what agreement, disagreements and final labels are all computed from.

Only the newest annotation within a scope counts. A person whose newest one is a skip has no vote on any step. Gold and quiz tasks
are left out: they measure people, not how clear the steps are. So is work that a reviewer sent back, until it is submitted again;
work that people reopen by themselves counts until they change it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, true

from engine.domain import Annotation, Label, RatedSolution, Stage
from storage.database import rows, tables
from storage.database.membership import is_among
from storage.database.typed_rows import all_rows, iter_rows
from storage.labelling.queue_rules import TaskRole

PAGE = 1_000  # solutions read in one transaction
_IS_SENT_BACK = (
    select(tables.drafts.c.task_id)
    .where(
        tables.drafts.c.task_id == tables.annotations.c.task_id,
        tables.drafts.c.annotator == tables.annotations.c.annotator,
        tables.drafts.c.send_back_note.is_not(None),
    )
    .exists()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which annotations count."""

    queue_id: str | None = None  # only those made in this queue; None: all, imported ones too
    data_source: str | None = None  # only solutions of problems from here
    evaluation: bool = False  # only what was labelled as part of a project's random slice
    stage: Stage | None = Stage.BLIND  # independent of the scores; None: the newest of any stage


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestAnnotations:
    """One solution and the newest annotation of each person, in the order they arrived."""

    seq: int  # of the solution, what lists are paged by
    solution_id: str
    problem_id: str
    data_source: str | None
    annotations: tuple[Annotation, ...]  # skips among them

    @property
    def ratings(self) -> dict[str, tuple[Label | None, ...]]:
        """The labels of each person who did not skip."""
        return {each.annotator: each.labels for each in self.annotations if each.skip_reason is None}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorSummary:
    """How much one person has done, by the newest annotation of each solution."""

    name: str
    items: int  # solutions labelled
    steps: int  # steps labelled
    skips: int  # solutions skipped
    median_seconds: float | None  # a labelled solution on screen; None when no time is known
    last_at: datetime  # of the newest annotation


class _ListedRow(NamedTuple):
    """A solution as lists page through it."""

    seq: int
    id: str
    problem_id: str
    data_source: str | None


def counts(scope: Scope) -> ColumnElement[bool]:
    """Return the condition on annotations that a scope makes; gold and quiz tasks never count, nor does work sent back."""
    return _is_of(scope) & ~_IS_SENT_BACK


def count_sent_back(connection: Connection, scope: Scope, among: Sequence[str] | None = None) -> int:
    """Return for how many solutions somebody's work is left out because it was sent back and is not submitted again.

    ``among``: only these solutions, at most ``PAGE`` of them; None: all.
    """
    annotations, solutions, problems = tables.annotations.c, tables.solutions.c, tables.problems.c
    query = select(func.count(annotations.solution_id.distinct())).where(_is_of(scope), _IS_SENT_BACK)
    if among is not None:
        query = query.where(annotations.solution_id.in_(among))
    if scope.data_source is not None:
        query = query.join(tables.solutions, solutions.id == annotations.solution_id)
        query = query.join(tables.problems, problems.id == solutions.problem_id)
        query = query.where(problems.data_source == scope.data_source)
    return connection.scalar(query) or 0


def _is_of(scope: Scope) -> ColumnElement[bool]:
    annotations, tasks = tables.annotations.c, tables.tasks.c
    # by the task's key for each annotation: as a list of tasks it would be made anew for every page
    mine = select(tasks.id).where(tasks.id == annotations.task_id)
    if scope.queue_id is None and not scope.evaluation:
        condition = ~mine.where(tasks.role != TaskRole.LABEL.value).exists()
    else:
        condition = mine.where(tasks.role == TaskRole.LABEL.value, *asked_in(scope)).exists()
    return condition if scope.stage is None else condition & (annotations.stage == scope.stage.value)


def asked_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Return the conditions on tasks that a scope's queue and slice make."""
    tasks = tables.tasks.c
    return [
        *([] if scope.queue_id is None else [tasks.queue_id == scope.queue_id]),
        *([tasks.evaluation.is_(true())] if scope.evaluation else []),
    ]


def page_of_latest(
    connection: Connection,
    scope: Scope,
    after: int,
    also: ColumnElement[bool] | None = None,
    among: Sequence[str] | None = None,
) -> tuple[tuple[LatestAnnotations, ...], int | None]:
    """Return annotated solutions stored after row ``after``, and where to go on (None at the end).

    ``also`` is a condition on solutions under which one without any annotation is returned as well. ``among``: only these, at most
    ``PAGE`` of them; None: all.
    """
    solutions, problems, annotations = tables.solutions, tables.problems, tables.annotations
    wanted: ColumnElement[bool] = (
        select(annotations.c.seq).where(annotations.c.solution_id == solutions.c.id, counts(scope)).exists()
    )
    if also is not None:
        wanted = wanted | also
    query = select(solutions.c.seq, solutions.c.id, solutions.c.problem_id, problems.c.data_source)
    query = query.join(problems, problems.c.id == solutions.c.problem_id).where(solutions.c.seq > after, wanted)
    if among is not None:
        query = query.where(solutions.c.id.in_(among))
    if scope.data_source is not None:
        query = query.where(problems.c.data_source == scope.data_source)
    found = all_rows(connection, query.order_by(solutions.c.seq).limit(PAGE), _ListedRow)
    newest = read_latest(connection, scope, [row.id for row in found])
    page = tuple(
        LatestAnnotations(
            seq=row.seq,
            solution_id=row.id,
            problem_id=row.problem_id,
            data_source=row.data_source,
            annotations=newest.get(row.id, ()),
        )
        for row in found
    )
    return page, found[-1].seq if len(found) == PAGE else None


def read_latest(connection: Connection, scope: Scope, solution_ids: Sequence[str]) -> dict[str, tuple[Annotation, ...]]:
    """Return the newest annotation of each person for some solutions, in the order they arrived."""
    annotations = tables.annotations
    newest = select(func.max(annotations.c.seq)).where(
        is_among(connection, annotations.c.solution_id, solution_ids), counts(scope)
    )
    newest = newest.group_by(annotations.c.solution_id, annotations.c.annotator)
    by_solution = defaultdict[str, list[Annotation]](list)
    query = select(annotations).where(annotations.c.seq.in_(newest)).order_by(annotations.c.seq)
    for row in iter_rows(connection, query, rows.AnnotationRow):
        by_solution[row.solution_id].append(rows.as_annotation(row))
    return {solution_id: tuple(found) for solution_id, found in by_solution.items()}


def as_rated(solution: LatestAnnotations) -> RatedSolution:
    """Return what agreement needs of a solution."""
    return RatedSolution(solution_id=solution.solution_id, data_source=solution.data_source, ratings=solution.ratings)


def summarise_annotators(solutions: Iterator[LatestAnnotations]) -> tuple[AnnotatorSummary, ...]:
    """Add up what each person did, in the order of their names."""
    by_name = defaultdict[str, list[Annotation]](list)
    for solution in solutions:
        for annotation in solution.annotations:
            by_name[annotation.annotator].append(annotation)
    return tuple(_summary(name, by_name[name]) for name in sorted(by_name))


def _summary(name: str, annotations: Sequence[Annotation]) -> AnnotatorSummary:
    labelled = [each for each in annotations if each.skip_reason is None]
    seconds = [each.seconds for each in labelled if each.seconds is not None]
    return AnnotatorSummary(
        name=name,
        items=len(labelled),
        steps=sum(label is not None for each in labelled for label in each.labels),
        skips=len(annotations) - len(labelled),
        median_seconds=median(seconds) if seconds else None,
        last_at=max(each.created_at for each in annotations),
    )
