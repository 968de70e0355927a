"""Store: every read and write the program knows. Takes and gives domain values; each method is one transaction.

Knows which module does what; holds no statement and no rule of its own. Safe to use from many threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import ColumnElement

from engine.domain import (
    Annotation,
    Cause,
    Decision,
    FinalLabels,
    LabelTask,
    Problem,
    RatedSolution,
    Run,
    Scoring,
    Solution,
)
from storage.accounts.people import People
from storage.accounts.sign_in import SignIn
from storage.database import tables
from storage.database.connection import Database, JournalMode, as_journal_mode
from storage.database.migrations import migrate
from storage.files.atomic import explained_disk
from storage.files.images import Images
from storage.files.process_lock import Owner
from storage.labelling import blinding, event_log, queues, tasks
from storage.labelling.assignment import Blocked
from storage.labelling.event_log import EventReceipt
from storage.labelling.events import LabelEvent
from storage.labelling.queues import Queue, QueueSummary
from storage.projects.repository import Projects
from storage.projects.review import Review
from storage.results import adjudication, browse
from storage.results import annotations as annotation_rows
from storage.results.anchoring import Anchoring, measure_anchoring
from storage.results.annotations import Labelled
from storage.results.browse import BrowsePage, LabelState, SolutionRecord
from storage.results.disagreements import DisagreementPage, Wanted, page_of_disagreements
from storage.results.history import FeedPage, HistoryPage, page_of_feed, page_of_history
from storage.results.summary import DatasetSummary, dataset_summary
from storage.results.votes import (
    AnnotatorSummary,
    Scope,
    Spoken,
    as_rated,
    count_sent_back,
    page_of_spoken,
    summarise_annotators,
)
from storage.runs import records
from storage.runs.records import RunResult, RunSummary

DATABASE = "workbench.sqlite3"


def open_store(data_dir: Path, journal_mode: JournalMode | str | None = JournalMode.WAL) -> Store:
    """Open the store in a folder, making it when it is not there, and bring it to the present schema.

    Args:
        data_dir: folder on a local disk (network mounts corrupt SQLite).
        journal_mode: "wal", "delete" (Hugging Face Spaces), or None to leave the file as it is.

    Raises:
        NewerStore: a newer version of the program wrote it.
        DiskError, DamagedStore, StoreBusy, BadSetting: as their names say.
    """
    mode = as_journal_mode(journal_mode)
    with explained_disk(data_dir / DATABASE):
        data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(data_dir / DATABASE, mode)
    store = Store(data_dir, database)
    try:
        with database.write() as connection:
            migrate(connection)
        store.stop_orphaned_runs()
    except BaseException:
        store.close()
        raise
    return store


class Store:
    """The truth on disk. Made by :func:`open_store`; a context manager that closes itself."""

    def __init__(self, data_dir: Path, database: Database) -> None:
        self.data_dir = data_dir
        self.database = database  # for storage/backup.py; others have the methods below
        self.images = Images(data_dir, database)
        self.people = People(database)
        self.projects = Projects(database)
        self.review = Review(database)
        self.sign_in = SignIn(database)
        self._owner = Owner(data_dir / "owners")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files. Runs still working are stopped at the next opening."""
        self._owner.release()
        self.database.close()

    # ---- problems and runs ----

    def add_problem(self, problem: Problem) -> None:
        """Insert a problem once. Raises NotFound when one of its images is not stored."""
        with self.database.write() as connection:
            records.add_problem(connection, problem)

    def get_problem(self, problem_id: str) -> Problem:
        """Return a problem; raises NotFound."""
        with self.database.read() as connection:
            return records.read_problem(connection, problem_id)

    def add_run(self, run: Run) -> None:
        """Insert a run once; this process owns it."""
        owner = self._owner.claim()
        with self.database.write() as connection:
            records.add_run(connection, run, owner)

    def update_run(self, run: Run) -> None:
        """Overwrite a run's record, state, message and seconds; raises NotFound."""
        with self.database.write() as connection:
            records.update_run(connection, run)

    def add_solution(self, run_id: str | None, solution: Solution) -> None:
        """Insert a finished solution once; ``run_id`` is None for an imported one."""
        with self.database.write() as connection:
            records.add_solution(connection, run_id, solution)

    def add_scoring(self, run_id: str | None, scoring: Scoring) -> None:
        """Insert a scoring once. Raises NotFound when its solution is not stored."""
        with self.database.write() as connection:
            records.add_scoring(connection, run_id, scoring)

    def get_run(self, run_id: str) -> RunResult:
        """Return a run with its problem, solutions (in draw order) and scorings; raises NotFound."""
        with self.database.read() as connection:
            return records.get_run(connection, run_id)

    def list_runs(self, limit: int = 20, before: str | None = None) -> tuple[RunSummary, ...]:
        """Return up to ``limit`` runs, the newest first; ``before`` is the last run of the page before."""
        with self.database.read() as connection:
            return records.list_runs(connection, limit, before)

    def sealed_runs(self, run_ids: Sequence[str], annotator: str | None) -> frozenset[str]:
        """Return those of the runs whose scores would tell what this person (None: anybody) still has to label blind."""
        with self.database.read() as connection:
            return blinding.sealed_runs(connection, run_ids, annotator)

    def stop_orphaned_runs(self) -> int:
        """Turn runs left running by dead processes into stopped ones; return how many. Done at every opening."""
        with self.database.write() as connection:
            return records.stop_orphaned_runs(connection, self._owner.lives)

    # ---- queues and tasks ----

    def open_run_queue(self, run_id: str, title: str) -> Queue:
        """Return the queue of a run's solutions, made on the first call. Raises NotFound, NothingToLabel."""
        with self.database.write() as connection:
            return queues.open_run_queue(connection, run_id, title)

    def get_queue(self, queue_id: str, annotator: str) -> QueueSummary:
        """Return a queue and this person's progress in it; raises NotFound."""
        with self.database.read() as connection:
            return queues.get_summary(connection, queue_id, annotator)

    def list_queues(self, annotator: str) -> tuple[QueueSummary, ...]:
        """Return every queue with this person's progress, the newest first."""
        with self.database.read() as connection:
            return queues.list_queues(connection, annotator)

    def summarise_dataset(self, annotator: str) -> DatasetSummary:
        """Return how much is labelled, with this person's progress in each queue."""
        with self.database.read() as connection:
            return dataset_summary(connection, annotator)

    def next_task(self, queue_id: str, annotator: str) -> LabelTask | Blocked | None:
        """Return the task this person should go on with, with their draft; None when all is done. Raises NotFound.

        A project leases it to them; the task they hold already is served without writing.
        """
        with self.database.read() as connection:
            current = tasks.find_current(connection, queue_id, annotator)
        if current is not None:
            return current
        with self.database.write(durable=False) as connection:  # a lease lost in a power cut is given again
            return tasks.next_task(connection, queue_id, annotator)

    def get_task(self, task_id: str, annotator: str) -> LabelTask:
        """Return a task with this person's draft; raises NotFound."""
        with self.database.read() as connection:
            return tasks.get_task(connection, task_id, annotator)

    def task_at(self, queue_id: str, position: int, annotator: str) -> LabelTask | Blocked | None:
        """Return the task at a 0-based place of a run's queue or of this person's way through a project. Raises NotFound.

        The place after the last one leases the next task, so that it can be kept ready; None when there is none left.
        """
        with self.database.read() as connection:
            there = tasks.find_at(connection, queue_id, position, annotator)
        if there is not None:
            return there
        with self.database.write(durable=False) as connection:
            return tasks.task_ahead(connection, queue_id, position, annotator)

    def save_events(self, annotator: str, events: Sequence[LabelEvent]) -> EventReceipt:
        """Store a person's label events; those acknowledged are on disk when this returns."""
        if not events:
            return EventReceipt(acknowledged=(), rejected=())
        with self.database.write() as connection:
            receipt = event_log.save_events(connection, annotator, events)
        return receipt  # only now: the commit is done

    def reveal(self, task_id: str, annotator: str) -> Scoring | None:
        """Return the scoring of a submitted task and record that it was seen. Raises NotFound, NotSubmitted."""
        with self.database.write() as connection:
            return tasks.reveal(connection, task_id, annotator)

    def note_run_seen(self, run_id: str, annotator: str) -> None:
        """Record that a person looks at a run's scores: of what they have submitted, a changed mind is not blind any more."""
        self._note_seen(tables.solutions.c.run_id == run_id, annotator)

    def note_solution_seen(self, solution_id: str, annotator: str) -> None:
        """Record the same of one solution's scores."""
        self._note_seen(tables.solutions.c.id == solution_id, annotator)

    def _note_seen(self, solutions: ColumnElement[bool], annotator: str) -> None:
        with self.database.read() as connection:
            found = tasks.seen_elsewhere(connection, annotator, solutions)
        if found:  # a look mostly writes nothing
            with self.database.write() as connection:
                for task_id in tasks.seen_elsewhere(connection, annotator, solutions):
                    tasks.mark_revealed(connection, task_id, annotator)

    # ---- annotations ----

    def add_annotation(self, annotation: Annotation) -> bool:
        """Insert an annotation made elsewhere once; return whether it was new."""
        with self.database.write() as connection:
            return annotation_rows.add_annotation(connection, annotation)

    def annotations(self, solution_id: str | None = None) -> Iterator[Annotation]:
        """Iterate over annotations in the order they arrived, page by page."""
        after: int | None = 0
        while after is not None:
            with self.database.read() as connection:
                page, after = annotation_rows.page_of_annotations(connection, after, solution_id)
            yield from page

    def iter_labelled(self, scope: Scope) -> Iterator[Labelled]:
        """Iterate over annotated and decided solutions in the order they were stored, page by page."""
        after: int | None = 0
        while after is not None:
            with self.database.read() as connection:
                page, after = annotation_rows.page_of_labelled(connection, scope, after)
            yield from page

    def count_sent_back(self, scope: Scope) -> int:
        """Return of how many solutions somebody's work is left out because it was sent back and is not submitted again."""
        with self.database.read() as connection:
            return count_sent_back(connection, scope)

    # ---- agreement and adjudication ----

    def rated(self, scope: Scope) -> Iterator[RatedSolution]:
        """Iterate over what everyone said of each solution, page by page: the input of engine/evaluation/agreement.py."""
        return (as_rated(each) for each in self._spoken(scope))

    def summarise_annotators(self, scope: Scope) -> tuple[AnnotatorSummary, ...]:
        """Return how much each person has done and how fast."""
        return summarise_annotators(self._spoken(scope))

    def measure_anchoring(self, queue_id: str | None = None, *, evaluation: bool = False) -> Anchoring:
        """Return how often people changed their labels once they had seen the scores."""
        with self.database.read() as connection:
            return measure_anchoring(connection, queue_id, evaluation=evaluation)

    def disagreements(self, wanted: Wanted, limit: int = 50, after: str | None = None) -> DisagreementPage:
        """Return solutions on which people differ, the most differing first; ``after`` is the ``next`` of a page."""
        with self.database.read() as connection:
            return page_of_disagreements(connection, wanted, limit, after)

    def decide(self, decision: Decision) -> bool:
        """Append an adjudication once; return whether it was new. Raises NotFound, BadDecision."""
        with self.database.write() as connection:
            return adjudication.add_decision(connection, decision)

    def decisions(self, solution_id: str) -> tuple[Decision, ...]:
        """Return every decision on a solution, the newest, which counts, last."""
        with self.database.read() as connection:
            return adjudication.decisions_of(connection, solution_id)

    def count_causes(self, queue_id: str | None = None) -> Mapping[Cause, int]:
        """Return how many solutions were decided for each cause."""
        with self.database.read() as connection:
            return adjudication.count_causes(connection, queue_id)

    def final_labels(self, solution_id: str, scope: Scope) -> FinalLabels:
        """Return the final labels of a solution with their provenance; raises NotFound."""
        with self.database.read() as connection:
            return adjudication.final_labels(connection, solution_id, scope)

    def iter_final(self, scope: Scope) -> Iterator[FinalLabels]:
        """Iterate over the final labels of every annotated or decided solution, page by page."""
        after: int | None = 0
        while after is not None:
            with self.database.read() as connection:
                page, after = adjudication.page_of_final(connection, scope, after)
            yield from page

    # ---- looking at solutions ----

    def get_solution(self, solution_id: str) -> SolutionRecord:
        """Return a solution with its problem and newest scoring; raises NotFound."""
        with self.database.read() as connection:
            return browse.get_solution(connection, solution_id)

    def browse(
        self, scope: Scope, state: LabelState | None = None, limit: int = 50, after: str | None = None
    ) -> BrowsePage:
        """Return solutions in a state with their final labels; ``after`` is the ``next`` of a page. Raises BadSetting."""
        with self.database.read() as connection:
            return browse.page_of_solutions(connection, scope, state, limit, after)

    # ---- history ----

    def history(self, solution_id: str, limit: int = 500, after: int = 0) -> HistoryPage:
        """Return what happened to a solution, the oldest first; ``after`` is the ``next`` of a page. Raises NotFound."""
        with self.database.read() as connection:
            return page_of_history(connection, solution_id, limit, after)

    def events_after(self, cursor: str = "", limit: int = 500, queue_id: str | None = None) -> FeedPage:
        """Return what people did after a cursor, reviews and decisions too, for scripts that follow. Raises BadSetting."""
        with self.database.read() as connection:
            return page_of_feed(connection, cursor, limit, queue_id)

    def _spoken(self, scope: Scope) -> Iterator[Spoken]:
        after: int | None = 0
        while after is not None:
            with self.database.read() as connection:
                page, after = page_of_spoken(connection, scope, after)
            yield from page
