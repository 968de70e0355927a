"""Solutions of the store that can be quiz or gold items of a queue, and drawing some of them at random."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import ColumnElement, Connection, func, or_, select

from engine.domain import FinishReason, Label
from storage.database import tables
from storage.errors import BadProject
from storage.labelling.queue_rules import TaskRole
from storage.projects.gold import GoldItem, known_labels
from storage.runs.built_in_benchmark import DATA_SOURCE

_LOOKED_AT = 20  # solutions for each one wanted: where those with an error are rarer, fewer of them are drawn
_MOST = 20_000  # solutions looked at in all, some seconds: where hardly any has a label for every step, few are found
_PAGE = 200  # solutions looked at together


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldSource:
    """How many solutions with labels of one data source may become quiz or gold items."""

    data_source: str | None
    solutions: int  # with labels, of people or of a file; not each has one for every step


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldItems:
    """The items with known labels a queue has, and where more can be drawn from."""

    quiz: int
    gold: int
    sources: tuple[GoldSource, ...]  # by name, solutions without a source last


def list_gold_items(connection: Connection, queue_id: str) -> GoldItems:
    """Return how many quiz and gold items a queue has, and the data sources more can be drawn from."""
    source = tables.problems.c.data_source
    query = (
        select(source, func.count())
        .select_from(tables.solutions)
        .join(tables.problems)
        .where(*_candidates(queue_id))
        .group_by(source)
    )
    found = [GoldSource(data_source=name, solutions=count) for name, count in connection.execute(query)]
    return GoldItems(
        quiz=_count(connection, queue_id, TaskRole.QUIZ),
        gold=_count(connection, queue_id, TaskRole.GOLD),
        sources=tuple(sorted(found, key=lambda each: (each.data_source is None, each.data_source or ""))),
    )


def choose_gold(
    connection: Connection, queue_id: str, role: TaskRole, count: int, sources: Sequence[str | None] | None
) -> tuple[GoldItem, ...]:
    """Return at most ``count`` solutions of some data sources with their known labels. Writes nothing.

    ``sources``: None among them is for solutions without one; None instead of them takes all but the built-in benchmark's.

    They are drawn at random, by the queue and what it has already. As far as there are enough, every second one has a wrong
    step: labels of solutions without an error say little of who labels. Solutions with a step of no known label, and those that
    somebody has begun in this queue, are left out. At most ``_MOST`` are looked at.

    Raises BadProject: none of them can be one.
    """
    solutions = tables.solutions.c
    query = select(solutions.id).join(tables.problems).where(_of_sources(sources), *_candidates(queue_id))
    ids = list(connection.scalars(query.order_by(solutions.seq)))
    Random(f"{queue_id}/{_count(connection, queue_id, role)}").shuffle(ids)
    items = tuple(_alternating(connection, ids[:_MOST], count))
    if not items:
        of = "" if sources is None else f" of {' or '.join(each or 'no data source' for each in sources)}"
        raise BadProject(
            f"No solution{of} has a known label for every step and is free in this project. Import a labelled file, or "
            "adjudicate the solutions first."
        )
    return items


def _of_sources(sources: Sequence[str | None] | None) -> ColumnElement[bool]:
    source = tables.problems.c.data_source
    if sources is None:
        return or_(source.is_(None), source != DATA_SOURCE)
    named = [each for each in sources if each is not None]
    return or_(source.in_(named), source.is_(None)) if None in sources else source.in_(named)


def _alternating(connection: Connection, ids: Sequence[str], count: int) -> Iterator[GoldItem]:
    """Return at most ``count`` items with known labels, as many with a wrong step as without where the first ids allow it."""
    wrong: list[GoldItem] = []
    clean: list[GoldItem] = []
    for at in range(0, len(ids), _PAGE):
        is_enough = len(wrong) + len(clean) >= count
        if is_enough and (at >= _LOOKED_AT * count or min(len(wrong), len(clean)) >= count):
            break
        for item in _known(connection, ids[at : at + _PAGE]):
            (wrong if Label.WRONG in (item.labels or ()) else clean).append(item)
    for _ in range(min(count, len(wrong) + len(clean))):
        wrong, clean = clean, wrong
        yield (clean or wrong).pop(0)


def _known(connection: Connection, ids: Sequence[str]) -> Iterator[GoldItem]:
    """Return those of some solutions that have a known label for every step, in their order."""
    solutions = tables.solutions.c
    query = select(solutions.id, solutions.steps).where(solutions.id.in_(ids))
    steps = {solution_id: len(found) for solution_id, found in connection.execute(query)}
    known = known_labels(connection, steps)
    for solution_id in ids:
        if steps[solution_id] == len(known[solution_id]) > 0:
            yield GoldItem(solution_id=solution_id, labels=known[solution_id])


def _count(connection: Connection, queue_id: str, role: TaskRole) -> int:
    tasks = tables.tasks.c
    return connection.scalar(select(func.count()).where(tasks.queue_id == queue_id, tasks.role == role.value)) or 0


def _candidates(queue_id: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on solutions: with labels, finished, of no shared run, neither known nor begun in the queue."""
    solutions, tasks, drafts = tables.solutions.c, tables.tasks.c, tables.drafts.c
    files, people, decisions = tables.imported_rows.c, tables.annotations.c, tables.decisions.c
    taken = (
        select(tasks.solution_id)
        .outerjoin_from(tables.tasks, tables.drafts, drafts.task_id == tasks.id)
        .where(tasks.queue_id == queue_id, or_(tasks.role != TaskRole.LABEL.value, drafts.task_id.is_not(None)))
    )
    labelled = or_(
        solutions.id.in_(select(files.solution_id).where(files.labels.is_not(None))),
        solutions.id.in_(select(people.solution_id)),
        solutions.id.in_(select(decisions.solution_id)),
    )
    runs = tables.runs.c
    shared = select(runs.id).where(runs.shared_at.is_not(None))  # everybody who labels may do these there
    is_unseen = or_(solutions.run_id.is_(None), solutions.run_id.not_in(shared))
    return labelled, solutions.finish != FinishReason.CANCELLED.value, solutions.id.not_in(taken), is_unseen
