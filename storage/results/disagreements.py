"""Solutions on which people differ, the most differing first. Who is right is ``storage/results/adjudication.py``'s."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from engine.domain import Cause, Label
from storage.database import rows, tables
from storage.database.typed_rows import iter_rows
from storage.errors import BadSetting
from storage.results.votes import Scope, counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One solution on which at least two people differ."""

    solution_id: str
    problem_id: str
    data_source: str | None
    steps: int  # of the solution
    differing: tuple[int, ...]  # 0-based indices of the steps with different labels, at least one
    labels: Mapping[str, tuple[Label | None, ...]]  # annotator -> labels
    decided: bool  # the newest decision covers every differing step


@dataclass(frozen=True, slots=True, kw_only=True)
class DisagreementPage:
    """Some of the disagreements."""

    total: int  # on all pages
    items: tuple[Disagreement, ...]
    next: str | None  # where the next page begins; None on the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class DisagreementFilter:
    """Which disagreements to return."""

    scope: Scope = field(default_factory=Scope)
    annotator: str | None = None  # only those this person labelled
    open_only: bool = False  # leave out what is decided already
    solution_id: str | None = None  # only this one


class _DecidedRow(NamedTuple):
    """What the newest decision on a solution labels."""

    solution_id: str
    labels: rows.StoredLabels
    cause: str


class _CandidateRow(NamedTuple):
    """One annotation of a solution that people may differ on."""

    seq: int
    id: str
    problem_id: str
    data_source: str | None
    annotator: str
    labels: rows.StoredLabels
    skip_reason: str | None


def page_of_disagreements(
    connection: Connection, wanted: DisagreementFilter, limit: int, after: str | None
) -> DisagreementPage:
    """Return up to ``limit`` disagreements; those of equally many steps in the order their solutions were stored.

    Raises:
        BadSetting: ``after`` is not the ``next`` of a page.
    """
    decided = _decided_steps(connection)
    ordered: list[tuple[int, int, Disagreement]] = []
    for seq, found in _candidates(connection, wanted, decided):
        if not found.differing or (wanted.open_only and found.decided):
            continue
        if wanted.annotator is None or wanted.annotator in found.labels:
            ordered.append((-len(found.differing), seq, found))
    ordered.sort(key=lambda entry: entry[:2])
    start = _read_cursor(after)
    page = [entry for entry in ordered if entry[:2] > start][: limit + 1]
    more = len(page) > limit
    return DisagreementPage(
        total=len(ordered),
        items=tuple(found for _count, _seq, found in page[:limit]),
        next=f"{-page[limit - 1][0]}.{page[limit - 1][1]}" if more else None,
    )


def _decided_steps(connection: Connection) -> dict[str, Set[int]]:
    """Return the 0-based steps that the newest decision on each solution decides: those it labels, all where the split is bad."""
    table = tables.decisions.c
    newest = select(func.max(table.seq)).group_by(table.solution_id)
    query = select(table.solution_id, table.labels, table.cause).where(table.seq.in_(newest))
    return {
        row.solution_id: {
            step
            for step, label in enumerate(row.labels)
            if label is not None or row.cause == Cause.BAD_SPLIT.value  # steps cut wrongly cannot be judged
        }
        for row in iter_rows(connection, query, _DecidedRow)
    }


def _candidates(
    connection: Connection, wanted: DisagreementFilter, decided: Mapping[str, Set[int]]
) -> Iterator[tuple[int, Disagreement]]:
    """Iterate over solutions that two people may differ on, going by the stored text of their labels, each with its row number.

    One statement and no more of an annotation than its labels: the list is ordered by what is found, so each page reads all.
    """
    annotations, solutions, problems = tables.annotations.c, tables.solutions.c, tables.problems.c
    scope = wanted.scope
    differ = select(annotations.solution_id).where(counts(scope)).group_by(annotations.solution_id)
    differ = differ.having(
        func.min(annotations.annotator) != func.max(annotations.annotator),
        func.min(annotations.labels) != func.max(annotations.labels),
    )
    if wanted.solution_id is not None:
        differ = differ.where(annotations.solution_id == wanted.solution_id)
    query = select(
        solutions.seq,
        solutions.id,
        solutions.problem_id,
        problems.data_source,
        annotations.annotator,
        annotations.labels,
        annotations.skip_reason,
    )
    query = query.join(tables.solutions, solutions.id == annotations.solution_id)
    query = query.join(tables.problems, problems.id == solutions.problem_id)
    query = query.where(annotations.solution_id.in_(differ), counts(scope)).order_by(solutions.seq, annotations.seq)
    if scope.data_source is not None:
        query = query.where(problems.data_source == scope.data_source)
    for seq, rows_ in groupby(iter_rows(connection, query, _CandidateRow), key=lambda row: row.seq):
        last: dict[str, tuple[Label | None, ...] | None] = {}
        for row in rows_:
            last.pop(row.annotator, None)  # in the order of the newest
            last[row.annotator] = None if row.skip_reason is not None else rows.as_labels(row.labels)
        labels = {name: each for name, each in last.items() if each is not None}
        differing = _differing(list(labels.values()))
        yield (
            seq,
            Disagreement(
                solution_id=row.id,
                problem_id=row.problem_id,
                data_source=row.data_source,
                steps=len(row.labels),
                differing=differing,
                labels=labels,
                decided=decided.get(row.id, set()) >= set(differing),
            ),
        )


def _differing(labels: Sequence[tuple[Label | None, ...]]) -> tuple[int, ...]:
    """Return the 0-based indices of the steps that got different labels."""
    by_step = enumerate(zip(*labels, strict=True))
    return tuple(step for step, given in by_step if len({each for each in given if each is not None}) > 1)


def _read_cursor(after: str | None) -> tuple[int, int]:
    if after is None:
        return (-(2**62), 0)
    try:
        steps, seq = after.split(".")
        return -int(steps), int(seq)
    except ValueError:
        raise BadSetting(f"{after!r} is not a page of disagreements. Pass the 'next' of the previous page.") from None
