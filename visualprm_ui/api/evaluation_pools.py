"""Routes of Best-of-N: its curves, what is picked of each problem, what is added to a pool. Reviewers read, admins add.

Scores of solutions that somebody has yet to label blind are refused them. Whoever is shown scores is noted as having seen them.
"""

from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from engine.evaluation.intervals import RESAMPLES, Estimate
from engine.evaluation.published import DATE, SOURCE, published_curves
from engine.evaluation.solution_pool import Protocol
from engine.evaluation.tables import TableFormat
from storage import ProblemGroup, ProjectRepository
from visualprm_ui.api.access import Admin, Reviewer
from visualprm_ui.api.downloads import JSON_LINES, TABLE_TYPES, html_file, json_lines_file, table_file
from visualprm_ui.api.enum_fields import EnumField
from visualprm_ui.api.evaluation_views import estimate_view, evaluation_view, model_view
from visualprm_ui.api.evaluations import SetSearchBody
from visualprm_ui.api.requests import Body, raw_answer
from visualprm_ui.api.shapes.evaluation_pools import (
    CurvePointView,
    PaperCurveView,
    PickedChoiceView,
    PicksView,
    PoolCurveView,
    PooledProblemView,
    PoolModelView,
    ProblemSetList,
    ProblemSetView,
    ProtocolView,
    SearchedProblemsView,
    SearchFiguresView,
    WayFigureView,
)
from visualprm_ui.api.shapes.evaluations import EvaluationView, RecordEntry
from visualprm_ui.use_cases.evaluations.command import pool_command
from visualprm_ui.use_cases.evaluations.nano_benchmark import NanoBenchmark
from visualprm_ui.use_cases.evaluations.pool_additions import PoolAdditions
from visualprm_ui.use_cases.evaluations.pool_figures import Pick, PoolCurve
from visualprm_ui.use_cases.evaluations.pool_plan import LARGEST_POOL, ScoreMode
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools, PickChoice, PoolReport
from visualprm_ui.use_cases.evaluations.pool_report import PoolReportContents, write_pool_report
from visualprm_ui.use_cases.evaluations.pool_search_figures import MeasuredSearch, SearchedSet
from visualprm_ui.use_cases.run_view import usage_views


class PickQuery(BaseModel):
    """Two ways to choose among the first N solutions of every problem."""

    model_config = ConfigDict(extra="forbid")

    protocol: EnumField[Protocol] | None = Field(default=None, description="Left out: as it was asked for.")
    n: int = Field(default=8, ge=1, le=1000)
    way: str = Field(default="prm_mean", max_length=200, description="A key of the curve, e.g. prm_mean.")
    against: str = Field(default="self_consistency", max_length=200)

    def as_choice(self) -> PickChoice:
        """Return it as values."""
        return PickChoice(protocol=self.protocol, n=self.n, way=self.way, against=self.against)


class AddedSolutionsBody(Body):
    """What is added to every pool."""

    n: int = Field(ge=0, description="Solutions of every problem, sampled as the others were.")
    greedy: bool = Field(default=False, description="A greedy one of every problem, which greedy-first begins with.")


class ScoreAgainBody(Body):
    """How the loaded reward model is to score a pool."""

    mode: EnumField[ScoreMode] = Field(description="steps: every step, as a PRM; whole: the whole solution, as an ORM.")


def add_problem_sets(api: FastAPI, projects: ProjectRepository, benchmark: NanoBenchmark) -> None:
    """Add the route of sets. Call it before those of single evaluations, whose addresses would take its."""

    @api.get("/evaluations/problem-sets", tags=["evaluate"], summary="List the sets of problems with reference answers")
    def problem_sets(_: Reviewer) -> ProblemSetList:
        return {"sets": [_set_view(each) for each in benchmark.list_problems(projects.list_problem_sets())]}


