"""Calibration by hand: bins of equal width, their ends, the error over them."""

import pytest

from engine.evaluation.calibration import CalibrationBin, calibration_bins, expected_calibration_error


def test_bins_by_hand() -> None:
    low, high = calibration_bins([(0.95, True), (0.97, False), (0.05, True)])
    assert low == CalibrationBin(steps=1, mean_score=0.05, correct_share=1.0)
    assert high == CalibrationBin(steps=2, mean_score=pytest.approx(0.96), correct_share=0.5)
    assert expected_calibration_error((low, high)) == pytest.approx((0.95 + 2 * 0.46) / 3)


def test_a_bin_holds_its_lower_end_and_the_last_one_both() -> None:
    bins = calibration_bins([(0.0, False), (0.5, True), (0.49, False), (1.0, True)], bins=2)
    assert [(each.steps, each.mean_score) for each in bins] == [(2, pytest.approx(0.245)), (2, 0.75)]


def test_scores_that_mean_what_they_say_have_no_error() -> None:
    bins = calibration_bins([(0.75, True)] * 3 + [(0.75, False)] + [(1.0, True)])
    assert expected_calibration_error(bins) == 0.0


def test_nothing_scored_is_undefined() -> None:
    assert calibration_bins([]) == ()
    assert expected_calibration_error(()) is None
