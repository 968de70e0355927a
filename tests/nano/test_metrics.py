"""The figures on hand-computed cases: ordinary, one, ties, nothing to compare."""

import pytest

from engine.domain import Aggregation
from nano.metrics import (
    Judged,
    StepKind,
    auc,
    by_outcome,
    by_steps,
    calibration,
    calibration_error,
    counts,
    difference,
    floors,
    interval,
    kind_of,
    macro_f1,
    pass_at_1,
    pass_at_n,
    picked,
    self_consistency,
    share,
)


def judged(right: bool, answer: str | None = "1", labels=(1,), scores=(0.9,), outcome=None) -> Judged:
    kinds = (StepKind.READING, *(StepKind.COMPUTATION for _ in labels))[: len(labels)]
    return Judged(
        right=right, answer=answer, labels=labels, kinds=kinds, scores=scores, outcome=outcome, first_mistake=None
    )


def test_pass_rates() -> None:
    problem = [judged(True), judged(False), judged(False), judged(False)]
    assert (pass_at_1(problem), pass_at_n(problem)) == (0.25, 1.0)


def test_the_highest_aggregate_is_picked_and_the_first_of_equals() -> None:
    low, high = judged(False, scores=(0.9, 0.1), labels=(1, 1)), judged(True, scores=(0.6, 0.6), labels=(1, 1))
    assert picked(by_steps(Aggregation.MEAN))([low, high]) == 1.0
    assert picked(by_steps(Aggregation.MAX))([low, high]) == 0.0
    assert picked(by_steps(Aggregation.MEAN))([judged(False), judged(True)]) == 0.0


def test_votes_share_ties_and_ignore_solutions_without_answer() -> None:
    assert self_consistency([judged(True, "3"), judged(True, "3"), judged(False, "4")]) == 1.0
    assert self_consistency([judged(True, "3"), judged(False, "4")]) == 0.5
    assert self_consistency([judged(False, None)]) == 0.0


def test_neutral_steps_are_not_counted() -> None:
    problem = [judged(True, labels=(1, -1, 0, 1, -1), scores=(0.9, 0.8, 0.1, 0.2, 0.3))]
    assert counts([problem]) == (1, 1, 1, 1)


def test_macro_f1() -> None:
    assert macro_f1((10, 0, 0, 5)) == 1.0
    assert macro_f1((1, 1, 1, 1)) == pytest.approx(0.5)
    assert macro_f1((0, 0, 0, 0)) == 0.0


def test_floors() -> None:
    assert floors((50, 25, 0, 25)) == {"all_correct": 0.3333, "coin": 0.5, "base_rate": 0.5}


def test_auc_with_ties_and_without_both_kinds() -> None:
    assert auc([[judged(True, labels=(1, -1), scores=(0.9, 0.1))]]) == 1.0
    assert auc([[judged(True, labels=(1, -1), scores=(0.5, 0.5))]]) == 0.5
    assert auc([[judged(True, labels=(1, 1), scores=(0.5, 0.5))]]) is None


def test_intervals_hold_the_value_and_have_no_width_without_variation() -> None:
    mixed = [[judged(True)], [judged(False)]] * 20
    figure = share(mixed, pass_at_1)
    low, high = figure["interval"]
    assert low < figure["value"] == 0.5 < high
    assert interval([[judged(True)]] * 5, lambda some: macro_f1(counts(some)))["interval"] == [0.5, 0.5]


def test_the_orm_ranks_by_its_own_score_and_picks_nothing_when_it_was_not_asked() -> None:
    assert picked(by_outcome)([judged(False, outcome=0.2), judged(True, outcome=0.7)]) == 1.0
    assert picked(by_outcome)([judged(True)]) == 0.0


def test_kinds_of_steps() -> None:
    assert kind_of("The red bar is 23.") is StepKind.READING
    assert kind_of("The difference is $23-14=9$.") is StepKind.COMPUTATION
    assert kind_of("Final answer: 9") is StepKind.FINAL
    problem = [judged(True, labels=(1, -1), scores=(0.9, 0.9))]
    assert counts([problem], StepKind.READING) == (1, 0, 0, 0)
    assert counts([problem], StepKind.COMPUTATION) == (0, 1, 0, 0)
    assert auc([problem], StepKind.FINAL) is None


def test_paired_differences_have_no_width_where_both_always_agree() -> None:
    values = [1.0, 0.0] * 10
    assert difference(values, values) == {"value": 0.0, "interval": [0.0, 0.0]}
    assert difference([1.0, 0.5], [0.5, 0.0]) == {"value": 0.5, "interval": [0.5, 0.5]}


def test_calibration_by_hand() -> None:
    problem = [judged(True, labels=(1, -1, 1, 0), scores=(0.95, 0.95, 0.05, 0.5))]
    low, high = calibration([problem])
    assert (low.steps, low.score, low.right) == (1, 0.05, 1.0)
    assert (high.steps, high.score, high.right) == (2, 0.95, 0.5)
    assert calibration_error((low, high)) == pytest.approx((0.95 + 2 * 0.45) / 3)
    assert calibration_error(()) is None
