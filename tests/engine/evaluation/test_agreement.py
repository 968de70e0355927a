"""Agreement against published examples and against scikit-learn, statsmodels and krippendorff.

Covers engine/evaluation/coefficients.py.
"""

import math
import tracemalloc

import numpy as np
import pytest

from engine.domain import Label, RatedSolution
from engine.evaluation.agreement import LATER, Agreement, StepPlace, measure_agreement, measure_overall
from engine.evaluation.coefficients import fleiss_kappas, nominal_alphas, ordinal_alphas, split_sums, unit_terms
from engine.evaluation.intervals import Estimate, Interval

FEW = 20  # bootstrap draws where the interval does not matter


def rate(columns: dict[str, list[int | None]], solution: str = "s", source: str | None = "one") -> RatedSolution:
    """One solution: person -> labels as numbers."""
    ratings = {who: tuple(None if n is None else Label(n) for n in labels) for who, labels in columns.items()}
    return RatedSolution(solution_id=solution, data_source=source, ratings=ratings)


def values(agreement: Agreement) -> dict[str, float | None]:
    names = ("percent", "cohen", "fleiss", "alpha_nominal", "alpha_ordinal")
    return {name: getattr(agreement, name).value for name in names}


def rated(seed: int, solutions: int, people: str = "abc", missing: float = 0.0) -> list[RatedSolution]:
    """Labels around a truth, from a generator of its own so that no library's change of random numbers moves them."""
    state = seed

    def dice(sides: int) -> int:
        nonlocal state
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (state >> 33) % sides

    found = []
    for number in range(solutions):
        truth = [dice(3) - 1 for _step in range(2 + dice(5))]
        columns: dict[str, list[int | None]] = {
            who: [None if dice(1000) < missing * 1000 else (each if dice(10) < 7 else dice(3) - 1) for each in truth]
            for who in people
        }
        found.append(rate(columns, str(number), f"source {number % 2}"))
    return found


def test_two_people_by_hand() -> None:
    """3 of 4 agree. Cohen: chance (2*3 + 2*1)/16 = 1/2. Fleiss: (5/8)^2 + (3/8)^2. Alpha: 1 - 7 * 2/(2 * 5 * 3)."""
    report = measure_agreement([rate({"a": [1, 1, -1, -1], "b": [1, 1, 1, -1]})], FEW)
    assert values(report.overall) == pytest.approx(
        {"percent": 0.75, "cohen": 0.5, "fleiss": 7 / 15, "alpha_nominal": 8 / 15, "alpha_ordinal": 8 / 15}
    )
    assert (report.overall.items, report.overall.steps, report.overall.people) == (1, 4, 2)
    assert report.overall.percent.interval is None
    assert report.overall.percent.reason == "One solution is too few for an interval."
    assert report.by_pair == {("a", "b"): report.overall}


def test_three_people_who_call_nothing_wrong_by_hand() -> None:
    """Percent: (1 + 1/3 + 1 + 1) / 4. Fleiss: chance (1/3)^2 + (2/3)^2. Alpha: 1 - 1/6 * (12 * 11)/(2 * 4 * 8)."""
    report = measure_agreement([rate({"a": [0, 0, 1, 1], "b": [0, 1, 1, 1], "c": [0, 1, 1, 1]})], FEW)
    assert values(report.overall) == pytest.approx(
        {"percent": 5 / 6, "cohen": None, "fleiss": 5 / 8, "alpha_nominal": 21 / 32, "alpha_ordinal": 21 / 32}
    )


def test_krippendorff_2011_binary_example() -> None:
    """Section A: two observers, ten units; alpha = 1 - 19 * 4 / (14 * 6) = 0.095."""
    report = measure_agreement(
        [rate({"meg": [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], "owen": [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]})], FEW
    )
    assert report.overall.alpha_nominal.value == pytest.approx(1 - 19 * 4 / (14 * 6))


def test_krippendorff_2011_example_with_five_values_and_missing_data() -> None:
    """Section C: four observers, twelve units, the last labelled once; alpha is 0.743 nominal, 0.815 ordinal."""
    x = 0  # missing
    observers = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, x, x, x],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, x, 3],
        [x, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, x],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, x],
    ]
    ratings = np.array(observers, dtype=np.int8).T[:11] - 1
    sums = split_sums(unit_terms(ratings, 5, two_raters=False).sum(axis=0, keepdims=True), 5)
    assert nominal_alphas(sums)[0] == pytest.approx(0.743421052631579)  # both by krippendorff 0.9.0 as well
    assert ordinal_alphas(sums)[0] == pytest.approx(0.8153875037548814)


