"""Maps from scores to shares of completions: what they say between, on and outside of measured scores.

Covers engine/outcomes/calibration_map.py.
"""

from dataclasses import replace

import pytest

from engine.domain import RunRecord
from engine.outcomes.calibration_map import CalibrationMap, MeasuredPair, as_segments, read_segments

MAP = read_segments([[[0.1, 0.0], [0.2, 0.5], [0.3, 0.5]], [[0.6, 0.75]], [[0.8, 0.75], [1.0, 1.0]]])


@pytest.mark.parametrize(
    ("score", "share"),
    [(0.1, 0.0), (0.15, 0.25), (0.2, 0.5), (0.25, 0.5), (0.3, 0.5), (0.6, 0.75), (0.9, 0.875), (1.0, 1.0)],
)
def test_between_measured_scores_it_is_linear(score, share):
    assert MAP.value_at(score) == pytest.approx(share)


@pytest.mark.parametrize("score", [0.0, 0.0999, 0.3001, 0.45, 0.59, 0.61, 0.7, None])
def test_where_nothing_was_measured_it_says_nothing(score):
    assert MAP.value_at(score) is None


def test_a_map_without_a_segment_says_nothing():
    nothing = CalibrationMap(segments=())
    assert (nothing.low, nothing.high, nothing.value_at(0.5)) == (None, None, None)
    assert (MAP.low, MAP.high) == (0.1, 1.0)


def test_it_reads_back_equal():
    assert read_segments(as_segments(MAP)) == MAP


@pytest.mark.parametrize(
    "segments", [[[]], [[[0.1, 0.5], [0.2, 0.4]]], [[[0.2, 0.5]], [[0.2, 0.6]]], [[[0.1, 1.5]]], [[[-0.1, 0.5]]]]
)
def test_what_is_no_map_is_refused(segments):
    with pytest.raises(ValueError, match="map"):
        read_segments(segments)


def test_it_is_of_these_models_in_these_versions_only():
    record = RunRecord(
        policy_model="p",
        policy_revision="1",
        reward_model="r",
        reward_model_revision="2",
        dtype="float32",
        device="cpu",
        prompt_version="3",
        tiles=(),
        versions={},
    )
    pair = MeasuredPair(
        reward_model="r", reward_model_revision="2", prompt_version="3", policy_model="p", policy_revision="1"
    )
    assert pair.fits(record)
    others = ("policy_model", "policy_revision", "reward_model", "reward_model_revision", "prompt_version")
    assert not any(pair.fits(replace(record, **{name: "other"})) for name in others)
    assert not replace(pair, policy_revision=None).fits(record)
