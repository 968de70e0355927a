"""Graded solutions of the nano world, and the figures of their steps.

Knows what the world's steps do (read, compute, conclude) and which figures are reported. The formulas are those of
engine/evaluation; how solutions are chosen among is in selection.py.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.domain import Label
from engine.evaluation.calibration import calibration_bins, expected_calibration_error
from engine.evaluation.intervals import Estimate, bootstrap
from engine.evaluation.step_metrics import Confusion, area_under_roc, count_predictions, floors
from engine.prediction import predict

MISTAKES = ("perception", "arithmetic", "reasoning")

JsonEstimate = dict[str, float | list[float] | None]


class StepKind(enum.Enum):
    """What a step does."""

    READING = "reading"
    """It states what the picture shows."""
    COMPUTATION = "computation"
    """It computes."""
    FINAL = "final line"
    """It gives the answer."""


def step_kind(step: str) -> StepKind:
    """The kind of a step, from its text."""
    if "final answer" in step.lower():
        return StepKind.FINAL
    return StepKind.COMPUTATION if "=" in step else StepKind.READING


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedSolution:
    """One sampled solution with everything that is measured about it."""

    is_correct: bool
    """Its final answer is the reference answer."""
    answer_group: int | None
    """Which of the different answers to its problem it gives; None when it gives none."""
    labels: tuple[int, ...]
    """The exact checker's label of each step: 1, 0 or -1."""
    kinds: tuple[StepKind, ...]
    """What each step does."""
    scores: tuple[float, ...]
    """The PRM's score of each step, in [0, 1]; empty when it was not asked."""
    outcome_score: float | None = None
    """The ORM's score of the whole solution, in [0, 1]; None when it was not asked."""
    first_mistake: str | None
    """One of MISTAKES; None when every step is correct."""


GradedProblem = Sequence[GradedSolution]
"""The solutions of one problem."""


def scored_steps(problem: GradedProblem, kind: StepKind | None = None) -> Iterator[tuple[float, bool]]:
    """(score, is it correct) of every step of that kind (of all kinds by default), neutral steps left out."""
    for solution in problem:
        for label, score, own in zip(solution.labels, solution.scores, solution.kinds, strict=True):
            if label and (kind is None or own is kind):
                yield score, label > 0


def confusion(problem: GradedProblem, kind: StepKind | None = None) -> Confusion:
    """The confusion counts of the scored steps, predicted at the engine's threshold."""
    return count_predictions(
        (is_correct, predict(score) is Label.CORRECT) for score, is_correct in scored_steps(problem, kind)
    )


def pooled(problems: Sequence[GradedProblem], kind: StepKind | None = None) -> Confusion:
    """The confusion counts of all problems together."""
    return sum((confusion(problem, kind) for problem in problems), Confusion())


def macro_f1(confusions: Sequence[Confusion]) -> float | None:
    """Macro-F1 of steps pooled over problems, as on VisualProcessBench."""
    return sum(confusions, Confusion()).macro_f1


def step_figures(problems: Sequence[GradedProblem]) -> dict[str, object]:
    """Every figure of steps: mistakes of the policy, and how well the PRM's scores tell correct steps from wrong ones."""
    by_problem = [confusion(problem) for problem in problems]
    total = sum(by_problem, Confusion())
    blind = floors(total)
    bins = calibration_bins(step for problem in problems for step in scored_steps(problem))
    return {
        **_first_mistake_shares(problems),
        "step_macro_f1": estimate_json(bootstrap(by_problem, macro_f1)),
        "step_macro_f1_floors": {
            "all_correct": rounded(blind.all_correct),
            "coin": rounded(blind.fair_coin),
            "base_rate": rounded(blind.base_rate),
        },
        "auc": _area(problems),
        "steps": {"right": total.correct, "wrong": total.wrong},
        "step_kinds": {kind.value: _figures_of_kind(problems, kind) for kind in StepKind},
        "calibration_error": rounded(expected_calibration_error(bins)),
        "calibration": [{"steps": each.steps, "score": each.mean_score, "right": each.correct_share} for each in bins],
    }


def estimate_json(estimate: Estimate) -> JsonEstimate:
    """An estimate as it is kept in JSON, rounded."""
    interval = estimate.interval
    return {
        "value": rounded(estimate.value),
        "interval": None if interval is None else [round(interval.low, 4), round(interval.high, 4)],
    }


def rounded(value: float | None) -> float | None:
    """The value to four places; undefined stays None."""
    return None if value is None else round(value, 4)


def _first_mistake_shares(problems: Sequence[GradedProblem]) -> dict[str, object]:
    """The share of solutions that are correct in every step, and of the others by the kind of their first mistake."""
    firsts = Counter(solution.first_mistake for problem in problems for solution in problem)
    wrong = firsts.total() - firsts[None]
    return {
        "all_steps_right": rounded(firsts[None] / firsts.total()),
        **{f"{kind}_first": rounded(firsts[kind] / wrong) if wrong else None for kind in MISTAKES},
    }


def _figures_of_kind(problems: Sequence[GradedProblem], kind: StepKind) -> dict[str, float | int | None]:
    total = pooled(problems, kind)
    return {
        "macro_f1": rounded(total.macro_f1),
        "auc": _area(problems, kind),
        "right": total.correct,
        "wrong": total.wrong,
    }


def _area(problems: Sequence[GradedProblem], kind: StepKind | None = None) -> float | None:
    return rounded(area_under_roc(step for problem in problems for step in scored_steps(problem, kind)))
