import pytest

from engine.steps import merge_steps, split_steps


def test_split_keeps_everything_as_the_released_code_does():
    assert split_steps("a\n\nb \n\n\n\nc") == ("a", "b ", "", "c")
    assert split_steps("") == ("",)
    assert split_steps("one\ntwo") == ("one\ntwo",)


def test_three_newlines_are_a_separator_and_a_newline():
    assert split_steps("a\n\n\nb") == ("a", "\nb")


@pytest.mark.parametrize(("steps", "groups"), [(1, 1), (12, 12), (13, 7), (15, 8), (24, 12), (25, 9)])
def test_merge_makes_the_reference_number_of_groups(steps, groups):
    texts = tuple(str(i) for i in range(steps))
    merged = merge_steps(texts)
    assert len(merged) == groups
    assert "\n\n".join(group.text for group in merged) == "\n\n".join(texts)
    assert [group.first for group in merged[1:]] == [group.last + 1 for group in merged[:-1]]
    assert merged[-1].last == steps - 1


def test_merge_of_nothing_and_without_a_limit():
    assert merge_steps(()) == ()
    assert len(merge_steps(tuple("abcdefghijklmnop"), None)) == 16


def test_merge_refuses_a_limit_below_one():
    with pytest.raises(ValueError, match="at least 1"):
        merge_steps(("a",), 0)
