"""Routes of step benchmarks that are done: their figures, the steps behind them, tables and reports. For reviewers.

What somebody is labelling right now is left out of the lists for them. Whoever is shown scores is noted as having seen them.
"""

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from starlette.responses import Response

from engine.domain import Label
from engine.evaluation.tables import UNNAMED, TableFormat, step_frame, write_table
from visualprm_ui.api.access import Admin, Reviewer
from visualprm_ui.api.downloads import TABLE_TYPES, html_file, table_file
from visualprm_ui.api.evaluation_views import EvaluationCommands
from visualprm_ui.api.requests import Body, raw_answer
from visualprm_ui.api.shapes.evaluations import (
    EvaluatedStepPage,
    EvaluatedStepView,
    QueuedView,
    StepBenchmarkView,
)
from visualprm_ui.api.step_figure_views import step_benchmark_view
from visualprm_ui.use_cases.evaluations.queueing import JoinedQueue
from visualprm_ui.use_cases.evaluations.static_report import ReportContents, ReportedMistake, write_report
from visualprm_ui.use_cases.evaluations.step_benchmarks import StepBenchmarks
from visualprm_ui.use_cases.evaluations.step_list import (
    LAST_PLACE,
    EvaluatedStep,
    ScoreRange,
    StepFilter,
    StepTexts,
    page_of,
    solutions_of,
)

MOST_QUEUED = 10_000  # steps in one request
REPORTED_MISTAKES = 50  # in a report
Score = Annotated[float | None, Field(ge=0, le=1)]


def _require_side(value: int | None) -> int | None:
    """Refuse a neutral label: such steps are in no list of an evaluation."""
    if value == 0:
        raise ValueError("0 is neutral, and neutral steps are left out of evaluations; give 1 or -1")
    return value


Side = Annotated[int | None, Field(ge=-1, le=1), AfterValidator(_require_side)]


class StepQuery(BaseModel):
    """Which steps labelled correct or wrong; conditions add up."""

    model_config = ConfigDict(extra="forbid")

    label: Side = Field(default=None, description="1 or -1.")
    predicted: Side = Field(default=None, description="1 or -1, at the threshold.")
    threshold: Score = Field(default=None, description="Left out: the evaluation's own.")
    source: str | None = Field(default=None, max_length=20_000, description="Empty text: of problems that name none.")
    policy: str | None = Field(default=None, max_length=20_000)
    place: int | None = Field(default=None, ge=1, le=LAST_PLACE, description="From 1; the last one, 11+: or later.")
    score_from: Score = None
    score_to: Score = Field(default=None, description="Left out, but for 1.")

    @field_validator("place", mode="before")
    @classmethod
    def _as_number(cls, place: object) -> object:
        """Take a place as figures name it, such as 11+."""
        digits = place.removesuffix("+") if isinstance(place, str) else ""
        return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 4 else place

    def as_filter(self) -> StepFilter:
        """Return it as values."""
        return StepFilter(
            label=None if self.label is None else Label(self.label),
            predicted=None if self.predicted is None else Label(self.predicted),
            threshold=self.threshold,
            source=self.source,
            policy=self.policy,
            place=self.place,
            scores=ScoreRange(low=self.score_from, high=self.score_to),
        )


class StepPageQuery(StepQuery):
    """Which steps, and which of their pages."""

    after: str | None = Field(default=None, max_length=20)
    limit: int = Field(default=50, ge=1, le=200)


class QueueBody(Body):
    """Where solutions go, and of how many of the steps."""

    first: int = Field(default=50, ge=1, le=MOST_QUEUED, description="The solutions of so many steps of the list.")
    project: str | None = Field(default=None, max_length=100, description="Whose queue they join.")
    title: str | None = Field(default=None, max_length=1000, description="Of a new project, instead.")


class StepQueueBody(QueueBody, StepQuery):
    """Which steps, and where their solutions go."""

    model_config = ConfigDict(extra="forbid", strict=True)


