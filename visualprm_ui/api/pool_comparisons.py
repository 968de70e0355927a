"""Routes of two Best-of-N evaluations side by side: paired differences at every N, and whose picks are right. For reviewers.

No text and no score of a solution is in them: a problem is opened in either evaluation.
"""

from typing import Annotated

from fastapi import FastAPI, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from engine.evaluation.curve_comparison import ComparedWay
from engine.evaluation.intervals import RESAMPLES
from engine.evaluation.solution_pool import Protocol
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.comparisons import EvaluationId
from visualprm_ui.api.downloads import html_file
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.evaluation_views import estimate_view, evaluation_view
from visualprm_ui.api.requests import raw_answer
from visualprm_ui.api.shapes.evaluation_pools import (
    ComparedModelView,
    ComparedPicksView,
    ComparedSideView,
    ComparedWayView,
    PoolComparisonView,
)
from visualprm_ui.use_cases.evaluations.command import compare_command
from visualprm_ui.use_cases.evaluations.pool_comparison import JoinedPools, PoolComparisons, PoolSide, SidesChoice
from visualprm_ui.use_cases.evaluations.pool_comparison_report import write_comparison_report
from visualprm_ui.use_cases.evaluations.pool_plan import PoolModel


class SidesQuery(BaseModel):
    """Two evaluations, and how they are put side by side."""

    model_config = ConfigDict(extra="forbid")

    a: EvaluationId
    b: EvaluationId
    protocol: EnumField[Protocol] | None = Field(default=None, description="Left out: one that both have.")
    model_a: str | None = Field(default=None, max_length=100, description="Key of the model that chooses, e.g. prm.")
    model_b: str | None = Field(default=None, max_length=100)

    def as_choice(self) -> SidesChoice:
        """Return it as values."""
        return SidesChoice(protocol=self.protocol, model_a=self.model_a, model_b=self.model_b)


class ComparedPicksQuery(SidesQuery):
    """Whose picks."""

    n: int = Field(default=8, ge=1, le=1000, description="Among this many first solutions of every problem.")
    way: str = Field(
        default="mean", max_length=200, description="An aggregation, weighted_vote, self_consistency or random."
    )


class ComparisonReportQuery(SidesQuery):
    """What is drawn."""

    way: str | None = Field(
        default=None,
        max_length=200,
        description="Whose curves are drawn: an aggregation, weighted_vote, self_consistency, random or oracle. Left out: mean "
        "where both have a model, else self_consistency.",
    )


def add_pool_comparisons(api: FastAPI, comparisons: PoolComparisons) -> None:
    """Add the routes."""
    _add_report(api, comparisons)

    @api.get(
        "/comparisons/best-of-n", tags=["evaluate"], summary="Compare two Best-of-N evaluations problem by problem"
    )
    def compare(_: Reviewer, query: Annotated[SidesQuery, Query()]) -> PoolComparisonView:
        joined = comparisons.join(query.a, query.b, query.as_choice())
        found = joined.compare()
        return {
            "a": _side_view(joined.a),
            "b": _side_view(joined.b),
            "protocol": joined.protocol,
            "protocols": list(joined.protocols),
            "problems": found.problems,
            "resamples": RESAMPLES,
            "command": compare_command(joined.protocol, _key(joined.a), _key(joined.b)),
            "points": [
                {"n": n, "ways": {way: _way_view(each) for way, each in ways.items()}}
                for n, ways in found.figures.items()
            ],
        }

    @api.get(
        "/comparisons/best-of-n/picks", tags=["evaluate"], summary="List problems by whose pick of theirs is right"
    )
    def picks(_: Reviewer, query: Annotated[ComparedPicksQuery, Query()]) -> ComparedPicksView:
        joined: JoinedPools = comparisons.join(query.a, query.b, query.as_choice())
        found = joined.list_picks(query.n, query.way)
        return {
            "n": query.n,
            "way": query.way,
            "way_a": joined.a.way(query.way),
            "way_b": joined.b.way(query.way),
            "problems": [
                {
                    "problem": each.problem,
                    "right_a": each.right_a,
                    "right_b": each.right_b,
                    "right_any": each.right_any,
                }
                for each in found
            ],
            "right_a": sum(each.right_a for each in found),
            "right_b": sum(each.right_b for each in found),
            "right_any": sum(each.right_any for each in found),
        }


def _add_report(api: FastAPI, comparisons: PoolComparisons) -> None:
    @api.get(
        "/comparisons/best-of-n/report",
        tags=["evaluate"],
        summary="Download the comparison with all that belongs to it as one HTML file",
        response_class=Response,
        responses=raw_answer("text/html"),
    )
    def report(_: Reviewer, query: Annotated[ComparisonReportQuery, Query()]) -> Response:
        joined = comparisons.join(query.a, query.b, query.as_choice())
        command = compare_command(joined.protocol, _key(joined.a), _key(joined.b))
        text = write_comparison_report(joined, command, query.way)
        return html_file(text, f"best-of-n-{query.a[:8]}-{query.b[:8]}")


def _side_view(side: PoolSide) -> ComparedSideView:
    return {
        "evaluation": evaluation_view(side.evaluation),
        "model": None if side.model is None else _model_view(side.model),
        "models": [_model_view(each) for each in side.complete],
        "only_here": side.only_here,
    }


def _key(side: PoolSide) -> str | None:
    return None if side.model is None else side.model.key


def _model_view(model: PoolModel) -> ComparedModelView:
    return {"key": model.key, "name": model.model.name, "revision": model.model.revision, "mode": model.mode}


def _way_view(way: ComparedWay) -> ComparedWayView:
    return {
        "a": {**estimate_view(way.a), "sampling_error": way.a_error},
        "b": {**estimate_view(way.b), "sampling_error": way.b_error},
        "difference": estimate_view(way.difference),
    }
