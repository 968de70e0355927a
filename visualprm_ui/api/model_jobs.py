"""Routes of jobs of the loaded models: score many solutions, or sample and score many problems, in the background. For admins."""

from dataclasses import asdict
from typing import cast

from fastapi import FastAPI
from pydantic import Field
from starlette.responses import Response

from engine import InvalidRequest
from engine.domain import Sampling
from engine.outcomes.rollout_labels import RolloutMode
from engine.rollouts import COMPLETIONS, MOST_COMPLETIONS
from storage.transfer.job_folder import JobKind
from visualprm_ui.api.access import Admin
from visualprm_ui.api.downloads import JSON_LINES, json_lines_file
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.imports import job_view
from visualprm_ui.api.requests import Body, raw_answer
from visualprm_ui.api.sampling_body import SamplingBody
from visualprm_ui.api.shapes.model_jobs import (
    ExtentView,
    FailureView,
    ModelIdView,
    ModelJobList,
    ModelJobView,
    RolloutEstimateView,
    RolloutFiguresView,
)
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.import_jobs import ImportJobs
from visualprm_ui.use_cases.model_job_files import Failure, RolloutFigures
from visualprm_ui.use_cases.model_job_request import ROLLOUT_SAMPLING, ModelId, RolloutSettings, Wanted
from visualprm_ui.use_cases.model_jobs import JobOptions, ModelJob, ModelJobs, RolloutEstimate
from visualprm_ui.use_cases.run_view import usage_views

MAX_IDS = 20_000  # in one request; an import or a filter names more


class RolloutBody(Body):
    """How completions label steps; fields left out are VisualPRM's."""

    completions: int = Field(default=COMPLETIONS, ge=1, le=MOST_COMPLETIONS, description="From behind each step.")
    mode: EnumField[RolloutMode] = Field(default=RolloutMode.EVERY, description="every, first-success or first-error")


class ModelJobBody(Body):
    """What the loaded models are to work on. Conditions add up; without any it is everything but the built-in benchmark."""

    kind: EnumField[JobKind] = Field(description="score, sample, label or sample_and_label")
    imported: str | None = Field(default=None, alias="import", max_length=100, description="An import that is done.")
    solutions: list[str] = Field(default=[], max_length=MAX_IDS, description="To score or label: these.")
    problems: list[str] = Field(default=[], max_length=MAX_IDS, description="To sample: these.")
    runs: list[str] = Field(default=[], max_length=MAX_IDS, description="To score or label: what these runs sampled.")
    queue: str | None = Field(default=None, max_length=100)
    data_source: str | None = Field(default=None, max_length=20_000)
    policy_model: str | None = Field(
        default=None, max_length=20_000, description="To score or label: solutions of this policy."
    )
    sampling: SamplingBody | None = None
    project: str | None = Field(default=None, max_length=100, description="Whose queue sampled solutions join.")
    rollouts: RolloutBody | None = Field(default=None, description="To label: how.")
    plan_first: bool = Field(default=False, description="To label: wait once it is known what all takes.")

    @property
    def takes_solutions(self) -> bool:
        """Whether it is about solutions that are there."""
        return self.kind in (JobKind.SCORE, JobKind.LABEL)

    def as_rollouts(self) -> RolloutSettings | None:
        """Return how to label by rollouts; None: score. Raises InvalidRequest for what does not go with the kind."""
        if self.kind in (JobKind.LABEL, JobKind.SAMPLE_AND_LABEL):
            body = self.rollouts or RolloutBody()
            samples = self.kind is JobKind.SAMPLE_AND_LABEL
            return RolloutSettings(samples=samples, completions=body.completions, mode=RolloutMode(body.mode))
        if self.rollouts is not None or self.plan_first:
            given = "plan_first" if self.rollouts is None else "rollouts"
            raise InvalidRequest(f"Only labelling takes {given}. Leave it out, or ask for label or sample_and_label.")
        return None

    def as_sampling(self) -> Sampling | None:
        """Return how to sample; None: score. Raises InvalidRequest for a kind that is none of ours."""
        given = self.sampling or SamplingBody()
        if self.kind is JobKind.SAMPLE:
            return given.as_sampling()
        if self.kind in (JobKind.LABEL, JobKind.SAMPLE_AND_LABEL):
            return given.as_sampling(ROLLOUT_SAMPLING)
        if self.kind is not JobKind.SCORE:
            raise InvalidRequest(
                f"{self.kind.value!r} is not a job of the models. Choose score, sample, label or sample_and_label."
            )
        if self.sampling is not None:
            raise InvalidRequest("Scoring samples nothing. Leave sampling out, or ask for the kind sample.")
        return None


