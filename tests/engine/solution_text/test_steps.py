import pytest

from engine.solution_text.steps import merge_steps, read_json_response, split_clean_steps, split_steps


def test_split_keeps_everything_as_the_released_code_does():
    assert split_steps("a\n\nb \n\n\n\nc") == ("a", "b ", "", "c")
    assert split_steps("") == ("",)
    assert split_steps("one\ntwo") == ("one\ntwo",)


def test_three_newlines_are_a_separator_and_a_newline():
    assert split_steps("a\n\n\nb") == ("a", "\nb")


@pytest.mark.parametrize(
    "blank",
    [
        "\n \n",
        "\n\t \n",
        "\n\u00a0\n",
        "\r\n\r\n",
        "\r\n \r\n",
        "\r\r",
        "\n\r\n",
        "\u2028\u2028",
        "\x85\x85",
        "\u2029\n",
    ],
)
def test_a_line_that_shows_nothing_separates_steps_however_lines_end(blank):
    assert split_steps(f"a{blank}b") == split_clean_steps(f"a{blank}b") == ("a", "b")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\u2028"])
def test_the_end_of_a_line_separates_no_steps(end):
    assert split_clean_steps(f"a{end}b{end}") == (f"a{end}b",)


def test_clean_steps_are_bare_and_none_is_empty():
    assert split_clean_steps(" \r\n\r\n a \n \n \n\n\tb\n  c \r\n \r\n") == ("a", "b\n  c")
    assert split_clean_steps("") == split_clean_steps(" \n\n ") == ()


def test_a_response_of_json_text_is_told_from_plain_text():
    assert read_json_response(' {"steps": ["a\\n\\nb"]}') == {"steps": ["a\n\nb"]}
    for plain in ("a", "[1]", '{"a": 1}', "{x", '"steps"', '{"a":' * 100_000):
        assert read_json_response(plain) is None


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
