"""Progress: a bar on a terminal, a line every ten seconds elsewhere, and how long it will take."""

import io

import pytest

from engine.system.progress import Pace, Progress, in_words


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that is set by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_elsewhere_a_line_comes_every_ten_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = Progress("solutions scored", 40, stream=stream, clock=clock)
    for _ in range(10):
        clock.seconds += 2.5
        progress.advance()
    progress.finish()
    progress.finish()
    assert stream.getvalue().splitlines() == [
        "4 of 40 solutions scored, 2 min left",
        "8 of 40 solutions scored, 1 min left",
        "10 of 40 solutions scored, 25 s in all",
    ]


def test_of_an_unknown_total_the_share_tells_the_time() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress("rows imported", stream=stream, clock=clock) as progress:
        clock.seconds = 10.0
        progress.update(5000, 0.25)
        clock.seconds = 20.0
        progress.update(7000)
        clock.seconds = 25.0
        progress.update(8000, 1.0)
    assert stream.getvalue().splitlines() == [
        "5,000 rows imported, 500 a second, 30 s left",
        "7,000 rows imported, 350 a second, time unknown",
        "8,000 rows imported, 320 a second, 25 s in all",
    ]


def test_nothing_of_a_known_total_is_no_unknown_share() -> None:
    pace = Pace()
    pace.update(5, None)
    assert pace.share is None
    pace.update(0, 0.0)
    assert (pace.share, pace.seconds_left) == (0.0, None)


def test_on_a_terminal_a_bar_grows() -> None:
    stream, clock = Terminal(), Clock()
    progress = Progress("problems", 2, stream=stream, clock=clock)
    clock.seconds = 4.0
    progress.advance()
    progress.advance()
    progress.finish()
    told = stream.getvalue()
    assert "1 of 2 problems, 4 s left" in told
    assert told.rstrip().endswith("2 of 2 problems, 4 s in all")
    assert told.count("#") + told.count("█") == 15 + 30  # as the encoding allows


def test_nothing_to_do_prints_nothing() -> None:
    stream = io.StringIO()
    Progress("problems", 0, stream=stream).finish()
    assert stream.getvalue() == ""


def test_times_are_told_as_people_tell_them() -> None:
    assert [in_words(seconds) for seconds in (0, 12.4, 60, 150, 7500)] == ["0 s", "12 s", "1 min", "2 min", "2 h 5 min"]


def test_what_was_found_done_says_nothing_of_the_pace() -> None:
    """A job that was taken up again with 90 of 100 done told 1 second where it had 90 to go."""
    clock = Clock()
    pace = Pace(clock=clock)
    pace.update(90, 0.9, before=0.9)
    assert pace.seconds_left is None
    clock.seconds = 10
    pace.update(91, 0.91, before=0.9)
    assert pace.seconds_left is not None
    assert round(pace.seconds_left) == 90


def test_the_time_it_took_to_find_what_was_done_says_nothing_of_the_pace() -> None:
    """An import that went on told too little left: it reads what is here already many times faster than it stores the rest."""
    clock = Clock()
    pace = Pace(clock=clock)
    for seconds, share in ((1, 0.4), (2, 0.8)):  # found, but nobody knows yet
        clock.seconds = seconds
        pace.update(0, share)
    clock.seconds = 7
    pace.update(0, 0.85, before=0.8)
    assert pace.seconds_left == pytest.approx(5 * 0.15 / 0.05)
    clock.seconds = 12
    pace.update(0, 0.9, before=0.8)
    assert pace.seconds_left == pytest.approx(10)
    assert pace.seconds == 12
