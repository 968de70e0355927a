"""Texts made to be slow: every one is read, compared and grouped; the suite's time limit is the judge.

Covers engine/answers/.
"""

import pytest

from engine.answers import answers_equal, bare_answer, group_answers, read_answer
from engine.answers.choices import read_options

LENGTH = 100_000
UNITS = [
    " ",
    "*",
    "$",
    r"\boxed{",
    "\\",
    "{",
    "}",
    "(",
    ")",
    "answer: ",
    "final ",
    "final answer is ",
    "<think>",
    "<answer>",
    "#### 1 ",
    "\n",
]
UNITS += [
    "1",
    "1,",
    "1 ",
    "1/",
    "^",
    "9^",
    "√",
    r"\frac",
    r"\sqrt",
    "=",
    "x=",
    "±",
    ",",
    " and ",
    "(A) ",
    "A. ",
    '"',
    "**a**",
    "is ",
    r"\text{",
]
UNITS += [
    r"\left(",
    r"\begin{pmatrix}",
    "&",
    r"\\",
    "°",
    "≤",
    "x<",
    "|",
    "…",
    r"\,",
    "答案是",
    "$a$ ",
    "-",
    " (abc",
    r"\boxed{1}. A",
    "km/",
    "\x00",
]


@pytest.mark.parametrize("unit", UNITS, ids=repr)
def test_no_text_is_read_slowly(unit):
    """Patterns with two stars in a row took hours on a hundred thousand spaces."""
    text = (unit * LENGTH)[:LENGTH]
    for hostile in (text, f"Final answer: {text}", f"{text}\nFinal answer: 5"):
        read_answer(hostile)
    assert read_options(text) == () or unit in ("(A) ", "A. ")
    for size in (300, 2_000, 4_000, LENGTH):
        answer = "5" + text[:size] + "x"
        assert not answers_equal(answer, "7", question=text)
        bare_answer(answer)
        assert len(group_answers([answer, "7"])) == 2


def test_nesting_is_no_recursion():
    for deep in (
        "(" * 3_000,
        r"\frac{" * 600,
        r"\sqrt" * 700,
        "^" * 3_000,
        "{" * 3_900,
        r"\text{" * 600 + "5" + "}" * 600,
    ):
        assert not answers_equal(deep, "7")
        assert answers_equal(deep, deep)


def test_a_statement_behind_much_text_is_found():
    assert read_answer("word " * 100_000 + "\n\nFinal answer: 5") == "5"
    assert read_answer("\\boxed{1}. A " * 10_000 + "\n\nFinal answer: 5") == "5"
