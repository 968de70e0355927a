"""What happened, to whom and when: the history of one solution, and the feed of everything for scripts.

Both read the append-only tables; nothing is written for them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, func, select

from storage.accounts.audit_log import PeopleEventKind
from storage.database import rows, tables
from storage.database.numbering import highest_given
from storage.database.typed_rows import iter_rows, one_row
from storage.errors import BadSetting, NotFound
from storage.results.history_entries import (
    HistoryEntry,
    HistoryKind,
    PastAnnotationRow,
    PastDecisionRow,
    PastFileLabelsRow,
    PastLabelEventRow,
    PastRolloutLabelsRow,
    PastScoringRow,
    PastSplitEndRow,
    PastVerdictRow,
    annotation_entry,
    decision_entry,
    event_entry,
    file_labels_entry,
    rollout_labels_entry,
    scoring_entry,
    split_end_entry,
    verdict_entry,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Some of a solution's history, the oldest first."""

    entries: tuple[HistoryEntry, ...]
    next: int | None  # where the next page begins; None on the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """What happened after a cursor."""

    entries: tuple[HistoryEntry, ...]  # the oldest first; empty: nothing new yet
    cursor: str  # ask with it again, at once or much later


def page_of_history(connection: Connection, solution_id: str, limit: int, after: int) -> HistoryPage:
    """Return a solution's history from entry number ``after`` on; raises NotFound."""
    born = _origin_entry(connection, solution_id)
    scorings = tables.scorings
    scored = select(scorings).where(scorings.c.solution_id == solution_id).order_by(scorings.c.seq)
    imported = tables.imported_rows
    labelled = select(imported).where(imported.c.solution_id == solution_id, imported.c.labels.is_not(None))
    measured = tables.rollout_labels
    rolled_out = select(measured).where(measured.c.solution_id == solution_id).order_by(measured.c.seq)
    columns = [
        [entry for _seq, entry in _READ_FILE_LABELS(connection, labelled.order_by(imported.c.seq))],
        [entry for _seq, entry in _READ_SCORINGS(connection, scored)],
        [entry for _seq, entry in _READ_ROLLOUT_LABELS(connection, rolled_out)],
        *(source.history_of(connection, solution_id) for source in _SOURCES),
    ]
    entries = list(heapq.merge(*columns, key=lambda entry: entry.at))
    page = [born, *entries][after : after + limit]
    return HistoryPage(entries=tuple(page), next=after + limit if after + limit <= len(entries) else None)


def page_of_feed(connection: Connection, cursor: str, limit: int, queue_id: str | None) -> FeedPage:
    """Return up to ``limit`` things people did after the cursor ("" is the beginning), in the order they arrived.

    Each table is read in the order its rows arrived, and one writer numbers them in the order they were committed: nothing can
    appear behind a cursor later on, so whoever keeps it misses nothing and sees nothing twice. What was deleted is passed over; its
    number is not given again.

    Raises:
        BadSetting: the cursor is not one of ours, or is from before a backup was restored.
    """
    origin, after, given = _origin(connection), _read_cursor(cursor), highest_given(connection)
    columns, newest, highest = [], [], []
    for index, source in enumerate(_SOURCES):
        query = source.query.where(source.seq > after[index]).order_by(source.seq).limit(limit)
        if queue_id is not None:
            query = query.where(source.queue == queue_id)
        columns.append([(entry, index, seq) for seq, entry in source.read(connection, query)])
        # not what was given: PostgreSQL gives numbers to rows that are not committed yet
        newest.append(max(after[index], connection.scalar(select(func.max(source.seq))) or 0))
        highest.append(given.get(source.seq.table.name, 0))
    is_of_another = cursor != "" and cursor.rpartition("-")[0] != origin
    if is_of_another or any(mine > last for mine, last in zip(after, highest, strict=True)):
        raise BadSetting(
            f"The cursor {cursor!r} does not belong to this store as it is now: a backup was restored. Begin again with an empty "
            "one; what you have seen before has the same ids."
        )
    page = list(heapq.merge(*columns, key=lambda item: item[0].at))[:limit]
    for _entry, index, seq_of_row in page:
        after[index] = seq_of_row
    if len(page) < limit:  # all there is: what belongs to other queues need not be looked through again
        after = newest
    numbers = ".".join(map(str, after))
    return FeedPage(
        entries=tuple(entry for entry, _index, _seq in page), cursor=f"{origin}-{numbers}" if origin else numbers
    )


def _origin(connection: Connection) -> str:
    """Return which history the numbers belong to: after a restore those of lost rows are given again. Empty: it is the first."""
    events = tables.people_events.c
    restored = connection.scalar(select(func.max(events.at)).where(events.kind == PeopleEventKind.RESTORED.value))
    return "" if restored is None else f"{restored:%Y%m%d%H%M%S%f}"


