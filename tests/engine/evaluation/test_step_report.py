"""The figures of steps: by hand, as scikit-learn computes them, and on the public harness's protocol.

Covers engine/evaluation/step_report.py, engine/evaluation/judged_steps.py, engine/evaluation/areas.py,
engine/evaluation/thresholds.py, engine/evaluation/first_error.py.
"""

import math
import random
from collections.abc import Sequence

import numpy as np
import pytest
from sklearn import metrics

from engine.domain import ErrorType, Label
from engine.evaluation.areas import RankedSteps
from engine.evaluation.calibration import calibration_bins, expected_calibration_error
from engine.evaluation.intervals import bootstrap
from engine.evaluation.judged_steps import JudgedSolution, as_columns
from engine.evaluation.resampling import Partition
from engine.evaluation.step_metrics import area_under_roc
from engine.evaluation.step_report import Part, macro_f1_at, report
from engine.evaluation.thresholds import FIXED, sweep, tune, upper_bound

UP, NEUTRAL, DOWN = Label.CORRECT, Label.NEUTRAL, Label.WRONG


def solution(labels: list[Label | None], scores: list[float | None], **more: object) -> JudgedSolution:
    return JudgedSolution(labels=labels, scores=scores, **{"problem": object(), "source": "s", **more})  # type: ignore[arg-type]


def draw_solutions(count: int, seed: int = 0) -> list[JudgedSolution]:
    """Solutions of two to nine steps from three sources, some problems with several; scores have ties."""
    chance = random.Random(seed)
    found = []
    for number in range(count):
        labels = [chance.choice([UP, UP, DOWN, NEUTRAL]) for _ in range(chance.randint(2, 9))]
        scores = [round(min(1, max(0, chance.gauss(0.5 + 0.2 * label, 0.25))), 2) for label in labels]
        found.append(
            JudgedSolution(
                problem=number // 2,
                labels=labels,
                scores=scores,
                source=f"source {number // 2 % 3}",
                policy=f"policy {number % 2}",
            )
        )
    return found


def flat(solutions: list[JudgedSolution]) -> tuple[list[bool], list[float]]:
    pairs = [
        (label is UP, score)
        for each in solutions
        for label, score in zip(each.labels, each.scores, strict=True)
        if label is not NEUTRAL
    ]
    return [label for label, _ in pairs], [score for _, score in pairs]


@pytest.mark.parametrize("threshold", [*FIXED, 0.33])
def test_the_figures_are_those_of_scikit_learn(threshold: float) -> None:
    solutions = draw_solutions(120)
    found = report(solutions, threshold=threshold, resamples=20)
    groups = {name: [each for each in solutions if each.source == name] for name in found.sources}
    for figures, some in ((found.pooled, solutions), *((found.sources[name], some) for name, some in groups.items())):
        labels, scores = flat(some)
        predicted = [score > threshold for score in scores]
        assert figures.f1_correct.value == pytest.approx(metrics.f1_score(labels, predicted), abs=1e-9)
        assert figures.f1_wrong.value == pytest.approx(metrics.f1_score(labels, predicted, pos_label=False), abs=1e-9)
        assert figures.macro_f1.value == pytest.approx(metrics.f1_score(labels, predicted, average="macro"), abs=1e-9)
        assert figures.accuracy.value == pytest.approx(metrics.accuracy_score(labels, predicted), abs=1e-9)
        assert figures.auc.value == pytest.approx(metrics.roc_auc_score(labels, scores), abs=1e-9)
        assert figures.average_precision.value == pytest.approx(
            metrics.average_precision_score(labels, scores), abs=1e-9
        )
    f1s = [each.macro_f1.value for each in found.sources.values()]
    weights = [each.confusion.steps for each in found.sources.values()]
    assert found.mean_of_sources.value == pytest.approx(np.mean(f1s), abs=1e-12)
    assert found.step_weighted.value == pytest.approx(np.average(f1s, weights=weights), abs=1e-12)


