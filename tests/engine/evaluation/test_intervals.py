"""Bootstrap intervals: repeatable, as wide as theory says, paired, and undefined rather than 0."""

import itertools
import math

import pytest

from engine.evaluation.intervals import Estimate, Interval, bootstrap, bootstrap_mean, paired_difference


def test_an_interval_holds_its_value_and_repeats_with_its_seed() -> None:
    values = [1.0, 0.0, 0.5, 1.0] * 10
    found = bootstrap_mean(values, seed=3)
    assert found.value == 0.625
    assert found.interval is not None
    assert found.interval.low < 0.625 < found.interval.high
    assert found.reason is None
    assert bootstrap_mean(values, seed=3) == found
    assert bootstrap_mean(values, seed=4).interval != found.interval


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    found = bootstrap_mean([1.0] * 300 + [0.0] * 100)
    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.01)


def test_without_variation_there_is_no_width() -> None:
    assert bootstrap_mean([0.5] * 4) == Estimate(value=0.5, interval=Interval(low=0.5, high=0.5))


def test_as_many_resamples_lie_below_an_interval_as_above_it() -> None:
    figures = itertools.count()
    found = bootstrap([1.0, 2.0], lambda _problems: float(next(figures)))
    last = next(figures) - 1
    assert found.interval is not None
    outside = (found.interval.low - 1, last - found.interval.high)
    assert outside == pytest.approx((0.025 * last,) * 2, abs=1)
    assert outside[0] == outside[1]


def test_the_difference_is_paired() -> None:
    """Both vary a lot and differ by 0.1 on every problem: unpaired, the interval would be wide."""
    first, second = [1.0, 0.2] * 10, [0.9, 0.1] * 10
    found = paired_difference(first, second)
    assert found.value == pytest.approx(0.1)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.1, 0.1))
    with pytest.raises(ValueError, match="zip"):
        paired_difference(first, second[1:])


def test_all_figures_of_the_same_problems_share_their_resamples() -> None:
    """So the difference of two figures is the figure of the difference, resample by resample."""
    drawn: dict[str, list[tuple[int, ...]]] = {"one": [], "other": []}
    for name, seen in drawn.items():
        bootstrap(range(5), lambda problems, name=name, seen=seen: seen.append(tuple(problems)) or len(name))
    assert drawn["one"] == drawn["other"]
    assert len(drawn["one"]) > 1000


def test_no_problem_and_one_problem() -> None:
    assert bootstrap_mean([]) == Estimate(value=None, interval=None, reason="There is nothing to compute it from.")
    assert bootstrap_mean([0.5]) == Estimate(value=0.5, interval=None, reason="One problem is too few for an interval.")


def test_undefined_resamples_are_left_out_and_most_of_them_undefined_is_no_interval() -> None:
    def share_of_wins(games: object) -> float | None:  # draws (None) do not count
        decided = [game for game in games if game is not None]  # type: ignore[attr-defined]
        return sum(decided) / len(decided) if decided else None

    some = bootstrap([1.0, 1.0, None], share_of_wins)
    assert some == Estimate(value=1.0, interval=Interval(low=1.0, high=1.0))
    rare = bootstrap([1.0] + [None] * 9, lambda games: share_of_wins(games) if games.count(1.0) == 1 else None)
    assert rare == Estimate(value=1.0, interval=None, reason="It is undefined on most resamples.")
    assert bootstrap([None, None], share_of_wins).value is None
