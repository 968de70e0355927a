"""Two pools of every problem side by side: figures are those of each alone, differences are paired."""

import random

import pytest

from engine.evaluation.curve import measure_curve, solution_scores
from engine.evaluation.curve_comparison import COMPARED_WAYS, ComparedPools, compare_curves
from engine.evaluation.intervals import paired_difference
from engine.evaluation.pick_chances import best_of_n
from engine.evaluation.solution_pool import PooledSolution, Protocol, as_arrays


def draw_pools(problems, size, seed, *, key="prm", skill=0.3):
    chance = random.Random(seed)
    pools = []
    for _ in range(problems):
        ease = chance.random()
        pool = []
        for _ in range(size):
            is_correct = chance.random() < ease
            steps = [min(1, max(0, chance.gauss(0.5 + skill * is_correct, 0.2))) for _ in range(3)]
            group = 0 if is_correct else chance.randint(1, 2)
            scores = solution_scores(key, steps)
            pool.append(PooledSolution(is_correct=is_correct, answer_group=group, scores=scores))
        pools.append(pool)
    return pools


def ends_of(estimate):
    return (estimate.value, estimate.interval.low, estimate.interval.high)


@pytest.mark.parametrize("protocol", list(Protocol))
def test_figures_are_those_of_each_alone_and_differences_are_paired(protocol):
    a, b = draw_pools(40, 4, 1), draw_pools(40, 8, 2, key="other", skill=0.6)
    found = compare_curves(ComparedPools(pools=a, model="prm"), ComparedPools(pools=b, model="other"), protocol)
    assert (found.problems, list(found.figures)) == (40, [1, 2, 4])
    alone = measure_curve(a, ["prm"], protocol).figures, measure_curve(b, ["other"], protocol).figures
    for n, ways in found.figures.items():
        assert tuple(ways) == COMPARED_WAYS
        for way, each in ways.items():
            mine, theirs = (
                name if name in alone[at][n] else f"{key}_{name}"
                for at, (key, name) in enumerate([("prm", way), ("other", way)])
            )
            assert ends_of(each.a) == pytest.approx(ends_of(alone[0][n][mine]), abs=1e-11), (n, way)
            assert ends_of(each.b) == pytest.approx(ends_of(alone[1][n][theirs]), abs=1e-11), (n, way)
            assert each.difference.value == pytest.approx(each.b.value - each.a.value, abs=1e-11)
    chances = [
        best_of_n(as_arrays(pools)[0], f"{key}_mean", [4], protocol)[:, 0] for pools, key in ((a, "prm"), (b, "other"))
    ]
    plain = paired_difference(chances[1].tolist(), chances[0].tolist(), seed=3)
    difference = found.figures[4]["mean"].difference
    assert difference.value == pytest.approx(plain.value, abs=1e-11)
    assert ends_of(difference)[1:] == pytest.approx(ends_of(plain)[1:], abs=0.03)


def test_swapped_sides_have_the_opposite_difference():
    a, b = (ComparedPools(pools=draw_pools(20, 4, seed), model="prm") for seed in (1, 2))
    one, other = (compare_curves(*sides).figures[2]["min"].difference for sides in ((a, b), (b, a)))
    assert (one.value, one.interval.low) == (-other.value, pytest.approx(-other.interval.high))


def test_what_is_equal_differs_by_nothing():
    side = ComparedPools(pools=draw_pools(12, 4, 1), model="prm")
    for ways in compare_curves(side, side).figures.values():
        for each in ways.values():
            interval = each.difference.interval
            assert (each.difference.value, interval.low, interval.high) == (0.0, 0.0, 0.0)


def test_without_a_model_on_both_sides_there_are_the_ways_that_need_none():
    a, b = draw_pools(5, 2, 1), draw_pools(5, 2, 2)
    found = compare_curves(ComparedPools(pools=a, model="prm"), ComparedPools(pools=b, model=None))
    assert list(found.figures[2]) == ["self_consistency", "random", "oracle"]


def test_one_problem_has_no_interval_and_none_has_no_figures():
    one = ComparedPools(pools=draw_pools(1, 2, 1), model="prm")
    found = compare_curves(one, one).figures[2]["mean"].difference
    assert (found.value, found.interval, found.reason) == (0.0, None, "One problem is too few for an interval.")
    none = ComparedPools(pools=[], model="prm")
    assert compare_curves(none, none).figures == {}


def test_sides_of_other_problems_are_refused():
    a, b = (ComparedPools(pools=draw_pools(count, 2, 1), model="prm") for count in (2, 3))
    with pytest.raises(ValueError, match="2 problems and the other 3"):
        compare_curves(a, b)
