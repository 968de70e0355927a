"""Guided search beside Best-of-N at the same tokens: by hand, and by every choice of N.

Covers engine/evaluation/search_comparison.py, engine/evaluation/spent_tokens.py.
"""

from itertools import combinations

import pytest

from engine.evaluation.intervals import Interval
from engine.evaluation.search_comparison import (
    NO_PROBLEMS,
    NO_SCORES,
    NOT_COUNTED,
    SearchComparison,
    SearchOutcome,
    compare_search,
)
from engine.evaluation.solution_pool import PooledSolution, Protocol
from engine.evaluation.spent_tokens import mean_tokens

WAY = "prm_mean"


def pool(*solutions: tuple[bool, float | None]) -> list[PooledSolution]:
    return [PooledSolution(is_correct=right, answer_group=0, scores={WAY: score}) for right, score in solutions]


def search(is_correct: bool, tokens: int | None = 30) -> SearchOutcome:
    return SearchOutcome(is_correct=is_correct, tokens=tokens)


# the best of all four is wrong in FAILED, and right in FOUND
FOUND = pool((False, 0.2), (True, 0.9), (False, 0.3), (True, 0.4))
FAILED = pool((True, 0.2), (False, 0.9), (True, 0.3), (False, 0.4))
TEN = [10, 10, 10, 10]


def chance(solutions: list[PooledSolution], n: int) -> float:
    """How often the best of n is right, by trying every choice."""
    picks = [
        max(chosen, key=lambda at: (solutions[at].scores[WAY], -at))
        for chosen in combinations(range(len(solutions)), n)
    ]
    return sum(solutions[at].is_correct for at in picks) / len(picks)


def test_best_of_n_has_as_many_tokens_as_the_search() -> None:
    """It had the largest N that takes no more: up to half the search's tokens, to the search's advantage."""
    found = compare_search([search(True, 35), search(True, 34)], [FOUND, FAILED], [TEN, TEN], WAY)
    assert (found.tokens, found.n, found.n_tokens, found.ends_early) == (34.5, 3, 30.0, False)
    assert (found.next_n, found.next_tokens, found.next_weight) == (4, 40.0, pytest.approx(0.45))
    assert (found.mixed_n, found.mixed_tokens) == (pytest.approx(3.45), pytest.approx(found.tokens))
    assert found.accuracy.value == 1.0
    three, four = ((chance(FOUND, n) + chance(FAILED, n)) / 2 for n in (3, 4))
    assert found.best_of_n.value == pytest.approx(0.55 * three + 0.45 * four)
    assert found.difference.value == pytest.approx(1 - found.best_of_n.value)
    exactly = compare_search([search(True, 20)] * 2, [FOUND, FAILED], [TEN, TEN], WAY)
    assert (exactly.n, exactly.next_n, exactly.next_weight, exactly.mixed_n) == (2, None, 0.0, 2.0)


def test_nearly_two_solutions_are_not_compared_with_one() -> None:
    found = compare_search([search(True, 19)], [FOUND], [TEN], WAY)
    assert (found.n, found.next_n, found.mixed_n) == (1, 2, pytest.approx(1.9))
    assert found.best_of_n.value == pytest.approx(0.1 * chance(FOUND, 1) + 0.9 * chance(FOUND, 2))


def test_the_budget_is_that_of_the_mean_problem() -> None:
    tokens = [[10, 30, 20, 20], [4, 4, 4, 4]]  # 20 and 4 a solution: 12 on average
    found = compare_search([search(True, 40), search(False, 8)], [FOUND, FAILED], tokens, WAY)
    assert (found.tokens, found.n, found.n_tokens) == (24.0, 2, 24.0)


