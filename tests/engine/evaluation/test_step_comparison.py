"""Two models on the same steps: figures as scikit-learn has them, differences as drawn again by hand, and what the paper prints.

Covers engine/evaluation/published.py.
"""

import random

import numpy as np
import pytest
from sklearn import metrics

from engine.domain import Label
from engine.evaluation.judged_steps import JudgedSolution
from engine.evaluation.published import OURS, published_row, published_rows
from engine.evaluation.resampling import Partition
from engine.evaluation.step_comparison import compare_steps
from storage.formats.visualprocessbench import PUBLISHED

UP, NEUTRAL, DOWN = Label.CORRECT, Label.NEUTRAL, Label.WRONG


def drawn(seed, labels_seed=1):
    """Solutions with labels that depend on one seed and scores that depend on the other."""
    chance, scores = random.Random(labels_seed), random.Random(seed)
    found = []
    for number in range(60):
        labels = [chance.choice([UP, UP, DOWN, NEUTRAL]) for _ in range(chance.randint(1, 12))]
        said = [None if scores.random() < 0.03 else round(scores.random(), 2) for _ in labels]
        found.append(JudgedSolution(problem=number // 2, labels=labels, scores=said, source=f"s{number % 3}"))
    return found


def flat(solutions, threshold, chosen=lambda _problem: 1):
    """(label, prediction) of each step, as often as its problem was drawn; what was not read is mistaken."""
    pairs = []
    for each in solutions:
        for label, score in zip(each.labels, each.scores, strict=True):
            if label is not NEUTRAL:
                predicted = (label is not UP) if score is None else score > threshold
                pairs += [(label is UP, predicted, score)] * chosen(each.problem)
    return pairs


def macro(solutions, threshold, chosen=lambda _problem: 1):
    pairs = [pair for pair in flat(solutions, threshold, chosen)]
    counts = {True: [0, 0, 0], False: [0, 0, 0]}  # hits, false alarms, misses; an unread step is no false alarm
    for label, predicted, score in pairs:
        if predicted == label:
            counts[label][0] += 1
        else:
            counts[label][2] += 1
            if score is not None:
                counts[predicted][1] += 1
    return sum(2 * hits / (2 * hits + alarms + misses) for hits, alarms, misses in counts.values()) / 2


def test_every_figure_and_interval_is_that_of_the_same_resamples() -> None:
    a, b = drawn(2), drawn(3)
    found = compare_steps(a, b, threshold_a=0.4, threshold_b=0.4, resamples=50)
    assert found.pooled.a.value == pytest.approx(macro(a, 0.4), abs=1e-12)
    assert found.pooled.b.value == pytest.approx(macro(b, 0.4), abs=1e-12)
    times = Partition(30, resamples=50).times
    differences = [
        macro(b, 0.4, lambda problem, row=row: int(row[problem]))
        - macro(a, 0.4, lambda problem, row=row: int(row[problem]))
        for row in times
    ]
    assert found.pooled.difference.value == pytest.approx(macro(b, 0.4) - macro(a, 0.4), abs=1e-12)
    low, high = np.percentile(differences, [2.5, 97.5])
    interval = found.pooled.difference.interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-12)


def test_each_model_is_judged_at_its_own_threshold() -> None:
    a, b = drawn(2), drawn(3)
    found = compare_steps(a, b, threshold_a=0.4, threshold_b=0.8, resamples=50)
    assert found.pooled.a.value == pytest.approx(macro(a, 0.4), abs=1e-12)
    assert found.pooled.b.value == pytest.approx(macro(b, 0.8), abs=1e-12)
    right = [
        (one is not None and (one > 0.4) == label, other is not None and (other > 0.8) == label)
        for (label, _, one), (_, _, other) in zip(flat(a, 0.4), flat(b, 0.8), strict=True)
    ]
    assert (found.only_a_right, found.only_b_right) == (right.count((True, False)), right.count((False, True)))


def test_parts_are_those_of_scikit_learn_and_add_up() -> None:
    a = [solution for solution in drawn(2) if None not in solution.scores]
    b = [
        JudgedSolution(problem=e.problem, labels=e.labels, scores=[1 - s for s in e.scores], source=e.source) for e in a
    ]
    found = compare_steps(a, b)
    for name, figure in found.sources.items():
        pairs = flat([each for each in a if each.source == name], 0.5)
        labels, predicted = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        assert figure.a.value == pytest.approx(metrics.f1_score(labels, predicted, average="macro"), abs=1e-12)
        assert figure.steps == len(pairs)
    right = [(label == predicted) for label, predicted, _score in flat(a, 0.5)]
    other = [(label == predicted) for label, predicted, _score in flat(b, 0.5)]
    both = list(zip(right, other, strict=True))
    assert (found.both_right, found.only_a_right, found.only_b_right, found.both_mistaken) == tuple(
        both.count(each) for each in ((True, True), (True, False), (False, True), (False, False))
    )
    assert sum(each.steps for each in found.grid) == sum(each.steps for each in found.places.values()) == len(right)
    assert {(each.a, each.b) for each in compare_steps(a, a).grid} <= {(at, at) for at in range(20)}


def test_a_model_does_not_differ_from_itself() -> None:
    found = compare_steps(drawn(2), drawn(2))
    assert found.pooled.difference.value == 0
    assert found.pooled.difference.interval is not None
    assert (found.pooled.difference.interval.low, found.pooled.difference.interval.high) == (0, 0)
    assert found.only_a_right == found.only_b_right == 0


def test_the_grid_counts_steps_by_the_scores_of_both() -> None:
    first = [JudgedSolution(problem=0, labels=[UP, UP, DOWN], scores=[0.05, 0.05, 1.0], source="s")]
    second = [JudgedSolution(problem=0, labels=[UP, UP, DOWN], scores=[0.95, 0.95, None], source="s")]
    (cell,) = compare_steps(first, second).grid
    assert (cell.a < cell.b, cell.steps) == (True, 2)


def test_other_labels_or_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="same steps"):
        compare_steps(drawn(2), drawn(3, labels_seed=2))
    with pytest.raises(ValueError, match="same steps"):
        compare_steps(drawn(2), drawn(2)[:-1])


def test_without_steps_everything_is_undefined_with_its_reason() -> None:
    found = compare_steps([], [])
    assert (found.pooled.steps, found.pooled.difference.value, found.grid) == (0, None, ())
    assert found.pooled.difference.reason


def test_the_paper_prints_these_figures_of_the_published_sources() -> None:
    """shared/domain.md, section 5: the table of macro-F1 on VisualProcessBench."""
    assert published_row().overall == 0.62
    assert published_row().sources == {
        "MMMU_DEV_VAL": 0.585,
        "MathVision_MINI": 0.621,
        "MathVerse_MINI_Vision_Only": 0.61,
        "DynaMath": 0.627,
        "WeMath": 0.618,
    }
    assert {row.model: row.overall for row in published_rows()} == {
        OURS: 0.62,
        "GPT-4o": 0.603,
        "Gemini-2.0-Flash": 0.623,
        "Qwen2.5-VL-72B": 0.605,
        "InternVL2.5-78B": 0.526,
        "InternVL2.5-8B": 0.48,
        "MiniCPM-V2.6": 0.504,
    }
    assert {name for row in published_rows() for name in row.sources} == PUBLISHED.keys()
