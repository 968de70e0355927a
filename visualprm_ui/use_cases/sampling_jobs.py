"""Solutions for problems that were imported without any: the loaded model writes them, and they join a project's queue.

A job does one problem after the other, behind what people wait for. A problem's solutions are queued together, once its run has
ended; a job that is taken up again begins with the first problem that is not done. Problems that the models will not take are told,
and passed over; a run that fails or is stopped ends the job, which then goes on with that problem.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from engine import InvalidRequest
from engine.domain import RunState, Sampling
from storage import BadSetting, NotFound, Selection, Store
from storage.files.atomic import write_atomically
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob
from visualprm_ui.use_cases.dataset_transfer import project_queue
from visualprm_ui.use_cases.run_control import NoModel, RunControl
from visualprm_ui.use_cases.run_view import RunView
from visualprm_ui.use_cases.transfer_jobs import Tell, TransferJobs

MOST_SOLUTIONS = 64  # of a problem
MOST_TOLD = 100  # problems that were passed over, by reason
_PROBLEMS, _RUNS, _BEGUN, _REPORT = "problems.json", "runs.json", "begun.json", "report.json"


class _RunFailed(Exception):
    """The run of a problem did not end well, which need not be the problem's fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingOfProblems:
    """A job with what came of it until now."""

    job: TransferJob
    problems: int  # in all
    report: Mapping[str, Any]  # runs, queued solutions, and why problems were passed over


class SamplingJobs:
    """The samplings of one store."""

    def __init__(self, store: Store, runs: RunControl, jobs: JobFolder, runner: TransferJobs) -> None:
        self._store = store
        self._runs = runs
        self._jobs = jobs
        self._runner = runner
        runner.register(JobKind.SAMPLING, self._work)

    def check(self, project_id: str, n: int) -> None:
        """Raise BadSetting or NotFound where no such sampling can be asked for."""
        self._store.projects.get_project(project_id)
        if not 1 <= n <= MOST_SOLUTIONS:
            raise BadSetting(f"{n} solutions for a problem cannot be written at once. Ask for 1 to {MOST_SOLUTIONS}.")

    def start(self, imported: TransferJob, problems: Sequence[str], project_id: str, n: int) -> str:
        """Have ``n`` solutions written for each problem of an import and queued in a project; return the sampling's id.

        An import has one sampling: asked again it is the same. Raises BadSetting, NotFound, DiskError.
        """
        self.check(project_id, n)
        asked = {"project": project_id, "n": n}
        job_id = hashlib.sha256(f"sampling of {imported.id}".encode()).hexdigest()[:32]
        job = TransferJob(id=job_id, kind=JobKind.SAMPLING, title=imported.title, by=imported.by, asked=asked)
        if any(each.id == job_id for each in self._jobs.list()):
            return job_id
        write_atomically(self._jobs.make(job.id) / _PROBLEMS, json.dumps(list(problems)).encode())
        return self._runner.submit(job).id

    def get(self, job_id: str) -> SamplingOfProblems:
        """Return a sampling as it is now. Raises NotFound."""
        return self._look(self._runner.get(job_id, JobKind.SAMPLING))

    def list(self) -> list[SamplingOfProblems]:
        """Return all samplings, the newest first."""
        return [self._look(each) for each in self._runner.list(JobKind.SAMPLING)]

    def cancel(self, job_id: str) -> SamplingOfProblems:
        """End a sampling; what is queued stays. Raises NotFound."""
        return self._look(self._runner.cancel(job_id, JobKind.SAMPLING))

    def resume(self, job_id: str) -> SamplingOfProblems:
        """Go on with a sampling that was cancelled or failed. Raises NotFound, BadSetting."""
        job = self._runner.get(job_id, JobKind.SAMPLING)
        if job.state.is_unfinished or job.state is JobState.DONE:
            raise BadSetting("This sampling is in progress, or done. There is nothing to go on with.")
        return self._look(self._runner.submit(job))

    def _work(self, job: TransferJob, folder: Path, tell: Tell) -> JobState:
        problems: list[str] = json.loads((folder / _PROBLEMS).read_text())
        project_id, n = str(job.asked["project"]), int(job.asked["n"])  # type: ignore[call-overload]
        queue = project_queue(self._store.projects, project_id)
        done: dict[str, str | None] = _read(folder / _RUNS) or {}  # problem -> its run; null: passed over
        report = _read(folder / _REPORT) or {"queue": queue.id, "runs": 0, "queued": 0, "passed_over": {}}
        for number, problem_id in enumerate(problems):
            tell_again = partial(tell, number, number / len(problems))
            tell_again()
            if problem_id in done:
                continue
            try:
                run_id = self._begun(folder, problem_id) or self._solve(folder, problem_id, n, job.by, tell_again)
            except (NoModel, _RunFailed) as error:
                raise BadSetting(str(error)) from error  # not the problem's fault: it goes on with this one
            except (InvalidRequest, NotFound) as error:
                run_id, reason = None, str(error)
                if len(report["passed_over"]) < MOST_TOLD or reason in report["passed_over"]:
                    report["passed_over"][reason] = report["passed_over"].get(reason, 0) + 1
            if run_id is not None:
                added = self._store.projects.add_items(queue.id, Selection(runs=(run_id,))).added
                report |= {"runs": report["runs"] + 1, "queued": report["queued"] + added}
            done[problem_id] = run_id
            _write(folder / _RUNS, done)
            _write(folder / _REPORT, report)
        return JobState.DONE

    def _begun(self, folder: Path, problem_id: str) -> str | None:
        """Return the run of a problem that had ended well before the server was killed, and was not queued yet."""
        begun = _read(folder / _BEGUN) or {}
        if begun.get("problem") != problem_id:
            return None
        run_id = str(begun["run"])
        return run_id if self._store.runs.get_run(run_id).run.state is RunState.DONE else None

    def _solve(self, folder: Path, problem_id: str, n: int, by: str, tell: Callable[[], None]) -> str | None:
        """Return the problem's run once it has ended well. Raises InvalidRequest, NotFound, _RunFailed, what ``tell`` raises."""
        problem = self._store.runs.get_problem(problem_id)
        run_id = self._runs.solve_stored(problem, replace(Sampling(), n=n), by)
        _write(folder / _BEGUN, {"problem": problem_id, "run": run_id})
        last: RunView | None = None
        try:
            for view in self._runs.follow(run_id):
                last = view
                tell()
        except BaseException:
            self._runs.stop(run_id)
            raise
        if last is None or last["state"] != RunState.DONE:
            raise _RunFailed(
                (last and last["message"]) or "A run was stopped. Go on, and its problem is sampled again."
            )
        return run_id

    def _look(self, job: TransferJob) -> SamplingOfProblems:
        folder = self._jobs.path(job.id)
        problems = len(json.loads((folder / _PROBLEMS).read_text()))
        nothing: dict[str, Any] = {"queue": None, "runs": 0, "queued": 0, "passed_over": {}}
        return SamplingOfProblems(job=job, problems=problems, report=_read(folder / _REPORT) or nothing)


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _write(path: Path, value: object) -> None:
    write_atomically(path, json.dumps(value).encode())
