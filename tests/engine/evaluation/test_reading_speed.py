"""What was labelled quicker than one can read it: the floor, a person's own pace, and when somebody should look."""

import pytest

from engine.evaluation.reading_speed import LabellingTime, find_too_fast, is_worth_a_look, usual_seconds_a_word


def times(*seconds: float, words: int = 100) -> list[LabellingTime]:
    return [LabellingTime(seconds=each, words=words) for each in seconds]


def test_nobody_reads_600_words_a_minute() -> None:
    assert find_too_fast(times(9.9, 10.0)) == (True, False)


def test_somebody_who_takes_their_time_is_not_suddenly_that_quick() -> None:
    assert find_too_fast(times(80, 80, 80, 20)) == (False, False, False, True)
    assert find_too_fast(times(30, 30, 30, 20)) == (False, False, False, False), "as quick as ever"


def test_whoever_is_slow_may_still_read_at_the_usual_pace() -> None:
    assert find_too_fast(times(600, 600, 600, 26)) == (False, False, False, False)


def test_a_solution_without_words_says_nothing() -> None:
    assert find_too_fast([LabellingTime(seconds=0.0, words=0)]) == (False,)
    assert usual_seconds_a_word([LabellingTime(seconds=3.0, words=0)]) is None
    assert find_too_fast([]) == ()


@pytest.mark.parametrize(
    ("fast", "all_of_them", "expected"), [(2, 2, False), (3, 3, True), (3, 30, True), (3, 31, False), (0, 0, False)]
)
def test_one_slip_is_no_alarm(fast: int, all_of_them: int, expected: bool) -> None:
    flags = [index < fast for index in range(all_of_them)]
    assert is_worth_a_look(flags) is expected
