"""Routes of the list of solutions: pages, what they add up to, and the values to filter by. For reviewers.

What somebody is labelling right now is left out for them. Whoever is shown scores is noted as having seen them.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from engine.domain import ErrorType, Label, SkipReason
from engine.evaluation.distributions import Distributions, LabelCounts
from storage import (
    AccountRepository,
    AnswerState,
    BadSetting,
    Facet,
    LabellingRepository,
    LabelState,
    ListedSolution,
    ListedSteps,
    ResultRepository,
    Scope,
    SolutionFilter,
    SortKey,
    SortOrder,
    StepCondition,
)
from visualprm_ui.access.identity import Principal
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.shapes.listing import (
    BrowsedSolution,
    FacetView,
    LabelCountsView,
    SolutionIds,
    SolutionPage,
    SolutionSummary,
)
from visualprm_ui.api.solutions import file_labels_view
from visualprm_ui.use_cases.distributions import distributions_of

MOST_IDS = 10_000  # of one selection


class FilterQuery(BaseModel):
    """Which solutions; conditions add up."""

    model_config = ConfigDict(extra="forbid")

    queue: str | None = None
    evaluation: bool = False
    state: LabelState | None = None
    q: str | None = Field(
        default=None, max_length=1000, description="Words of the question, a step, an answer or a remark."
    )
    source: list[str] = Field(default=[], max_length=200, description="Any of these data sources; empty text: none.")
    policy: list[str] = Field(default=[], max_length=200, description="Any of these policy models.")
    answer: AnswerState | None = None
    annotator: str | None = Field(default=None, max_length=200, description="Who labelled or skipped it.")
    flagged: bool = False
    skip_reason: SkipReason | None = None
    error_type: ErrorType | None = None
    differing: int | None = Field(
        default=None, ge=0, le=10_000, description="At least this many steps with different labels."
    )
    label: int | None = Field(default=None, ge=-1, le=1, description="Of one step, for which place and score hold too.")
    step: int | None = Field(default=None, description="Its 0-based place; 11 for that or any later one.")
    score_from: float | None = Field(default=None, description="A multiple of 0.05.")
    score_to: float | None = Field(default=None, description="A multiple of 0.05; left out, but for 1.")
    seconds_from: float | None = None
    seconds_to: float | None = None
    benchmark: bool = Field(
        default=True, description="false leaves out what nobody labelled of the built-in nano benchmark."
    )


class PageQuery(FilterQuery):
    """Which solutions, in which order, and which of their pages."""

    sort: str = Field(
        default="stored", max_length=40, description="A key of the order; with - before it the other way round."
    )
    after: str | None = Field(default=None, max_length=1000)
    limit: int = Field(default=50, ge=1, le=200)


class IdsQuery(FilterQuery):
    """Which solutions, in which order, and how many of them."""

    sort: str = Field(default="stored", max_length=40)
    limit: int = Field(default=MOST_IDS, ge=1, le=MOST_IDS)


class FacetQuery(FilterQuery):
    """Which solutions, and the property to count them by."""

    facet: Facet


def add_solution_list(
    api: FastAPI, results: ResultRepository, labelling: LabellingRepository, accounts: AccountRepository
) -> None:
    """Add the routes. Call it before those of single solutions, whose addresses would take theirs."""

    def filter_of(query: FilterQuery, principal: Principal) -> SolutionFilter:
        return _filter_of(query, labelling, principal)

    @api.get("/solutions", tags=["dataset"], summary="List solutions with their final labels and newest scores")
    def browse(principal: Reviewer, query: Annotated[PageQuery, Query()]) -> SolutionPage:
        page = results.list_solutions(filter_of(query, principal), _read_order(query.sort), query.limit, query.after)
        labelling.mark_solutions_seen([each.solution.id for each in page.items if each.scores], principal.name)
        names = accounts.get_display_names()
        return {
            "solutions": [_browsed_solution(each, names) for each in page.items],
            "next": page.next,
            "unlisted": page.unlisted,
        }

    @api.get("/solutions/ids", tags=["dataset"], summary="List the ids of the solutions that a filter finds")
    def ids(principal: Reviewer, query: Annotated[IdsQuery, Query()]) -> SolutionIds:
        found = results.list_ids(filter_of(query, principal), _read_order(query.sort), query.limit)
        return {"solutions": list(found)}

    @api.get("/solutions/summary", tags=["dataset"], summary="Count labels, scores and times of solutions")
    def summary(principal: Reviewer, query: Annotated[FilterQuery, Query()]) -> SolutionSummary:
        listed = results.read_listed_steps(filter_of(query, principal))
        return _summary_view(listed, distributions_of(listed))

    @api.get("/solutions/facets", tags=["dataset"], summary="Count solutions by the values of a property")
    def facets(principal: Reviewer, query: Annotated[FacetQuery, Query()]) -> FacetView:
        names = accounts.get_display_names() if query.facet is Facet.ANNOTATOR else {}
        counted = results.count_facet(filter_of(query, principal), query.facet)
        return {
            "values": [
                {"value": each.value, "name": names.get(each.value, each.value), "solutions": each.solutions}
                for each in counted
            ]
        }


def _filter_of(query: FilterQuery, labelling: LabellingRepository, principal: Principal) -> SolutionFilter:
    """Read a filter. Raises BadSetting, and NotFound for a queue: a misspelt id would look like one that nobody has labelled."""
    if query.queue is not None:
        labelling.get_queue(query.queue, "")
    return SolutionFilter(
        scope=Scope(queue_id=query.queue, evaluation=query.evaluation, stage=None),
        state=query.state,
        search=query.q,
        data_sources=tuple(query.source),
        policy_models=tuple(query.policy),
        answer=query.answer,
        annotator=query.annotator,
        flagged=query.flagged,
        skip_reason=query.skip_reason,
        error_type=query.error_type,
        min_differing=query.differing,
        step=StepCondition(
            label=None if query.label is None else Label(query.label),
            place=query.step,
            min_score=query.score_from,
            max_score=query.score_to,
        ),
        min_seconds=query.seconds_from,
        max_seconds=query.seconds_to,
        benchmark=query.benchmark,
        hidden_from=principal.name,
    )


def _read_order(sort: str) -> SortOrder:
    """Read "mean_score" or "-mean_score". Raises BadSetting."""
    try:
        return SortOrder(key=SortKey(sort.removeprefix("-")), descending=sort.startswith("-"))
    except ValueError:
        known = ", ".join(key.value for key in SortKey)
        raise BadSetting(
            f"A list cannot be sorted by {sort!r}. Choose one of {known}, with or without - before it."
        ) from None


def _browsed_solution(row: ListedSolution, names: Mapping[str, str]) -> BrowsedSolution:
    return {
        "solution": row.solution.id,
        "problem": row.problem.id,
        "question": row.problem.question,
        "image": row.problem.images[0] if row.problem.images else None,
        "data_source": row.problem.data_source,
        "policy_model": row.solution.policy_model,
        "answer": row.solution.answer,
        "is_right": row.is_right,
        "labels": list(row.labels),
        "scores": None if row.scores is None else list(row.scores),
        "mean_score": row.mean_score,
        "annotators": row.annotators,
        "people": [names.get(each, each) for each in row.people],
        "states": list(row.states),
        "updated_at": row.updated_at.isoformat(),
        "file_labels": file_labels_view(row.file_labels),
        "rollout_labels": [
            {"policy_model": each.record.policy_model, "labels": list(each.labels)} for each in row.rollout_labels
        ],
    }


def _summary_view(listed: ListedSteps, found: Distributions) -> SolutionSummary:
    return {
        "total": listed.total,
        "all": listed.all,
        "in_work": listed.in_work,
        "by_place": [_counts_view(each) for each in found.by_place],
        "by_score": None if found.by_score is None else [_counts_view(each) for each in found.by_score],
        "times": None
        if found.times is None
        else {
            "width": found.times.width,
            "solutions": list(found.times.solutions),
            "median": found.times.median,
        },
    }


def _counts_view(counts: LabelCounts) -> LabelCountsView:
    return {
        "correct": counts.correct,
        "neutral": counts.neutral,
        "wrong": counts.wrong,
        "unlabelled": counts.unlabelled,
    }
