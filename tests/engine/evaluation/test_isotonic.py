"""The map that fits best of all that never fall: as scikit-learn has it, and nothing where nothing was measured.

Covers engine/evaluation/isotonic.py.
"""

from itertools import pairwise
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from engine.evaluation.isotonic import CountedScore, fit_map
from engine.outcomes.calibration_map import GAP, CalibrationMap, as_segments


def step(score, reached, drawn=16):
    return CountedScore(score=score, reached=reached, drawn=drawn)


@st.composite
def counted_scores(draw):
    drawn = draw(st.integers(1, 16))
    return step(draw(st.integers(0, 40)) / 40, draw(st.integers(0, drawn)), drawn)


SOME = st.lists(counted_scores(), min_size=1, max_size=40)


def test_neighbours_that_fall_become_one_by_their_completions():
    found = fit_map([step(0.2, 4, 4), step(0.25, 0, 12), step(0.3, 8)])
    assert as_segments(found) == [[[0.2, 0.25], [0.25, 0.25], [0.3, 0.5]]]


def test_equal_scores_are_counted_together():
    assert as_segments(fit_map([step(0.5, 16), step(0.5, 0), step(0.5, 2, 4)])) == [[[0.5, 0.5]]]


def test_one_step_is_a_map_of_one_score_and_none_of_nothing():
    assert as_segments(fit_map([step(0.5, 4)])) == [[[0.5, 0.25]]]
    assert fit_map([]) == CalibrationMap(segments=())


def test_a_wide_gap_between_measured_scores_is_left_open():
    found = fit_map([step(0.1, 0), step(0.2, 8), step(0.5, 8), step(0.55, 16)])
    assert as_segments(found) == [[[0.1, 0.0], [0.2, 0.5]], [[0.5, 0.5], [0.55, 1.0]]]
    assert found.value_at(0.35) is None


def test_many_scores_that_become_one_block_take_no_longer_each_than_few():
    """The scores of a block were copied for every one that joined it: half a minute for these, and hours for a training set."""
    count = 160_000
    begun = process_time()
    found = fit_map(step(at / count, 16 - 16 * at // count) for at in range(count))
    assert process_time() - begun < 12
    assert len({point.share for segment in found.segments for point in segment}) == 1


@pytest.mark.parametrize("bad", [step(1.1, 0), step(0.5, 17), step(0.5, 0, 0), step(0.5, -1), step(float("nan"), 0)])
def test_what_cannot_have_been_measured_is_refused(bad):
    with pytest.raises(ValueError, match="completions"):
        fit_map([bad])


@settings(deadline=None)
@given(SOME)
def test_it_is_scikit_learns(steps):
    reference = IsotonicRegression(y_min=0, y_max=1).fit(
        [each.score for each in steps],
        [each.reached / each.drawn for each in steps],
        sample_weight=[each.drawn for each in steps],
    )
    found = fit_map(steps)
    scores = np.linspace(0, 1, 201)
    for score, predicted in zip(scores.tolist(), np.atleast_1d(reference.predict(scores)), strict=True):
        value = found.value_at(score)
        assert value is None or value == pytest.approx(predicted, abs=1e-9)
    assert all(found.value_at(each.score) is not None for each in steps)


@settings(deadline=None)
@given(SOME)
def test_it_says_nothing_far_from_what_was_measured_and_never_falls(steps):
    found, scores = fit_map(steps), sorted({each.score for each in steps})
    values = []
    for score in np.linspace(0, 1, 301).tolist():
        value = found.value_at(score)
        below = [each for each in scores if each <= score]
        above = [each for each in scores if each >= score]
        is_measured = bool(below and above) and above[0] - below[-1] <= GAP
        assert (value is not None) is is_measured
        if value is not None:
            values.append(value)
    assert all(one <= two for one, two in pairwise(values))


@settings(deadline=None)
@given(SOME)
def test_what_is_reached_is_kept_in_sum(steps):
    """Blocks are means: the map says as many completions reach the answer as did."""
    found = fit_map(steps)
    said = sum(found.value_at(each.score) * each.drawn for each in steps)
    assert said == pytest.approx(sum(each.reached for each in steps))