def test_a_difference_is_paired() -> None:
    """What is easy for both or hard for both cancels out."""
    sure, hopeless = pool((True, 0.9), (True, 0.8)), pool((False, 0.9), (False, 0.8))
    found = compare_search(
        [search(True), search(False)] * 20, [sure, hopeless] * 20, [[10, 10]] * 40, WAY, resamples=200
    )
    assert found.accuracy.interval == found.best_of_n.interval
    assert found.accuracy.interval is not None
    assert found.accuracy.interval.high - found.accuracy.interval.low > 0.2
    assert (found.difference.value, found.difference.interval) == (0.0, Interval(low=0.0, high=0.0))


def test_pools_that_are_too_small_are_told() -> None:
    found = compare_search([search(True, 60)] * 2, [FOUND, FAILED[:3]], [TEN, TEN[:3]], WAY)
    assert (found.n, found.n_tokens, found.next_n, found.ends_early) == (3, 30.0, None, True)
    assert compare_search([search(True, 40)], [FOUND], [TEN], WAY).ends_early is False
    assert compare_search([search(True, 41)], [FOUND], [TEN], WAY).ends_early is True


def test_greedy_first_pays_for_its_greedy_solution() -> None:
    tokens = [[50, 10, 10, 10]]
    found = compare_search([search(True, 60)], [FOUND], tokens, WAY, Protocol.GREEDY_FIRST)
    assert (found.n, found.n_tokens) == (2, 60.0)
    more = compare_search([search(True, 65)], [FOUND], tokens, WAY, Protocol.GREEDY_FIRST)
    assert (more.n, more.next_n, more.next_tokens, more.next_weight) == (2, 3, 70.0, pytest.approx(0.5))
    # the greedy one is wrong with 0.2, and any other is better: two of three are right
    assert found.best_of_n.value == pytest.approx(2 / 3)


def is_alone(found: SearchComparison) -> str | None:
    """The one reason of everything about Best-of-N, which is undefined."""
    assert (found.n, found.n_tokens, found.best_of_n.value, found.difference.value) == (None, None, None, None)
    assert found.best_of_n.reason == found.difference.reason
    return found.best_of_n.reason


def test_what_is_undefined_says_why() -> None:
    short = compare_search([search(True, 9)] * 2, [FOUND, FAILED], [TEN, TEN], WAY)
    assert is_alone(short) == "One solution takes 10 tokens on average, and a search only 9, so no N takes as few."
    assert (short.accuracy.value, short.tokens) == (1.0, 9.0)
    uncounted = compare_search([search(True, None), search(False)], [FOUND, FAILED], [TEN, TEN], WAY)
    assert (is_alone(uncounted), uncounted.accuracy.value, uncounted.tokens) == (NOT_COUNTED, 0.5, None)
    assert is_alone(compare_search([search(True)], [FOUND], [[10, None, 10, 10]], WAY)) == NOT_COUNTED
    assert is_alone(compare_search([search(True)], [FOUND], [TEN], "other_mean")) == NO_SCORES
    nothing = compare_search([], [], [], WAY)
    assert (is_alone(nothing), nothing.accuracy.value, nothing.problems) == (NO_PROBLEMS, None, 0)


def test_one_problem_has_no_interval() -> None:
    found = compare_search([search(True)], [FOUND], [TEN], WAY)
    assert (found.accuracy.value, found.accuracy.interval, found.difference.interval) == (1.0, None, None)


def test_problems_that_do_not_match_are_refused() -> None:
    with pytest.raises(ValueError, match="2 searches, 1 pools"):
        compare_search([search(True)] * 2, [FOUND], [TEN], WAY)


def test_tokens_are_the_mean_over_choices_then_over_problems() -> None:
    assert mean_tokens([[10, 20, 30]], 2) == 40.0
    assert mean_tokens([[10, 20, 30], [2, 2, 2]], 2) == 22.0
    assert mean_tokens([[10, 20, 30]], 2, Protocol.GREEDY_FIRST) == 35.0
    assert mean_tokens([[10]], 1, Protocol.GREEDY_FIRST) == 10.0
    assert mean_tokens([[10, None]], 1) is None
    assert mean_tokens([], 1) is None
    assert mean_tokens([[]], 1) is None
