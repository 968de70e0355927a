"""Which answers are equal, which differ, and how they group.

Covers engine/answers/grouping.py, engine/answers/meaning.py, engine/answers/names.py, engine/answers/numbers.py,
engine/answers/spelling.py, engine/answers/tex.py, engine/answers/units.py.
"""

from itertools import permutations

import pytest

from engine.answers import answers_equal, group_answers, read_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Sum.\n\nFinal answer: 23", "23"),
        ("Final answer: 1\n\nWait.\n\nfinal answer: **42**.", "42"),
        (r"so \boxed{\frac{7}{12}} holds", r"\frac{7}{12}"),
        (r"Final answer: $\boxed{55^\circ}$.", r"55^\circ"),
        (r"**Final answer:** \boxed{12}", "12"),
        ("The final answer is: B. 30 cm", "B. 30 cm"),
        ("Final answer: ..", None),
        ("**Final Answer:** 42", "42"),
        ("**Final Answer**: 42", "42"),
        ("**Final answer: 42**", "42"),
        ("*Final answer: 42*", "42"),
        ("__Final Answer__\n\n42", "42"),
        ("**Final Answer:** **42** cm", "42 cm"),
        ("Final answer: 2**3", "2**3"),
        ("**Final Answer**\n\n\\boxed{5}", "5"),
        ("### Final Answer\n42", "42"),
        ("### Final Answer\r\n\r\n42\r\n", "42"),
        ("Final answer:\n\\[\n\\boxed{5}\n\\]", "5"),
        ("### Final Answer\nThe final answer is: 42", "42"),
        ("The final answer **is** 42", "42"),
        ("最终答案 Final answer：红色", "红色"),
        (r"The final answer is $\boxed{5}$. I hope it is correct.", "5"),
        (r"Final answer: $x = \boxed{5}$, as asked", "5"),
        (r"Final answer: $\boxed{42}$ cm", "42 cm"),
        (r"Final answer: \(\boxed{42}\text{ cm}\). Done.", r"42\text{ cm}"),
        (r"Final answer: \boxed{3}\pi", r"3\pi"),
        (r"Final answer: $\boxed{5}$ or $\boxed{6}$", r"$\boxed{5}$ or $\boxed{6}$"),
        ("Final answer: 42 cm.\n\nNote: the final answer above was rounded.", "42 cm"),
        ("Therefore the final answer should be 3.\n\n\\boxed{3}", "3"),
        ("Final answer: 4\n\nThat is my final answer\n", "4"),
        ("Final answer: 4\n\nFinal answer: **", "4"),
        ("Final answer: <", "<"),
        ("Final answer 42", None),
        (r"\boxed{-}", None),
        ("I do not know.", None),
        ("", None),
        (r"\boxed{1", None),
    ],
)
def test_read_answer(text, answer):
    """Markup around "Final answer" was once read as the answer ("**"), and a later remark with these words replaced it."""
    assert read_answer(text) == answer


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("55", "55°"),
        (r"55^\circ", "55 degrees"),
        ("1,200", "1200"),
        ("0.5", "1/2"),
        (r"\frac{1}{2}", ".5"),
        ("12.0", "12"),
        ("$12", "12"),
        (r"12\text{ cm}", "12 cm"),
        ("(B)", "b"),
        ("B. 30 cm", "B"),
        ("−3", "-3"),
        ("Red", "red."),
        ("50%", r"50\%"),
        ("50%", "50"),
        ("2 1/2", "2.5"),
        (r"2\frac{1}{2}", "2.5"),
        (r"-2\frac12", "-2.5"),
        (r"\frac12", "0.5"),
        (r"\frac{1}{-2}", "-0.5"),
        ("x=5", "5"),
        ("x = 5 cm", "5 cm"),
        (r"$\boxed{42}$ cm", "42"),
        ("5 m^2", r"5\text{ m}^{2}"),
        ("5 m/s^2", "5 m/s²"),
        ("5 km/h", "5"),
        ("5 square meters", "5"),
        ("3 o'clock", "3"),
        ("5个", "5"),
        ("20 °C", r"20^\circ\text{C}"),
        (r"1\,200", "1,200"),
        ("$1{,}234$", "1234"),
        ("(1,2)", "(1, 2)"),
        (r"(-\infty,2]", r"(-\infty, 2]"),
        ("B, C", "B,C"),
        ("x <= 3", r"x \le 3"),
        ("x >= 3", "x ≥ 3"),
        ("3, 4 m", "3 m, 4"),
        ("3 m, 4 m", "3, 4"),
        ("4 cm, 3 m", "3 m and 4 cm"),
        (r"2\pi", r"2 \pi"),
        (r"\frac {2}{3}", r"\frac{2}{3}"),
        (r"\frac{ 1 }{ 2 }", "1/2"),
        ("y=2x", "y = 2x"),
        ("A", "A. 5 cm"),
        ("(B)", "B: a point and a line"),
        ("(B)12 cm", "B"),
        ("P(3,4)", "(3, 4)"),
        (r"A'(-1, \frac{1}{2})", "(-1, 0.5)"),
        (r"\binom{5}{2}", "10"),
        (r"3\binom{4}{2}", "18"),
        (r"\binom{4}{2}\binom{3}{1}x", "18x"),
        (r"\binom{n}{2}", r"\frac{n(n-1)}{2}"),
    ],
)
def test_equal(left, right):
    assert answers_equal(left, right)
    assert answers_equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("55", "56"),
        ("12 cm", "12 m"),
        ("A", "B"),
        ("P(3,4)", "(4, 3)"),
        ("f(3,4)", "(3, 4)"),
        (r"3\binom{4}{2}", "9"),
        (r"\binom{5}{2}", r"\binom{5}{4}"),
        ("-3", "3"),
        ("1/0", "1"),
        ("", "0"),
        ("2 1/2", "10.5"),
        (r"2\frac{1}{2}", "10.5"),
        (r"3\pi", "3"),
        ("3π", "3"),
        ("3pi", "3"),
        (r"3\sqrt{2}", "3"),
        ("3x", "3"),
        ("3xy", "3"),
        ("3𝑥", "3"),
        ("2i", "2"),
        ("5!", "5"),
        ("5 +", "5"),
        ("1 5", "15"),
        ("1, 200", "1200"),
        ("1,2", "12"),
        ("10^{3}", "10"),
        ("10²", "10"),
        ("$5 million", "5"),
        ("50%", "0.5"),
        ("5 cm", "5 cm^2"),
        (r"x = y \in S", "S"),
        ("5A", "5"),
        ("5nN", "5"),
        ("3 cm, 4 m", "3 m, 4 m"),
        ("3 m, 4 cm", "3 m, 4 m"),
        ("x = y", "5"),
        ("**", "42"),
        ("9" * 5000, "9" * 4999),
        ("(a) 5, (b) 6", "(a) 1, (b) 2"),
        ("(a) 5, (b) 6", "A"),
        ("a) 3 m/s; b) 7 m/s", "a) 4 m/s; b) 9 m/s"),
        ("a:b = 2:3", "a:b = 5:7"),
        ("A: 30°, B: 60°", "A: 40°, B: 50°"),
        ("(A) and (C)", "(A)"),
        ("B. and D.", "B"),
        ("(a)(b)", "a"),
    ],
)
def test_different(left, right):
    """Whatever followed a number was once its unit, and what stood apart was joined: 3x was 3, 2 1/2 was 21/2."""
    assert not answers_equal(left, right)
    assert not answers_equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (r"2x+\frac{1}{2}", "2x+1/2"),
        (r"1:\frac{a}{b}", "1:a/b"),
        (r"y=x\frac{1}{2}", "y=x(1/2)"),
        (r"x>\frac{x+1}{2}", "x>(x+1)/2"),
    ],
)
def test_a_fraction_is_put_in_parentheses_only_behind_a_factor(left, right):
    assert answers_equal(left, right, algebra=False)


