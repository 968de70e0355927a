"""Routes of evaluations as jobs: what can be evaluated, what it takes, started, followed, ended. Reviewers read, admins start."""

from fastapi import FastAPI
from pydantic import Field

from engine.evaluation.solution_pool import Protocol
from engine.outcomes.guided_search import BeamPlan
from storage import ResultRepository
from storage.transfer.job_folder import JobKind
from visualprm_ui.api.access import Admin, Reviewer
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.evaluation_views import EvaluationCommands, evaluation_view, model_view, set_view
from visualprm_ui.api.requests import Body
from visualprm_ui.api.sampling_body import SamplingBody
from visualprm_ui.api.shapes.evaluations import (
    EvaluationExtentView,
    EvaluationKind,
    EvaluationList,
    EvaluationView,
    LabelledSetList,
)
from visualprm_ui.api.shapes.values import Empty
from visualprm_ui.use_cases.evaluations.jobs import EvaluationJobs
from visualprm_ui.use_cases.evaluations.labelled_choices import list_choices
from visualprm_ui.use_cases.evaluations.nano_benchmark import NanoBenchmark
from visualprm_ui.use_cases.evaluations.request import Asked, SetChoice


class DevSplitBody(Body):
    """The labelled set that a threshold is tuned on. Conditions add up."""

    project: str | None = Field(default=None, max_length=100)
    queue: str | None = Field(default=None, max_length=100)
    evaluation: bool = Field(default=False, description="Only the random slices of projects.")
    data_source: str | None = Field(default=None, max_length=20_000)
    policy_model: str | None = Field(default=None, max_length=20_000)
    labels: str = Field(
        default="final", max_length=1000, description="final, person:NAME, file:SOURCE or monte_carlo:POLICY"
    )


class SetSearchBody(Body):
    """How each problem of a set is searched."""

    width: int = Field(default=BeamPlan().width, description="Beginnings that are kept.")
    expansions: int = Field(default=BeamPlan().expansions, description="Tries of the next step of each.")

    def as_plan(self) -> BeamPlan:
        """Return it as a value."""
        return BeamPlan(width=self.width, expansions=self.expansions)


class EvaluationBody(Body):
    """What to evaluate the loaded models on. Conditions on the set add up; without any it is everything that is labelled."""

    kind: EvaluationKind
    title: str = Field(default="", max_length=200, description="For people; left out: the name of the set.")
    project: str | None = Field(default=None, max_length=100)
    queue: str | None = Field(default=None, max_length=100)
    evaluation: bool = Field(default=False, description="Only the random slices of projects.")
    data_source: str | None = Field(default=None, max_length=20_000)
    policy_model: str | None = Field(default=None, max_length=20_000)
    labels: str = Field(
        default="final", max_length=1000, description="final, person:NAME, file:SOURCE or monte_carlo:POLICY"
    )
    threshold: float | None = Field(
        default=None, ge=0, le=1, description="Of a step benchmark: a step is predicted correct above it; 0.5."
    )
    tune_on: DevSplitBody | None = Field(
        default=None,
        description="Of a step benchmark, instead of a threshold: tune it on this set, which shares no problem with the other.",
    )
    n: int | None = Field(default=None, description="Of Best-of-N: solutions a problem.")
    sampling: SamplingBody | None = Field(default=None, description="Of Best-of-N.")
    protocol: EnumField[Protocol] | None = Field(default=None, description="Of Best-of-N: iid or greedy-first; iid.")
    outcome: bool | None = Field(default=None, description="Of Best-of-N: whether whole solutions are scored, too.")
    search: SetSearchBody | None = Field(
        default=None, description="Of Best-of-N: how each problem is also searched, step by step. Left out: it is not."
    )
    problems: list[str] = Field(default=[], max_length=2000, description="Of Best-of-N: these.")
    problem_count: int | None = Field(
        default=None, ge=1, description="Of Best-of-N: how many of the problems, drawn at random. Left out: all."
    )
    problem_seed: int = Field(default=0, ge=0, description="Of that draw: the same seed draws the same problems.")
    repeats: str | None = Field(
        default=None,
        max_length=100,
        description="An evaluation that is asked for again, with what was added to it; then only kind and title go with it.",
    )
    trained_on: list[str] = Field(
        default=[],
        max_length=100,
        description="Data sources that the reward model was trained on: a set of one is marked.",
    )

    def as_asked(self) -> Asked:
        """Return it as values."""
        names = ("project", "queue", "evaluation", "data_source", "policy_model", "labels", "problems")
        drawn = ("problem_count", "problem_seed")
        return Asked(
            kind=JobKind(self.kind),
            set=SetChoice(**{name: getattr(self, name) for name in (*names, *drawn)}),
            threshold=self.threshold,
            tune_on=None if self.tune_on is None else SetChoice(**self.tune_on.model_dump()),
            n=self.n,
            sampling=None if self.sampling is None else self.sampling.model_dump(exclude_none=True),
            protocol=self.protocol,
            outcome=self.outcome,
            search=None if self.search is None else self.search.as_plan(),
            trained_on=tuple(self.trained_on),
            repeats=self.repeats,
        )