def test_areas_have_intervals_where_they_are_asked_for() -> None:
    solutions = draw_solutions(30)
    whole, quick = report(solutions, resamples=50).pooled, report(solutions, resamples=50, area_intervals=False).pooled
    assert (quick.auc.value, quick.average_precision.value) == (whole.auc.value, whole.average_precision.value)
    assert whole.auc.interval is not None
    assert (quick.auc.interval, quick.auc.reason) == (None, "An interval was not asked for.")
    assert quick.macro_f1 == whole.macro_f1


def test_resampled_areas_are_those_of_repeated_steps() -> None:
    """A problem drawn twice has its steps twice: scikit-learn on the repeated steps."""
    steps = as_columns(draw_solutions(30))
    partition = Partition(steps.problems, resamples=25, seed=3)
    found = RankedSteps(steps.score, steps.is_correct, steps.problem).resampled(partition)
    for times, roc, precision in zip(partition.times, found.roc, found.precision, strict=True):
        weights = times[steps.problem].astype(float)
        assert roc == pytest.approx(
            metrics.roc_auc_score(steps.is_correct, steps.score, sample_weight=weights), abs=1e-9
        )
        expected = metrics.average_precision_score(steps.is_correct, steps.score, sample_weight=weights)
        assert precision == pytest.approx(expected, abs=1e-9)


def macro_f1_at_half(problems: Sequence[Sequence[JudgedSolution]]) -> float | None:
    return macro_f1_at([each for one in problems for each in one], [0.5], resamples=1)[0.5].value


def test_the_interval_is_near_that_of_the_plain_bootstrap() -> None:
    solutions = draw_solutions(200)
    by_problem = [[each for each in solutions if each.problem == number] for number in range(100)]
    plain = bootstrap(by_problem, macro_f1_at_half, seed=1)
    found = report(solutions).pooled.macro_f1
    assert found.value == plain.value
    assert found.interval is not None
    assert plain.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (plain.interval.low, plain.interval.high), abs=0.012
    )


def test_the_protocol_of_the_public_harness() -> None:
    """Neutral steps are left out, a score of 0.85 is not above 0.85, and all sources are pooled.

    By hand: steps above 0.85 are a1 (right) and b2 (wrong); a2, at 0.85, is called wrong and is correct; b1 is called wrong and is.
    Correct: tp 1, fp 1, fn 1: F1 0.5. Wrong: tp 1, fp 1, fn 1: F1 0.5.
    """
    solutions = [
        solution([UP, UP, NEUTRAL], [0.86, 0.85, 0.99], source="a"),
        solution([DOWN, DOWN], [0.2, 0.9], source="b"),
    ]
    found = report(solutions, threshold=0.85)
    assert (found.pooled.macro_f1.value, found.pooled.f1_correct.value, found.pooled.f1_wrong.value) == (0.5, 0.5, 0.5)
    # a alone: correct 2/3; no step is labelled wrong, one is predicted so: 0. b alone: correct 0, wrong 2/3
    assert [each.macro_f1.value for each in found.sources.values()] == pytest.approx([1 / 3, 1 / 3])
    assert found.step_weighted.value == pytest.approx(1 / 3)
    assert {each: found.value for each, found in macro_f1_at(solutions, [0.85, 0.8, 0.95]).items()} == {
        0.85: 0.5,
        0.8: pytest.approx(11 / 15),
        0.95: pytest.approx(1 / 3),
    }


