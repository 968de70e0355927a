"""What happened, to whom and when: the history of one solution, and the feed of everything for scripts.

Both read the append-only tables; nothing is written for them.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, Select, select

from engine.domain import Cause, ErrorType, Label, SkipReason, Stage, StepDetail
from storage import rows, tables
from storage.drafts import EventKind
from storage.errors import BadSetting, NotFound


class HistoryKind(StrEnum):
    """What happened, besides the label events of people."""

    SAMPLED = "sampled"  # a policy wrote the solution
    IMPORTED = "imported"  # it came from a file
    SCORED = "scored"  # by a reward model, named in the text
    ANNOTATED = "annotated"  # somebody's labels stood as an annotation, made here or imported
    DECIDED = "decided"  # somebody adjudicated
    FOUND_RIGHT = "found_right"  # a reviewer's verdict on somebody's work
    FOUND_WRONG = "found_wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happened. What a kind does not have is None."""

    id: str  # the same however often it is read
    at: datetime  # on the server's clock
    kind: HistoryKind | EventKind
    who: str | None  # None: no person
    about: str | None = None  # whose work a verdict is about
    solution_id: str
    task_id: str | None = None
    queue_id: str | None = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Some of a solution's history, the oldest first."""

    entries: tuple[Entry, ...]
    next: int | None  # where the next page begins; None on the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """What happened after a cursor."""

    entries: tuple[Entry, ...]  # the oldest first; empty: nothing new yet
    cursor: str  # ask with it again, at once or much later


def page_of_history(connection: Connection, solution_id: str, limit: int, after: int) -> HistoryPage:
    """Return a solution's history from entry number ``after`` on; raises NotFound."""
    born = _birth(connection, solution_id)
    scorings = tables.scorings
    scored = connection.execute(select(scorings).where(scorings.c.solution_id == solution_id).order_by(scorings.c.seq))
    events = connection.execute(
        _events().where(tables.tasks.c.solution_id == solution_id).order_by(tables.events.c.seq)
    )
    said = tables.annotations.c
    annotations = connection.execute(_annotations().where(said.solution_id == solution_id).order_by(said.seq))
    decided = tables.decisions.c
    decisions = connection.execute(_decisions().where(decided.solution_id == solution_id).order_by(decided.seq))
    tasks = tables.tasks.c
    judged = select(tables.verdicts, tasks.solution_id).join(tables.tasks, tasks.id == tables.verdicts.c.task_id)
    judged = judged.where(tasks.solution_id == solution_id).order_by(tables.verdicts.c.seq)
    verdicts = connection.execute(judged)
    entries = list(
        heapq.merge(
            [_of_scoring(row) for row in scored],
            [_of_event(row) for row in events],
            [_of_annotation(row) for row in annotations],
            [_of_decision(row) for row in decisions],
            [_of_verdict(row) for row in verdicts],
            key=lambda entry: entry.at,
        )
    )
    page = [born, *entries][after : after + limit]
    return HistoryPage(entries=tuple(page), next=after + limit if after + limit <= len(entries) else None)


def page_of_feed(connection: Connection, cursor: str, limit: int, queue_id: str | None) -> FeedPage:
    """Return up to ``limit`` label events, annotations and decisions after the cursor ("" is the beginning).

    Each table is read in the order its rows arrived, and one writer numbers them in the order they were committed: nothing can
    appear behind a cursor later on, so whoever keeps it misses nothing and sees nothing twice.

    Raises:
        BadSetting: the cursor is not one of ours.
    """
    after = _read_cursor(cursor)
    sources = (
        (_events(), tables.events.c.seq, tables.tasks.c.queue_id),
        (_annotations(), tables.annotations.c.seq, tables.tasks.c.queue_id),
        (_decisions(), tables.decisions.c.seq, tables.decisions.c.queue_id),
    )
    columns = []
    for place, (query, seq, queue) in enumerate(sources):
        query = query.where(seq > after[place])
        if queue_id is not None:
            query = query.where(queue == queue_id)
        found = connection.execute(query.order_by(seq).limit(limit)).all()
        columns.append([(_READERS[place](row), place, row.seq) for row in found])
    page = list(heapq.merge(*columns, key=lambda item: item[0].at))[:limit]
    for _entry, place, seq_of_row in page:
        after[place] = seq_of_row
    return FeedPage(entries=tuple(entry for entry, _place, _seq in page), cursor=".".join(map(str, after)))


def _read_cursor(cursor: str) -> list[int]:
    parts = cursor.split(".") if cursor else ["0"] * 3
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise BadSetting(
            f"{cursor!r} is no cursor of the feed. Begin with an empty one, then keep the one you are given."
        )
    return [int(part) for part in parts]


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


def _birth(connection: Connection, solution_id: str) -> Entry:
    solutions = tables.solutions
    row = connection.execute(select(solutions).where(solutions.c.id == solution_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no solution {solution_id!r}. It may belong to another data folder.")
    kind = HistoryKind.IMPORTED if row.run_id is None else HistoryKind.SAMPLED
    return Entry(id=row.id, at=row.created_at, kind=kind, who=None, solution_id=row.id, text=row.policy_model)


def _of_scoring(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(
        id=row.id,
        at=row.created_at,
        kind=HistoryKind.SCORED,
        who=None,
        solution_id=row.solution_id,
        text=row.reward_model,
    )


def _of_event(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(
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


def _of_annotation(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(
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
    )


def _of_decision(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(
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


def _of_verdict(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(
        id=f"verdict-{row.seq}",
        at=row.at,
        kind=HistoryKind(f"found_{row.verdict}"),
        who=row.by,
        about=row.annotator,
        solution_id=row.solution_id,
        task_id=row.task_id,
        queue_id=row.queue_id,
        text=row.note or None,
    )


_READERS = (_of_event, _of_annotation, _of_decision)
