"""Tasks as one person sees them, and the label events that change them. The rules of a draft are in ``storage/drafts.py``.

Event, draft and annotation are written in one transaction, and an event is acknowledged only after its commit. A task never
carries a score: :class:`engine.domain.LabelTask` has no field for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, Row, select

from engine.domain import Annotation, Label, LabelTask, Scoring, SkipReason, Solution, Stage, new_id, now
from storage import queues, rows, runs, tables
from storage.drafts import Draft, EventKind, EventRejected, LabelEvent, apply_event
from storage.errors import NotFound, NotSubmitted

MAX_UUID = 64  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """An event that was not stored, and why, for the person."""

    uuid: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReceipt:
    """What became of a batch of events, in the order they were sent."""

    acknowledged: tuple[str, ...]  # on disk, now or from an earlier try
    rejected: tuple[Rejection, ...]  # not stored; sending them again may work once the reason is gone


@dataclass(slots=True, kw_only=True)
class _Bench:
    """One task while a batch of one person's events is worked into it."""

    task: Row[tuple[object, ...]]
    draft: Draft
    is_stored: bool  # the draft has a row already
    changed: bool = False


def save_events(connection: Connection, annotator: str, events: Sequence[LabelEvent]) -> EventReceipt:
    """Store the events that are new and fit, and the drafts and annotations they lead to."""
    owners = _stored_uuids(connection, [event.uuid for event in events])
    benches: dict[str, _Bench | None] = {}
    acknowledged: list[str] = []
    rejected: list[Rejection] = []
    arrived = now()
    for event in events:
        if owners.get(event.uuid) == annotator:
            acknowledged.append(event.uuid)
            continue
        try:
            _require_sound(event, owners)
            if event.task_id not in benches:
                benches[event.task_id] = _open_bench(connection, event.task_id, annotator)
            bench = benches[event.task_id]
            if bench is None:
                raise EventRejected(f"There is no task {event.task_id!r} in this data folder.")
            after = apply_event(bench.draft, event, arrived)
        except EventRejected as refusal:
            rejected.append(Rejection(uuid=event.uuid, reason=str(refusal)))
            continue
        connection.execute(tables.events.insert().values(**_event_values(event, annotator, arrived)))
        if after.submitted:
            _annotate(connection, bench, annotator, after)
        bench.draft, bench.changed = after, True
        owners[event.uuid] = annotator
        acknowledged.append(event.uuid)
    for bench in benches.values():
        if bench is not None and bench.changed:
            _store_draft(connection, bench, annotator)
    return EventReceipt(acknowledged=tuple(acknowledged), rejected=tuple(rejected))


def next_task(connection: Connection, queue_id: str, annotator: str) -> LabelTask | None:
    """Return the first task of the queue this person has not submitted, or None when all are done."""
    queues.get_queue(connection, queue_id)
    row = queues.first_open(connection, queue_id, annotator)
    return None if row is None else _as_task(connection, row, annotator)


def get_task(connection: Connection, task_id: str, annotator: str) -> LabelTask:
    """Return a task with this person's draft; raises NotFound."""
    return _as_task(connection, _require_task(connection, task_id), annotator)


def task_at(connection: Connection, queue_id: str, position: int, annotator: str) -> LabelTask:
    """Return the task at a 0-based place of the queue; raises NotFound."""
    tasks = tables.tasks
    query = select(tasks).where(tasks.c.queue_id == queue_id, tasks.c.position == position)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"Queue {queue_id!r} has no task at position {position!r}.")
    return _as_task(connection, row, annotator)