def test_what_is_undefined_has_its_reason() -> None:
    found = report([solution([UP], [0.9], source="a"), solution([UP, DOWN], [0.9, 0.1], source="b")])
    a = found.sources["a"]
    assert (a.f1_correct.value, a.f1_wrong.value, a.macro_f1.value, a.accuracy.value) == (1.0, None, None, 1.0)
    assert a.f1_wrong.reason == "No step of this class is labelled, and none predicted."
    assert (a.auc.value, a.auc.reason) == (None, "All steps are labelled correct, or all wrong.")
    assert a.first_error_f1.value is None
    assert found.mean_of_sources.value is None
    assert found.mean_of_sources.reason == "Macro-F1 is undefined for a."
    nothing = report([solution([NEUTRAL, None], [0.5, 0.5])])
    assert nothing.pooled.macro_f1.value is None
    assert nothing.pooled.macro_f1.reason == "No step is labelled correct or wrong."
    assert nothing.pooled.calibration_error is None
    assert report([]).pooled.accuracy.value is None


def test_scores_that_could_not_be_read_count_as_missed() -> None:
    found = report([solution([UP, DOWN, UP], [None, None, 0.9])]).pooled
    assert (found.confusion.unread_correct, found.confusion.unread_wrong) == (1, 1)
    assert (found.f1_correct.value, found.f1_wrong.value) == (pytest.approx(2 / 3), 0.0)
    assert found.accuracy.value == pytest.approx(1 / 3)
    assert found.auc.value is None


def test_groups_are_told_apart() -> None:
    solutions = draw_solutions(40)
    by_policy = report(solutions, by=Part.POLICY, resamples=5).parts
    assert list(by_policy) == ["policy 0", "policy 1"]
    by_position = report(solutions, by=Part.POSITION, resamples=5).parts
    assert list(by_position) == list(range(9))
    for parts in (by_policy, by_position):
        assert sum(each.confusion.steps for each in parts.values()) == len(as_columns(solutions))
    long = [solution([UP] * 14, [0.9] * 14)]
    assert report(long, by=Part.POSITION).parts[10].confusion.steps == 4
    assert report(solutions, resamples=5).parts == {}


def test_the_position_counts_neutral_steps() -> None:
    (found,) = report([solution([NEUTRAL, UP], [0.5, 0.9])], by=Part.POSITION).parts
    assert found == 1


def test_kinds_of_error_are_detected_or_not() -> None:
    kinds = (ErrorType.PERCEPTION, ErrorType.CALCULATION, ErrorType.PERCEPTION)
    found = report([solution([DOWN, DOWN, DOWN], [0.1, 0.9, 0.8], error_types=kinds)]).detection
    assert (found[ErrorType.PERCEPTION].share.value, found[ErrorType.CALCULATION].share.value) == (0.5, 0.0)
    assert [found[each].steps for each in (*kinds[:2], ErrorType.FORMAT)] == [2, 1, 0]
    assert found[ErrorType.FORMAT].share.value is None


def test_the_first_error_as_process_bench_has_it() -> None:
    """By hand: of two solutions with an error one is found, of three without one two: 2 x 1/2 x 2/3 / (1/2 + 2/3) = 4/7."""
    solutions = [
        solution([UP, DOWN, DOWN], [0.9, 0.1, 0.9]),  # found
        solution([UP, DOWN], [0.1, 0.1]),  # an alarm too early
        solution([UP, UP], [0.9, 0.9]),  # found
        solution([UP, NEUTRAL], [0.9, 0.1]),  # found: a neutral step is not looked at
        solution([UP], [0.2]),  # a false alarm
    ]
    assert report(solutions).pooled.first_error_f1.value == pytest.approx(4 / 7)
    assert report(solutions[:1]).pooled.first_error_f1.value is None
    neither = [solution([DOWN], [0.9]), solution([UP], [0.1])]
    assert report(neither).pooled.first_error_f1.value == 0.0
    unread = [solution([DOWN, UP], [0.1, None]), solution([UP, UP], [0.9, 0.9])]
    assert report(unread).pooled.first_error_f1.value == 0.0


