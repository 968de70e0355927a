"""Counts that the charts beside the list of solutions show."""

import pandas as pd
import pytest

from engine.evaluation.distributions import LabelCounts, TimeBins, measure_distributions


def frame(*steps: tuple[int, int, int]) -> pd.DataFrame:
    return pd.DataFrame(steps, columns=["place", "label", "bin"])


def counts(correct: int = 0, neutral: int = 0, wrong: int = 0, unlabelled: int = 0) -> LabelCounts:
    return LabelCounts(correct=correct, neutral=neutral, wrong=wrong, unlabelled=unlabelled)


def test_steps_are_counted_by_place_and_by_score():
    found = measure_distributions(frame((0, 1, 1), (1, -1, 0), (0, 0, 1), (1, 2, -1)), 12, 2, [])
    assert found.by_place == (counts(correct=1, neutral=1), counts(wrong=1, unlabelled=1))
    assert found.by_score == (counts(wrong=1), counts(correct=1, neutral=1))


def test_no_solution_has_no_figures():
    found = measure_distributions(frame(), 12, 20, [])
    assert (found.by_place, found.by_score, found.times) == ((), None, None)


def test_places_and_scores_between_are_counted_as_none():
    found = measure_distributions(frame((2, 1, 3)), 12, 5, [])
    assert found.by_place == (counts(), counts(), counts(correct=1))
    assert found.by_score == (counts(), counts(), counts(), counts(correct=1), counts())


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ([0.0], TimeBins(width=1, solutions=(1,), median=0.0)),
        ([3.0, 3.9, 1.0], TimeBins(width=1, solutions=(0, 1, 0, 2), median=3.0)),
        ([1.0] * 98 + [90_000.0] * 1, TimeBins(width=1, solutions=(0, 99), median=1.0)),  # one left open over night
        ([65.0, 5.0], TimeBins(width=5, solutions=(0, 1, *[0] * 10, 1), median=35.0)),
    ],
)
def test_times_are_in_bins_of_a_round_width(seconds: list[float], expected: TimeBins):
    assert measure_distributions(frame(), 12, 20, seconds).times == expected
