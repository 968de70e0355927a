"""The curve holds every way, N and difference, all on the same resamples."""

from dataclasses import replace

import pytest

from engine.domain import Aggregation
from engine.evaluation.curve import CurveParts, measure_curve, sizes_of, solution_scores
from engine.evaluation.intervals import Interval
from engine.evaluation.solution_pool import PooledSolution, Protocol

WAYS = ["prm_mean", "prm_min", "prm_max", "prm_last", "prm_product", "prm_weighted_vote"]


def pool(*solutions: tuple[bool, int | None, list[float]]) -> list[PooledSolution]:
    return [
        PooledSolution(is_correct=right, answer_group=group, scores=solution_scores("prm", scores))
        for right, group, scores in solutions
    ]


EASY = pool((True, 0, [0.9, 0.8]), (True, 0, [0.7]), (False, 1, [0.2]))
HARD = pool((False, 0, [0.9]), (False, 0, [0.3]), (True, 1, [0.4, 0.6]))


def test_every_way_is_there_for_every_n() -> None:
    found = measure_curve([EASY, HARD], ["prm"])
    assert list(found.figures) == [1, 2, 3]
    assert list(found.figures[2]) == [*WAYS, "self_consistency", "random", "oracle"]
    assert list(found.differences[2]) == [
        f"prm_mean - {way}" for way in [*WAYS[1:], "self_consistency", "random", "oracle"]
    ]
    whole = {way: estimate.value for way, estimate in found.figures[3].items()}
    assert whole["self_consistency"] == 0.5
    assert whole["oracle"] == 1.0
    assert whole["random"] == 0.5
    assert whole["prm_mean"] == 0.5
    assert found.differences[3]["prm_mean - oracle"].value == -0.5


def test_a_difference_is_paired() -> None:
    """Problems are easy or hard for both ways alike: each interval is wide, that of their difference has no width."""
    found = measure_curve([EASY, HARD] * 20, ["prm"])
    one, other = found.figures[3]["prm_mean"], found.figures[3]["self_consistency"]
    assert one.interval == other.interval
    assert one.interval is not None
    assert one.interval.high - one.interval.low > 0.2
    difference = found.differences[3]["prm_mean - self_consistency"]
    assert (difference.value, difference.interval) == (0.0, Interval(low=0.0, high=0.0))


def test_a_curve_repeats_with_its_seed() -> None:
    assert measure_curve([EASY, HARD], ["prm"], seed=2) == measure_curve([EASY, HARD], ["prm"], seed=2)


def test_two_models_are_compared_once() -> None:
    both = [
        [
            PooledSolution(
                is_correct=each.is_correct,
                answer_group=each.answer_group,
                scores=each.scores | solution_scores("orm", [0.5]),
            )
            for each in one
        ]
        for one in (EASY, HARD)
    ]
    found = measure_curve(both, ["prm", "orm"], Protocol.GREEDY_FIRST, CurveParts(votes=False))
    assert "orm_mean" in found.figures[1]
    assert "prm_mean - orm_mean" in found.differences[1]
    assert "orm_mean - prm_mean" not in found.differences[1]
    assert not [way for way in found.figures[1] if "weighted_vote" in way]


def test_the_curve_ends_at_the_smallest_pool() -> None:
    found = measure_curve([EASY, HARD + EASY], ["prm"])
    assert list(found.figures) == [1, 2, 3]
    assert found.figures[1]["random"].value == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_one_problem_has_no_interval() -> None:
    (estimate,) = {measure_curve([EASY], ["prm"]).figures[1]["random"]}
    assert (estimate.value, estimate.interval) == (pytest.approx(2 / 3), None)
    assert estimate.reason == "One problem is too few for an interval."


def test_no_problems_are_an_empty_curve() -> None:
    assert measure_curve([], ["prm"]).figures == {}


def test_the_sizes_are_powers_of_two_and_the_pool() -> None:
    assert [sizes_of(pool) for pool in (0, 1, 6, 8)] == [(), (1,), (1, 2, 4, 6), (1, 2, 4, 8)]


def test_a_solution_without_step_scores_has_none() -> None:
    assert solution_scores("prm", []) == {}
    assert solution_scores("prm", [0.5, 0.1])["prm_product"] == 0.05


def test_every_aggregation_can_be_compared():
    whole = [
        [replace(each, scores={**each.scores, **solution_scores("orm", [0.5])}) for each in one] for one in (EASY, HARD)
    ]
    compared = CurveParts(votes=False, compared=tuple(Aggregation))
    found = measure_curve(whole, ["prm", "orm"], parts=compared)
    names = found.differences[1].keys()
    assert {"prm_min - self_consistency", "prm_min - orm_min", "orm_product - oracle"} <= names
    assert "prm_min - prm_max" not in names
    assert "prm_mean - prm_max" in names
