"""What completions of a beginning came to, counted by hand; and the interval of a share."""

import pytest

from engine import FinishReason, Solution
from engine.evaluation.intervals import wilson
from engine.outcomes.tally import AnswerCount, tally


def solution(answer, finish=FinishReason.STOP):
    return Solution(problem_id="", steps=("a",), answer=answer, policy_model="p", finish=finish)


WRITTEN = [
    solution("8"),
    solution("9"),
    solution("8.0"),
    solution(None),
    solution("8", FinishReason.LENGTH),
    solution("9"),
    solution("8"),
]


def test_what_reaches_the_answer_is_counted_and_what_states_none_apart():
    found = tally(WRITTEN, "How many?", "8")
    assert (found.drawn, found.reached, found.cut_off, found.unread) == (7, 3, 1, 1)
    assert found.answers == (
        AnswerCount(text="8", count=3, matches=True),
        AnswerCount(text="9", count=2, matches=False),
    )


@pytest.mark.parametrize("reference", [None, "", " \n"])
def test_without_a_reference_answer_there_is_the_distribution_alone(reference):
    """A blank one once told that nothing reached it."""
    found = tally(WRITTEN, "How many?", reference)
    assert (found.drawn, found.reached) == (7, None)
    assert [(each.text, each.count, each.matches) for each in found.answers] == [("8", 3, None), ("9", 2, None)]


def test_of_nothing_there_is_nothing():
    found = tally([], "How many?", "8")
    assert (found.drawn, found.reached, found.answers) == (0, 0, ())


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (11, 16, 0.4440, 0.8584),
        (0, 16, 0.0, 0.1936),
        (16, 16, 0.8064, 1.0),
        (1, 2, 0.0945, 0.9055),
        (1, 1, 0.2065, 1.0),
    ],
)
def test_wilson_intervals_are_those_of_the_tables(successes, trials, low, high):
    """Reference: where all succeed, the lower end is n / (n + 1.96 squared); the others by the formula, computed apart."""
    found = wilson(successes, trials)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_without_a_trial_there_is_no_interval():
    assert wilson(0, 0) is None
