"""Jobs of the loaded models over many problems or solutions, as people ask for them: started, followed, ended, resumed.

A job belongs to the server and works in a thread of its kind, so that an import does not wait for it. It keeps to the models
that were loaded when it was started. What it does is ``model_job_work.py``'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from engine import Engine, EngineStatus, ModelRole
from engine.domain import Sampling, new_id
from engine.metering.usage import ServerUsage
from storage import BadSetting, Store
from storage.transfer.job_folder import JobFolder, JobKind, JobState, TransferJob
from visualprm_ui.use_cases.model_job_files import Failure, ModelJobFiles, Report, RolloutFigures
from visualprm_ui.use_cases.model_job_request import (
    ModelId,
    ModelJobRequest,
    RolloutSettings,
    Wanted,
    as_asked,
    as_request,
    model_id,
    new_request,
    nothing_matches,
)
from visualprm_ui.use_cases.model_job_work import ModelJobWork
from visualprm_ui.use_cases.rollout_job_work import RolloutJobWork, weight_of
from visualprm_ui.use_cases.transfer_jobs import TellJob, TransferJobs

KINDS = (JobKind.SCORE, JobKind.SAMPLE, JobKind.LABEL, JobKind.SAMPLE_AND_LABEL)
ROLLOUT_KINDS = (JobKind.LABEL, JobKind.SAMPLE_AND_LABEL)
PLAN = "plan"  # the phase of a job of rollouts that ends, for now, once it is known what all takes
SHOWN_FAILURES = 100  # in an answer; the saved list has all
KEPT_SECONDS = 90 * 24 * 3600.0  # that the record of a job is kept; what it made stays


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """What a job may be asked for beside what it is about."""

    project: str | None = None  # whose queue sampled solutions join; None: none
    title: str = ""  # what is worked on, for people; "": as the selection says
    rollouts: RolloutSettings | None = None  # label by rollouts; None: score
    plan_first: bool = False  # of rollouts: wait once it is known what all takes


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutEstimate:
    """What rollouts take, by what some of them took."""

    completions: int
    tokens: int
    seconds: float
    measured_solutions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelJob:
    """A job with what is known of it."""

    job: TransferJob
    request: ModelJobRequest
    report: Report | None  # None: what there is to do is not known yet
    failed: int  # problems or solutions, by the kind
    failures: tuple[Failure, ...]  # the first
    figures: RolloutFigures | None = None  # what rollouts have taken so far; None: nothing was rolled out
    estimate: RolloutEstimate | None = None  # None: nothing was measured
    usage: tuple[ServerUsage, ...] = ()  # what model servers were asked so far; none: none was, or it was not recorded

    @property
    def is_plan(self) -> bool:
        """Whether it measures a few, and waits once it is known what all takes."""
        return self.job.phase == PLAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What a job would be about."""

    problems: int
    solutions: int  # there are already, of those that are selected; where it samples, how many it would make
    reward_model: ModelId | None
    policy: ModelId | None
    unanswered: int = 0  # problems of rollouts that are left out, as they have no reference answer
    completions: int | None = None  # of rollouts, at most; None: not known before solutions are sampled
    estimate: RolloutEstimate | None = None  # by an earlier job of this policy and these settings; None: there was none
    benchmark: int = (
        0  # left out: solutions, or problems where it samples, of the built-in benchmark, which is not named
    )


