"""The figures on hand-computed cases: ordinary, one, ties, nothing to compare."""

import pytest

from engine.domain import Aggregation
from nano.figures import (
    Judged,
    auc,
    best_by,
    counts,
    floors,
    interval,
    macro_f1,
    pass_at_1,
    pass_at_n,
    self_consistency,
    share,
)


def judged(right: bool, answer: str | None = "1", labels=(1,), scores=(0.9,)) -> Judged:
    return Judged(right=right, answer=answer, labels=labels, scores=scores, first_mistake=None)


def test_pass_rates() -> None:
    problem = [judged(True), judged(False), judged(False), judged(False)]
    assert (pass_at_1(problem), pass_at_n(problem)) == (0.25, 1.0)


def test_the_highest_aggregate_is_picked_and_the_first_of_equals() -> None:
    low, high = judged(False, scores=(0.9, 0.1), labels=(1, 1)), judged(True, scores=(0.6, 0.6), labels=(1, 1))
    assert best_by(Aggregation.MEAN)([low, high]) == 1.0
    assert best_by(Aggregation.MAX)([low, high]) == 0.0
    assert best_by(Aggregation.MEAN)([judged(False), judged(True)]) == 0.0


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
