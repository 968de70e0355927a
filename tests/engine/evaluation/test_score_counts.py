"""Counts of scores by label: as counted one by one, and as the bins without intervals have them."""

import numpy as np
import pytest

from engine.domain import Label
from engine.evaluation.calibration import calibration_bins
from engine.evaluation.judged_steps import JudgedSolution, as_columns
from engine.evaluation.resampling import Partition
from engine.evaluation.score_counts import HUNDREDTHS, calibration_estimates, counts_above, histogram

UP, DOWN = Label.CORRECT, Label.WRONG


def columns(labels, scores, problems=None):
    problems = problems or range(len(labels))
    return as_columns(
        [
            JudgedSolution(problem=problem, labels=[label], scores=[score])
            for problem, label, score in zip(problems, labels, scores, strict=True)
        ]
    )


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(4)
    labels = [UP if each else DOWN for each in rng.random(500) < 0.6]
    scores = [None if each < 0.02 else round(float(each), 2) for each in rng.random(500)]
    return labels, scores, columns(labels, scores, [at // 3 for at in range(500)])


def test_steps_above_each_hundredth_are_counted_strictly(drawn):
    labels, scores, steps = drawn
    found = counts_above(steps)
    for label, counts in ((UP, found.correct), (DOWN, found.wrong)):
        read = [score for of, score in zip(labels, scores, strict=True) if of is label and score is not None]
        assert list(counts) == [sum(score > at for score in read) for at in HUNDREDTHS]
    confused = steps.predicted_correct(0.35) & steps.is_correct
    assert found.correct[35] == confused.sum()


def test_a_histogram_holds_every_step_once_the_end_in_the_last_bin():
    found = histogram(columns([UP, UP, DOWN, DOWN, UP], [0.0, 0.05, 1.0, 0.999, None]))
    assert (found.correct, found.wrong) == ((1, 1, *[0] * 18), (*[0] * 19, 2))


def test_calibration_is_that_of_the_bins_with_an_interval_over_problems(drawn):
    labels, scores, steps = drawn
    read = [(score, label is UP) for label, score in zip(labels, scores, strict=True) if score is not None]
    found = calibration_estimates(steps, Partition(steps.problems))
    assert [each.steps for each in found] == [each.steps for each in calibration_bins(read)]
    for mine, plain in zip(found, calibration_bins(read), strict=True):
        assert mine.mean_score == pytest.approx(plain.mean_score, abs=1e-12)
        assert mine.correct_share.value == pytest.approx(plain.correct_share, abs=1e-12)
        assert mine.correct_share.interval.low < mine.correct_share.value < mine.correct_share.interval.high


def test_an_empty_bin_is_undefined_and_says_why():
    found = calibration_estimates(steps := columns([UP, DOWN], [0.95, 1.0]), Partition(steps.problems))
    assert [each.steps for each in found] == [0] * 9 + [2]
    assert (found[0].low, found[0].high, found[0].mean_score, found[0].correct_share.value) == (0.0, 0.1, None, None)
    assert found[0].correct_share.reason == "No step has such a score."
    assert found[9].correct_share.value == 0.5


def test_without_steps_all_counts_are_zero():
    steps = as_columns([])
    assert counts_above(steps).correct == (0,) * 101
    assert histogram(steps).wrong == (0,) * 20
    assert {each.correct_share.value for each in calibration_estimates(steps, Partition(0))} == {None}
