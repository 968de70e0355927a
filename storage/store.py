"""Store: every read and write the program knows. Takes and gives domain values; each method is one transaction.

Knows which module does what; holds no statement and no rule of its own. Safe to use from many threads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.domain import Annotation, LabelTask, Problem, Run, Scoring, Solution
from storage import labelled, queues, runs, tasks
from storage.database import Database, JournalMode, as_journal_mode
from storage.disk import explained_disk
from storage.drafts import LabelEvent
from storage.images import Images
from storage.labelled import Labelled
from storage.migrations import migrate
from storage.owner import Owner
from storage.queues import Queue, QueueSummary
from storage.runs import RunResult, RunSummary
from storage.summary import DatasetSummary, dataset_summary
from storage.tasks import EventReceipt

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
            runs.add_problem(connection, problem)

    def get_problem(self, problem_id: str) -> Problem:
        """Return a problem; raises NotFound."""
        with self.database.read() as connection:
            return runs.read_problem(connection, problem_id)

    def add_run(self, run: Run) -> None:
        """Insert a run once; this process owns it."""
        owner = self._owner.claim()
        with self.database.write() as connection:
            runs.add_run(connection, run, owner)

    def update_run(self, run: Run) -> None:
        """Overwrite a run's record, state, message and seconds; raises NotFound."""
        with self.database.write() as connection:
            runs.update_run(connection, run)

    def add_solution(self, run_id: str | None, solution: Solution) -> None:
        """Insert a finished solution once; ``run_id`` is None for an imported one."""
        with self.database.write() as connection:
            runs.add_solution(connection, run_id, solution)

    def add_scoring(self, run_id: str | None, scoring: Scoring) -> None:
        """Insert a scoring once. Raises NotFound when its solution is not stored."""
        with self.database.write() as connection:
            runs.add_scoring(connection, run_id, scoring)

    def get_run(self, run_id: str) -> RunResult:
        """Return a run with its problem, solutions (in draw order) and scorings; raises NotFound."""
        with self.database.read() as connection:
            return runs.get_run(connection, run_id)

    def list_runs(self, limit: int = 20, before: str | None = None) -> tuple[RunSummary, ...]:
        """Return up to ``limit`` runs, the newest first; ``before`` is the last run of the page before."""
        with self.database.read() as connection:
            return runs.list_runs(connection, limit, before)

    def stop_orphaned_runs(self) -> int:
        """Turn runs left running by dead processes into stopped ones; return how many. Done at every opening."""
        with self.database.write() as connection:
            return runs.stop_orphaned_runs(connection, self._owner.lives)

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

    def next_task(self, queue_id: str, annotator: str) -> LabelTask | None:
        """Return the first task this person has not submitted, with their draft; None when all are done."""
        with self.database.read() as connection:
            return tasks.next_task(connection, queue_id, annotator)

    def get_task(self, task_id: str, annotator: str) -> LabelTask:
        """Return a task with this person's draft; raises NotFound."""
        with self.database.read() as connection:
            return tasks.get_task(connection, task_id, annotator)

    def task_at(self, queue_id: str, position: int, annotator: str) -> LabelTask:
        """Return the task at a 0-based place of a queue; raises NotFound."""
        with self.database.read() as connection:
            return tasks.task_at(connection, queue_id, position, annotator)

    def save_events(self, annotator: str, events: Sequence[LabelEvent]) -> EventReceipt:
        """Store a person's label events; those acknowledged are on disk when this returns."""
        if not events:
            return EventReceipt(acknowledged=(), rejected=())
        with self.database.write() as connection:
            receipt = tasks.save_events(connection, annotator, events)
        return receipt  # only now: the commit is done

    def reveal(self, task_id: str, annotator: str) -> Scoring | None:
        """Return the scoring of a submitted task and record that it was seen. Raises NotFound, NotSubmitted."""
        with self.database.write() as connection:
            return tasks.reveal(connection, task_id, annotator)

    # ---- annotations ----

    def add_annotation(self, annotation: Annotation) -> bool:
        """Insert an annotation made elsewhere once; return whether it was new."""
        with self.database.write() as connection:
            return labelled.add_annotation(connection, annotation)

    def annotations(self, solution_id: str | None = None) -> Iterator[Annotation]:
        """Iterate over annotations in the order they arrived, page by page."""
        after: int | None = 0
        while after is not None:
            with self.database.read() as connection:
                page, after = labelled.page_of_annotations(connection, after, solution_id)
            yield from page

    def iter_labelled(self) -> Iterator[Labelled]:
        """Iterate over annotated solutions in the order they were stored, page by page."""
        after: int | None = 0
        while after is not None:
            with self.database.read() as connection:
                page, after = labelled.page_of_labelled(connection, after)
            yield from page