def _read_cursor(cursor: str) -> list[int]:
    """Return the row each source was read to; one of a version that had fewer sources begins with the first of the others."""
    parts = cursor.rpartition("-")[2].split(".") if cursor else []
    sound = all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts)
    if len(parts) > len(_SOURCES) or not sound:
        raise BadSetting(
            f"{cursor!r} is not a cursor of the feed. Begin with an empty one, then pass the one you are given."
        )
    return [int(part) for part in parts] + [0] * (len(_SOURCES) - len(parts))


def _origin_entry(connection: Connection, solution_id: str) -> HistoryEntry:
    solutions = tables.solutions
    row = one_row(connection, select(solutions).where(solutions.c.id == solution_id), rows.SolutionRow)
    if row is None:
        raise NotFound(f"There is no solution {solution_id!r}. It was deleted, or it belongs to another data folder.")
    kind = HistoryKind.IMPORTED if row.run_id is None else HistoryKind.SAMPLED
    return HistoryEntry(id=row.id, at=row.created_at, kind=kind, who=None, solution_id=row.id, text=row.policy_model)


class _Numbered(Protocol):
    """A row of a table that is paged by ``seq``."""

    @property
    def seq(self) -> int: ...


NumberedT = TypeVar("NumberedT", bound=_Numbered)
Query: TypeAlias = "Select[*tuple[object, ...]]"
Reader: TypeAlias = Callable[[Connection, Query], list[tuple[int, HistoryEntry]]]  # with the number of each row


def _reader(row_type: Callable[..., NumberedT], as_entry: Callable[[NumberedT], HistoryEntry]) -> Reader:
    def read(connection: Connection, query: Query) -> list[tuple[int, HistoryEntry]]:
        return [(row.seq, as_entry(row)) for row in iter_rows(connection, query, row_type)]

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A table that histories are made of. ``solution`` is None where its rows belong to no single one."""

    query: Query
    read: Reader
    seq: ColumnElement[int]
    queue: ColumnElement[str]
    solution: ColumnElement[str] | None

    def history_of(self, connection: Connection, solution_id: str) -> list[HistoryEntry]:
        """Return what the table has of a solution, the oldest first."""
        if self.solution is None:
            return []
        query = self.query.where(self.solution == solution_id).order_by(self.seq)
        return [entry for _seq, entry in self.read(connection, query)]


_TASKS, _EVENTS, _ANNOTATIONS = tables.tasks.c, tables.events.c, tables.annotations.c
_DECISIONS, _VERDICTS, _SPLIT_ENDS = tables.decisions.c, tables.verdicts.c, tables.split_events.c
# in the order of a cursor's numbers: add new ones at the end
_SOURCES = (
    _Source(
        query=select(tables.events, _TASKS.solution_id, _TASKS.queue_id).join(
            tables.tasks, _TASKS.id == _EVENTS.task_id
        ),
        read=_reader(PastLabelEventRow, event_entry),
        seq=_EVENTS.seq,
        queue=_TASKS.queue_id,
        solution=_TASKS.solution_id,
    ),
    _Source(
        query=select(tables.annotations, _TASKS.queue_id).outerjoin(tables.tasks, _TASKS.id == _ANNOTATIONS.task_id),
        read=_reader(PastAnnotationRow, annotation_entry),
        seq=_ANNOTATIONS.seq,
        queue=_TASKS.queue_id,
        solution=_ANNOTATIONS.solution_id,
    ),
    _Source(
        query=select(tables.decisions),
        read=_reader(PastDecisionRow, decision_entry),
        seq=_DECISIONS.seq,
        queue=_DECISIONS.queue_id,
        solution=_DECISIONS.solution_id,
    ),
    _Source(
        query=select(tables.verdicts, _TASKS.solution_id).join(tables.tasks, _TASKS.id == _VERDICTS.task_id),
        read=_reader(PastVerdictRow, verdict_entry),
        seq=_VERDICTS.seq,
        queue=_VERDICTS.queue_id,
        solution=_TASKS.solution_id,
    ),
    _Source(
        query=select(tables.split_events),
        read=_reader(PastSplitEndRow, split_end_entry),
        seq=_SPLIT_ENDS.seq,
        queue=_SPLIT_ENDS.queue_id,
        solution=None,
    ),
)
_READ_FILE_LABELS = _reader(PastFileLabelsRow, file_labels_entry)
_READ_ROLLOUT_LABELS = _reader(PastRolloutLabelsRow, rollout_labels_entry)
_READ_SCORINGS = _reader(PastScoringRow, scoring_entry)
