"""Removing tasks with everything that people did on them, so that the queue and everybody's assignment list go on.

Positions stay: splits are counted by them (``storage/projects/review.py``) and cursors stand behind them, so the tasks left keep
theirs and the queue counts its gaps. Assignment lists close up, as people leaf through them by number.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, select

from storage.database import tables
from storage.labelling import slots
from storage.labelling.queues import next_position
from storage.runs.step_scores import pages_of


def remove_tasks(connection: Connection, task_ids: Sequence[str]) -> None:
    """Delete tasks, with the drafts, events, annotations and verdicts on them; the queues stay, and go on with what is left."""
    touched: set[str] = set()
    people: set[tuple[str, str]] = set()
    tasks, drafts = tables.tasks, tables.drafts
    for page in pages_of(task_ids):
        touched.update(connection.scalars(select(tasks.c.queue_id).where(tasks.c.id.in_(page)).distinct()))
        mine = select(drafts.c.queue_id, drafts.c.annotator).where(drafts.c.task_id.in_(page)).distinct()
        people.update((row.queue_id, row.annotator) for row in connection.execute(mine))
        for table in (tables.events, tables.verdicts, tables.annotations, drafts):
            connection.execute(delete(table).where(table.c.task_id.in_(page)))
        connection.execute(delete(tasks).where(tasks.c.id.in_(page)))
    for queue_id, annotator in sorted(people):
        _close_up(connection, queue_id, annotator)
    for queue_id in sorted(touched):
        _settle_queue(connection, queue_id)
    for queue_id in touched.intersection(slots.list_project_queues(connection)):
        slots.recount_open_tasks(connection, queue_id)


def lists_are_whole(connection: Connection, queue_id: str) -> bool:
    """Return whether a queue's count of gaps is right, and everybody's assignment list has every number once."""
    queues, drafts = tables.queues.c, tables.drafts.c
    if connection.scalar(select(queues.gaps).where(queues.id == queue_id)) != _count_gaps(connection, queue_id):
        return False
    numbers = select(
        func.count(drafts.sequence_no.distinct()), func.count(drafts.sequence_no), func.max(drafts.sequence_no)
    )
    lists = numbers.where(drafts.queue_id == queue_id, drafts.sequence_no.is_not(None)).group_by(drafts.annotator)
    return all(different == count == last + 1 for different, count, last in connection.execute(lists))


def _close_up(connection: Connection, queue_id: str, annotator: str) -> None:
    """Number a person's assignment list from 0 again, in its order; drafts in the queue of a run have no numbers."""
    drafts = tables.drafts
    mine = (drafts.c.queue_id == queue_id, drafts.c.annotator == annotator, drafts.c.sequence_no.is_not(None))
    query = select(drafts.c.task_id, drafts.c.sequence_no).where(*mine).order_by(drafts.c.sequence_no)
    for number, (task_id, before) in enumerate(connection.execute(query).all()):
        if number != before:
            this = (drafts.c.task_id == task_id, drafts.c.annotator == annotator)
            connection.execute(drafts.update().where(*this).values(sequence_no=number))


def _settle_queue(connection: Connection, queue_id: str) -> None:
    """Count a queue's gaps, and take cursors back to its end: tasks added there later stand behind none."""
    queues, cursors = tables.queues, tables.cursors
    gaps, end = _count_gaps(connection, queue_id), next_position(connection, queue_id)
    connection.execute(queues.update().where(queues.c.id == queue_id).values(gaps=gaps))
    beyond = (cursors.c.queue_id == queue_id, cursors.c.position > end)
    connection.execute(cursors.update().where(*beyond).values(position=end))


def _count_gaps(connection: Connection, queue_id: str) -> int:
    """Count the positions before a queue's last task that have none."""
    count = select(func.count()).select_from(tables.tasks).where(tables.tasks.c.queue_id == queue_id)
    return next_position(connection, queue_id) - (connection.scalar(count) or 0)
