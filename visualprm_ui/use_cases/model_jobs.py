"""Jobs of the loaded models over many problems or solutions, as people ask for them: started, followed, ended, resumed.

A job belongs to the server and works in a thread of its kind, so that an import does not wait for it. It keeps to the models
that were loaded when it was started. What it does is ``model_job_work.py``'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from engine import Engine, ModelRole
from engine.domain import Sampling, new_id
from storage import BadSetting, Store
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob
from visualprm_ui.use_cases.model_job_files import Failure, ModelJobFiles, Report
from visualprm_ui.use_cases.model_job_request import (
    ModelId,
    ModelJobRequest,
    Wanted,
    as_asked,
    as_request,
    model_id,
    new_request,
)
from visualprm_ui.use_cases.model_job_work import ModelJobWork
from visualprm_ui.use_cases.transfer_jobs import Tell, TransferJobs

KINDS = (JobKind.SCORE, JobKind.SAMPLE)
SHOWN_FAILURES = 100  # in an answer; the saved list has all
KEPT_SECONDS = 90 * 24 * 3600.0  # that the record of a job is kept; what it made stays


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJob:
    """A job with what is known of it."""

    job: TransferJob
    request: ModelJobRequest
    report: Report | None  # None: what there is to do is not known yet
    failed: int  # problems or solutions, by the kind
    failures: tuple[Failure, ...]  # the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What a job would be about."""

    problems: int
    solutions: int  # there are already, of those that are selected; where it samples, how many it would make
    reward_model: ModelId | None
    policy: ModelId | None


class ModelJobs:
    """The jobs of one store's and one engine's models."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self._folder = JobFolder(store.data_dir / "model_jobs")
        self._runner = TransferJobs(self._folder)
        for kind in KINDS:
            self._runner.register(kind, self._work)

    def take_up(self) -> None:
        """Go on with what a process that is gone has left."""
        self._runner.resume()

    def close(self) -> None:
        """Stop working; what is unfinished goes on when the server is started again."""
        self._runner.close()

    def count(self, wanted: Wanted, sampling: Sampling | None) -> Extent:
        """Return what a job would be about. Raises NotFound, BadSetting."""
        status = self._engine.status()
        if sampling is None:
            found = self._store.projects.list_selected(wanted.as_selection())
            problems, solutions = len(found), sum(len(each.solutions) for each in found)
        else:
            problems = len(self._store.projects.list_problems(wanted.as_problem_selection()))
            solutions = problems * sampling.n
        return Extent(
            problems=problems,
            solutions=solutions,
            reward_model=model_id(status, ModelRole.REWARD_MODEL),
            policy=model_id(status, ModelRole.POLICY),
        )

    def start(
        self, wanted: Wanted, sampling: Sampling | None, by: str, *, project: str | None = None, title: str = ""
    ) -> ModelJob:
        """Have the loaded models score solutions (``sampling`` None), or sample and score solutions of problems.

        Args:
            wanted: which.
            sampling: how; None: nothing is sampled.
            by: who asks.
            project: whose queue sampled solutions join; None: none.
            title: what is worked on, for people; "": as the selection says.

        Raises:
            BadSetting: no model is loaded, nothing is selected, or the request fits no kind of job.
            InvalidRequest: the sampling is out of its limits.
            NotFound: what is named is not there.
        """
        request = new_request(self._engine.status(), wanted, sampling, project)
        if project is not None:
            self._store.projects.get_project(project)
        if self.count(wanted, sampling).problems == 0:
            noun = "solution" if sampling is None else "problem"
            raise BadSetting(f"No {noun} is like that, so there is nothing to do. Choose another filter.")
        self._folder.remove_older(KEPT_SECONDS)
        job = TransferJob(
            id=new_id(), kind=request.kind, title=title or self._title_of(wanted), by=by, asked=as_asked(request)
        )
        ModelJobFiles(self._folder.make(job.id)).write_named(wanted.solutions, wanted.problems)
        return self._look(self._runner.submit(job))

    def get(self, job_id: str) -> ModelJob:
        """Return a job as it is now. Raises NotFound."""
        return self._look(self._get(job_id))

    def list(self) -> list[ModelJob]:
        """Return all jobs, the newest first."""
        found = [each for kind in KINDS for each in self._runner.list(kind)]
        return [self._look(each) for each in sorted(found, key=lambda each: each.created_at, reverse=True)]

    def cancel(self, job_id: str) -> ModelJob:
        """End a job; what is stored stays. Raises NotFound."""
        job = self._get(job_id)
        return self._look(self._runner.cancel(job_id, job.kind))

    def resume(self, job_id: str) -> ModelJob:
        """Go on with a job that was cancelled or failed, or try again what it could not do. Raises NotFound, BadSetting."""
        job = self._resting(job_id)
        files = ModelJobFiles(self._folder.path(job.id))
        if job.state is JobState.DONE and next(files.iter_failures(), None) is None:
            raise BadSetting("This job is done: nothing is left to do.")
        files.forget_failures()
        return self._look(self._runner.submit(job))

    def remove(self, job_id: str) -> None:
        """Forget a job; what it stored stays. Raises NotFound, BadSetting."""
        self._folder.remove(self._resting(job_id).id)

    def list_failures(self, job_id: str) -> Iterator[Failure]:
        """Return everything that could not be done, to be read once. Raises NotFound."""
        return ModelJobFiles(self._folder.path(self._get(job_id).id)).iter_failures()

    def _work(self, job: TransferJob, folder: Path, tell: Tell) -> JobState:
        """Do a job. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        files = ModelJobFiles(folder)
        ModelJobWork(self._store, self._engine, job.id, as_request(job.asked), files, tell).run()
        return JobState.DONE

    def _title_of(self, wanted: Wanted) -> str:
        """Return what a selection is called."""
        if wanted.queue is not None:
            return self._store.labelling.get_queue(wanted.queue, "").queue.title
        if named := wanted.solutions or wanted.problems or wanted.runs:
            return f"{len(named)} by id"
        return wanted.data_source or wanted.policy_model or "everything"

    def _get(self, job_id: str) -> TransferJob:
        return self._runner.get(job_id, self._folder.get(job_id).kind)

    def _resting(self, job_id: str) -> TransferJob:
        """Return a job that nobody works on. Raises NotFound, BadSetting."""
        job = self._get(job_id)
        if job.state.is_unfinished:
            raise BadSetting("This job is in progress. Cancel it first, or wait for its end.")
        return job

    def _look(self, job: TransferJob) -> ModelJob:
        files = ModelJobFiles(self._folder.path(job.id))
        failures = files.iter_failures()
        first = tuple(islice(failures, SHOWN_FAILURES))
        return ModelJob(
            job=job,
            request=as_request(job.asked),
            report=files.read_report(),
            failed=len(first) + sum(1 for _each in failures),
            failures=first,
        )