def add_step_benchmarks(api: FastAPI, benchmarks: StepBenchmarks, commands: EvaluationCommands) -> None:
    """Add the routes of figures and of the steps behind them."""

    @api.get(
        "/evaluations/{evaluation_id}/step-figures", tags=["evaluate"], summary="Get the figures of a step benchmark"
    )
    def figures(evaluation_id: str, principal: Reviewer) -> StepBenchmarkView:
        measured = benchmarks.get(evaluation_id)
        return step_benchmark_view(measured, commands.command_of(measured.evaluation.request, principal))

    @api.get("/evaluations/{evaluation_id}/steps", tags=["evaluate"], summary="List the steps behind a figure")
    def steps(evaluation_id: str, principal: Reviewer, query: Annotated[StepPageQuery, Query()]) -> EvaluatedStepPage:
        page = page_of(
            benchmarks.find_steps(evaluation_id, query.as_filter(), principal.name), query.limit, query.after
        )
        texts = benchmarks.show([each.of for each in page.steps], principal.name)
        return {
            "steps": [step_view(each, texts) for each in page.steps],
            "total": page.total,
            "next": page.next,
        }

    @api.post(
        "/evaluations/{evaluation_id}/queue", tags=["evaluate"], summary="Have the solutions of such steps labelled"
    )
    def queue(evaluation_id: str, body: StepQueueBody, principal: Admin) -> QueuedView:
        found = benchmarks.find_steps(evaluation_id, body.as_filter(), principal.name)
        return queued_view(benchmarks.queue(solutions_of(found, body.first), project=body.project, title=body.title))


def add_step_benchmark_files(api: FastAPI, benchmarks: StepBenchmarks, commands: EvaluationCommands) -> None:
    """Add the routes that download figures."""

    @api.get(
        "/evaluations/{evaluation_id}/table",
        tags=["evaluate"],
        summary="Download the figures by source as a table",
        response_class=Response,
        responses=raw_answer(*TABLE_TYPES.values()),
    )
    def table(evaluation_id: str, _: Reviewer, format: TableFormat = TableFormat.CSV) -> Response:
        found = benchmarks.get(evaluation_id).figures.report
        frame = step_frame(found, {name or UNNAMED: each for name, each in found.sources.items()})
        return table_file(write_table(frame, format), format, f"step-benchmark-{evaluation_id[:8]}")

    @api.get(
        "/evaluations/{evaluation_id}/report",
        tags=["evaluate"],
        summary="Download everything as one HTML file",
        response_class=Response,
        responses=raw_answer("text/html"),
    )
    def report(evaluation_id: str, principal: Reviewer) -> Response:
        measured = benchmarks.get(evaluation_id)
        found = benchmarks.find_steps(evaluation_id, StepFilter(), principal.name)
        threshold = measured.figures.report.threshold
        mistakes = [each for each in found[:REPORTED_MISTAKES] if each.is_mistaken(threshold)]
        texts = benchmarks.show([each.of for each in mistakes], principal.name)
        contents = ReportContents(
            measured=measured,
            command=commands.command_of(measured.evaluation.request, principal),
            mistakes=[_reported(each, texts) for each in mistakes],
        )
        return html_file(write_report(contents), f"step-benchmark-{evaluation_id[:8]}")


def step_view(step: EvaluatedStep, texts: StepTexts) -> EvaluatedStepView:
    """Return a step with its text."""
    of = step.of
    return {
        "solution": of.solution,
        "problem": of.problem,
        "step": step.step,
        "steps": of.steps,
        "text": texts.text(of.solution, step.step),
        "question": texts.question(of.problem),
        "image": texts.image(of.problem),
        "data_source": of.data_source,
        "policy_model": of.policy_model,
        "label": step.label,
        "whose": of.whose,
        "score": step.score,
    }


def queued_view(queued: JoinedQueue) -> QueuedView:
    """Return what joined a queue."""
    return {"project": queued.project, "queue": queued.queue, "added": queued.added, "total": queued.total}


def _reported(step: EvaluatedStep, texts: StepTexts) -> ReportedMistake:
    return ReportedMistake(
        question=texts.question(step.of.problem),
        text=texts.text(step.of.solution, step.step),
        step=step.step,
        label=step.label,
        whose=step.of.whose,
        score=step.score,
        data_source=step.of.data_source,
        policy_model=step.of.policy_model,
    )
