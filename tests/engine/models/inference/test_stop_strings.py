"""Stop strings: the text before the first one, whatever the pieces it comes in, and never a part of one."""

import itertools

import pytest

from engine.models.inference.stop_strings import StopFilter


def streamed(pieces, stop):
    """Return the texts given for each piece, the last one what was held back, and whether it stopped."""
    row = StopFilter(stop)
    given = [row.add(piece) for piece in pieces]
    return [*given, "" if row.is_stopped else row.finish()], row.is_stopped


def cuts(text):
    """Every way to cut a text into pieces."""
    for places in itertools.product([False, True], repeat=len(text) - 1):
        starts = [0, *(at + 1 for at, cut in enumerate(places) if cut)]
        yield [text[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]


@pytest.mark.parametrize(
    ("text", "stop", "expected"),
    [
        ("one END two", ("END",), "one "),
        ("one two", ("END",), "one two"),
        ("one EN", ("END",), "one EN"),  # begun and never finished
        ("one EENDx", ("END",), "one E"),
        ("aab aabaa", ("aabaa",), "aab "),
        ("END", ("END",), ""),
        ("a\n\nb", ("\n\n",), "a"),
        ("xabcd", ("abcd", "bc"), "xa"),  # the one that is complete first
        ("xabc", ("abc", "bc"), "x"),  # complete together: the longer one
        ("no stop", (), "no stop"),
    ],
)
def test_text_ends_before_the_first_stop_string_in_any_pieces(text, stop, expected):
    for pieces in cuts(text):
        given, is_stopped = streamed(pieces, stop)
        assert "".join(given) == expected, pieces
        assert is_stopped == any(word in text for word in stop)


def test_no_part_of_a_stop_string_is_ever_shown():
    for pieces in cuts("ab STOP cd"):
        shown = ""
        row = StopFilter(("STOP",))
        for piece in pieces:
            shown += row.add(piece)
            assert "ab ".startswith(shown)


def test_what_turns_out_harmless_is_shown_at_once():
    row = StopFilter(("END",))
    assert [row.add(piece) for piece in ("a E", "N", "joy", "!")] == ["a ", "", "ENjoy", "!"]


def test_nothing_comes_after_the_stop_string():
    row = StopFilter(("END",))
    assert row.add("one END two") == "one "
    assert row.add("three") == ""
    assert row.is_stopped
