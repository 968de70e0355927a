"""RunRepository: problems, runs, solutions and scorings, and what files said of solutions. Each method is one transaction.

The statements are in ``storage/runs/records.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.domain import Problem, Run, RunRecord, Scoring, Solution
from engine.metering.usage import ServerUsage
from engine.outcomes.calibration_map import CalibrationMap, KeptMap
from engine.outcomes.guided_search import BeamPlan, GuidedSearch, SearchRound
from engine.outcomes.rollout_labels import RolloutLabels, RolloutRecord
from storage.database.connection import Database
from storage.runs import (
    branches,
    bulk,
    calibration_maps,
    imported_rows,
    job_runs,
    ownership,
    records,
    rollout_labels,
    rollout_targets,
    searches,
)
from storage.runs.branches import Continuation, Rollout, RunBranches
from storage.runs.bulk import NewIds, RowBatch
from storage.runs.imported_rows import ImportedRow
from storage.runs.job_runs import RecordedScoring, ScoringRun
from storage.runs.ownership import EVERYTHING, Viewer
from storage.runs.process_lock import ProcessLock
from storage.runs.records import RunResult, RunSummary
from storage.runs.targets import Target, find_parts

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

    def add_run(self, run: Run, search: BeamPlan | None = None) -> None:
        """Insert a run once; this process owns it. Raises NotFound when its problem is not stored.

        ``search``: how its solutions are searched for; None: they are independent.
        """
        owner = self._owner.claim()
        with self._database.write() as connection:
            records.add_run(connection, run, owner)
            if search is not None:
                searches.add_search(connection, run.id, GuidedSearch(plan=search))

    def add_round(self, run_id: str, search_round: SearchRound) -> None:
        """Append a round to what a run's search tried."""
        with self._database.write() as connection:
            searches.add_round(connection, run_id, search_round)

    def independent_runs(self, run_id: str, viewer: Viewer) -> tuple[str, ...]:
        """Return runs of the viewer's list that sampled independent solutions of a run's question and have ended, newest first."""
        with self._database.read() as connection:
            return searches.independent_runs(connection, run_id, viewer)

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

    def add_rollout(self, rollout: Rollout) -> None:
        """Insert what completions of a step came to. Raises NotFound when its solution is not stored, any more."""
        with self._database.write() as connection:
            branches.add_rollout(connection, rollout)

    def add_continuation(self, run_id: str, solution: Solution, continuation: Continuation) -> None:
        """Insert a solution that goes on from another one of its run. Raises NotFound when one of them is not stored, any more."""
        with self._database.write() as connection:
            branches.add_continuation(connection, run_id, solution, continuation)

    def add_branch_usage(self, branch_id: str, solution_id: str, usage: Sequence[ServerUsage]) -> None:
        """Insert what model servers were asked for what was made from a solution's step on. Raises NotFound where that is gone."""
        with self._database.write() as connection:
            branches.add_usage(connection, branch_id, solution_id, usage)

    def get_branches(self, run_id: str) -> RunBranches:
        """Return all that was made from steps of a run's solutions on; empty for a run that is not there."""
        with self._database.read() as connection:
            return branches.branches_of(connection, run_id)

    def add_scoring_run(self, run: ScoringRun, scorings: Sequence[Scoring]) -> None:
        """Insert a pass of a reward model over solutions that are there. Raises NotFound where one of them is not, any more."""
        with self._database.write() as connection:
            job_runs.add_scoring_run(connection, run, scorings)

    def add_finished_run(
        self,
        run: Run,
        solutions: Sequence[Solution],
        scorings: Sequence[Scoring] = (),
        labels: Sequence[RolloutLabels] = (),
        search: GuidedSearch | None = None,
    ) -> None:
        """Insert a run that has ended with all it made, once. Raises NotFound when its problem is not stored.

        ``search``: how it searched for its solutions; None: they are independent.
        """
        with self._database.write() as connection:
            if job_runs.add_finished_run(connection, run, solutions, scorings):
                rollout_labels.add_rollout_labels(connection, labels)
                if search is not None:
                    searches.add_search(connection, run.id, search)

    def add_rollout_labels(self, found: Sequence[RolloutLabels]) -> None:
        """Insert what rollouts said of solutions, each measurement once. Raises NotFound where a solution is gone."""
        with self._database.write() as connection:
            rollout_labels.add_rollout_labels(connection, found)

    def list_rollout_labels(self, solution_ids: Sequence[str]) -> Mapping[str, Sequence[RolloutLabels]]:
        """Return every measurement of each solution by rollouts, the newest last; solutions without one are left out."""
        with self._database.read() as connection:
            return rollout_labels.read_rollout_labels(connection, solution_ids)

    def list_measured(self, solution_ids: Sequence[str], record: RolloutRecord) -> frozenset[str]:
        """Return those of the solutions that rollouts measured in just this way."""
        with self._database.read() as connection:
            return rollout_labels.measured_as(connection, solution_ids, record)

    def list_measured_by(self, policy_model: str) -> tuple[str, ...]:
        """Return the solutions that rollouts of a policy measured, in the order they were stored."""
        with self._database.read() as connection:
            return rollout_labels.measured_by(connection, policy_model)

    def add_calibration_map(self, kept: KeptMap) -> None:
        """Insert a map from step scores to shares of completions: of its reward model and policy it counts from now on."""
        with self._database.write() as connection:
            calibration_maps.add_calibration_map(connection, kept)

    def get_calibration_map(self, reward_model: str, policy_model: str) -> KeptMap | None:
        """Return the newest map of a reward model and a policy, in whatever versions; None where none was kept."""
        with self._database.read() as connection:
            return calibration_maps.newest_calibration_map(connection, reward_model, policy_model)

    def get_calibration_of(self, record: RunRecord | None) -> CalibrationMap | None:
        """Return the newest map of a run's models; None where there is none, or where it is of other versions of them."""
        with self._database.read() as connection:
            return calibration_maps.calibration_of(connection, record)

    def list_known_runs(self, run_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the runs that are stored."""
        with self._database.read() as connection:
            return job_runs.known_runs(connection, run_ids)

    def read_problems(self, problem_ids: Sequence[str]) -> Mapping[str, Problem]:
        """Return the problems of up to a page of ids, by id; those that are not stored are left out."""
        with self._database.read() as connection:
            return records.read_problems(connection, problem_ids)

    def read_solutions(self, solution_ids: Sequence[str]) -> Mapping[str, Solution]:
        """Return the solutions of these ids, by id; those that are not stored are left out."""
        with self._database.read() as connection:
            return job_runs.read_solutions(connection, solution_ids)

    def list_unscored(
        self, steps_of: Mapping[str, int], reward_model: str, revision: str, prompt_version: str = ""
    ) -> tuple[str, ...]:
        """Return which solutions no complete scoring of this model in this revision is stored of.

        ``steps_of``: each solution's number of steps. ``prompt_version``: that it was asked with; "": any.
        """
        with self._database.read() as connection:
            return job_runs.unscored(connection, steps_of, reward_model, revision, prompt_version)

    def list_unsolved(self, problem_ids: Sequence[str]) -> tuple[str, ...]:
        """Return those of the problems that no solution is stored of, in their order."""
        with self._database.read() as connection:
            return job_runs.unsolved(connection, problem_ids)

    def list_answered(self, problem_ids: Sequence[str]) -> frozenset[str]:
        """Return those of the problems that have a reference answer."""
        with self._database.read() as connection:
            return rollout_targets.answered(connection, problem_ids)

    def count_steps(self, solution_ids: Sequence[str]) -> Mapping[str, int]:
        """Return the number of steps of each solution; those that are not stored are left out."""
        with self._database.read() as connection:
            return rollout_targets.count_steps(connection, solution_ids)

    def list_scorings(self, solution_ids: Sequence[str]) -> Mapping[str, Sequence[RecordedScoring]]:
        """Return every scoring of each solution, the newest last; solutions without one are left out."""
        with self._database.read() as connection:
            return job_runs.recorded_scorings(connection, solution_ids)

    def read_scorings_by(
        self, steps_of: Mapping[str, int], reward_model: str, revision: str, prompt_version: str = ""
    ) -> Mapping[str, RecordedScoring]:
        """Return the newest complete scoring of each solution by this model in this revision; those without one are left out.

        ``steps_of``: each solution's number of steps. ``prompt_version``: that it was asked with; "": any.
        """
        with self._database.read() as connection:
            return job_runs.scorings_by(connection, steps_of, reward_model, revision, prompt_version)

    def measure_seconds_a_step(self, reward_model: str, revision: str) -> float | None:
        """Return how long this model in this revision took for a step, by its newest passes; None: nothing was measured."""
        with self._database.read() as connection:
            return job_runs.seconds_a_step(connection, reward_model, revision)

    def measure_seconds_a_solution(
        self, policy: str, policy_revision: str, reward_model: str, reward_model_revision: str
    ) -> float | None:
        """Return how long these models took to sample and score a solution, by their newest runs; None: nothing was measured."""
        with self._database.read() as connection:
            return job_runs.seconds_a_solution(connection, policy, policy_revision, reward_model, reward_model_revision)

    def list_solutions_of_runs(self, run_ids: Sequence[str]) -> tuple[str, ...]:
        """Return the ids of what runs sampled, run by run."""
        with self._database.read() as connection:
            return job_runs.solutions_of_runs(connection, run_ids)

    def add_imported_row(self, row: ImportedRow) -> bool:
        """Insert what a file says of a solution once; return whether it was new. Its solution must be in the store."""
        with self._database.write() as connection:
            return imported_rows.add_imported_row(connection, row)

    def find_new(self, batch: RowBatch) -> NewIds:
        """Return what of a batch of a file's rows is not stored."""
        with self._database.read() as connection:
            return bulk.find_new(connection, batch)

    def add_batch(self, batch: RowBatch, *, durable: bool = True) -> NewIds:
        """Insert what of a batch of a file's rows is not stored, and return it. Raises NotFound when an image is not stored.

        Without ``durable`` it is one of many: a power cut may take back the last ones until ``database.make_durable`` is called.
        """
        with self._database.write(durable=durable, bulk=not durable) as connection:
            return bulk.add_batch(connection, batch)

    def get_imported_rows(self, solution_id: str) -> tuple[ImportedRow, ...]:
        """Return what files said of a solution, the newest last; empty when no file holds it."""
        with self._database.read() as connection:
            return imported_rows.read_imported(connection, [solution_id]).get(solution_id, ())

    def get_run(self, run_id: str) -> RunResult:
        """Return a run with its problem, solutions (in draw order) and scorings; raises NotFound."""
        with self._database.read() as connection:
            return records.get_run(connection, run_id)

    def list_runs(
        self, limit: int = 20, before: str | None = None, viewer: Viewer = EVERYTHING
    ) -> tuple[RunSummary, ...]:
        """Return up to ``limit`` of the runs that a viewer's list has, the newest first.

        ``before``: the last run of the page before. Raises NotFound where the list does not have it.
        """
        with self._database.read() as connection:
            return records.list_runs(connection, limit, before, viewer)

    def get_open_run(self, run_id: str, viewer: Viewer) -> Run:
        """Return a run that the viewer may open. Raises NotFound, in the same words for one that is not shared and for none."""
        with self._database.read() as connection:
            return ownership.get_open_run(connection, run_id, viewer)

    def set_shared(self, run_id: str, *, shared: bool) -> None:
        """Let everybody with its address open a run, or its maker alone again.

        Raises BadSetting: a solution of it is a quiz or gold item of a project that is not archived.
        """
        with self._database.write() as connection:
            ownership.set_shared(connection, run_id, shared=shared)

    def give(self, giver: str, taker: str) -> int:
        """Make the runs and uploaded pictures of a guest those of the person that they sign in as; return the number of runs."""
        with self._database.write() as connection:
            return ownership.give(connection, giver, taker)

    def list_solutions_of(self, target: Target) -> tuple[str, ...]:
        """Return the solutions of a run, a problem or a picture, in the order they were stored; raises NotFound."""
        with self._database.read() as connection:
            return find_parts(connection, target).solutions

    def newest_made_by(self, maker: str, limit: int) -> tuple[str, ...]:
        """Return the ids of up to ``limit`` runs that somebody started, the newest first."""
        with self._database.read() as connection:
            return records.newest_made_by(connection, maker, limit)

    def request_stop(self, run_id: str) -> bool:
        """Ask the process that works on a run to stop it; return whether it was still running."""
        with self._database.write() as connection:
            return records.request_stop(connection, run_id)

    def is_stop_requested(self, run_id: str) -> bool:
        """Return whether a run is to stop: another process was asked to, or it is not there any more."""
        with self._database.read() as connection:
            return records.is_stop_requested(connection, run_id)

    def stop_orphaned_runs(self) -> int:
        """Mark runs that dead processes left running as stopped; return how many. Done whenever a store is opened."""
        with self._database.write() as connection:
            return records.stop_orphaned_runs(connection, self._owner.is_alive)