def add_evaluation_pools(api: FastAPI, pools: EvaluationPools) -> None:
    """Add the routes that read curves and picks."""

    @api.get("/evaluations/{evaluation_id}/curve", tags=["evaluate"], summary="Get the curve of choosing among N")
    def curve(evaluation_id: str, _: Reviewer, protocol: EnumField[Protocol] | None = None) -> PoolCurveView:
        return _curve_view(pools.report(evaluation_id, protocol))

    @api.get(
        "/evaluations/{evaluation_id}/picks",
        tags=["evaluate"],
        summary="List what two ways of choosing pick for each problem",
    )
    def list_picks(evaluation_id: str, _: Reviewer, query: Annotated[PickQuery, Query()]) -> PicksView:
        choice, found, right_any = pools.list_picks(evaluation_id, query.as_choice())
        return {
            "protocol": choice.protocol or Protocol.IID,
            "n": choice.n,
            "way": choice.way,
            "against": choice.against,
            "problems": [{"problem": each.problem, "outcome": each.outcome} for each in found],
            "right_way": sum(each.way.is_correct for each in found),
            "right_against": sum(each.against.is_correct for each in found),
            "right_any": right_any,
        }

    @api.get(
        "/evaluations/{evaluation_id}/searches/{title}",
        tags=["evaluate"],
        summary="List what a guided search and Best-of-N at the same tokens come to of each problem",
    )
    def searched(
        evaluation_id: str, title: str, _: Reviewer, protocol: EnumField[Protocol] | None = None
    ) -> SearchedProblemsView:
        return _searched_view(pools.list_searched(evaluation_id, title, protocol))

    @api.get(
        "/evaluations/{evaluation_id}/problems/{problem_id}",
        tags=["evaluate"],
        summary="Get one problem with the solutions that two ways choose from",
    )
    def problem(
        evaluation_id: str, problem_id: str, principal: Reviewer, query: Annotated[PickQuery, Query()]
    ) -> PooledProblemView:
        found = pools.get_problem(evaluation_id, problem_id, query.as_choice(), principal)
        return {
            "problem": problem_id,
            "n": len(found.view["cards"]),
            "way": _choice_view(found.way),
            "against": _choice_view(found.against),
            "run": found.view,
            "address": found.run,
        }


def add_pool_additions(api: FastAPI, additions: PoolAdditions) -> None:
    """Add the routes that add to a pool."""

    @api.post(
        "/evaluations/{evaluation_id}/add-solutions",
        tags=["evaluate"],
        summary="Sample more solutions into the same pools",
    )
    def add_solutions(evaluation_id: str, body: AddedSolutionsBody, _: Admin) -> EvaluationView:
        return evaluation_view(additions.add_solutions(evaluation_id, body.n, greedy=body.greedy))

    @api.post(
        "/evaluations/{evaluation_id}/score-again",
        tags=["evaluate"],
        summary="Have the loaded reward model score the same pools",
    )
    def score_again(evaluation_id: str, body: ScoreAgainBody, _: Admin) -> EvaluationView:
        return evaluation_view(additions.score_again(evaluation_id, body.mode))

    @api.post(
        "/evaluations/{evaluation_id}/add-search",
        tags=["evaluate"],
        summary="Have each problem of the pools searched step by step, too",
    )
    def add_search(evaluation_id: str, body: SetSearchBody, _: Admin) -> EvaluationView:
        return evaluation_view(additions.add_search(evaluation_id, body.as_plan()))


def add_pool_files(api: FastAPI, pools: EvaluationPools) -> None:
    """Add the routes of files that the command line gives the same figures of."""

    @api.get(
        "/evaluations/{evaluation_id}/problems.jsonl",
        tags=["evaluate"],
        summary="Download the problems, as the command line reads them",
        response_class=Response,
        responses=raw_answer(JSON_LINES),
    )
    def problem_file(evaluation_id: str, _: Reviewer) -> Response:
        return json_lines_file(pools.iter_problem_rows(evaluation_id), "problems.jsonl")

    @api.get(
        "/evaluations/{evaluation_id}/pool.jsonl",
        tags=["evaluate"],
        summary="Download the pools with scores and verdicts, as the command line reads them",
        response_class=Response,
        responses=raw_answer(JSON_LINES),
    )
    def pool_file(evaluation_id: str, principal: Reviewer, protocol: EnumField[Protocol] | None = None) -> Response:
        return json_lines_file(pools.iter_pool_rows(evaluation_id, protocol, principal), "pool.jsonl")

    @api.get(
        "/evaluations/{evaluation_id}/curve-table",
        tags=["evaluate"],
        summary="Download the curve as a table",
        response_class=Response,
        responses=raw_answer(*TABLE_TYPES.values()),
    )
    def table(
        evaluation_id: str,
        _: Reviewer,
        protocol: EnumField[Protocol] | None = None,
        format: TableFormat = TableFormat.CSV,
    ) -> Response:
        text = pools.write_table(evaluation_id, protocol, format)
        return table_file(text, format, f"best-of-n-{evaluation_id[:8]}")

    @api.get(
        "/evaluations/{evaluation_id}/pool-report",
        tags=["evaluate"],
        summary="Download the curves with all that belongs to them as one HTML file",
        response_class=Response,
        responses=raw_answer("text/html"),
    )
    def pool_report(evaluation_id: str, _: Reviewer, protocol: EnumField[Protocol] | None = None) -> Response:
        found, curve = pools.report_curve(evaluation_id, protocol)
        record = {each["name"]: each["value"] for each in _record(found)}
        command = pool_command(found.protocol, found.plan.searches)
        contents = PoolReportContents(found=found, curve=curve, record=record, command=command)
        return html_file(write_pool_report(contents), f"best-of-n-{evaluation_id[:8]}")


def _set_view(found: ProblemGroup) -> ProblemSetView:
    return {
        "name": found.name,
        "project": found.project,
        "data_source": found.data_source,
        "problems": found.answered,
        "unanswered": found.unanswered,
    }


