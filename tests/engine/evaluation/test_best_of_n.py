"""Best-of-N out of a pool equals counting every choice of N by hand."""

import itertools
from collections.abc import Callable
from statistics import fmean

import pytest

from engine.evaluation.best_of_n import (
    best_of_n_accuracy,
    curve_sizes,
    pass_at_n,
    self_consistency_accuracy,
)

CORRECT = (False, True, True, False, False)
SCORES = (0.9, 0.8, 0.3, 0.3, None)  # a tie, and one that is never picked
ANSWERS = ("a", "b", "b", "c", None)


def over_all_choices(n: int, figure: Callable[[tuple[int, ...]], float]) -> float:
    return fmean(figure(chosen) for chosen in itertools.combinations(range(len(CORRECT)), n))


def pick(chosen: tuple[int, ...]) -> float:
    eligible = [index for index in chosen if SCORES[index] is not None]
    return float(bool(eligible) and CORRECT[max(eligible, key=lambda index: SCORES[index] or 0)])


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_pass_at_n_and_the_pick_are_the_mean_over_all_choices(n: int) -> None:
    assert pass_at_n(CORRECT, n) == pytest.approx(over_all_choices(n, lambda some: any(CORRECT[i] for i in some)))
    assert best_of_n_accuracy(CORRECT, SCORES, n) == pytest.approx(over_all_choices(n, pick))


def test_pass_at_1_and_pass_at_all() -> None:
    assert pass_at_n((True, False, False, False), 1) == 0.25
    assert pass_at_n((True, False, False, False), 4) == 1.0
    assert pass_at_n((False,), 1) == 0.0


def test_the_highest_score_is_picked_and_the_first_of_equals() -> None:
    assert best_of_n_accuracy((False, True), (0.4, 0.6), 2) == 1.0
    assert best_of_n_accuracy((False, True), (0.5, 0.5), 2) == 0.0
    assert best_of_n_accuracy((True, False), (0.5, 0.5), 2) == 1.0


def test_what_has_no_score_is_never_picked() -> None:
    assert best_of_n_accuracy((True, False), (None, 0.1), 2) == 0.0
    assert best_of_n_accuracy((True, True), (None, None), 2) == 0.0  # none is chosen
    assert best_of_n_accuracy((True, True), (None, 0.1), 1) == 0.5


def test_the_most_frequent_answer_is_chosen_and_ties_are_shared() -> None:
    assert self_consistency_accuracy((True, True, False), ("3", "3", "4"), 3) == 1.0
    assert self_consistency_accuracy((True, False), ("3", "4"), 2) == 0.5
    assert self_consistency_accuracy((True, False, False), ("3", "4", "5"), 3) == pytest.approx(1 / 3)
    assert self_consistency_accuracy((False, False, True), ("3", "3", "4"), 3) == 0.0


def test_no_answer_is_no_vote() -> None:
    assert self_consistency_accuracy((False, False, True), (None, None, "4"), 3) == 1.0
    assert self_consistency_accuracy((False, False), (None, None), 2) == 0.0


def test_votes_of_part_of_the_pool_repeat_and_are_close_to_all_choices() -> None:
    def vote(chosen: tuple[int, ...]) -> float:
        return self_consistency_accuracy([CORRECT[i] for i in chosen], [ANSWERS[i] for i in chosen], len(chosen))

    for n in (1, 2, 3, 4):
        found = self_consistency_accuracy(CORRECT, ANSWERS, n)
        assert found == self_consistency_accuracy(CORRECT, ANSWERS, n)
        assert found == pytest.approx(over_all_choices(n, vote), abs=0.15)
    assert self_consistency_accuracy(CORRECT, ANSWERS, 5) == 1.0
    assert self_consistency_accuracy(CORRECT, ANSWERS, 2, seed=1) != self_consistency_accuracy(CORRECT, ANSWERS, 2)


@pytest.mark.parametrize("n", [0, 6])
def test_n_is_at_most_the_pool(n: int) -> None:
    for figure in (
        lambda: pass_at_n(CORRECT, n),
        lambda: best_of_n_accuracy(CORRECT, SCORES, n),
        lambda: self_consistency_accuracy(CORRECT, ANSWERS, n),
    ):
        with pytest.raises(ValueError, match=f"n is {n}"):
            figure()


def test_an_empty_pool_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="the 0 solutions"):
        pass_at_n((), 1)
    with pytest.raises(ValueError, match="1 values for 2 solutions"):
        best_of_n_accuracy((True, False), (0.5,), 1)


def test_the_sizes_of_a_curve_are_powers_of_two() -> None:
    assert curve_sizes(64) == (1, 2, 4, 8, 16, 32, 64)
    assert curve_sizes(5) == (1, 2, 4)
    assert curve_sizes(1) == (1,)
    assert curve_sizes(0) == ()