def test_fleiss_1971_example() -> None:
    """Table 1: six psychiatrists put each of thirty patients into one of five diagnoses; kappa = 0.430."""
    table = (
        "00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031 "
        "00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006"
    )
    patients = [[int(count) for count in row] for row in table.split()]
    assert [sum(column) for column in zip(*patients, strict=True)] == [26, 26, 30, 55, 43]  # as printed there
    ratings = np.array([np.repeat(np.arange(5), row) for row in patients], dtype=np.int8)
    sums = split_sums(unit_terms(ratings, 5, two_raters=False).sum(axis=0, keepdims=True), 5)
    assert fleiss_kappas(sums)[0] == pytest.approx(0.43024452006014074)  # by statsmodels 0.15.0 as well


def test_the_figures_of_the_libraries_on_complete_labels() -> None:
    """krippendorff 0.9.0, statsmodels 0.15.0 (fleiss_kappa), scikit-learn 1.9.1 (cohen_kappa_score) on the same labels."""
    report = measure_agreement(rated(seed=1, solutions=40), FEW)
    assert report.overall.steps == 160
    assert report.overall.alpha_nominal.value == pytest.approx(0.44557251706439494)
    assert report.overall.alpha_ordinal.value == pytest.approx(0.4363705411199249)
    assert report.overall.fleiss.value == pytest.approx(0.44441504841526003)
    assert {pair: each.cohen.value for pair, each in report.by_pair.items()} == pytest.approx(
        {("a", "b"): 0.3993564533428673, ("a", "c"): 0.4955383700178465, ("b", "c"): 0.43842950624628196}
    )


def test_the_figures_of_the_libraries_with_missing_labels() -> None:
    """The same libraries; 30 % of the labels are missing, so that two to four people labelled a step, or fewer."""
    report = measure_agreement(rated(seed=2, solutions=60, people="abcd", missing=0.3), FEW)
    assert report.overall.alpha_nominal.value == pytest.approx(0.403758429194764)
    assert report.overall.alpha_ordinal.value == pytest.approx(0.4282261892905934)
    assert {pair: (each.cohen.value, each.steps) for pair, each in report.by_pair.items()} == {
        ("a", "b"): (pytest.approx(0.39703500685187487), 110),
        ("a", "c"): (pytest.approx(0.39115290839428773), 114),
        ("a", "d"): (pytest.approx(0.3756613756613757), 118),
        ("b", "c"): (pytest.approx(0.5190266014553262), 112),
        ("b", "d"): (pytest.approx(0.41460396039603964), 110),
        ("c", "d"): (pytest.approx(0.3831452912733134), 114),
    }


def test_an_interval_holds_its_value_and_repeats_with_its_seed() -> None:
    labels = rated(seed=3, solutions=80)
    report = measure_agreement(labels, resamples=400, seed=7)
    for figure in (report.overall.percent, report.overall.fleiss, report.overall.alpha_nominal):
        assert figure.value is not None
        assert figure.interval is not None
        assert figure.interval.low < figure.value < figure.interval.high
        assert figure.interval.high - figure.interval.low < 0.4
        assert figure.reason is None
    assert measure_agreement(labels, resamples=400, seed=7) == report
    assert measure_agreement(labels, resamples=400, seed=8).overall.percent.interval != report.overall.percent.interval


def test_the_interval_of_independent_solutions_is_that_of_theory() -> None:
    """One step a solution: the share of agreeing pairs is a mean of coin flips, whose spread is known."""
    labels = [rate({"a": [1], "b": [1 if number % 4 else -1]}, str(number)) for number in range(400)]
    figure = measure_agreement(labels, resamples=2000).overall.percent
    assert figure.interval is not None
    half = 1.96 * math.sqrt(0.75 * 0.25 / 400)
    assert (figure.interval.low, figure.interval.high) == pytest.approx((0.75 - half, 0.75 + half), abs=0.01)


def undefined(agreement: Agreement) -> set[str | None]:
    figures = [agreement.percent, agreement.cohen, agreement.fleiss, agreement.alpha_nominal, agreement.alpha_ordinal]
    assert {(figure.value, figure.interval) for figure in figures} == {(None, None)}
    return {figure.reason for figure in figures}