class ModelJobs:
    """The jobs of one store's and one engine's models."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store = store
        self._engine = engine
        self._folder = JobFolder(store.data_dir / "model_jobs")
        self._runner = TransferJobs(self._folder, kept_seconds=KEPT_SECONDS)
        for kind in KINDS:
            self._runner.register(kind, self._work)

    def take_up(self) -> None:
        """Go on with what a process that is gone has left."""
        self._runner.resume()

    def close(self) -> None:
        """Stop working; what is unfinished goes on when the server is started again."""
        self._runner.close()

    def count(self, wanted: Wanted, sampling: Sampling | None, rollouts: RolloutSettings | None = None) -> Extent:
        """Return what a job would be about. Raises NotFound, BadSetting."""
        status = self._engine.status()
        if rollouts is not None and sampling is not None:
            extent = self._count_rollouts(status, wanted, sampling, rollouts)
        else:
            extent = self._count_scoring(status, wanted, sampling)
        samples = sampling is not None if rollouts is None else rollouts.samples
        return replace(extent, benchmark=self._store.projects.count_left_out(wanted.as_items(samples=samples)))

    def start(
        self,
        wanted: Wanted,
        sampling: Sampling | None,
        by: str,
        *,
        options: JobOptions | None = None,
        job_id: str | None = None,
    ) -> ModelJob:
        """Have the loaded models score solutions (``sampling`` None), or sample and score solutions of problems.

        Args:
            wanted: which.
            sampling: how; None: nothing is sampled.
            by: who asks.
            options: what else it may be asked for, such as to label by rollouts instead of scoring.
            job_id: 32 hexadecimal digits, under which it is started once: asked again it is the same. None: a new one.

        Raises:
            BadSetting: no model is loaded, nothing is selected, or the request fits no kind of job.
            InvalidRequest: the sampling is out of its limits.
            NotFound: what is named is not there.
        """
        if job_id is not None and any(each.job.id == job_id for each in self.list()):
            return self.get(job_id)
        chosen = options or JobOptions()
        request = new_request(self._engine.status(), wanted, sampling, chosen.project, chosen.rollouts)
        if chosen.project is not None:
            self._store.projects.get_project(chosen.project)
        self._require_something(request)
        job = TransferJob(
            id=job_id or new_id(),
            kind=request.kind,
            title=chosen.title or self._title_of(wanted),
            by=by,
            asked=as_asked(request),
            phase=PLAN if chosen.plan_first else "",
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
        """End a job, or dismiss a plan; what is stored stays, and resumed it goes on with all that is left. Raises NotFound."""
        job = self._get(job_id)
        if job.state is not JobState.READY:
            return self._look(self._runner.cancel(job_id, job.kind))
        with self._folder.hold(job_id) as is_held:
            if is_held and self._folder.get(job_id).state is JobState.READY:
                self._folder.save(replace(job, phase="", state=JobState.CANCELLED))
        return self.get(job_id)

    def resume(self, job_id: str) -> ModelJob:
        """Go on with a job that was cancelled or failed, or waits with its plan, or try again what it could not do.

        Raises NotFound, BadSetting.
        """
        job = self._resting(job_id)
        if job.state is JobState.READY:
            job = replace(job, phase="")
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

    def _work(self, job: TransferJob, folder: Path, tell: TellJob) -> JobState:
        """Do a job. Raises CannotGoOn, StoreError, and what ``tell`` raises."""
        files, request = ModelJobFiles(folder), as_request(job.asked)

        def tell_all(done: int, share: float | None, before: float = 0.0) -> None:
            tell(done, share, before, work.waiting)

        work: ModelJobWork
        if request.rollouts is None:
            work = ModelJobWork(self._store, self._engine, job.id, request, files, tell_all)
            return work.run()
        work = rollouts = RolloutJobWork(self._store, self._engine, job.id, request, files, tell_all)
        return rollouts.plan() if job.phase == PLAN else rollouts.run()

    def _require_something(self, request: ModelJobRequest) -> None:
        """Raise BadSetting where a job would have nothing to do."""
        extent = self.count(request.wanted, request.sampling, request.rollouts)
        if extent.problems == 0 and extent.unanswered:
            raise BadSetting(
                "None of these problems has a reference answer, so completions have nothing to reach. Choose problems with "
                "answers."
            )
        if extent.problems == 0:
            raise BadSetting(nothing_matches("problem" if request.kind.samples else "solution", extent.benchmark))

    def _count_scoring(self, status: EngineStatus, wanted: Wanted, sampling: Sampling | None) -> Extent:
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

    def _count_rollouts(
        self, status: EngineStatus, wanted: Wanted, sampling: Sampling, rollouts: RolloutSettings
    ) -> Extent:
        policy, completions = model_id(status, ModelRole.POLICY), None
        if rollouts.samples:
            problems = self._store.projects.list_problems(wanted.as_problem_selection())
            answered = self._store.runs.list_answered(problems)
            solutions, weight = len(answered) * sampling.n, len(answered)
        else:
            found = self._store.projects.list_selected(wanted.as_selection())
            problems = tuple(each.problem_id for each in found)
            answered = self._store.runs.list_answered(problems)
            ids = [one for each in found if each.problem_id in answered for one in each.solutions]
            steps = self._store.runs.count_steps(ids).values()
            solutions = len(ids)
            weight = sum(weight_of(count, rollouts) for count in steps)
            completions = sum(max(0, count - 1) for count in steps) * rollouts.completions
        before = self._figures_of(policy, sampling, rollouts)
        return Extent(
            problems=len(answered),
            solutions=solutions,
            reward_model=model_id(status, ModelRole.REWARD_MODEL),
            policy=policy,
            unanswered=len(problems) - len(answered),
            completions=completions,
            estimate=None if before is None else estimated(before, weight),
        )

    def _figures_of(
        self, policy: ModelId | None, sampling: Sampling, rollouts: RolloutSettings
    ) -> RolloutFigures | None:
        """Return what the newest job took that drew completions in this way; None: there was none."""
        jobs = (job for kind in ROLLOUT_KINDS for job in self._runner.list(kind))
        for job in sorted(jobs, key=lambda each: each.created_at, reverse=True):
            asked = as_request(job.asked)
            if asked.sampling is None or (asked.policy, asked.rollouts) != (policy, rollouts):
                continue
            if replace(asked.sampling, seed=sampling.seed) == sampling:
                figures = ModelJobFiles(self._folder.path(job.id)).sum_figures()
                if figures.solutions > 0:
                    return figures
        return None

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
            raise BadSetting("This job is in progress. Cancel it first, or wait until it ends.")
        return job

    def _look(self, job: TransferJob) -> ModelJob:
        files = ModelJobFiles(self._folder.path(job.id))
        failures = files.iter_failures()
        first = tuple(islice(failures, SHOWN_FAILURES))
        report, figures = files.read_report(), files.sum_figures()
        is_measured = figures.solutions > 0
        return ModelJob(
            job=job,
            request=as_request(job.asked),
            report=report,
            failed=len(first) + sum(1 for _each in failures),
            failures=first,
            figures=figures if is_measured else None,
            estimate=estimated(figures, report.weight) if is_measured and report is not None else None,
            usage=files.sum_usage(),
        )


def estimated(figures: RolloutFigures, weight: int) -> RolloutEstimate | None:
    """Return what all takes, by what a part of it took; ``weight``: of all, as the figures have it."""
    if not figures.weight:
        return None
    times = weight / figures.weight
    return RolloutEstimate(
        completions=round(figures.completions * times),
        tokens=round(figures.tokens * times),
        seconds=figures.seconds * times,
        measured_solutions=figures.solutions,
    )
