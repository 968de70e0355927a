"""Options of a question: how they are found, and a letter against an option's text."""

import pytest

from engine.answers import answers_equal, group_answers
from engine.answers.choices import read_options

QUESTION = "How long is it?\nChoices:\n(A) 12 cm\n(B) 16 cm\n(C) a red kite\n(D) 3/4"


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("Q?\nA. 22\nB. 20\nC. 15", ("22", "20", "15")),
        ("Q?\n(A) 22\n(B) 20", ("22", "20")),
        ("Q? A) 22 B) 20 C) 15", ("22", "20", "15")),
        ("Q? (A) 22 (B) 20", ("22", "20")),
        ("Q?\nA: [5, 7]\nB: [5]\nC: [1, 6]", ("[5, 7]", "[5]", "[1, 6]")),
        (r"Q? $\textbf{(A)}\ 1 \qquad\textbf{(B)}\ 2 \qquad\textbf{(C)}\ 3$", ("1", "2", "3")),
        ("问？\nA、圆\nB、方", ("圆", "方")),
        ("Point A. and more text", ()),
        ("No options here", ()),
        ("", ()),
        ("A. 1", ()),
        ("Angles A and B.\n(A) 5\n(B) 6\n(C) 7", ("5", "6", "7")),
    ],
)
def test_options_of_a_question(question, options):
    assert tuple(text for _, text in read_options(question)) == options
    assert "".join(letter for letter, _ in read_options(question)) == "ABCDEFGHIJ"[: len(options)]


@pytest.mark.parametrize(
    ("answer", "reference", "equal"),
    [
        ("B", "16 cm", True),
        ("16 cm", "B", True),
        ("16", "B", True),
        ("(B)", "16 cm", True),
        ("B 16 cm", "B", True),
        ("a red kite", "C", True),
        ("The red kite", "C", True),
        ("A red kite", "C", True),
        ("0.75", "D", True),
        ("16 cm", "16", True),
        ("12 cm", "B", False),
        ("A", "16 cm", False),
        ("B. 12 cm", "A", False),
        ("17 cm", "B", False),
        ("E", "16 cm", False),
    ],
)
def test_a_letter_against_an_options_text(answer, reference, equal):
    assert answers_equal(answer, reference, question=QUESTION) == equal
    assert answers_equal(reference, answer, question=QUESTION) == equal


def test_a_text_that_two_options_have_is_no_letter():
    assert not answers_equal("5", "A", question="Q?\n(A) 5\n(B) 5 cm\n(C) 6")


def test_letters_that_stand_for_themselves_stay():
    """Questions with pictures have the options (A) A, (B) B."""
    question = "Which?\n(A) A\n(B) B\n(C) C"
    assert answers_equal("B", "(B)", question=question)
    assert not answers_equal("A", "B", question=question)


def test_groups_join_a_letter_and_its_text():
    groups = group_answers(["B", "16 cm", "12 cm", "(B)"], question=QUESTION)
    assert [(group.text, group.members) for group in groups] == [("B", (0, 1, 3)), ("12 cm", (2,))]
    assert len(group_answers(["B", "16 cm", "12 cm", "(B)"])) == 3
