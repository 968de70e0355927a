"""Ways to choose among solutions: what each ranks by, and figures that are paired on the same problems."""

import pytest

from nano.bench.metrics import GradedSolution, StepKind
from nano.bench.selection import accuracy_json, chances, curve, differences, lead_growth, pass_at, selection


def graded(
    is_correct: bool, scores: tuple[float, ...], outcome: float | None = None, answer: int | None = 0
) -> GradedSolution:
    return GradedSolution(
        is_correct=is_correct,
        answer_group=answer,
        labels=(1,) * len(scores),
        kinds=(StepKind.READING,) * len(scores),
        scores=scores,
        outcome_score=outcome,
        first_mistake=None,
    )


PROBLEM = [
    graded(False, (0.9, 0.1), 0.9, 1),
    graded(True, (0.6, 0.6), 0.2, 0),
    graded(True, (0.5, 0.6), 0.1, 0),
    graded(False, (0.2, 0.3), 0.3, 2),
]


def test_each_way_ranks_by_its_own_score() -> None:
    assert chances([PROBLEM], 4) == {
        "prm_mean": [1.0],
        "prm_min": [1.0],
        "prm_max": [0.0],
        "prm_last": [1.0],
        "prm_product": [1.0],
        "orm": [0.0],
        "self_consistency": [1.0],
        "random": [0.5],
        "oracle": [1.0],
    }


def test_the_orm_is_left_out_where_it_was_not_asked() -> None:
    assert "orm" not in chances([PROBLEM, [graded(True, (0.5,))] * 4], 2)


def test_only_the_ways_asked_for_are_computed() -> None:
    assert list(chances([PROBLEM], 1, ("random", "oracle"))) == ["random", "oracle"]


def test_pass_at_n() -> None:
    assert pass_at(1, [PROBLEM, PROBLEM])["value"] == 0.5
    assert pass_at(2, [PROBLEM, PROBLEM])["value"] == pytest.approx(1 - 1 / 6, abs=1e-4)


def test_the_curve_ends_with_the_whole_pool() -> None:
    found = curve([PROBLEM, PROBLEM])
    assert list(found) == ["1", "2", "4"]
    whole = selection([PROBLEM, PROBLEM])
    assert {way: found["4"][way] for way in whole} == whole
    assert found["4"]["prm_mean - orm"] == differences([PROBLEM, PROBLEM], 4)["prm_mean - orm"]
    assert found["4"]["prm_mean - prm_max"] == {"value": 1.0, "interval": [1.0, 1.0]}


def test_the_lead_over_the_vote_is_compared_on_the_same_problems() -> None:
    few, many = (
        chances([PROBLEM], n, ("prm_mean", "self_consistency")) for n in (1, 4)
    )  # one problem: its lead, no interval
    lead = many["prm_mean"][0] - many["self_consistency"][0] - few["prm_mean"][0] + few["self_consistency"][0]
    assert lead_growth([PROBLEM], 1, 4) == {"value": round(lead, 4), "interval": None}


def test_one_problem_has_no_interval() -> None:
    assert accuracy_json([0.5]) == {"value": 0.5, "interval": None}