def reveal(connection: Connection, task_id: str, annotator: str) -> Scoring | None:
    """Return the newest scoring of a submitted task, and record that this person has seen it; None when there is none.

    Raises:
        NotFound: no such task.
        NotSubmitted: this person has to submit their own labels first.
    """
    task = _require_task(connection, task_id)
    draft = _read_draft(connection, task_id, annotator)
    if draft is None or not (draft.submitted or draft.revealed):
        raise NotSubmitted("The scores of this solution are shown once you have submitted your own labels.")
    scorings = tables.scorings
    query = select(scorings).where(scorings.c.solution_id == task.solution_id).order_by(scorings.c.seq.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if not draft.revealed:
        seen = LabelEvent(uuid=new_id(), task_id=task_id, kind=EventKind.REVEAL, at_client=now())
        connection.execute(tables.events.insert().values(**_event_values(seen, annotator, seen.at_client)))
        key = (tables.drafts.c.task_id == task_id, tables.drafts.c.annotator == annotator)
        connection.execute(tables.drafts.update().where(*key).values(revealed=True))
    return rows.as_scoring(row)


def replay(connection: Connection, task_id: str, annotator: str) -> Draft:
    """Return the draft that the stored events of one person on one task add up to: it must equal the stored one."""
    task = _require_task(connection, task_id)
    draft = Draft(labels=(None,) * len(_read_solution(connection, task).steps))
    events = tables.events
    query = select(events).where(events.c.task_id == task_id, events.c.annotator == annotator).order_by(events.c.seq)
    for row in connection.execute(query):
        event = _as_event(row)
        is_reveal = event.kind is EventKind.REVEAL
        draft = replace(draft, revealed=True) if is_reveal else apply_event(draft, event, row.at_server)
    return draft


def find_odd_drafts(connection: Connection) -> tuple[tuple[str, str], ...]:
    """Return task and person of every draft that its events do not lead to."""
    drafts = tables.drafts.c
    keys = connection.execute(select(drafts.task_id, drafts.annotator).order_by(drafts.task_id, drafts.annotator)).all()
    return tuple((task, who) for task, who in keys if not _is_as_replayed(connection, task, who))


def _is_as_replayed(connection: Connection, task_id: str, annotator: str) -> bool:
    try:
        return replay(connection, task_id, annotator) == _read_draft(connection, task_id, annotator)
    except EventRejected:
        return False


def _require_sound(event: LabelEvent, owners: dict[str, str]) -> None:
    if not 0 < len(event.uuid) <= MAX_UUID:
        raise EventRejected(f"An event's uuid has 1 to {MAX_UUID} characters, not {len(event.uuid)}.")
    if event.uuid in owners:
        raise EventRejected(
            f"The uuid {event.uuid!r} belongs to another person's event. Make a new one for each event."
        )
    if event.at_client.tzinfo is None:
        raise EventRejected("An event's time must carry its time zone.")


def _stored_uuids(connection: Connection, uuids: Sequence[str]) -> dict[str, str]:
    events = tables.events.c
    found = connection.execute(select(events.uuid, events.annotator).where(events.uuid.in_(uuids)))
    return {row.uuid: row.annotator for row in found}


def _open_bench(connection: Connection, task_id: str, annotator: str) -> _Bench | None:
    task = connection.execute(select(tables.tasks).where(tables.tasks.c.id == task_id)).one_or_none()
    if task is None:
        return None
    draft = _read_draft(connection, task_id, annotator)
    fresh = Draft(labels=(None,) * len(_read_solution(connection, task).steps))
    return _Bench(task=task, draft=draft or fresh, is_stored=draft is not None)


def _annotate(connection: Connection, bench: _Bench, annotator: str, draft: Draft) -> None:
    """Append an annotation, unless the person's newest one for this task says the same at the same stage."""
    solution_id = bench.task.solution_id
    stage = Stage.REVEALED if _has_seen_scores(connection, solution_id, annotator) else Stage.BLIND
    table = tables.annotations
    mine = select(table).where(table.c.task_id == bench.task.id, table.c.annotator == annotator)
    row = connection.execute(mine.order_by(table.c.seq.desc()).limit(1)).one_or_none()
    labels, flagged, note, skip_reason = draft.content
    if row is not None:
        last = rows.as_annotation(row)
        if (last.stage, last.labels, last.flagged, last.note, last.skip_reason) == (stage, *draft.content):
            return
    annotation = Annotation(
        solution_id=solution_id,
        annotator=annotator,
        stage=stage,
        labels=labels,
        flagged=flagged,
        note=note,
        skip_reason=skip_reason,
        seconds=draft.seconds,
    )
    connection.execute(table.insert().values(**rows.annotation_values(annotation, bench.task.id)))


def _has_seen_scores(connection: Connection, solution_id: str, annotator: str) -> bool:
    # in any queue: the same solution may wait in two
    tasks, drafts = tables.tasks, tables.drafts
    query = select(drafts.c.task_id).join(tasks, tasks.c.id == drafts.c.task_id)
    query = query.where(
        tasks.c.solution_id == solution_id, drafts.c.annotator == annotator, drafts.c.revealed.is_(True)
    )
    return connection.execute(query.limit(1)).first() is not None


def _as_task(connection: Connection, row: Row[tuple[object, ...]], annotator: str) -> LabelTask:
    solution = _read_solution(connection, row)
    draft = _read_draft(connection, row.id, annotator) or Draft(labels=(None,) * len(solution.steps))
    return LabelTask(
        id=row.id,
        queue_id=row.queue_id,
        position=row.position,
        total=queues.count_tasks(connection, row.queue_id),
        problem=runs.read_problem(connection, solution.problem_id),
        solution_id=solution.id,
        steps=solution.steps,
        model_answer=solution.answer,
        labels=draft.labels,
        flagged=draft.flagged,
        note=draft.note,
        skip_reason=draft.skip_reason,
        submitted=draft.submitted,
        revealed=draft.revealed,
    )


def _read_solution(connection: Connection, task: Row[tuple[object, ...]]) -> Solution:
    return rows.as_solution(
        connection.execute(select(tables.solutions).where(tables.solutions.c.id == task.solution_id)).one()
    )


def _require_task(connection: Connection, task_id: str) -> Row[tuple[object, ...]]:
    row = connection.execute(select(tables.tasks).where(tables.tasks.c.id == task_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no task {task_id!r}. It may belong to another data folder.")
    return row


def _read_draft(connection: Connection, task_id: str, annotator: str) -> Draft | None:
    drafts = tables.drafts
    query = select(drafts).where(drafts.c.task_id == task_id, drafts.c.annotator == annotator)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Draft(
        labels=rows.as_labels(row.labels),
        flagged=row.flagged,
        note=row.note,
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        submitted=row.submitted,
        revealed=row.revealed,
        seconds=row.seconds,
        times=row.times,
    )


def _store_draft(connection: Connection, bench: _Bench, annotator: str) -> None:
    drafts, draft = tables.drafts, bench.draft
    values = {
        "queue_id": bench.task.queue_id,
        "labels": rows.as_numbers(draft.labels),
        "flagged": draft.flagged,
        "note": draft.note,
        "skip_reason": None if draft.skip_reason is None else draft.skip_reason.value,
        "submitted": draft.submitted,
        "revealed": draft.revealed,
        "seconds": draft.seconds,
        "times": draft.times,
    }
    key = {"task_id": bench.task.id, "annotator": annotator}
    if bench.is_stored:
        mine = (drafts.c.task_id == bench.task.id, drafts.c.annotator == annotator)
        connection.execute(drafts.update().where(*mine).values(**values))
    else:
        connection.execute(drafts.insert().values(**key, **values))


def _event_values(event: LabelEvent, annotator: str, arrived: datetime) -> rows.Values:
    return {
        "uuid": event.uuid,
        "task_id": event.task_id,
        "annotator": annotator,
        "kind": event.kind.value,
        "step": event.step,
        "value": None if event.value is None else int(event.value),
        "text": event.text,
        "flagged": event.flagged,
        "skip_reason": None if event.skip_reason is None else event.skip_reason.value,
        "seconds": event.seconds,
        "at_client": event.at_client,
        "at_server": arrived,
    }


def _as_event(row: Row[tuple[object, ...]]) -> LabelEvent:
    return LabelEvent(
        uuid=row.uuid,
        task_id=row.task_id,
        kind=EventKind(row.kind),
        at_client=row.at_client,
        step=row.step,
        value=None if row.value is None else Label(row.value),
        text=row.text,
        flagged=row.flagged,
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        seconds=row.seconds,
    )
