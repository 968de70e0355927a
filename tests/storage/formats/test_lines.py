"""Lines of a file of rows: too long ones, and ones that are no JSON."""

import io

import pytest

from storage.formats.lines import MAX_LINE, BadLine, read_values


@pytest.mark.parametrize("end", ["", "\n", "\n{}"])
def test_a_line_may_be_as_long_as_the_limit_and_no_longer(end: str) -> None:
    """What stood beyond the limit must not be held, nor be taken for a line of its own."""
    for size, bad in ((MAX_LINE, False), (MAX_LINE + 1, True), (2 * MAX_LINE + 1, True), (3 * MAX_LINE, True)):
        file = io.BytesIO(b'"' + b"x" * (size - 2) + b'"' + end.encode())
        (number, first), *more = read_values(file)
        assert (number, isinstance(first, BadLine), more) == (1, bad, [(2, {})] if "{" in end else [])
        if isinstance(first, BadLine):
            assert f"{size:,} bytes" in first.reason


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"question,answer", "not JSON: Expecting value at character 1"),
        (b'{"question": "q",}', "not JSON: Expecting property name enclosed in double quotes at character 18"),
        (b'{"question": "\xe9t\xe9"}', "not UTF-8 text at byte 15"),
        (b"[" * 100_000, "nested too deeply"),
        (b"9" * 5_000, "not usable: a number in it has too many digits"),
    ],
    ids=["csv", "comma", "latin", "deep", "digits"],
)
def test_a_line_that_is_no_json_is_said_in_words(line: bytes, what: str) -> None:
    """What the parser said to programmers was shown to whoever sent the file."""
    ((_number, bad),) = read_values(io.BytesIO(line))
    assert isinstance(bad, BadLine)
    assert bad.reason == f"The line is {what}. Send one JSON object a line, in UTF-8, as an export writes them."
