"""LabellingRepository: queues and tasks as one annotator sees them, and the label events they send.

Each method is one transaction; where mostly nothing is to be written it reads first and writes in a second one.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement

from engine.domain import LabelTask, Scoring
from storage.database import tables
from storage.database.connection import Database
from storage.labelling import (
    assignment,
    audience,
    blinding,
    event_log,
    guideline,
    item_map,
    queues,
    review_outcome,
    tasks,
)
from storage.labelling.assignment import Blocked
from storage.labelling.event_log import EventReceipt
from storage.labelling.events import LabelEvent
from storage.labelling.guideline import ProjectGuideline
from storage.labelling.item_map import MappedItem
from storage.labelling.queue_rules import read_rules
from storage.labelling.queues import Queue, QueueSummary
from storage.labelling.review_outcome import WrongVerdict
from storage.runs.step_scores import pages_of


class LabellingRepository:
    """The queues, tasks and label events of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- queues ----

    def open_run_queue(self, run_id: str, title: str) -> Queue:
        """Return the queue of a run's solutions, made on the first call. Raises NotFound, NothingToLabel."""
        with self._database.write() as connection:
            return queues.open_run_queue(connection, run_id, title)

    def get_queue(self, queue_id: str, annotator: str) -> QueueSummary:
        """Return a queue and this person's progress in it; raises NotFound."""
        with self._database.read() as connection:
            return queues.get_summary(connection, queue_id, annotator)

    def list_items(self, queue_id: str, annotator: str) -> tuple[MappedItem, ...]:
        """Return the items of this person's assignment list in order; of a run's queue all. Raises NotFound."""
        with self._database.read() as connection:
            return item_map.list_items(connection, queue_id, annotator)

    def list_queues(self, annotator: str) -> tuple[QueueSummary, ...]:
        """Return every queue with this person's progress, the newest first."""
        with self._database.read() as connection:
            return queues.list_queues(connection, annotator)

    def get_guideline(self, queue_id: str, annotator: str) -> ProjectGuideline:
        """Return the guideline by which a queue is labelled. Raises NotFound, also where it is not open to this person."""
        with self._database.read() as connection:
            queues.get_summary(connection, queue_id, annotator)
            rules = read_rules(connection, queue_id)
            return guideline.read_guideline(connection, rules.project_id or "", rules.guideline_version)

    # ---- tasks ----

    def next_task(self, queue_id: str, annotator: str) -> LabelTask | Blocked | None:
        """Return the task this person should go on with, with their draft; None when all is done. Raises NotFound.

        A project leases it to them; a task they hold already is returned without writing anything.
        """
        with self._database.read() as connection:
            current = tasks.find_current(connection, queue_id, annotator)
        if current is not None:
            return current
        with self._database.write(durable=False) as connection:  # a lease lost in a power cut is given again
            return tasks.next_task(connection, queue_id, annotator)

    def get_task(self, task_id: str, annotator: str) -> LabelTask:
        """Return a task with this person's draft; raises NotFound."""
        with self._database.read() as connection:
            return tasks.get_task(connection, task_id, annotator)

    def find_wrong_verdict(self, task_id: str, annotator: str) -> WrongVerdict | None:
        """Return why this person's work on a task was sent back; None where nobody judged it wrong. Raises NotFound."""
        with self._database.read() as connection:
            return review_outcome.find_wrong_verdict(connection, task_id, annotator)

    def task_at(self, queue_id: str, sequence_no: int, annotator: str) -> LabelTask | Blocked | None:
        """Return the task at a 0-based index of this person's assignment list (a run's queue is everybody's). Raises NotFound.

        The index after the last one leases the next task, so that it can be kept ready; None when there is none left. One that
        was given back, or whose lease ran out, is leased again where it still takes work.
        """
        with self._database.read() as connection:
            found = tasks.find_task_at(connection, queue_id, sequence_no, annotator)
            if found is not None and not tasks.is_given_back(connection, found):
                return found
        with self._database.write(durable=False) as connection:
            return tasks.lease_task_at(connection, queue_id, sequence_no, annotator)

    def give_back(self, queue_id: str, task_ids: Sequence[str], annotator: str) -> int:
        """Let others have those of the tasks that this person was given and has done nothing on; return how many.

        They stay on the person's list. Raises NotFound: the queue, also where it is not open to this person.
        """
        with self._database.write(durable=False) as connection:  # lost in a power cut, the leases run out
            rules = read_rules(connection, queue_id)
            audience.require_entry(connection, rules, annotator)
            return assignment.give_back(connection, rules, task_ids, annotator)

    def save_events(self, annotator: str, events: Sequence[LabelEvent]) -> EventReceipt:
        """Store a person's label events; those acknowledged are on disk when this returns."""
        if not events:
            return EventReceipt(acknowledged=(), rejected=())
        with self._database.write() as connection:
            receipt = event_log.save_events(connection, annotator, events)
        return receipt  # only now: the commit is done

    # ---- who has seen which scores ----

    def reveal(self, task_id: str, annotator: str) -> Scoring | None:
        """Return the scoring of a submitted task and record that it was seen. Raises NotFound, NotSubmitted."""
        with self._database.write() as connection:
            return tasks.reveal(connection, task_id, annotator)

    def blinded_runs(self, run_ids: Sequence[str], annotator: str | None) -> frozenset[str]:
        """Return those of the runs whose scores would give away what this person (None: anybody) still has to label blind."""
        with self._database.read() as connection:
            return blinding.blinded_runs(connection, run_ids, annotator)

    def mark_run_seen(self, run_id: str, annotator: str) -> None:
        """Record that a person sees a run's scores: what they change from now on in submitted work is not blind any more."""
        self._mark_seen(annotator, [tables.solutions.c.run_id == run_id])

    def mark_solution_seen(self, solution_id: str, annotator: str) -> None:
        """Record that a person sees one solution's scores, as :meth:`mark_run_seen` does for a run."""
        self._mark_seen(annotator, [tables.solutions.c.id == solution_id])

    def mark_solutions_seen(self, solution_ids: Sequence[str], annotator: str) -> None:
        """Record that a person sees the scores of solutions, however many, as :meth:`mark_run_seen` does for a run."""
        self._mark_seen(annotator, [tables.solutions.c.id.in_(page) for page in pages_of(solution_ids)])

    def _mark_seen(self, annotator: str, pages: Sequence[ColumnElement[bool]]) -> None:
        with self._database.read() as connection:
            found = [page for page in pages if tasks.unrevealed_tasks(connection, annotator, page)]
        if found:  # mostly there is nothing to write
            with self._database.write() as connection:
                for task_id in (one for page in found for one in tasks.unrevealed_tasks(connection, annotator, page)):
                    tasks.mark_revealed(connection, task_id, annotator)
