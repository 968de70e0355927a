import pytest

from engine.answers import answers_equal, group_answers, is_tied, read_answer


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
        ("I do not know.", None),
        ("", None),
        (r"\boxed{1", None),
    ],
)
def test_read_answer(text, answer):
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
    ],
)
def test_equal(left, right):
    assert answers_equal(left, right)
    assert answers_equal(right, left)


@pytest.mark.parametrize(
    ("left", "right"), [("55", "56"), ("12 cm", "12 m"), ("A", "B"), ("-3", "3"), ("1/0", "1"), ("", "0")]
)
def test_different(left, right):
    assert not answers_equal(left, right)


def test_groups_are_ordered_by_size_then_appearance_and_skip_the_undefined():
    groups = group_answers(["35", None, "55°", "110", "55", None, "110.0"])
    assert [(group.text, group.members) for group in groups] == [("55°", (2, 4)), ("110", (3, 6)), ("35", (0,))]
    assert is_tied(groups)


def test_no_answer_at_all():
    assert group_answers([None, None]) == ()
    assert not is_tied(())
