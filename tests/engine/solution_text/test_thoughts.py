"""Thoughts of thinking models are told apart from their solutions, wherever the text is cut.

Covers engine/solution_text/thoughts.py, and engine/step_splitter.py where it keeps them.
"""

import pytest

from engine.domain import FinishReason
from engine.protocols import Chunk
from engine.solution_text.thoughts import MARKS, THINK, ThoughtSplitter, marks_begun
from engine.step_splitter import StepSplitter


def told(text, size, begun=None, **more):
    """Thought, text of the solution, and whether anything was taken back, of a text that comes in pieces."""
    splitter = ThoughtSplitter(begun, **more)
    thought = solution = ""
    has_restarted = False
    pieces = [splitter.add(text[at : at + size]) for at in range(0, len(text), size)]
    for piece in [*pieces, splitter.finish()]:
        if piece.restarts:
            thought, solution, has_restarted = solution, "", True
        thought, solution = thought + piece.thought, solution + piece.text
    return thought.strip(), solution.strip(), has_restarted


SIZES = [1, 2, 3, 7, 1000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("marks", MARKS, ids=lambda marks: marks.begin)
def test_a_thought_in_front_is_no_part_of_the_solution(marks, size):
    text = f"\n{marks.begin}\nIs it 5?\n\nFinal answer: 5? No.\n{marks.end}\n\nTwo bars.\n\nFinal answer: 2"
    expected = ("Is it 5?\n\nFinal answer: 5? No.", "Two bars.\n\nFinal answer: 2", False)
    assert told(text, size) == expected
    begun = text.strip().removeprefix(marks.begin)
    assert told(begun, size, marks) == expected  # the chat template wrote the first mark
    assert told(text, size, marks) == expected  # and the model wrote it again


@pytest.mark.parametrize("size", SIZES)
def test_a_thought_that_nobody_saw_begin_is_one_after_all(size):
    """Servers without a reasoning parser send what follows the first mark, which stood in the prompt."""
    assert told("Maybe 5.\n\nOr 2.\n</think>\n\nFinal answer: 2", size) == (
        "Maybe 5.\n\nOr 2.",
        "Final answer: 2",
        True,
    )


@pytest.mark.parametrize("size", SIZES)
def test_a_thought_that_never_ends_leaves_no_solution(size):
    assert told("<think>Final answer: 5 </thin", size) == ("Final answer: 5 </thin", "", False)
    assert told("Final answer: 5", size, THINK) == ("Final answer: 5", "", False)


@pytest.mark.parametrize("size", SIZES)
def test_marks_inside_a_solution_are_words(size):
    for text in ("The tag <think> opens a thought.", "a < b and </b>", "<thin", "x [THINK"):
        assert told(text, size) == ("", text, False)
    assert told("<think>a</think>It says </think> twice.", size)[1] == "It says </think> twice."
    assert told("go on </think> here", size, is_behind_steps=True) == ("", "go on </think> here", False)


@pytest.mark.parametrize("size", SIZES)
def test_two_thoughts_in_front_are_both_thoughts(size):
    assert told("<think>a</think>\n<think>b</think>\nc", size)[:2] == ("ab", "c")


def test_text_is_told_as_soon_as_it_can_be_no_mark():
    splitter = ThoughtSplitter()
    assert splitter.add("One <").text == "One "
    assert splitter.add("b").text == "<b"


@pytest.mark.parametrize(
    ("prompt", "marks"),
    [
        ("<|im_start|>assistant\n<think>\n", THINK),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", None),
        ("<|im_start|>assistant\n", None),
        ("", None),
    ],
)
def test_a_prompt_says_whether_it_begins_a_thought(prompt, marks):
    assert marks_begun(prompt) is marks


def solution_of(*chunks, beginning=()):
    splitter = StepSplitter(0, beginning)
    for chunk in chunks:
        splitter.take(chunk)
    splitter.end(chunks[-1].finish)
    return splitter.solution(problem_id="p", policy_model="m", seconds=1.0)


def test_a_solution_keeps_its_thought_beside_its_steps():
    solution = solution_of(
        Chunk(draw=0, text="", thought="Is it 5?\n\n", tokens=3),
        Chunk(draw=0, text="", thought="Final answer: 5 ", tokens=6),
        Chunk(draw=0, text="\n\nTwo bars.\n\nFinal answer: 2", tokens=9, finish=FinishReason.STOP),
    )
    assert (solution.thought, solution.steps) == (
        "Is it 5?\n\nFinal answer: 5",
        ("Two bars.", "Final answer: 2"),
    )
    assert (solution.answer, solution.tokens) == ("2", 9)


def test_steps_that_were_thought_after_all_are_taken_back():
    solution = solution_of(
        Chunk(draw=0, text="Maybe 5.\n\nFinal answer: 5\n\n", tokens=6),
        Chunk(draw=0, text="Two.\n\nFinal answer: 2", tokens=9, restarts=True, finish=FinishReason.STOP),
    )
    assert (solution.thought, solution.steps) == ("Maybe 5.\n\nFinal answer: 5", ("Two.", "Final answer: 2"))


def test_a_thought_cut_off_by_the_token_limit_leaves_no_steps_and_no_answer():
    solution = solution_of(
        Chunk(draw=0, text="", thought=r"So \boxed{5}. Final answer: 5", tokens=9, finish=FinishReason.LENGTH)
    )
    assert (solution.steps, solution.answer, solution.finish) == ((), None, FinishReason.LENGTH)
    assert solution.thought == r"So \boxed{5}. Final answer: 5"


def test_a_solution_without_a_thought_has_none():
    assert solution_of(Chunk(draw=0, text="2", tokens=1, finish=FinishReason.STOP)).thought is None
