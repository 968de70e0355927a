"""One set of resamples: repeatable, as wide as theory says, shared by all figures, and undefined rather than 0."""

import math

import numpy as np
import pytest

from engine.evaluation.intervals import Estimate, Interval
from engine.evaluation.resampling import Partition


def test_every_resample_has_as_many_problems() -> None:
    partition = Partition(7, resamples=50)
    assert partition.times.sum(axis=1).tolist() == [7] * 50
    assert (partition.times == Partition(7, resamples=50).times).all()
    assert (partition.times != Partition(7, resamples=50, seed=1).times).any()


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    found = Partition(400).mean(np.array([1.0] * 300 + [0.0] * 100))
    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert found.value == 0.75
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.004)


def test_sums_are_those_of_the_problems_drawn() -> None:
    partition = Partition(3, resamples=20)
    terms = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]])
    sums = partition.sums(terms)
    for times, found in zip(partition.times, sums, strict=True):
        assert found.tolist() == [sum(int(t) * row[k] for t, row in zip(times, terms, strict=True)) for k in (0, 1)]


def test_without_variation_there_is_no_width() -> None:
    assert Partition(4).mean(np.full(4, 0.5)) == Estimate(value=0.5, interval=Interval(low=0.5, high=0.5))


def test_nothing_and_one_problem_have_no_interval() -> None:
    assert Partition(0).mean(np.zeros(0)) == Estimate(value=None, interval=None, reason="There are no problems.")
    one = Partition(1).mean(np.ones(1))
    assert one == Estimate(value=1.0, interval=None, reason="One problem is too few for an interval.")


def test_resamples_without_a_value_are_left_out() -> None:
    partition = Partition(5, resamples=10)
    some = np.array([1.0] * 6 + [np.nan] * 4)
    assert partition.estimate(1.0, some).interval == Interval(low=1.0, high=1.0)
    few = partition.estimate(1.0, np.array([1.0] * 4 + [np.nan] * 6))
    assert few == Estimate(value=1.0, interval=None, reason="It is undefined on most resamples.")
    assert partition.estimate(math.nan, some, "Why.") == Estimate(value=None, interval=None, reason="Why.")
