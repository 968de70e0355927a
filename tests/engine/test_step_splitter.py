"""Text in, steps out, while a solution is being written."""

import pytest

from engine.domain import FinishReason
from engine.step_splitter import StepSplitter
from tests.support.scripted import steps_of

TEXT = "\n\n The red bar is 3. \n\n\n\n3 + 4 = 7\n\nFinal answer: 7\n"


def written(pieces, finish=FinishReason.STOP):
    splitter, groups = StepSplitter(0), []
    for count, piece in enumerate(pieces, start=1):
        groups += splitter.add(piece, count)
    groups += splitter.end(finish)
    return splitter.solution(problem_id="p", policy_model="m", seconds=1.0), groups


@pytest.mark.parametrize("size", [1, 2, 3, 7, len(TEXT)])
def test_steps_are_the_same_however_the_text_arrives(size):
    solution, groups = written([TEXT[at : at + size] for at in range(0, len(TEXT), size)])
    assert solution.steps == steps_of(TEXT) == ("The red bar is 3.", "3 + 4 = 7", "Final answer: 7")
    assert [(group.first, group.last, group.text) for group in groups] == [
        (index, index, step) for index, step in enumerate(solution.steps)
    ]
    assert (solution.answer, solution.finish) == ("7", FinishReason.STOP)


SPACED = "One.\r\n\r\n Two,\r\nthree.\n \t\nFour.\r\r\u2028Five.\n\r\n \r\nSix.\r\n"


@pytest.mark.parametrize("cut", range(len(SPACED)))
def test_blank_lines_of_every_kind_end_a_step_wherever_they_are_cut(cut):
    expected = ("One.", "Two,\r\nthree.", "Four.", "Five.", "Six.")
    assert written([SPACED[:cut], SPACED[cut:]])[0].steps == expected
    assert written([SPACED[:cut], SPACED[cut : cut + 1], SPACED[cut + 1 :]])[0].steps == expected
    splitter = StepSplitter(0)
    splitter.add(SPACED[:-3], 1)
    assert splitter.steps == list(expected[:4])  # complete as soon as the blank line is


def test_blank_text_has_no_step():
    assert written([" \n\n "])[0].steps == ()


def test_a_solution_that_is_cut_off_keeps_its_open_step_and_states_no_answer():
    solution, _ = written(["One.\n\nFinal answer: 8"], FinishReason.LENGTH)
    assert (solution.steps, solution.answer) == (("One.", "Final answer: 8"), None)


def test_a_solution_that_is_cancelled_keeps_its_finished_steps_only():
    solution, _ = written(["One.\n\nTw"], FinishReason.CANCELLED)
    assert (solution.steps, solution.answer, solution.tokens) == (("One.",), None, 1)
