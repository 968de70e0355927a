"""The figures of a step benchmark: as scikit-learn computes them on the same rows, and the same after they were kept as JSON."""

import json
import random

import pytest
from sklearn import metrics

from engine.domain import ErrorType, Label
from engine.evaluation.agreement import LATER
from engine.evaluation.judged_steps import JudgedSolution
from visualprm_ui.use_cases.evaluations.step_figures import as_values, compute, read_values

UP, NEUTRAL, DOWN = Label.CORRECT, Label.NEUTRAL, Label.WRONG
THRESHOLD = 0.62


@pytest.fixture(scope="module")
def solutions():
    chance = random.Random(8)
    found = []
    for number in range(150):
        labels = [chance.choice([UP, UP, DOWN, NEUTRAL, None]) for _ in range(chance.randint(2, 14))]
        found.append(
            JudgedSolution(
                problem=number // 3,
                labels=labels,
                scores=[round(min(1, max(0, chance.gauss(0.5 + 0.2 * (each or 0), 0.25))), 3) for each in labels],
                source=None if number % 5 == 4 else f"source {number % 2}",
                policy=f"policy {number % 3}",
                error_types=[chance.choice(list(ErrorType)) if each is DOWN else None for each in labels],
            )
        )
    return found


@pytest.fixture(scope="module")
def benchmark(solutions):
    return compute(solutions, THRESHOLD)


def rows(solutions, keeps=lambda solution, place: True):
    """(is correct, score) of each step that counts."""
    pairs = [
        (label is UP, score)
        for each in solutions
        for place, (label, score) in enumerate(zip(each.labels, each.scores, strict=True))
        if label in (UP, DOWN) and keeps(each, place)
    ]
    return [label for label, _ in pairs], [score for _, score in pairs]


def test_every_group_has_the_figures_of_scikit_learn(solutions, benchmark):
    groups = {
        "pooled": (benchmark.report.pooled, lambda _solution, _place: True),
        **{
            f"source {name}": (figures, lambda each, _place, name=name: each.source == name)
            for name, figures in benchmark.report.sources.items()
        },
        **{
            f"policy {name}": (figures, lambda each, _place, name=name: each.policy == name)
            for name, figures in benchmark.policies.items()
        },
        **{
            f"place {at}": (figures, lambda _each, place, at=at: min(place, LATER) == at)
            for at, figures in benchmark.places.items()
        },
    }
    assert len(groups) == 1 + 3 + 3 + LATER + 1
    for name, (figures, keeps) in groups.items():
        labels, scores = rows(solutions, keeps)
        predicted = [each > THRESHOLD for each in scores]
        expected = {
            "f1_correct": metrics.f1_score(labels, predicted),
            "f1_wrong": metrics.f1_score(labels, predicted, pos_label=False),
            "macro_f1": metrics.f1_score(labels, predicted, average="macro"),
            "accuracy": metrics.accuracy_score(labels, predicted),
            "auc": metrics.roc_auc_score(labels, scores),
            "average_precision": metrics.average_precision_score(labels, scores),
        }
        found = {each: getattr(figures, each).value for each in expected}
        assert found == pytest.approx(expected, abs=1e-9), name
        assert figures.confusion.steps == len(labels)
        whole = {
            at for at, each in enumerate(solutions) for place in range(len(each.labels)) if counts(each, place, keeps)
        }
        assert figures.solutions == len(whole)


def counts(solution, place, keeps):
    return solution.labels[place] in (UP, DOWN) and keeps(solution, place)


def test_thresholds_are_the_protocols_the_own_one_and_the_marked_upper_bound(solutions, benchmark):
    labels, scores = rows(solutions)
    assert [each.threshold for each in benchmark.thresholds][:4] == [0.5, THRESHOLD, 0.8, 0.85]
    for each in benchmark.thresholds:
        expected = metrics.f1_score(labels, [score > each.threshold for score in scores], average="macro")
        assert each.macro_f1 == pytest.approx(expected, abs=1e-9)
    assert [each.is_upper_bound for each in benchmark.thresholds] == [False] * 4 + [True]
    assert benchmark.thresholds[4].macro_f1 == max(each.macro_f1 for each in benchmark.thresholds)
    assert benchmark.thresholds[4].chosen_on == "test"


def test_figures_kept_as_json_read_back_equal(benchmark):
    assert read_values(json.loads(json.dumps(as_values(benchmark)))) == benchmark


def test_what_is_undefined_stays_undefined_with_its_reason():
    found = compute([JudgedSolution(problem=1, labels=[UP, None], scores=[0.9, 0.1])], 0.5)
    read = read_values(json.loads(json.dumps(as_values(found))))
    assert read == found
    assert (read.report.pooled.macro_f1.value, bool(read.report.pooled.macro_f1.reason)) == (None, True)
    assert list(read.report.sources) == list(read.policies) == [None]


def test_somebody_may_end_it_between_its_parts(solutions):
    def end():
        raise KeyError

    with pytest.raises(KeyError):
        compute(solutions[:5], 0.5, end)
