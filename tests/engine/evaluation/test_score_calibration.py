"""Curve and errors of step scores over completions, and what a map is worth on problems it was not fitted on.

Covers engine/evaluation/score_calibration.py.
"""

import random

import pytest

from engine.evaluation.calibration import calibration_bins, expected_calibration_error
from engine.evaluation.isotonic import CountedScore, fit_map
from engine.evaluation.score_calibration import FOLDS, ScoredCompletions, calibrate


def draw_solutions(problems, truth, seed=0, drawn=16, solutions=2):
    """Solutions of five steps; of a step scored s each completion reaches the answer with the chance truth(s)."""
    chance = random.Random(seed)
    found = []
    for number in range(problems * solutions):
        steps = []
        for _ in range(5):
            score = chance.random()
            reached = sum(chance.random() < truth(score) for _ in range(drawn))
            steps.append(CountedScore(score=score, reached=reached, drawn=drawn))
        found.append(ScoredCompletions(problem=number // solutions, steps=tuple(steps)))
    return found


def completions(solutions):
    """Each completion as a step of its own, as the plain figures take them."""
    return [(step.score, at < step.reached) for each in solutions for step in each.steps for at in range(step.drawn)]


def test_curve_and_error_are_those_of_every_completion_by_itself():
    solutions = draw_solutions(12, lambda score: score**2)
    found = calibrate(solutions, resamples=20)
    plain = calibration_bins(completions(solutions))
    drawn = [each for each in found.curve if each.steps]
    assert [each.completions for each in drawn] == [each.steps for each in plain]
    assert [each.mean_score for each in drawn] == pytest.approx([each.mean_score for each in plain])
    assert [each.share.value for each in drawn] == pytest.approx([each.correct_share for each in plain])
    assert found.error.value == pytest.approx(expected_calibration_error(plain))
    assert (found.problems, found.solutions, found.steps, found.completions) == (12, 24, 120, 1920)
    assert found.map == fit_map([step for each in solutions for step in each.steps])


def test_a_map_helps_where_scores_say_too_much():
    found = calibrate(draw_solutions(60, lambda score: score**3))
    assert found.before.value > 0.2
    assert found.after.value < 0.06
    assert found.gain.value == pytest.approx(found.before.value - found.after.value)
    assert found.gain.interval.low > 0.1
    assert found.after.interval.low <= found.after.value <= found.after.interval.high


def test_a_map_is_measured_on_other_problems_only():
    """Labels by coin: a map fitted on the very steps would look better than the scores, one of other problems cannot."""
    solutions = draw_solutions(20, lambda score: 0.5, drawn=1, solutions=1)
    solutions = [
        ScoredCompletions(
            problem=each.problem,
            steps=tuple(CountedScore(score=0.5, reached=step.reached, drawn=1) for step in each.steps),
        )
        for each in solutions
    ]
    found = calibrate(solutions, resamples=20)
    mapped = found.map.value_at(0.5)
    assert found.error.value == pytest.approx(abs(0.5 - mapped))
    assert found.after.value > 0, "each fold is mapped to the share of the others, not to its own"


def test_scores_beyond_the_maps_of_others_are_compared_neither_before_nor_after():
    alone = ScoredCompletions(problem="alone", steps=(CountedScore(score=0.95, reached=16, drawn=16),))
    low = [
        ScoredCompletions(problem=number, steps=(CountedScore(score=0.3 + number / 100, reached=5, drawn=16),))
        for number in range(9)
    ]
    found = calibrate([*low, alone], resamples=20)
    assert found.steps == 10
    assert found.compared < 10
    assert found.before.value == pytest.approx(
        calibrate_before([each.steps[0] for each in low], found.compared), abs=0.03
    )
    assert found.map.value_at(0.95) == 1.0


def calibrate_before(steps, compared):
    """About what the error of the low scores alone is: the far one would add (1 - 0.95) / compared at most."""
    assert compared <= len(steps)
    return expected_calibration_error(
        calibration_bins([(each.score, at < each.reached) for each in steps for at in range(each.drawn)])
    )


def test_too_few_problems_have_a_map_and_no_worth():
    found = calibrate(draw_solutions(FOLDS - 1, lambda score: score))
    assert found.map.segments
    assert found.error.value is not None
    assert (found.compared, found.before.value, found.after.value, found.gain.value) == (0, None, None, None)
    assert "too few" in found.after.reason


def test_nothing_is_undefined_not_0():
    found = calibrate([ScoredCompletions(problem=1, steps=())])
    assert (found.problems, found.solutions, found.steps, found.completions) == (0, 0, 0, 0)
    assert found.error.value is None
    assert "No step" in found.error.reason
    assert {each.mean_score for each in found.curve} == {each.share.value for each in found.curve} == {None}


def test_folds_depend_on_the_seed_only():
    solutions = draw_solutions(12, lambda score: score**2)
    assert calibrate(solutions, resamples=10) == calibrate(solutions, resamples=10)
    assert calibrate(solutions, resamples=10, seed=1).after != calibrate(solutions, resamples=10).after
