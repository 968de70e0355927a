"""Solutions of the store that can be quiz or gold items of a queue, and drawing some of them at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from sqlalchemy import ColumnElement, Connection, func, or_, select

from engine.domain import FinishReason, Label
from storage.database import tables
from storage.errors import BadProject
from storage.labelling.queue_rules import QueueRules, TaskRole
from storage.projects.gold import GoldItem, add_gold, right_labels

_LOOKED_AT = 20  # solutions for each one wanted: where those with an error are rarer, fewer of them are drawn


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


def draw_gold(
    connection: Connection, rules: QueueRules, role: TaskRole, count: int, data_source: str | None
) -> tuple[str, ...]:
    """Make quiz or gold items of at most ``count`` solutions of a data source (None: without one); return their ids.

    They are drawn at random, by the queue and what it has already. As far as there are enough, every second one has a wrong
    step: labels of solutions without an error say little of who labels. Solutions with a step of no known label, and those that
    somebody has begun in this queue, are left out.

    Raises BadProject: no solution of the source can be one.
    """
    source = tables.problems.c.data_source
    of_source = source.is_(None) if data_source is None else source == data_source
    query = select(tables.solutions.c.id).join(tables.problems).where(of_source, *_candidates(rules.queue_id))
    ids = list(connection.scalars(query.order_by(tables.solutions.c.seq)))
    Random(f"{rules.queue_id}/{_count(connection, rules.queue_id, role)}").shuffle(ids)
    items = list(_alternating(connection, ids, count))
    if not items:
        name = "without a data source" if data_source is None else f"of the data source {data_source!r}"
        raise BadProject(
            f"No solution {name} has a known label for every step and is free in this project. Import a labelled file, or "
            "adjudicate the solutions first."
        )
    add_gold(connection, rules.queue_id, role, items)
    return tuple(each.solution_id for each in items)


def _alternating(connection: Connection, ids: list[str], count: int) -> Iterator[GoldItem]:
    """Return at most ``count`` items with known labels, as many with a wrong step as without where the first ids allow it."""
    wrong: list[GoldItem] = []
    clean: list[GoldItem] = []
    for looked_at, solution_id in enumerate(ids):
        if len(wrong) + len(clean) >= count and (
            looked_at >= _LOOKED_AT * count or min(len(wrong), len(clean)) >= count
        ):
            break
        labels = _known_labels(connection, solution_id)
        if labels is not None:
            (wrong if Label.WRONG in labels else clean).append(GoldItem(solution_id=solution_id, labels=labels))
    for _ in range(min(count, len(wrong) + len(clean))):
        wrong, clean = clean, wrong
        yield (clean or wrong).pop(0)


def _known_labels(connection: Connection, solution_id: str) -> tuple[Label, ...] | None:
    try:
        return right_labels(connection, GoldItem(solution_id=solution_id))
    except BadProject:  # a step has none
        return None


def _count(connection: Connection, queue_id: str, role: TaskRole) -> int:
    tasks = tables.tasks.c
    return connection.scalar(select(func.count()).where(tasks.queue_id == queue_id, tasks.role == role.value)) or 0


def _candidates(queue_id: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on solutions: with labels, finished, and neither known nor begun in the queue."""
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
    return labelled, solutions.finish != FinishReason.CANCELLED.value, solutions.id.not_in(taken)
