"""Monte-Carlo labels against trusted ones: every figure at every threshold as counting step by step has it.

Covers engine/evaluation/monte_carlo.py.
"""

import random
from itertools import pairwise

import pytest
from sklearn import metrics

from engine.domain import Label
from engine.evaluation.intervals import bootstrap
from engine.evaluation.monte_carlo import HUNDREDTHS, SIXTEENTHS, MeasuredSolution, measure_worth

UP, NEUTRAL, DOWN = Label.CORRECT, Label.NEUTRAL, Label.WRONG
FIGURES = ("macro_f1", "f1_correct", "f1_wrong", "accuracy", "called_correct")


def solution(labels, shares, problem=None, **more):
    return MeasuredSolution(problem=problem or object(), labels=labels, shares=shares, **more)


def draw_solutions(count, seed=0, completions=16):
    """Solutions of two to nine steps, two a problem; some steps are neutral, not labelled, or not measured."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        labels = [chance.choice([UP, UP, UP, DOWN, DOWN, NEUTRAL, None]) for _ in range(chance.randint(2, 9))]
        shares = [
            None
            if chance.random() < 0.1
            else sum(chance.random() < 0.4 + 0.3 * (label or 0) for _ in range(completions)) / completions
            for label in labels
        ]
        found.append(solution(labels, shares, problem=f"problem {number // 2}"))
    return found


def pairs(solutions):
    return [
        (label is UP, share)
        for each in solutions
        for label, share in zip(each.labels, each.shares, strict=True)
        if label in (UP, DOWN) and share is not None
    ]


@pytest.mark.parametrize("completions", [16, 10, 300])
def test_every_figure_is_that_of_counting_step_by_step(completions):
    solutions = draw_solutions(80, completions=completions)
    found = measure_worth(solutions, resamples=20)
    counted = pairs(solutions)
    assert found.steps == len(counted)
    for threshold in {*SIXTEENTHS, *HUNDREDTHS}:
        labels, called = [is_up for is_up, _ in counted], [share > threshold for _, share in counted]
        at = found.at(threshold)
        assert at.macro_f1.value == pytest.approx(metrics.f1_score(labels, called, average="macro"), abs=1e-12)
        assert at.f1_correct.value == pytest.approx(metrics.f1_score(labels, called), abs=1e-12)
        assert at.f1_wrong.value == pytest.approx(metrics.f1_score(labels, called, pos_label=False), abs=1e-12)
        assert at.accuracy.value == pytest.approx(metrics.accuracy_score(labels, called), abs=1e-12)
        assert at.called_correct.value == pytest.approx(sum(called) / len(called), abs=1e-12)
        cells = at.confusion
        assert cells.true_positives == sum(label and call for label, call in zip(labels, called, strict=True))
        assert cells.false_positives == sum(not label and call for label, call in zip(labels, called, strict=True))
        assert cells.unread == 0


def test_intervals_are_those_of_drawing_whole_problems():
    solutions = draw_solutions(120)
    found = measure_worth(solutions, resamples=1000).at(0.25).accuracy
    by_problem = {}
    for each in solutions:
        by_problem.setdefault(each.problem, []).append(each)

    def accuracy(groups):
        counted = pairs([each for group in groups for each in group])
        return sum((share > 0.25) is label for label, share in counted) / len(counted)

    plain = bootstrap(list(by_problem.values()), accuracy, seed=3)
    assert found.value == plain.value
    assert found.interval.low == pytest.approx(plain.interval.low, abs=0.01)
    assert found.interval.high == pytest.approx(plain.interval.high, abs=0.01)


def test_what_is_not_measured_is_counted_apart_and_never_0_reached():
    found = measure_worth(
        [solution([UP, DOWN, NEUTRAL, None, UP, NEUTRAL], [0.5, None, 0.25, 1.0, None, None]), solution([UP], [None])],
        resamples=10,
    )
    assert (found.problems, found.solutions, found.steps) == (1, 1, 1)
    assert (found.neutral, found.unmeasured, found.stopped) == (2, 3, 0)
    at = found.at(0)
    assert at.confusion.true_positives == at.confusion.steps == 1
    assert (at.f1_correct.value, at.accuracy.value, at.called_correct.value) == (1, 1, 1)
    assert at.f1_wrong.value is at.macro_f1.value is None
    assert at.f1_wrong.reason == at.macro_f1.reason == "No step of this class is labelled, and none is called so."
    assert (at.accuracy.interval, at.accuracy.reason) == (None, "One problem is too few for an interval.")


@pytest.mark.parametrize("solutions", [[], [solution([UP], [None])], [solution([NEUTRAL, None], [0.5, 0.5])]])
def test_without_a_step_to_compare_every_figure_is_undefined(solutions):
    found = measure_worth(solutions, resamples=10)
    assert (found.steps, found.labelled_correct, found.floors.fair_coin) == (0, None, None)
    assert [point.threshold for point in found.points] == [0]
    for name in FIGURES:
        assert getattr(found.points[0], name).value is None
        assert "measured" in getattr(found.points[0], name).reason


def test_a_step_is_called_correct_above_the_threshold_not_at_it():
    found = measure_worth([solution([UP, UP, DOWN], [0.0, 0.125, 0.125]), solution([UP], [1.0])], resamples=10)
    assert [point.threshold for point in found.points] == [0, 0.125]
    assert found.at(0).confusion.true_positives == found.at(0.124).confusion.true_positives == 2
    assert found.at(0.125).confusion.true_positives == found.at(0.99).confusion.true_positives == 1
    assert found.at(0.125).confusion.true_negatives == 1


def test_between_two_points_nothing_changes():
    found = measure_worth(draw_solutions(60, completions=8), resamples=10)
    cells = [point.confusion for point in found.points]
    assert len(cells) == 8
    assert all(one != other for one, other in pairwise(cells))


def test_completions_that_ended_with_a_success_have_figures_at_0_only():
    stopped = solution([UP, DOWN], [1.0, 0.25], has_shares=False)
    alone = measure_worth([stopped, solution([DOWN], [0.0], has_shares=False)], resamples=10)
    assert alone.at(0).confusion.true_positives == 1
    assert alone.stopped == 0
    assert alone.at(0).accuracy.value == pytest.approx(2 / 3)
    for threshold in (*SIXTEENTHS[1:], 0.01):
        at = alone.at(threshold)
        assert (at.threshold, at.confusion, at.macro_f1.value) == (threshold, None, None)
        assert "first success" in at.macro_f1.reason
    beside = measure_worth([stopped, solution([UP], [0.5])], resamples=10)
    assert (beside.stopped, beside.solutions, beside.steps) == (1, 1, 1)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"must be in \[0, 1\]"):
        measure_worth([solution([UP], [1.5])])
    with pytest.raises(ValueError, match="zip"):
        measure_worth([solution([UP, UP], [1.0])])
