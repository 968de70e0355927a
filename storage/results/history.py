"""What happened, to whom and when: the history of one solution, and the feed of everything for scripts.

Both read the append-only tables; nothing is written for them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from engine.domain import Cause, ErrorType, Label, SkipReason, Stage, StepDetail
from storage.accounts.audit_log import PeopleEventKind
from storage.database import rows, tables
from storage.errors import BadSetting, NotFound
from storage.labelling.events import EventKind


class HistoryKind(StrEnum):
    """What happened, besides the label events of people."""

    SAMPLED = "sampled"  # a policy wrote the solution
    IMPORTED = "imported"  # it came from a file
    SCORED = "scored"  # by a reward model, named in the text
    ANNOTATED = "annotated"  # somebody's labels stood as an annotation, made here or imported
    DECIDED = "decided"  # somebody adjudicated
    FOUND_RIGHT = "found_right"  # a reviewer's verdict on somebody's work
    FOUND_WRONG = "found_wrong"
    SPLIT_ACCEPTED = "split_accepted"  # a reviewer's end of a round; belongs to no single solution
    SPLIT_SENT_BACK = "split_returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened. What a kind does not have is None."""

    id: str  # the same however often it is read
    at: datetime  # on the server's clock
    kind: HistoryKind | EventKind
    who: str | None  # None: no person
    about: str | None = None  # whose work a verdict is about
    solution_id: str | None  # None: a whole split
    task_id: str | None = None
    queue_id: str | None = None
    split: int | None = None  # 0-based, of the queue; of a verdict or of the end of a round
    step: int | None = None  # 0-based
    label: Label | None = None  # of that step; with kind "label" None clears it
    text: str | None = None  # note, model, ...
    flagged: bool | None = None
    skip_reason: SkipReason | None = None
    stage: Stage | None = None
    labels: tuple[Label | None, ...] | None = None  # of the whole solution
    cause: Cause | None = None
    error_type: ErrorType | None = None  # of that step
    first_error: int | None = None  # 0-based, of an annotation
    details: tuple[StepDetail | None, ...] = ()  # of an annotation: one a step, or empty
    seconds: float | None = None  # on screen so far
    guideline_version: str | None = None  # of an annotation


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
    scored = connection.execute(select(scorings).where(scorings.c.solution_id == solution_id).order_by(scorings.c.seq))
    events = connection.execute(
        _events().where(tables.tasks.c.solution_id == solution_id).order_by(tables.events.c.seq)
    )
    said = tables.annotations.c
    annotations = connection.execute(_annotations().where(said.solution_id == solution_id).order_by(said.seq))
    decided = tables.decisions.c
    decisions = connection.execute(_decisions().where(decided.solution_id == solution_id).order_by(decided.seq))
    judged = _verdicts().where(tables.tasks.c.solution_id == solution_id).order_by(tables.verdicts.c.seq)
    verdicts = connection.execute(judged)
    entries = list(
        heapq.merge(
            [_scoring_entry(row) for row in scored],
            [_event_entry(row) for row in events],
            [_annotation_entry(row) for row in annotations],
            [_decision_entry(row) for row in decisions],
            [_verdict_entry(row) for row in verdicts],
            key=lambda entry: entry.at,
        )
    )
    page = [born, *entries][after : after + limit]
    return HistoryPage(entries=tuple(page), next=after + limit if after + limit <= len(entries) else None)


def page_of_feed(connection: Connection, cursor: str, limit: int, queue_id: str | None) -> FeedPage:
    """Return up to ``limit`` things people did after the cursor ("" is the beginning), in the order they arrived.

    Each table is read in the order its rows arrived, and one writer numbers them in the order they were committed: nothing can
    appear behind a cursor later on, so whoever keeps it misses nothing and sees nothing twice.

    Raises:
        BadSetting: the cursor is not one of ours, or is from before a backup was restored.
    """
    origin, after = _origin(connection), _read_cursor(cursor)
    columns, newest = [], []
    for place, source in enumerate(_SOURCES):
        query = source.query().where(source.seq > after[place]).order_by(source.seq).limit(limit)
        if queue_id is not None:
            query = query.where(source.queue == queue_id)
        columns.append([(source.read(row), place, row.seq) for row in connection.execute(query)])
        newest.append(connection.scalar(select(func.max(source.seq))) or 0)
    is_of_another = cursor != "" and cursor.rpartition("-")[0] != origin
    if is_of_another or any(mine > last for mine, last in zip(after, newest, strict=True)):
        raise BadSetting(
            f"The cursor {cursor!r} is not of this store as it is now: a backup was restored. Begin again with an empty one; "
            "what you have seen before has the same ids."
        )
    page = list(heapq.merge(*columns, key=lambda item: item[0].at))[:limit]
    for _entry, place, seq_of_row in page:
        after[place] = seq_of_row
    if len(page) < limit:  # all there is: what belongs to other queues need not be looked through again
        after = newest
    numbers = ".".join(map(str, after))
    return FeedPage(
        entries=tuple(entry for entry, _place, _seq in page), cursor=f"{origin}-{numbers}" if origin else numbers
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
            f"{cursor!r} is no cursor of the feed. Begin with an empty one, then keep the one you are given."
        )
    return [int(part) for part in parts] + [0] * (len(_SOURCES) - len(parts))