def add_model_jobs(api: FastAPI, jobs: ModelJobs, imports: ImportJobs) -> None:
    """Add the routes of jobs of the loaded models."""

    @api.get("/jobs", tags=["models"], summary="List jobs of the loaded models, the newest first")
    def list_jobs(_: Admin) -> ModelJobList:
        return {"jobs": [_job_view(each) for each in jobs.list()]}

    @api.post("/jobs", tags=["models"], summary="Score many solutions, or sample many problems, in the background")
    def start(body: ModelJobBody, principal: Admin) -> ModelJobView:
        wanted, title = _wanted_of(body, imports)
        options = JobOptions(project=body.project, title=title, rollouts=body.as_rollouts(), plan_first=body.plan_first)
        return _job_view(jobs.start(wanted, body.as_sampling(), principal.name, options=options))

    @api.post("/jobs/extent", tags=["models"], summary="Count the problems and solutions that a job would cover")
    def extent(body: ModelJobBody, _: Admin) -> ExtentView:
        found = jobs.count(_wanted_of(body, imports)[0], body.as_sampling(), body.as_rollouts())
        return {
            "problems": found.problems,
            "solutions": found.solutions,
            "reward_model": _model_view(found.reward_model),
            "policy": _model_view(found.policy),
            "unanswered": found.unanswered,
            "completions": found.completions,
            "estimate": _estimate_view(found.estimate),
            "benchmark": found.benchmark,
        }

    @api.get("/jobs/{job_id}", tags=["models"], summary="Get a job: its progress, and what could not be done")
    def get_job(job_id: str, _: Admin) -> ModelJobView:
        return _job_view(jobs.get(job_id))


def add_model_job_ends(api: FastAPI, jobs: ModelJobs) -> None:
    """Add the routes that end, resume and forget jobs, and tell what they could not do."""

    @api.post("/jobs/{job_id}/cancel", tags=["models"], summary="Cancel a job or discard a plan; what is stored stays")
    def cancel(job_id: str, _: Admin) -> ModelJobView:
        return _job_view(jobs.cancel(job_id))

    @api.post("/jobs/{job_id}/resume", tags=["models"], summary="Resume a job, or try again what it could not do")
    def resume(job_id: str, _: Admin) -> ModelJobView:
        return _job_view(jobs.resume(job_id))

    @api.delete("/jobs/{job_id}", tags=["models"], summary="Forget a job; what it stored stays")
    def remove(job_id: str, _: Admin) -> Empty:
        jobs.remove(job_id)
        return {}

    @api.get(
        "/jobs/{job_id}/failures",
        tags=["models"],
        summary="Download what a job could not do, as JSON Lines",
        response_class=Response,
        responses=raw_answer(JSON_LINES),
    )
    def failures(job_id: str, _: Admin) -> Response:
        return json_lines_file(map(_failure_view, jobs.list_failures(job_id)), f"failures-{job_id[:8]}.jsonl")


def _failure_view(failure: Failure) -> FailureView:
    return {"problem": failure.problem, "solution": failure.solution, "reason": failure.reason}


def _wanted_of(body: ModelJobBody, imports: ImportJobs) -> tuple[Wanted, str]:
    """Return what a request selects, and what it is called. Raises NotFound, BadSetting, InvalidRequest."""
    solutions, problems, title = body.solutions, body.problems, ""
    if body.imported is not None:
        if solutions or problems:
            raise InvalidRequest("Name an import, or solutions or problems themselves, not both.")
        items, title = imports.get_items(body.imported), imports.get(body.imported).job.title
        solutions = list(items.solutions) if body.takes_solutions else []
        problems = [] if body.takes_solutions else list(items.problems)
        if not solutions and not problems:  # a selection of none would be one of all
            noun = "solution" if body.takes_solutions else "problem without solutions"
            raise InvalidRequest(f"{title} had no {noun}, so there is nothing to do.")
    return Wanted(
        solutions=tuple(solutions),
        problems=tuple(problems),
        runs=tuple(body.runs),
        queue=body.queue,
        data_source=body.data_source,
        policy_model=body.policy_model,
    ), title


def _job_view(found: ModelJob) -> ModelJobView:
    request, sampling = found.request, found.request.sampling
    return {
        **job_view(found.job),
        "kind": request.kind,
        "is_plan": found.is_plan,
        "wanted": {name: value for name, value in asdict(request.wanted).items() if value},
        "sampling": None if sampling is None else cast(dict[str, int | float | list[str]], asdict(sampling)),
        "project": request.project,
        "rollouts": None
        if request.rollouts is None
        else {"completions": request.rollouts.completions, "mode": request.rollouts.mode},
        "reward_model": _model_view(request.reward_model),
        "policy": _model_view(request.policy),
        "report": None
        if found.report is None
        else {
            "total": found.report.total,
            "already": found.report.already,
            "unanswered": found.report.unanswered,
            "benchmark": found.report.benchmark,
            "queue": found.report.queue,
            "queued": found.report.queued,
            "queue_total": found.report.queue_total,
        },
        "figures": None if found.figures is None else _figures_view(found.figures),
        "estimate": _estimate_view(found.estimate),
        "usage": usage_views(found.usage),
        "failed": found.failed,
        "failures": [_failure_view(each) for each in found.failures],
    }


def _figures_view(figures: RolloutFigures) -> RolloutFiguresView:
    return {
        "solutions": figures.solutions,
        "completions": figures.completions,
        "tokens": figures.tokens,
        "cut_off": figures.cut_off,
        "unread": figures.unread,
        "seconds": figures.seconds,
    }


def _estimate_view(estimate: RolloutEstimate | None) -> RolloutEstimateView | None:
    if estimate is None:
        return None
    return {
        "completions": estimate.completions,
        "tokens": estimate.tokens,
        "seconds": estimate.seconds,
        "measured_solutions": estimate.measured_solutions,
    }


def _model_view(model: ModelId | None) -> ModelIdView | None:
    return None if model is None else {"name": model.name, "revision": model.revision}
