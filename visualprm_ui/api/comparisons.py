"""Routes of two step benchmarks side by side: paired differences, the steps where they part, those put in a queue."""

from typing import Annotated

from fastapi import FastAPI, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.evaluation.step_comparison import ComparedFigure
from visualprm_ui.api.access import Admin, Reviewer
from visualprm_ui.api.downloads import html_file
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.evaluation_views import EvaluationCommands, estimate_view, evaluation_view
from visualprm_ui.api.requests import raw_answer
from visualprm_ui.api.shapes.evaluations import (
    ComparedRowView,
    ComparedStepPage,
    ComparedStepView,
    ComparisonView,
    QueuedView,
)
from visualprm_ui.api.step_benchmarks import QueueBody, Score, queued_view, step_view
from visualprm_ui.api.step_figure_views import place_name
from visualprm_ui.use_cases.evaluations.comparison import ComparedFilter, ComparedStep, Which
from visualprm_ui.use_cases.evaluations.step_benchmarks import StepBenchmarks
from visualprm_ui.use_cases.evaluations.step_comparison_report import write_step_comparison_report
from visualprm_ui.use_cases.evaluations.step_list import ScoreRange, StepTexts, page_of, solutions_of

EvaluationId = Annotated[str, Field(max_length=100)]


class ComparedQuery(BaseModel):
    """Which steps of two evaluations; conditions add up."""

    model_config = ConfigDict(extra="forbid")

    a: EvaluationId
    b: EvaluationId
    which: EnumField[Which] = Field(
        default=Which.ALL, description="By which of the two predicts them as they are labelled."
    )
    a_from: Score = None
    a_to: Score = Field(default=None, description="Left out, but for 1.")
    b_from: Score = None
    b_to: Score = None

    def as_filter(self) -> ComparedFilter:
        """Return it as values."""
        return ComparedFilter(
            which=self.which,
            a=ScoreRange(low=self.a_from, high=self.a_to),
            b=ScoreRange(low=self.b_from, high=self.b_to),
        )


class ComparedPageQuery(ComparedQuery):
    """Which steps, and which of their pages."""

    after: str | None = Field(default=None, max_length=20)
    limit: int = Field(default=50, ge=1, le=200)


class ComparedQueueBody(QueueBody, ComparedQuery):
    """Which steps, and where their solutions go."""

    model_config = ConfigDict(extra="forbid", strict=True)


def add_comparisons(api: FastAPI, benchmarks: StepBenchmarks, commands: EvaluationCommands) -> None:
    """Add the routes of comparisons."""
    _add_report(api, benchmarks, commands)
    _add_steps(api, benchmarks)

    @api.get("/comparisons", tags=["evaluate"], summary="Compare two step benchmarks of the same steps")
    def compare(a: EvaluationId, b: EvaluationId, principal: Reviewer) -> ComparisonView:
        both = benchmarks.compare(a, b)
        found = both.joined.compare()
        called = both.joined.count_called()
        return {
            "a": evaluation_view(both.a),
            "b": evaluation_view(both.b),
            "threshold_a": both.joined.threshold_a,
            "threshold_b": both.joined.threshold_b,
            "problems": found.problems,
            "solutions": found.solutions,
            "steps": found.pooled.steps,
            "only_in_a": both.joined.only_in_a,
            "only_in_b": both.joined.only_in_b,
            "command": commands.comparison_of(both, principal),
            "pooled": _row_view(None, found.pooled),
            "f1_correct": _row_view(None, found.f1_correct),
            "f1_wrong": _row_view(None, found.f1_wrong),
            "sources": [_row_view(name, each) for name, each in found.sources.items()],
            "places": [_row_view(place_name(at), each) for at, each in found.places.items()],
            "grid": [{"a": each.a, "b": each.b, "steps": each.steps} for each in found.grid],
            "both_right": found.both_right,
            "only_a_right": found.only_a_right,
            "only_b_right": found.only_b_right,
            "both_mistaken": found.both_mistaken,
            "called": {
                "by_both": called.by_both,
                "by_a": called.by_a,
                "by_b": called.by_b,
                "by_none": called.by_none,
            },
        }


def _add_steps(api: FastAPI, benchmarks: StepBenchmarks) -> None:
    @api.get("/comparisons/steps", tags=["evaluate"], summary="List steps, those where two models differ most first")
    def steps(principal: Reviewer, query: Annotated[ComparedPageQuery, Query()]) -> ComparedStepPage:
        page = page_of(_find(benchmarks, query, principal.name), query.limit, query.after)
        texts = benchmarks.show([each.a.of for each in page.steps], principal.name)
        return {
            "steps": [_step_view(each, texts) for each in page.steps],
            "total": page.total,
            "next": page.next,
        }

    @api.post("/comparisons/queue", tags=["evaluate"], summary="Have the solutions of such steps labelled")
    def queue(body: ComparedQueueBody, principal: Admin) -> QueuedView:
        found = _find(benchmarks, body, principal.name)
        solutions = solutions_of((each.a for each in found), body.first)
        return queued_view(benchmarks.queue(solutions, project=body.project, title=body.title))


def _add_report(api: FastAPI, benchmarks: StepBenchmarks, commands: EvaluationCommands) -> None:
    @api.get(
        "/comparisons/report",
        tags=["evaluate"],
        summary="Download the comparison with all that belongs to it as one HTML file",
        response_class=Response,
        responses=raw_answer("text/html"),
    )
    def report(a: EvaluationId, b: EvaluationId, principal: Reviewer) -> Response:
        both = benchmarks.compare(a, b)
        text = write_step_comparison_report(both, commands.comparison_of(both, principal))
        return html_file(text, f"step-benchmarks-{a[:8]}-{b[:8]}")


def _find(benchmarks: StepBenchmarks, query: ComparedQuery, viewer: str) -> list[ComparedStep]:
    """Return the steps that a filter finds, but those of solutions that the viewer is labelling right now."""
    hidden = benchmarks.list_hidden(viewer)
    return benchmarks.compare(query.a, query.b).joined.find_steps(query.as_filter(), hidden)


def _row_view(name: str | None, figure: ComparedFigure) -> ComparedRowView:
    return {
        "name": name,
        "steps": figure.steps,
        "a": estimate_view(figure.a),
        "b": estimate_view(figure.b),
        "difference": estimate_view(figure.difference),
    }


def _step_view(step: ComparedStep, texts: StepTexts) -> ComparedStepView:
    return {**step_view(step.a, texts), "score_b": step.b.score}