def _events() -> Select[tuple[object, ...]]:
    tasks = tables.tasks.c
    return select(tables.events, tasks.solution_id, tasks.queue_id).join(
        tables.tasks, tasks.id == tables.events.c.task_id
    )


def _annotations() -> Select[tuple[object, ...]]:
    tasks = tables.tasks.c
    return select(tables.annotations, tasks.queue_id).outerjoin(tables.tasks, tasks.id == tables.annotations.c.task_id)


def _decisions() -> Select[tuple[object, ...]]:
    return select(tables.decisions)


def _verdicts() -> Select[tuple[object, ...]]:
    tasks = tables.tasks.c
    return select(tables.verdicts, tasks.solution_id).join(tables.tasks, tasks.id == tables.verdicts.c.task_id)


def _split_ends() -> Select[tuple[object, ...]]:
    return select(tables.split_events)


def _origin_entry(connection: Connection, solution_id: str) -> HistoryEntry:
    solutions = tables.solutions
    row = connection.execute(select(solutions).where(solutions.c.id == solution_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no solution {solution_id!r}. It may belong to another data folder.")
    kind = HistoryKind.IMPORTED if row.run_id is None else HistoryKind.SAMPLED
    return HistoryEntry(id=row.id, at=row.created_at, kind=kind, who=None, solution_id=row.id, text=row.policy_model)


def _scoring_entry(row: Row[tuple[object, ...]]) -> HistoryEntry:
    return HistoryEntry(
        id=row.id,
        at=row.created_at,
        kind=HistoryKind.SCORED,
        who=None,
        solution_id=row.solution_id,
        text=row.reward_model,
    )


def _event_entry(row: Row[tuple[object, ...]]) -> HistoryEntry:
    return HistoryEntry(
        id=row.uuid,
        at=row.at_server,
        kind=EventKind(row.kind),
        who=row.annotator,
        solution_id=row.solution_id,
        task_id=row.task_id,
        queue_id=row.queue_id,
        step=row.step,
        label=None if row.value is None else Label(row.value),
        text=row.text,
        flagged=row.flagged,
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        seconds=row.seconds,
        error_type=None if row.error_type is None else ErrorType(row.error_type),
    )


def _annotation_entry(row: Row[tuple[object, ...]]) -> HistoryEntry:
    return HistoryEntry(
        id=row.id,
        at=row.created_at,
        kind=HistoryKind.ANNOTATED,
        who=row.annotator,
        solution_id=row.solution_id,
        task_id=row.task_id,
        queue_id=row.queue_id,
        text=row.note or None,
        flagged=row.flagged,
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        stage=Stage(row.stage),
        labels=rows.as_labels(row.labels),
        details=rows.as_details(row.details),
        first_error=row.first_error,
        seconds=row.seconds,
        guideline_version=row.guideline_version,
    )


def _decision_entry(row: Row[tuple[object, ...]]) -> HistoryEntry:
    return HistoryEntry(
        id=row.id,
        at=row.at,
        kind=HistoryKind.DECIDED,
        who=row.by,
        solution_id=row.solution_id,
        queue_id=row.queue_id,
        text=row.note or None,
        labels=rows.as_labels(row.labels),
        cause=Cause(row.cause),
    )


def _verdict_entry(row: Row[tuple[object, ...]]) -> HistoryEntry:
    return HistoryEntry(
        id=f"verdict-{row.seq}",
        at=row.at,
        kind=HistoryKind(f"found_{row.verdict}"),
        who=row.by,
        about=row.annotator,
        solution_id=row.solution_id,
        task_id=row.task_id,
        queue_id=row.queue_id,
        split=row.split,
        text=row.note or None,
    )


def _split_end_entry(row: Row[tuple[object, ...]]) -> HistoryEntry:
    return HistoryEntry(
        id=f"split-{row.seq}",
        at=row.at,
        kind=HistoryKind(f"split_{row.kind}"),
        who=row.by,
        solution_id=None,
        queue_id=row.queue_id,
        split=row.split,
        text=row.note or None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A table that the feed is made of."""

    query: Callable[[], Select[tuple[object, ...]]]
    read: Callable[[Row[tuple[object, ...]]], HistoryEntry]
    seq: ColumnElement[int]
    queue: ColumnElement[str]


# their places are those of a cursor's numbers: add new ones at the end
_SOURCES = (
    _Source(query=_events, read=_event_entry, seq=tables.events.c.seq, queue=tables.tasks.c.queue_id),
    _Source(query=_annotations, read=_annotation_entry, seq=tables.annotations.c.seq, queue=tables.tasks.c.queue_id),
    _Source(query=_decisions, read=_decision_entry, seq=tables.decisions.c.seq, queue=tables.decisions.c.queue_id),
    _Source(query=_verdicts, read=_verdict_entry, seq=tables.verdicts.c.seq, queue=tables.verdicts.c.queue_id),
    _Source(
        query=_split_ends, read=_split_end_entry, seq=tables.split_events.c.seq, queue=tables.split_events.c.queue_id
    ),
)
