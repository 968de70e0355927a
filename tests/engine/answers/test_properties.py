"""What holds of any answers: equality both ways round, groups that are transitive, responses graded as what they state.

Covers engine/answers/.
"""

import itertools
import random

import pytest

from engine.answers import answers_equal, bare_answer, group_answers, read_answer

NUMBERS = (
    r"3;-7;0.5;1/2;\frac{3}{4};2 1/2;1,200;1200;"
    r"(1,200);1, 200;12 cm;12 m;12;50%;0.5%;five;5.0;10^{3};3.2 × 10^4;1/0;13 8/5;$5;10;5 cm;5 m;5;5 cm^2"
)
EXPRESSIONS = (
    r"x;2x + 1;\sqrt{5};3\sqrt{2};6π;\pi;x = 5;y = 5;f(2) = 9;a_{12};"
    r"204_5;x > 2;-2 ≤ x ≤ 7;8π ≈ 25.13;25.13;12:00;2:3;∅;e;i;I"
)
LISTS = (
    r"(3, 4);[3, 4);{3, 4};3, 4;±6;6, -6;(2, \infty);3 or 4;x = 3, y = 4;y = 4, x = 3;\begin{pmatrix}1\\2\end{pmatrix}"
)
WORDS = r"A;(B);C. 12 cm;Option D;A and B;A, B;B. and C.;yes;Yes, both;No;red;the red kite;A red kite;\text{17};$C;the answer;the"
BROKEN = ["**", "", " ", "$", r"\frac", "{", "}", "^", "\\"]
PIECES = [*(";".join([NUMBERS, EXPRESSIONS, LISTS, WORDS])).split(";"), *BROKEN]
FORMS = ["{}", "${}$", "**{}**", r"\boxed{{{}}}", "{}.", " {} ", "{} (rounded)", r"\left({}\right)"]
FORMS += ["{}, {}", "{} and {}", "({}, {})", "[{}, {})"]


def make_pool(size: int, seed: int = 0) -> list[str]:
    chance = random.Random(seed)
    made = list(PIECES)
    while len(made) < size:
        made.append(chance.choice(FORMS).format(chance.choice(PIECES), chance.choice(PIECES)))
    return made


POOL = make_pool(400)


def test_equality_is_reflexive_and_symmetric():
    for left, right in itertools.combinations(POOL, 2):
        equal = answers_equal(left, right, algebra=False)
        assert equal == answers_equal(right, left, algebra=False), (left, right)
    assert all(answers_equal(answer, answer) for answer in POOL)


def test_a_group_is_equal_throughout_and_in_any_order():
    groups = group_answers(POOL)
    assert sorted(member for group in groups for member in group.members) == list(range(len(POOL)))
    for group in groups:
        for left, right in itertools.combinations({POOL[member] for member in group.members}, 2):
            assert answers_equal(left, right, algebra=False), (left, right)
    shuffled = list(range(len(POOL)))
    random.Random(1).shuffle(shuffled)
    again = group_answers(POOL[index] for index in shuffled)
    assert {frozenset(shuffled[member] for member in group.members) for group in again} == {
        frozenset(group.members) for group in groups
    }


@pytest.mark.parametrize("template", ["Step.\n\nFinal answer: {}", "So it is $\\boxed{{{}}}$.", "**Answer:** {}"])
def test_a_response_is_graded_as_the_answer_it_states(template):
    references = ["3", "12 cm", "B", "x > 2", "red", "3, 4"]
    for answer in PIECES:
        stated = read_answer(template.format(answer))
        if stated is None:
            continue
        again = read_answer(f"Final answer: {stated}")
        for reference in references:
            graded = answers_equal(stated, reference, algebra=False)
            assert graded == answers_equal(bare_answer(stated), reference, algebra=False), (stated, reference)
            assert again is None or graded == answers_equal(again, reference, algebra=False), (stated, again, reference)
