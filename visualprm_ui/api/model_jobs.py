"""Routes of jobs of the loaded models: score many solutions, or sample and score many problems, in the background. For admins."""

import json
from dataclasses import asdict, replace
from typing import cast

from fastapi import FastAPI
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from engine import InvalidRequest
from engine.domain import Sampling
from storage.transfer.job_folder import JobKind
from visualprm_ui.api.access import Admin
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.imports import job_view
from visualprm_ui.api.requests import Body, raw_answer
from visualprm_ui.api.shapes.model_jobs import ExtentView, ModelIdView, ModelJobList, ModelJobView
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.import_jobs import ImportJobs
from visualprm_ui.use_cases.model_job_request import ModelId, Wanted
from visualprm_ui.use_cases.model_jobs import ModelJob, ModelJobs

MAX_IDS = 20_000  # in one request; an import or a filter names more


class SamplingBody(Body):
    """How the policy samples; fields left out are as Explore has them."""

    n: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    max_new_tokens: int | None = None
    repetition_penalty: float | None = None
    stop: list[str] | None = None


class ModelJobBody(Body):
    """What the loaded models are to work on. Conditions add up; without any it is everything there is."""

    kind: EnumField[JobKind] = Field(description="score or sample")
    imported: str | None = Field(default=None, alias="import", max_length=100, description="An import that is done.")
    solutions: list[str] = Field(default=[], max_length=MAX_IDS, description="To score: these.")
    problems: list[str] = Field(default=[], max_length=MAX_IDS, description="To sample: these.")
    runs: list[str] = Field(default=[], max_length=MAX_IDS, description="To score: what these runs sampled.")
    queue: str | None = Field(default=None, max_length=100)
    data_source: str | None = Field(default=None, max_length=20_000)
    policy_model: str | None = Field(default=None, max_length=20_000, description="To score: solutions of this policy.")
    sampling: SamplingBody | None = None
    project: str | None = Field(default=None, max_length=100, description="Whose queue sampled solutions join.")

    def as_sampling(self) -> Sampling | None:
        """Return how to sample; None: score. Raises InvalidRequest for a kind that is none of ours."""
        if self.kind is JobKind.SAMPLE:
            return replace(Sampling(), **({} if self.sampling is None else self.sampling.model_dump(exclude_none=True)))
        if self.kind is not JobKind.SCORE:
            raise InvalidRequest(f"{self.kind.value!r} is no job of the models. Choose score or sample.")
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
        return _job_view(jobs.start(wanted, body.as_sampling(), principal.name, project=body.project, title=title))

    @api.post("/jobs/extent", tags=["models"], summary="How many problems and solutions a job would be about")
    def extent(body: ModelJobBody, _: Admin) -> ExtentView:
        found = jobs.count(_wanted_of(body, imports)[0], body.as_sampling())
        return {
            "problems": found.problems,
            "solutions": found.solutions,
            "reward_model": _model_view(found.reward_model),
            "policy": _model_view(found.policy),
        }

    @api.get("/jobs/{job_id}", tags=["models"], summary="Get a job: how far it is, and what could not be done")
    def get_job(job_id: str, _: Admin) -> ModelJobView:
        return _job_view(jobs.get(job_id))


def add_model_job_ends(api: FastAPI, jobs: ModelJobs) -> None:
    """Add the routes that end, resume and forget jobs, and tell what they could not do."""

    @api.post("/jobs/{job_id}/cancel", tags=["models"], summary="End a job; what is stored stays")
    def cancel(job_id: str, _: Admin) -> ModelJobView:
        return _job_view(jobs.cancel(job_id))

    @api.post("/jobs/{job_id}/resume", tags=["models"], summary="Go on with a job, or try again what it could not do")
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
        responses=raw_answer("application/x-ndjson"),
    )
    def failures(job_id: str, _: Admin) -> Response:
        lines = (json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in jobs.list_failures(job_id))
        headers = {"Content-Disposition": f'attachment; filename="failures-{job_id[:8]}.jsonl"'}
        return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)


def _wanted_of(body: ModelJobBody, imports: ImportJobs) -> tuple[Wanted, str]:
    """Return what a request selects, and what it is called. Raises NotFound, BadSetting, InvalidRequest."""
    solutions, problems, title = body.solutions, body.problems, ""
    if body.imported is not None:
        if solutions or problems:
            raise InvalidRequest("Name an import, or solutions or problems themselves, not both.")
        items, title = imports.get_items(body.imported), imports.get(body.imported).job.title
        solutions = list(items.solutions) if body.kind is JobKind.SCORE else []
        problems = [] if body.kind is JobKind.SCORE else list(items.problems)
        if not solutions and not problems:  # a selection of none would be one of all
            noun = "solution" if body.kind is JobKind.SCORE else "problem without solutions"
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
        "wanted": {name: value for name, value in asdict(request.wanted).items() if value},
        "sampling": None if sampling is None else cast(dict[str, int | float | list[str]], asdict(sampling)),
        "project": request.project,
        "reward_model": {"name": request.reward_model.name, "revision": request.reward_model.revision},
        "policy": _model_view(request.policy),
        "report": None
        if found.report is None
        else {
            "total": found.report.total,
            "already": found.report.already,
            "queue": found.report.queue,
            "queued": found.report.queued,
            "queue_total": found.report.queue_total,
        },
        "failed": found.failed,
        "failures": [
            {"problem": each.problem, "solution": each.solution, "reason": each.reason} for each in found.failures
        ],
    }


def _model_view(model: ModelId | None) -> ModelIdView | None:
    return None if model is None else {"name": model.name, "revision": model.revision}