def test_undefined_figures_say_why() -> None:
    assert undefined(measure_agreement([]).overall) == {"Nobody has labelled anything here yet."}
    assert undefined(measure_agreement([rate({"a": [None, None]})]).overall) == {
        "Nobody has labelled anything here yet."
    }
    assert undefined(measure_agreement([rate({"a": [1, -1]})]).overall) == {
        "Only one person has labelled anything here."
    }
    apart = [rate({"a": [1, None], "b": [None, 1]}), rate({"c": [1]}, "t")]
    assert undefined(measure_agreement(apart).overall) == {"No step was labelled by two people."}


def test_labels_without_variation_agree_but_not_beyond_chance() -> None:
    report = measure_agreement([rate({"a": [1, 1], "b": [1, 1]}, str(number)) for number in range(3)], FEW)
    assert report.overall.percent == Estimate(value=1.0, interval=Interval(low=1.0, high=1.0), reason=None)
    for figure in (
        report.overall.cohen,
        report.overall.fleiss,
        report.overall.alpha_nominal,
        report.overall.alpha_ordinal,
    ):
        assert figure == Estimate(
            value=None, interval=None, reason="All labels are the same, so nothing is left to agree on."
        )


def test_cohen_is_for_two_people() -> None:
    report = measure_agreement([rate({"a": [1, 0], "b": [1, -1], "c": [1, 0]})], FEW)
    assert report.overall.cohen.reason == "Cohen's kappa compares exactly two people; here are 3."
    assert [each.cohen.value for each in report.by_pair.values()] == pytest.approx([1 / 3, 1.0, 1 / 3])


def test_groups_by_source_step_and_place() -> None:
    long = rate({"a": [1] * 12 + [-1], "b": [1] * 13}, "long", "x")
    short = rate({"a": [0], "b": [0]}, "short", None)
    report = measure_agreement([long, short, rate({"a": [1]}, "alone", "y")], FEW)
    assert {name: (each.items, each.steps) for name, each in report.by_source.items()} == {
        "x": (1, 13),
        "y": (0, 0),
        None: (1, 1),
    }
    assert report.by_source["y"].percent.reason == "Only one person has labelled anything here."
    assert {step: each.steps for step, each in report.by_step.items()} == {
        0: 2,
        **dict.fromkeys(range(1, 10), 1),
        LATER: 3,
    }
    assert report.by_step[LATER].percent.value == pytest.approx(2 / 3)
    assert {place: each.steps for place, each in report.by_place.items()} == {
        StepPlace.FIRST: 2,
        StepPlace.MIDDLE: 11,
        StepPlace.LAST: 1,
    }
    assert report.by_place[StepPlace.LAST].percent.value == 0.0


def test_an_ordinal_slip_by_one_weighs_less_than_by_two() -> None:
    near = measure_agreement([rate({"a": [1, 1, 0, -1], "b": [1, 0, 0, -1]})], FEW).overall
    far = measure_agreement([rate({"a": [1, 1, 0, -1], "b": [1, -1, 0, -1]})], FEW).overall
    assert near.alpha_ordinal.value is not None
    assert far.alpha_ordinal.value is not None
    assert near.alpha_ordinal.value > far.alpha_ordinal.value


@pytest.mark.slow
def test_a_crowd_on_one_solution_needs_little_memory() -> None:
    """The draws of all pairs were kept together, and a table had a row for all that so many labels could be: 65 MiB here."""
    dice = np.random.default_rng(3)
    crowd = {f"guest-{number}": dice.integers(-1, 2, 3).tolist() for number in range(60)}
    tracemalloc.start()
    try:
        report = measure_agreement([rate(crowd)], 200)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (report.overall.people, len(report.by_pair)) == (60, 60 * 59 // 2)
    assert peak < 16 * 2**20


def test_the_overall_figures_are_those_of_the_whole_report() -> None:
    rated = [
        RatedSolution(
            solution_id=str(number),
            data_source="a",
            ratings={"ada": (Label.CORRECT, Label.WRONG), "bob": (Label.CORRECT, Label(number % 3 - 1))},
        )
        for number in range(7)
    ]
    assert measure_overall(rated) == measure_agreement(rated).overall
    nobody = measure_overall([])
    assert (nobody.items, nobody.alpha_nominal.value) == (0, None)
    assert nobody.alpha_nominal.reason == "Nobody has labelled anything here yet."