def test_calibration_is_that_of_the_scores_that_were_read() -> None:
    solutions = [*draw_solutions(20), solution([UP], [None])]
    labels, scores = flat(solutions[:-1])
    bins = calibration_bins(zip(scores, labels, strict=True))
    found = report(solutions).pooled
    assert found.calibration == bins
    assert found.calibration_error == pytest.approx(expected_calibration_error(bins))


def test_floors_are_those_of_the_labels() -> None:
    """VisualProcessBench's published counts: everything correct 40.6, a fair coin 48.3."""
    labels = [UP] * 16585 + [DOWN] * 7691
    found = report([solution(labels, [0.5] * len(labels))], resamples=1).pooled.floors
    assert found.all_correct is not None
    assert found.fair_coin is not None
    assert (round(100 * found.all_correct, 1), round(100 * found.fair_coin, 1)) == (40.6, 48.3)


# ---- thresholds ----


def test_the_sweep_has_every_prediction_there_is() -> None:
    solutions = [*draw_solutions(60), solution([UP, DOWN], [None, None])]
    steps = as_columns(solutions)
    found = sweep(steps)
    distinct = np.unique(steps.score[~np.isnan(steps.score)])
    assert len(found.thresholds) == len(distinct) + 1
    assert (np.diff(found.thresholds) > 0).all()
    expected = macro_f1_at(solutions, found.thresholds.tolist(), resamples=1)
    assert found.macro_f1.tolist() == pytest.approx([each.value for each in expected.values()], abs=1e-12)
    accuracies = [report(solutions, threshold=each, resamples=1).pooled.accuracy.value for each in found.thresholds[:4]]
    assert found.accuracy[:4].tolist() == pytest.approx(accuracies, abs=1e-12)


def test_a_tuned_threshold_says_what_it_was_tuned_on() -> None:
    dev, test = as_columns(draw_solutions(60, seed=1)), as_columns(draw_solutions(60, seed=2))
    tuned, best = tune(dev, "dev of 2026"), upper_bound(test)
    assert tuned is not None
    assert best is not None
    assert (tuned.chosen_on, tuned.is_upper_bound) == ("dev of 2026", False)
    assert (best.chosen_on, best.is_upper_bound) == ("test", True)
    reached = macro_f1_at(draw_solutions(60, seed=2), [tuned.threshold, best.threshold, *FIXED])
    assert best.macro_f1 == pytest.approx(max(each.value for each in reached.values() if each.value is not None))


def test_every_threshold_has_the_figure_and_the_interval_of_a_report_at_it() -> None:
    solutions = draw_solutions(60)
    found = macro_f1_at(solutions, [0.3, 0.85])
    assert found == {each: report(solutions, threshold=each).pooled.macro_f1 for each in (0.3, 0.85)}
    assert all(each.interval is not None for each in found.values())


def test_neighbouring_scores_are_told_apart() -> None:
    low = 0.3
    high = math.nextafter(low, 1)
    found = sweep(as_columns([solution([DOWN, UP], [low, high])]))
    assert found.macro_f1.tolist()[1] == 1.0


def test_nothing_to_tune_on() -> None:
    assert tune(as_columns([solution([NEUTRAL], [0.5])]), "dev") is None
    assert tune(as_columns([]), "dev") is None


# ---- columns ----


@pytest.mark.parametrize(
    ("labels", "scores", "message"),
    [
        ([UP, UP], [0.5], "Solution 0 has 2 labels, 1 scores"),
        ([UP], [math.nan], "Solution 0 has a score that is not a number"),
        ([UP], [1.5], "must be in"),
    ],
)
def test_what_does_not_fit_is_refused(labels: list[Label], scores: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_columns([solution(labels, scores)])


def test_the_area_is_that_of_the_plain_function() -> None:
    steps = as_columns(draw_solutions(50))
    found = RankedSteps(steps.score, steps.is_correct, steps.problem).areas().roc[0]
    assert found == pytest.approx(area_under_roc(zip(steps.score.tolist(), steps.is_correct.tolist(), strict=True)))
