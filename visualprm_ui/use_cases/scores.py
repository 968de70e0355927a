"""A solution's scores as labelling and review show them: one per step, the prediction of each, and the solution score."""

from __future__ import annotations

from collections.abc import Sequence

from engine.aggregate import aggregate
from engine.domain import Aggregation, Label, Scoring
from engine.prediction import predict
from storage.runs.step_scores import spread_scores


def step_scores(steps: int, scoring: Scoring | None) -> list[float | None]:
    """Return one score for each of ``steps`` steps, ``None`` where there is none; merged steps share theirs."""
    return spread_scores(steps, scoring.step_scores if scoring else ())


def predictions(scores: Sequence[float | None]) -> list[Label | None]:
    """Return what each score predicts of its step: 1 (correct), -1 (wrong), ``None`` without a score."""
    return [None if score is None else predict(score) for score in scores]


def solution_score(scoring: Scoring | None) -> float | None:
    """Return the mean step score, the paper's response score."""
    return aggregate(scoring.step_scores, Aggregation.MEAN) if scoring else None