def _curve_view(found: PoolReport) -> PoolCurveView:
    evaluation, plan, curve = found.evaluation, found.plan, found.curve
    counts = evaluation.state.counts
    lacking = {} if curve is None else curve.lacking
    models: list[PoolModelView] = [
        {
            "key": each.key,
            "name": each.model.name,
            "revision": each.model.revision,
            "mode": each.mode,
            "lacking": lacking.get(each.key, 0),
        }
        for each in plan.models
    ]
    return {
        "evaluation": evaluation_view(evaluation),
        "record": _record(found),
        "command": pool_command(found.protocol, plan.searches),
        "protocol": found.protocol,
        "protocols": [_protocol_view(each, found) for each in Protocol],
        "is_final": found.is_final,
        "problems": 0 if curve is None else curve.problems,
        "total": evaluation.state.total,
        "unanswered": None if counts is None else counts.unanswered,
        "solutions": 0 if curve is None else curve.solutions,
        "smallest": 0 if curve is None else curve.smallest,
        "largest": 0 if curve is None else curve.largest,
        "room": LARGEST_POOL - plan.size,
        "models": models,
        "points": [] if curve is None else _points(curve),
        "searches": [] if curve is None else [_search_view(each) for each in curve.searches],
        "resamples": RESAMPLES,
        "tokens": found.tokens,
        "usage": usage_views(found.usage),
        "seconds": found.seconds,
        "paper": _paper_view(),
        "loaded": None if found.loaded is None else model_view(found.loaded),
        "can_sample": found.can_sample,
    }


def _points(found: PoolCurve) -> list[CurvePointView]:
    return [
        {
            "n": n,
            "tokens": found.tokens.get(n),
            "figures": {
                way: _figure_view(figure, found.curve.sampling_errors[n].get(way)) for way, figure in ways.items()
            },
            "differences": {name: estimate_view(each) for name, each in found.curve.differences[n].items()},
        }
        for n, ways in found.curve.figures.items()
    ]


def _search_view(found: MeasuredSearch) -> SearchFiguresView:
    comparison = found.comparison
    return {
        "title": found.title,
        "against": found.against,
        "problems": comparison.problems,
        "accuracy": estimate_view(comparison.accuracy),
        "tokens": comparison.tokens,
        "n": comparison.n,
        "n_tokens": comparison.n_tokens,
        "next_n": comparison.next_n,
        "next_tokens": comparison.next_tokens,
        "next_weight": comparison.next_weight,
        "best_of_n": estimate_view(comparison.best_of_n),
        "difference": estimate_view(comparison.difference),
        "ends_early": comparison.ends_early,
    }


def _figure_view(figure: Estimate, sampling_error: float | None) -> WayFigureView:
    return {**estimate_view(figure), "sampling_error": sampling_error}


def _protocol_view(protocol: Protocol, found: PoolReport) -> ProtocolView:
    is_there = protocol in found.plan.protocols
    return {
        "protocol": protocol,
        "lacking": 0 if is_there else found.evaluation.state.total or found.problems,
    }


def _record(found: PoolReport) -> list[RecordEntry]:
    plan, request = found.plan, found.evaluation.request
    sampling = plan.sampling
    policy = request.policy
    entries = [
        ("Problems", request.set_name),
        (
            "Policy",
            "not named"
            if policy is None
            else f"{policy.name} T {sampling.temperature:g} · top-p {sampling.top_p:g} · seed {sampling.seed}",
        ),
        *(
            (("PRM" if each.mode is ScoreMode.STEPS else "ORM"), f"{each.model.name} @{each.model.revision[:12]}")
            for each in plan.models
        ),
        *(("Guided search", f"{each.title}, under {plan.guide.model.name}") for each in plan.searches),
        ("Answers", f"compared by value, checker {found.checker}"),
        ("Intervals", f"bootstrap, {RESAMPLES:,} draws of problems"),
    ]
    return [{"name": name, "value": value} for name, value in entries]


def _paper_view() -> list[PaperCurveView]:
    return [
        {
            "name": each.name,
            "source": SOURCE,
            "date": DATE,
            "protocol": Protocol.GREEDY_FIRST,
            "points": [{"n": n, "value": value} for n, value in each.points.items()],
        }
        for each in published_curves()
    ]


def _searched_view(found: SearchedSet) -> SearchedProblemsView:
    problems = found.problems
    return {
        "protocol": found.protocol,
        "title": found.search.title,
        "n": found.search.comparison.n,
        "problems": [
            {
                "problem": each.problem,
                "question": problems[each.problem].question if each.problem in problems else None,
                "outcome": each.outcome,
                "tokens": each.search.tokens,
                "search": each.search.run,
                "solutions": found.runs[each.problem],
            }
            for each in found.found
        ],
    }


def _choice_view(found: Pick) -> PickedChoiceView:
    return {"draw": found.at, "votes": found.votes, "is_correct": found.is_correct, "is_tied": found.is_tied}
