"""Figures of graded steps: what counts as a step of a kind, which steps count, and what is reported of them."""

import pytest

from engine.evaluation.step_metrics import Confusion
from nano.bench.metrics import GradedSolution, StepKind, confusion, macro_f1, pooled, step_figures, step_kind


def graded(
    labels: tuple[int, ...] = (1,), scores: tuple[float, ...] = (0.9,), first_mistake: str | None = None
) -> GradedSolution:
    kinds = (StepKind.READING, *(StepKind.COMPUTATION for _ in labels))[: len(labels)]
    return GradedSolution(
        is_correct=True, answer_group=0, labels=labels, kinds=kinds, scores=scores, first_mistake=first_mistake
    )


def test_kinds_of_steps() -> None:
    assert step_kind("The red bar is 23.") is StepKind.READING
    assert step_kind("The difference is $23-14=9$.") is StepKind.COMPUTATION
    assert step_kind("Final answer: 9") is StepKind.FINAL


def test_neutral_steps_are_not_counted_and_a_score_at_the_threshold_is_not_above_it() -> None:
    problem = [graded((1, -1, 0, 1, -1, 1), (0.9, 0.8, 0.1, 0.2, 0.3, 0.5))]
    assert confusion(problem) == Confusion(true_positives=1, false_positives=1, false_negatives=2, true_negatives=1)


def test_steps_of_one_kind() -> None:
    problem = [graded((1, -1), (0.9, 0.9))]
    assert confusion(problem, StepKind.READING) == Confusion(true_positives=1)
    assert confusion(problem, StepKind.COMPUTATION) == Confusion(false_positives=1)
    assert confusion(problem, StepKind.FINAL) == Confusion()


def test_steps_are_pooled_over_problems() -> None:
    problems = [[graded((1,), (0.9,))], [graded((-1,), (0.1,)), graded((-1,), (0.9,))]]
    assert pooled(problems) == Confusion(true_positives=1, false_positives=1, true_negatives=1)
    assert macro_f1([confusion(problem) for problem in problems]) == pytest.approx(2 / 3)


def test_what_is_reported() -> None:
    wrong = graded((-1, 1), (0.05, 0.95), "perception")
    figures = step_figures([[graded(), wrong], [wrong, wrong]])
    assert figures["all_steps_right"] == 0.25
    assert [figures[f"{kind}_first"] for kind in ("perception", "arithmetic", "reasoning")] == [1.0, 0.0, 0.0]
    assert figures["step_macro_f1"] == {"value": 1.0, "interval": [1.0, 1.0]}
    assert figures["steps"] == {"right": 4, "wrong": 3}
    assert figures["auc"] == 1.0
    assert figures["calibration"] == [
        {"steps": 3, "score": pytest.approx(0.05), "right": 0.0},
        {"steps": 4, "score": pytest.approx((0.9 + 3 * 0.95) / 4), "right": 1.0},
    ]
    assert figures["calibration_error"] == pytest.approx((3 * 0.05 + 0.25) / 7, abs=1e-4)


def test_what_is_undefined_is_not_0() -> None:
    figures = step_figures([[graded()], [graded()]])  # no mistake, no wrong step
    assert figures["all_steps_right"] == 1.0
    assert [figures[f"{kind}_first"] for kind in ("perception", "arithmetic", "reasoning")] == [None, None, None]
    assert (figures["step_macro_f1"], figures["auc"]) == ({"value": None, "interval": None}, None)
