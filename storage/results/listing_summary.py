"""What a list of solutions adds up to: how many there are, how many of each kind, and what figures over them are computed from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from storage.database.listing_tables import SEPARATOR, listed_solutions
from storage.results.listing import (
    STATES,
    AnswerState,
    LabelState,
    SolutionFilter,
    SortOrder,
    in_work,
    narrow,
    page_of_numbers,
)

_LISTED = listed_solutions.c
MOST_VALUES = 200  # of a facet


class Facet(StrEnum):
    """A property of solutions whose values can be chosen from a list."""

    DATA_SOURCE = "data_source"
    POLICY_MODEL = "policy_model"
    ANSWER = "answer"
    STATE = "state"
    ANNOTATOR = "annotator"
    SKIP_REASON = "skip_reason"
    ERROR_TYPE = "error_type"
    DIFFERING = "differing"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetCount:
    """How many solutions have a value."""

    value: str  # as a filter takes it; "" for none
    solutions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSteps:
    """Labels, scores and times of the solutions that a filter finds. Long texts, because one row is read faster than many."""

    total: int  # solutions that it finds
    all: int  # solutions in the store
    in_work: int = 0  # that the filter would find, and leaves out while somebody labels them
    cells: str  # of each solution, parted by spaces: storage/results/step_cells.py
    seconds: tuple[float, ...]  # of those whose time is known


def list_ids(connection: Connection, wanted: SolutionFilter, order: SortOrder, limit: int) -> tuple[str, ...]:
    """Return the ids of up to ``limit`` solutions in order."""
    numbers, _further = page_of_numbers(connection, wanted, order, limit, None)
    found: dict[int, str] = {}
    for start in range(0, len(numbers), 500):
        query = select(_LISTED.seq, _LISTED.solution_id).where(_LISTED.seq.in_(numbers[start : start + 500]))
        found |= {seq: solution_id for seq, solution_id in connection.execute(query)}
    return tuple(found[seq] for seq in numbers)


def read_listed_steps(connection: Connection, wanted: SolutionFilter) -> ListedSteps:
    """Return what figures over the solutions of a filter need."""
    query = select(func.count(), func.aggregate_strings(_LISTED.cells, " "))
    total, cells = connection.execute(narrow(connection, query, wanted)).one()
    seconds = narrow(connection, select(_LISTED.seconds).where(_LISTED.seconds.is_not(None)), wanted)
    return ListedSteps(
        total=total,
        all=connection.scalar(select(func.count()).select_from(listed_solutions)) or 0,
        in_work=_count_in_work(connection, wanted),
        cells=cells or "",
        seconds=tuple(connection.scalars(seconds)),
    )


def _count_in_work(connection: Connection, wanted: SolutionFilter) -> int:
    if wanted.hidden_from is None:
        return 0
    hidden = select(func.count()).where(_LISTED.solution_id.in_(in_work(wanted.hidden_from)))
    return connection.scalar(narrow(connection, hidden, replace(wanted, hidden_from=None))) or 0


def count_facet(connection: Connection, wanted: SolutionFilter, facet: Facet) -> tuple[FacetCount, ...]:
    """Return how many solutions have each value, the most frequent first, as if the filter did not choose among them."""
    others = _without(wanted, facet)
    if facet in (Facet.ANNOTATOR, Facet.SKIP_REASON, Facet.ERROR_TYPE):
        lists: dict[Facet, ColumnElement[Any]] = {
            Facet.ANNOTATOR: _LISTED.people,
            Facet.SKIP_REASON: _LISTED.skip_reasons,
            Facet.ERROR_TYPE: _LISTED.error_types,
        }
        return _count_entries(connection, lists[facet], others)
    if facet is Facet.STATE:
        sums = [func.sum(case((STATES[state], 1), else_=0)) for state in LabelState]
        row = connection.execute(narrow(connection, select(*sums), others)).one()
        counted = [
            FacetCount(value=state.value, solutions=int(n or 0)) for state, n in zip(LabelState, row, strict=True)
        ]
        return tuple(each for each in counted if each.solutions)
    column = _column_of(facet)
    query = select(column, func.count()).group_by(column).order_by(func.count().desc(), column)
    return tuple(
        FacetCount(value="" if value is None else str(value), solutions=count)
        for value, count in connection.execute(narrow(connection, query.limit(MOST_VALUES), others))
    )


def _column_of(facet: Facet) -> ColumnElement[Any]:
    if facet is Facet.DATA_SOURCE:
        return _LISTED.data_source
    if facet is Facet.POLICY_MODEL:
        return _LISTED.policy_model
    if facet is Facet.DIFFERING:
        return _LISTED.differing
    return case(
        (_LISTED.is_right.is_(True), literal(AnswerState.RIGHT.value)),
        (_LISTED.is_right.is_(False), literal(AnswerState.WRONG.value)),
        else_=literal(AnswerState.UNKNOWN.value),
    )


def _count_entries(
    connection: Connection, column: ColumnElement[Any], wanted: SolutionFilter
) -> tuple[FacetCount, ...]:
    """Count the entries of a column of lists: few different lists, however many solutions."""
    query = select(column, func.count()).where(column != "").group_by(column)
    found: dict[str, int] = {}
    for entries, count in connection.execute(narrow(connection, query, wanted)):
        for entry in entries.strip(SEPARATOR).split(SEPARATOR):
            found[entry] = found.get(entry, 0) + count
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return tuple(FacetCount(value=value, solutions=count) for value, count in ordered[:MOST_VALUES])


def _without(wanted: SolutionFilter, facet: Facet) -> SolutionFilter:
    return {
        Facet.DATA_SOURCE: lambda: replace(wanted, data_sources=()),
        Facet.POLICY_MODEL: lambda: replace(wanted, policy_models=()),
        Facet.ANSWER: lambda: replace(wanted, answer=None),
        Facet.STATE: lambda: replace(wanted, state=None),
        Facet.ANNOTATOR: lambda: replace(wanted, annotator=None),
        Facet.SKIP_REASON: lambda: replace(wanted, skip_reason=None),
        Facet.ERROR_TYPE: lambda: replace(wanted, error_type=None),
        Facet.DIFFERING: lambda: replace(wanted, min_differing=None),
    }[facet]()
