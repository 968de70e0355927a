"""A run's own Best-of-n curve, by hand: visualprm_ui/use_cases/run_curve.py."""

import pytest

from engine.choosing import Candidate
from engine.domain import FinishReason, StepScore
from visualprm_ui.use_cases.run_curve import run_curve


def candidate(answer, *scores, finish=FinishReason.STOP):
    steps = tuple(StepScore(first=at, last=at, score=score) for at, score in enumerate(scores))
    return Candidate(answer=answer, finish=finish, steps=len(scores), step_scores=steps)


RIGHT, WRONG, ALSO_WRONG = candidate("4", 0.9, 0.5), candidate("5", 0.2, 0.6), candidate("5", 0.1, 0.1)


def test_three_solutions():
    curve = run_curve([WRONG, RIGHT, ALSO_WRONG], "How many?", "4.0")
    assert curve["n"] == [1, 2, 3]
    assert curve["picks"]["mean"] == pytest.approx([1 / 3, 2 / 3, 1])
    assert curve["picks"]["last"] == pytest.approx([1 / 3, 1 / 3, 0])
    assert curve["random"] == pytest.approx([1 / 3] * 3)
    assert curve["oracle"] == pytest.approx([1 / 3, 2 / 3, 1])
    assert curve["vote"] == pytest.approx([1 / 3, 1 / 3, 0])  # of two that differ, either


def test_what_was_cut_off_counts_as_wrong_and_is_never_picked():
    curve = run_curve([candidate("4", 0.99, finish=FinishReason.LENGTH), RIGHT], "How many?", "4")
    assert (curve["picks"]["mean"], curve["oracle"]) == ([0.5, 1.0], [0.5, 1.0])


@pytest.mark.parametrize(
    ("candidates", "reference"), [([RIGHT], "4"), ([], "4"), ([RIGHT, WRONG], None), ([candidate("4")] * 2, "4")]
)
def test_there_is_none_where_there_is_nothing_to_choose_or_to_grade_by(candidates, reference):
    assert run_curve(candidates, "How many?", reference) is None