def add_evaluations(
    api: FastAPI,
    jobs: EvaluationJobs,
    results: ResultRepository,
    benchmark: NanoBenchmark,
    commands: EvaluationCommands,
) -> None:
    """Add the routes of all evaluations. Call it before those of single ones, whose addresses would take theirs."""

    @api.get("/evaluations", tags=["evaluate"], summary="List evaluations, the newest first")
    def list_evaluations(_: Reviewer) -> EvaluationList:
        return {"evaluations": [evaluation_view(each) for each in jobs.list()]}

    @api.get("/evaluations/sets", tags=["evaluate"], summary="List the sets with labels")
    def sets(_: Reviewer) -> LabelledSetList:
        return {
            "sets": [
                {
                    "name": each.name,
                    "project": each.project,
                    "data_source": each.data_source,
                    "labels": each.labels,
                    "solutions": each.solutions,
                    "is_stored": each.is_stored,
                }
                for each in benchmark.list_labelled(list_choices(results))
            ]
        }

    @api.post("/evaluations/extent", tags=["evaluate"], summary="Count what an evaluation would cover")
    def extent(body: EvaluationBody, principal: Reviewer) -> EvaluationExtentView:
        found = jobs.measure(body.as_asked())
        request, about = found.request, found.extent
        return {
            "set": set_view(request.set_name, request.set, about.counts),
            "dev": None if request.tune_on is None else set_view(request.tune_on_name, request.tune_on, about.dev),
            "already": about.already,
            "seconds": about.seconds,
            "waits_behind": found.waits_behind,
            "scores_known": found.scores_known,
            "reward_model": model_view(request.reward_model),
            "policy": None if request.policy is None else model_view(request.policy),
            "command": commands.command_of(request, principal),
        }

    @api.post("/evaluations", tags=["evaluate"], summary="Have the loaded models evaluated, in the background")
    def start(body: EvaluationBody, principal: Admin) -> EvaluationView:
        return evaluation_view(jobs.start(body.as_asked(), principal.name, body.title))

    @api.post("/evaluations/nano", tags=["evaluate"], summary="Have the reward model evaluated on the nano benchmark")
    def start_nano(principal: Admin) -> EvaluationView:
        return evaluation_view(jobs.start(benchmark.as_asked(), principal.name))


def add_single_evaluations(api: FastAPI, jobs: EvaluationJobs) -> None:
    """Add the routes that follow, end, resume and forget one evaluation."""

    @api.get("/evaluations/{evaluation_id}", tags=["evaluate"], summary="Get an evaluation and its progress")
    def get_evaluation(evaluation_id: str, _: Reviewer) -> EvaluationView:
        return evaluation_view(jobs.get(evaluation_id))

    @api.post("/evaluations/{evaluation_id}/cancel", tags=["evaluate"], summary="End an evaluation; scores stay")
    def cancel(evaluation_id: str, _: Admin) -> EvaluationView:
        return evaluation_view(jobs.cancel(evaluation_id))

    @api.post(
        "/evaluations/{evaluation_id}/resume",
        tags=["evaluate"],
        summary="Resume an evaluation, or try again what it could not do",
    )
    def resume(evaluation_id: str, _: Admin) -> EvaluationView:
        return evaluation_view(jobs.resume(evaluation_id))

    @api.delete("/evaluations/{evaluation_id}", tags=["evaluate"], summary="Forget an evaluation; scores stay")
    def remove(evaluation_id: str, _: Admin) -> Empty:
        jobs.remove(evaluation_id)
        return {}
