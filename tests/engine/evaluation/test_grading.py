"""Grading the answers of one problem's solutions, for the command line and the app."""

from engine.domain import FinishReason
from engine.evaluation.grading import Grade, StatedAnswer, grade

STOP, LENGTH = FinishReason.STOP, FinishReason.LENGTH


def stated(*answers, finish=STOP, verdict=None):
    return [StatedAnswer(answer=each, finish=finish, verdict=verdict) for each in answers]


def test_equal_answers_are_one_group_and_right_by_the_reference():
    assert grade(stated("5", "4.0", "4", "4 "), "4", "How many?") == (
        Grade(is_correct=False, group=1),
        Grade(is_correct=True, group=0),
        Grade(is_correct=True, group=0),
        Grade(is_correct=True, group=0),
    )


def test_what_is_cut_off_or_states_nothing_is_wrong_and_has_no_vote():
    assert grade([*stated("4", finish=LENGTH), *stated(None)], "4", None) == (Grade(is_correct=False, group=None),) * 2


def test_a_kept_verdict_counts_before_the_reference():
    assert grade(stated("5", verdict=True), "4", None) == (Grade(is_correct=True, group=0),)
    assert grade(stated("5", verdict=True, finish=LENGTH), "4", None) == (Grade(is_correct=False, group=None),)


def test_without_a_reference_nothing_is_right_or_wrong():
    assert grade(stated("5"), None, None) == (Grade(is_correct=None, group=0),)


def test_an_option_is_its_letter():
    question = "How long?\n(A) 18 cm\n(B) 24 cm"
    assert [each.group for each in grade(stated("B", "24 cm", "A"), "B", question)] == [0, 0, 1]
    assert [each.is_correct for each in grade(stated("B", "24 cm", "A"), "B", question)] == [True, True, False]


def test_none_of_none():
    assert grade([], "4", None) == ()
