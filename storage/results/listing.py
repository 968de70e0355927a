"""Lists of solutions: filtered, searched, sorted and paged in a store of hundreds of thousands. Knows what a page asks for.

Everything is asked of ``listed_solutions``, whose rows ``storage/results/listing_rows.py`` keeps up to date. Pages go on behind the
last row of the page before: a key, not a count. Rows without what the list is sorted by come last.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVarTuple

from sqlalchemy import Column, ColumnElement, Connection, Select, func, or_, select, true
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from engine.domain import ErrorType, SkipReason
from storage.database import tables, text_search
from storage.database.listing_tables import SEPARATOR, listed_solutions
from storage.database.membership import is_among
from storage.errors import BadSetting
from storage.labelling.queue_rules import TaskRole
from storage.results.step_cells import StepCondition, has_step
from storage.results.votes import Scope, asked_in, counts
from storage.runs.built_in_benchmark import DATA_SOURCE

_LISTED = listed_solutions.c
Row = TypeVarTuple("Row")


class LabelState(StrEnum):
    """How far a solution is. They overlap: a decided one is labelled too, as a rule."""

    OPEN = "open"  # to be labelled in a queue, and nobody has annotated it there
    LABELLED = "labelled"  # somebody has annotated it; gold and quiz answers are none
    SPLIT = "split"  # people differ on a step, and nobody has decided
    SENT_BACK = "sent_back"  # a reviewer sent somebody's work on it back
    DECIDED = "decided"  # somebody has adjudicated it


class AnswerState(StrEnum):
    """What a solution's answer is beside the reference."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"  # one of the two is missing


class SortKey(StrEnum):
    """What a list is sorted by. Solutions without it come last, whichever way."""

    STORED = "stored"
    UPDATED = "updated"
    MEAN_SCORE = "mean_score"
    WRONG_SCORE = "wrong_score"  # the highest score of a wrong step
    STEPS = "steps"
    DIFFERING = "differing"
    ANNOTATORS = "annotators"
    SECONDS = "seconds"
    DATA_SOURCE = "data_source"
    POLICY_MODEL = "policy_model"