def test_brackets_are_read_to_a_depth_of_six():
    assert answers_equal(r"(((((\pm 6)))))", "6, -6", algebra=False)
    assert not answers_equal(r"((((((\pm 6))))))", "6, -6", algebra=False)


def test_groups_are_ordered_by_size_then_appearance_and_skip_the_undefined():
    groups = group_answers(["35", None, "55°", "110", "55", None, "110.0"])
    assert [(group.text, group.members) for group in groups] == [("55°", (2, 4)), ("110", (3, 6)), ("35", (0,))]


def test_no_answer_at_all():
    assert group_answers([None, None]) == ()


@pytest.mark.parametrize("answers", list(permutations(["5 cm", "5 m", "5"])), ids=" ".join)
def test_a_bare_number_beside_two_units_is_a_group_of_its_own_in_any_order(answers):
    """It once joined the first unit, or both units joined it: who won depended on the order."""
    assert [group.text for group in group_answers(answers)] == list(answers)


@pytest.mark.parametrize("answers", list(permutations(["5 cm", "5", "x = 5", "6"])), ids=" ".join)
def test_a_bare_number_joins_the_only_unit_in_any_order(answers):
    groups = group_answers(answers)
    assert {frozenset(answers[member] for member in group.members) for group in groups} == {
        frozenset({"5 cm", "5", "x = 5"}),
        frozenset({"6"}),
    }
