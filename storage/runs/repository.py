"""RunRepository: problems, runs, solutions and scorings, and what files said of solutions. Each method is one transaction.

The statements are in ``storage/runs/records.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.domain import Problem, Run, Scoring, Solution
from storage.database.connection import Database
from storage.runs import bulk, imported_rows, records
from storage.runs.bulk import NewIds, RowBatch
from storage.runs.imported_rows import ImportedRow
from storage.runs.process_lock import ProcessLock
from storage.runs.records import RunResult, RunSummary

PAGE = 500  # problems read in one transaction


class RunRepository:
    """The problems and runs of one store."""

    def __init__(self, database: Database, owner: ProcessLock) -> None:
        self._database = database
        self._owner = owner

    def add_problem(self, problem: Problem) -> None:
        """Insert a problem once. Raises NotFound when one of its images is not stored."""
        with self._database.write() as connection:
            records.add_problem(connection, problem)

    def get_problem(self, problem_id: str) -> Problem:
        """Return a problem; raises NotFound."""
        with self._database.read() as connection:
            return records.read_problem(connection, problem_id)

    def iter_problems(self, data_source: str | None = None) -> Iterator[Problem]:
        """Iterate over all problems in the order of their ids, a page in a transaction."""
        after = ""
        while True:
            with self._database.read() as connection:
                page = records.page_of_problems(connection, data_source, after, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].id

    def add_run(self, run: Run) -> None:
        """Insert a run once; this process owns it."""
        owner = self._owner.claim()
        with self._database.write() as connection:
            records.add_run(connection, run, owner)

    def update_run(self, run: Run) -> None:
        """Overwrite a run's record, state, message and seconds; raises NotFound."""
        with self._database.write() as connection:
            records.update_run(connection, run)

    def add_solution(self, run_id: str | None, solution: Solution) -> None:
        """Insert a finished solution once; ``run_id`` is None for an imported one."""
        with self._database.write() as connection:
            records.add_solution(connection, run_id, solution)

    def add_scoring(self, run_id: str | None, scoring: Scoring) -> None:
        """Insert a scoring once. Raises NotFound when its solution is not stored."""
        with self._database.write() as connection:
            records.add_scoring(connection, run_id, scoring)

    def add_imported_row(self, row: ImportedRow) -> bool:
        """Insert what a file says of a solution once; return whether it was new. Its solution must be in the store."""
        with self._database.write() as connection:
            return imported_rows.add_imported_row(connection, row)

    def find_new(self, batch: RowBatch) -> NewIds:
        """Return what of a batch of a file's rows is not stored."""
        with self._database.read() as connection:
            return bulk.find_new(connection, batch)

    def add_batch(self, batch: RowBatch) -> NewIds:
        """Insert what of a batch of a file's rows is not stored, and return it. Raises NotFound when an image is not stored."""
        with self._database.write() as connection:
            return bulk.add_batch(connection, batch)

    def get_imported_rows(self, solution_id: str) -> tuple[ImportedRow, ...]:
        """Return what files said of a solution, the newest last; empty when no file holds it."""
        with self._database.read() as connection:
            return imported_rows.read_imported(connection, [solution_id]).get(solution_id, ())

    def get_run(self, run_id: str) -> RunResult:
        """Return a run with its problem, solutions (in draw order) and scorings; raises NotFound."""
        with self._database.read() as connection:
            return records.get_run(connection, run_id)

    def list_runs(self, limit: int = 20, before: str | None = None) -> tuple[RunSummary, ...]:
        """Return up to ``limit`` runs, the newest first; ``before`` is the last run of the previous page."""
        with self._database.read() as connection:
            return records.list_runs(connection, limit, before)

    def stop_orphaned_runs(self) -> int:
        """Mark runs that dead processes left running as stopped; return how many. Done whenever a store is opened."""
        with self._database.write() as connection:
            return records.stop_orphaned_runs(connection, self._owner.is_alive)