_COLUMNS: dict[SortKey, Column[Any]] = {
    SortKey.STORED: _LISTED.seq,
    SortKey.UPDATED: _LISTED.updated_at,
    SortKey.MEAN_SCORE: _LISTED.mean_score,
    SortKey.WRONG_SCORE: _LISTED.wrong_score,
    SortKey.STEPS: _LISTED.steps,
    SortKey.DIFFERING: _LISTED.differing,
    SortKey.ANNOTATORS: _LISTED.annotators,
    SortKey.SECONDS: _LISTED.seconds,
    SortKey.DATA_SOURCE: _LISTED.data_source,
    SortKey.POLICY_MODEL: _LISTED.policy_model,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionFilter:
    """Which solutions to list. Conditions add up; those left out do not narrow the list."""

    scope: Scope = field(default_factory=lambda: Scope(stage=None))
    state: LabelState | None = None
    search: str | None = None  # words of the question, a step, an answer or a remark
    data_sources: tuple[str, ...] = ()  # any of these; "" for solutions of none
    policy_models: tuple[str, ...] = ()
    answer: AnswerState | None = None
    annotator: str | None = None  # who labelled or skipped it
    flagged: bool = False
    skip_reason: SkipReason | None = None
    error_type: ErrorType | None = None
    min_differing: int | None = None  # steps that got different labels
    step: StepCondition = field(default_factory=StepCondition)
    min_seconds: float | None = None  # median over people, included
    max_seconds: float | None = None  # left out
    benchmark: bool = True  # what nobody labelled of the built-in benchmark too
    hidden_from: str | None = (
        None  # leaves out what this person is labelling right now: they must not see others' labels of it
    )

    @property
    def is_empty(self) -> bool:
        """Whether it finds every solution, but for what somebody is labelling."""
        return replace(self, hidden_from=None) == SolutionFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class SortOrder:
    """How a list is sorted."""

    key: SortKey = SortKey.STORED
    descending: bool = False


_NEWEST_FIRST = SortOrder(key=SortKey.UPDATED, descending=True)
_LAST = 500  # rows of a search that are looked at before all of them


def page_of_numbers(
    connection: Connection, wanted: SolutionFilter, order: SortOrder, limit: int, after: str | None
) -> tuple[list[int], str | None]:
    """Return the numbers of up to ``limit`` solutions in order, and where the next page begins; None on the last one.

    Raises BadSetting: ``after`` is not the ``next`` of a page, or the search has no word.
    """
    column, is_stored = _COLUMNS[order.key], order.key is SortKey.STORED
    query = narrow(connection, select(column, _LISTED.seq), wanted)
    start = _read_cursor(after, order)
    if start is not None:
        query = query.where(_is_behind(start, column, order))
    first = _first_of_newest(connection, wanted, order, limit, start)
    if first is not None:
        query = query.where(text_search.is_from(first))
    if is_stored:
        key = _LISTED.seq if wanted.search is None else text_search.number_column(connection)
        query = query.order_by(key.desc() if order.descending else key)
    else:  # equals stand in the order in which they are read, or each would displace the one before it
        missing = [column.is_(None)] if column.nullable else []
        key = column if wanted.is_empty else _unindexed(connection, column)
        query = query.order_by(*missing, key.desc() if order.descending else key, _LISTED.seq)
    found = [(row[0], row[1]) for row in connection.execute(query.limit(limit + 1))]
    page = found[:limit]
    return [number for _value, number in page], _write_cursor(page[-1], order) if len(found) > limit else None


def _first_of_newest(
    connection: Connection, wanted: SolutionFilter, order: SortOrder, limit: int, start: _Cursor | None
) -> int | None:
    """Return a number that nothing on the page of a search by newest change is before; None where none is known.

    Most changes come in the order of the numbers, in which SQLite reads what has a word: each row would displace the one before it
    from the page, and all would be looked up. The last ones say how new a row must be, the index of changes where such rows begin.
    """
    if connection.dialect.name == "postgresql" or wanted.search is None or order != _NEWEST_FIRST:
        return None
    changed, words = _LISTED.updated_at, text_search.read_words(wanted.search)
    last = text_search.last_found(connection, words, None if start is None else start.seq, _LAST)
    query = select(changed).where(is_among(connection, _LISTED.seq, last), *_conditions_of(wanted))
    since = select(func.min(_LISTED.seq))
    if start is not None:
        query = query.where(_is_behind(start, changed, order))
        since = since.where(changed <= start.value)
    times = sorted(connection.scalars(query), reverse=True)
    return connection.scalar(since.where(changed >= times[limit])) if len(times) > limit else None


def narrow(connection: Connection, query: Select[*Row], wanted: SolutionFilter) -> Select[*Row]:
    """Narrow a query of listed solutions to those that a filter finds. Raises BadSetting."""
    if wanted.search is not None:
        words = text_search.read_words(wanted.search)
        query = text_search.join_search(connection, query.select_from(listed_solutions), _LISTED.seq, words)
    return query.where(*_conditions_of(wanted))


def _conditions_of(wanted: SolutionFilter) -> list[ColumnElement[bool]]:
    step, found = wanted.step, [*_conditions_of_scope(wanted.scope, wanted.state), *_conditions_of_people(wanted)]
    if wanted.data_sources:
        found.append(_is_one_of(_LISTED.data_source, wanted.data_sources))
    if wanted.policy_models:
        found.append(_LISTED.policy_model.in_(wanted.policy_models))
    if wanted.answer is not None:
        is_right = {AnswerState.RIGHT: True, AnswerState.WRONG: False, AnswerState.UNKNOWN: None}[wanted.answer]
        found.append(_LISTED.is_right.is_(is_right))
    if wanted.min_differing is not None:
        found.append(_LISTED.differing >= wanted.min_differing)
    if not step.is_empty:
        found.append(has_step(_LISTED.cells, step))
    if wanted.min_seconds is not None:
        found.append(_LISTED.seconds >= wanted.min_seconds)
    if wanted.max_seconds is not None:
        found.append(_LISTED.seconds < wanted.max_seconds)
    if not wanted.benchmark:
        is_peoples = or_(_LISTED.is_annotated.is_(true()), _LISTED.is_decided.is_(true()))
        found.append(or_(_LISTED.data_source.is_(None), _LISTED.data_source != DATA_SOURCE, is_peoples))
    if wanted.hidden_from is not None:
        found.append(_LISTED.solution_id.not_in(in_work(wanted.hidden_from)))
    return found


def _conditions_of_people(wanted: SolutionFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.annotator is not None:
        found.append(_holds(_LISTED.people, wanted.annotator))
    if wanted.flagged:
        found.append(_LISTED.is_flagged.is_(true()))
    if wanted.skip_reason is not None:
        found.append(_holds(_LISTED.skip_reasons, wanted.skip_reason.value))
    if wanted.error_type is not None:
        found.append(_holds(_LISTED.error_types, wanted.error_type.value))
    return found


def _conditions_of_scope(scope: Scope, state: LabelState | None) -> list[ColumnElement[bool]]:
    tasks, annotations = tables.tasks.c, tables.annotations.c
    asked = asked_in(scope)
    if not asked:
        return [] if state is None else [STATES[state]]
    in_queue = select(tasks.solution_id).where(tasks.role == TaskRole.LABEL.value, *asked)
    found: list[ColumnElement[bool]] = [_LISTED.solution_id.in_(in_queue)]
    theirs = select(annotations.solution_id).where(annotations.solution_id == _LISTED.solution_id, counts(scope))
    # a decision counts wherever the solution is to be labelled
    if state is LabelState.OPEN:
        found += [~theirs.exists(), _LISTED.is_decided.is_not(true())]
    elif state is LabelState.LABELLED:
        found.append(theirs.exists())
    elif state is not None:
        found.append(STATES[state])
    return found


STATES: dict[LabelState, ColumnElement[bool]] = {
    LabelState.OPEN: _LISTED.is_waiting.is_(true())
    & _LISTED.is_annotated.is_not(true())
    & _LISTED.is_decided.is_not(true()),
    LabelState.LABELLED: _LISTED.is_annotated.is_(true()),
    LabelState.SPLIT: (_LISTED.differing > 0) & _LISTED.is_decided.is_not(true()),
    LabelState.SENT_BACK: _LISTED.is_sent_back.is_(true()),
    LabelState.DECIDED: _LISTED.is_decided.is_(true()),
}


def _is_one_of(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    named = [value for value in values if value]
    return or_(column.in_(named), column.is_(None)) if len(named) < len(values) else column.in_(named)


def _holds(column: ColumnElement[Any], entry: str) -> ColumnElement[bool]:
    return column.contains(f"{SEPARATOR}{entry}{SEPARATOR}", autoescape=True)


def in_work(annotator: str) -> Select[str]:
    """Return the query of the solutions that somebody has begun or holds, and not submitted: any number, as drafts are kept."""
    drafts, tasks = tables.drafts.c, tables.tasks.c
    query = select(tasks.solution_id).join(tables.drafts, drafts.task_id == tasks.id)
    return query.where(drafts.annotator == annotator, drafts.submitted.is_not(true()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor:
    """The last row of the page before."""

    value: Any  # what the list is sorted by; None: it has none
    seq: int


def _is_behind(start: _Cursor, column: Column[Any], order: SortOrder) -> ColumnElement[bool]:
    """Return the condition that a row comes behind the last one of the page before."""
    seq = _LISTED.seq
    if order.key is SortKey.STORED:
        return seq < start.seq if order.descending else seq > start.seq
    if start.value is None:
        return column.is_(None) & (seq > start.seq)
    further, not_before = (
        (column < start.value, column <= start.value)
        if order.descending
        else (column > start.value, column >= start.value)
    )
    behind = not_before & (further | (seq > start.seq))  # the first part alone can be looked up in an index
    return or_(behind, column.is_(None)) if column.nullable else behind


def _unindexed(connection: Connection, column: Column[Any]) -> ColumnElement[Any]:
    """Return the column so that SQLite reads the table instead of following an index row by row, which takes ten times as long
    where few rows pass a filter. PostgreSQL knows how many do.
    """
    if connection.dialect.name == "postgresql":
        return column
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _write_cursor(last: tuple[Any, int], order: SortOrder) -> str:
    value, seq = last
    if order.key is SortKey.STORED:
        return str(seq)
    shown = "" if value is None else json.dumps(value.isoformat() if isinstance(value, datetime) else value)
    return f"{shown}~{seq}"


def _read_cursor(after: str | None, order: SortOrder) -> _Cursor | None:
    if after is None:
        return None
    value, mark, seq = after.rpartition("~")
    try:
        if not (seq.isascii() and seq.isdigit() and len(seq) < 19) or bool(mark) == (order.key is SortKey.STORED):
            raise ValueError(after)
        read = json.loads(value) if value else None
        if order.key is SortKey.UPDATED and read is not None:
            read = datetime.fromisoformat(read)
        elif read is not None and not _is_value(read, order.key):
            raise ValueError(after)
        return _Cursor(value=read, seq=int(seq))
    except (TypeError, ValueError):
        raise BadSetting(
            f"{after!r} is not a cursor of this list. Begin without one, then pass the one you are given."
        ) from None


def _is_value(read: object, key: SortKey) -> bool:
    """Return whether a list can be sorted by it: a cursor comes from outside."""
    if key in (SortKey.DATA_SOURCE, SortKey.POLICY_MODEL):
        return isinstance(read, str)
    return isinstance(read, int | float) and not isinstance(read, bool) and abs(read) < 1e15
