"""Routes of Monte-Carlo labels beside labels that are trusted: their agreement, and the steps behind it. For reviewers.

As in lists of evaluations, what somebody is labelling right now is left out for them, and whoever is shown steps is noted.
"""

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query
from pydantic import BaseModel, ConfigDict, Field

from engine.domain import Label, Role
from engine.evaluation.monte_carlo import ThresholdFigures
from visualprm_ui.access.identity import Principal
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.evaluation_views import estimate_view
from visualprm_ui.api.shapes.evaluations import EvaluatedStepPage
from visualprm_ui.api.shapes.monte_carlo_labels import MonteCarloLabelsView, ShareThresholdView
from visualprm_ui.api.step_benchmarks import Score, Side, step_view
from visualprm_ui.use_cases.evaluations.command import monte_carlo_command
from visualprm_ui.use_cases.evaluations.monte_carlo_labels import ComparedLabels, MonteCarloChoice, MonteCarloLabels
from visualprm_ui.use_cases.evaluations.request import SetChoice
from visualprm_ui.use_cases.evaluations.step_benchmarks import StepBenchmarks
from visualprm_ui.use_cases.evaluations.step_list import StepFilter, page_of


class MonteCarloQuery(BaseModel):
    """Which Monte-Carlo labels, and which labels to agree with. Conditions on the set add up."""

    model_config = ConfigDict(extra="forbid")

    measured: str = Field(max_length=20_000, description="monte_carlo:POLICY, or file:SOURCE with figures.")
    labels: str = Field(
        default="final", max_length=20_000, description="To agree with: final, person:NAME, file:SOURCE."
    )
    project: str | None = Field(default=None, max_length=100)
    queue: str | None = Field(default=None, max_length=100)
    evaluation: bool = Field(default=False, description="Only the random slices of projects.")
    data_source: str | None = Field(default=None, max_length=20_000)
    policy_model: str | None = Field(default=None, max_length=20_000)

    def as_choice(self) -> MonteCarloChoice:
        """Return it as values."""
        names = ("labels", "project", "queue", "evaluation", "data_source", "policy_model")
        return MonteCarloChoice(
            measured=self.measured, trusted=SetChoice(**{name: getattr(self, name) for name in names})
        )


class MonteCarloStepsQuery(MonteCarloQuery):
    """Which of the compared steps, and which of their pages."""

    label: Side = Field(default=None, description="1 or -1.")
    predicted: Side = Field(default=None, description="1 or -1: what the share calls it at the threshold.")
    threshold: Score = Field(default=None, description="Of the share; left out: 0.")
    after: str | None = Field(default=None, max_length=20)
    limit: int = Field(default=50, ge=1, le=200)

    def as_filter(self) -> StepFilter:
        """Return the conditions on steps as values."""
        return StepFilter(
            label=None if self.label is None else Label(self.label),
            predicted=None if self.predicted is None else Label(self.predicted),
            threshold=self.threshold,
        )


def add_monte_carlo_labels(api: FastAPI, labels: MonteCarloLabels, benchmarks: StepBenchmarks) -> None:
    """Add the routes of Monte-Carlo labels beside others."""

    @api.get(
        "/monte-carlo-labels", tags=["evaluate"], summary="Compare Monte-Carlo labels with others of the same steps"
    )
    def figures(principal: Reviewer, query: Annotated[MonteCarloQuery, Query()]) -> MonteCarloLabelsView:
        found = labels.measure(query.as_choice())
        return _view(found, labels.name_of(found.choice.trusted), _data_dir(labels, principal))

    @api.get("/monte-carlo-labels/steps", tags=["evaluate"], summary="List the steps behind such a figure")
    def steps(principal: Reviewer, query: Annotated[MonteCarloStepsQuery, Query()]) -> EvaluatedStepPage:
        hidden = benchmarks.list_hidden(principal.name)
        found = labels.find_steps(query.as_choice(), query.as_filter(), hidden)
        page = page_of(found, query.limit, query.after)
        texts = benchmarks.show([each.of for each in page.steps], principal.name)
        return {"steps": [step_view(each, texts) for each in page.steps], "total": page.total, "next": page.next}


def _data_dir(labels: MonteCarloLabels, principal: Principal) -> Path | None:
    """Return the folder that commands name, for admins only."""
    return labels.data_dir if principal.may(Role.ADMIN) else None


def _view(found: ComparedLabels, name: str, data_dir: Path | None) -> MonteCarloLabelsView:
    worth = found.worth
    return {
        "measured": found.choice.measured,
        "labels": found.choice.trusted.labels,
        "name": name,
        "record": [{"name": each.name, "value": each.value} for each in found.record],
        "command": monte_carlo_command(found.choice.measured, found.choice.trusted, data_dir),
        "resamples": worth.resamples,
        "problems": worth.problems,
        "solutions": worth.solutions,
        "steps": worth.steps,
        "neutral": worth.neutral,
        "unmeasured": worth.unmeasured,
        "stopped": worth.stopped,
        "half_labelled": found.half_labelled,
        "equal": found.equal,
        "labelled_correct": worth.labelled_correct,
        "all_correct_floor": worth.floors.all_correct,
        "coin_floor": worth.floors.fair_coin,
        "points": [_threshold_view(each) for each in worth.points],
    }


def _threshold_view(at: ThresholdFigures) -> ShareThresholdView:
    count = at.confusion
    return {
        "threshold": at.threshold,
        "confusion": None
        if count is None
        else {
            "true_positives": count.true_positives,
            "false_positives": count.false_positives,
            "false_negatives": count.false_negatives,
            "true_negatives": count.true_negatives,
        },
        "macro_f1": estimate_view(at.macro_f1),
        "f1_correct": estimate_view(at.f1_correct),
        "f1_wrong": estimate_view(at.f1_wrong),
        "accuracy": estimate_view(at.accuracy),
        "called_correct": estimate_view(at.called_correct),
    }
