from datetime import UTC, datetime

import pytest

from engine.remote.retries import Retries, stated_wait

AT = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0.0),
        ("0", 0.0),
        ("12", 12.0),
        (" 1.5 ", 1.5),
        ("Mon, 30 Nov 2026 12:00:20 GMT", 20.0),
        ("Mon, 30 Nov 2026 12:00:20 -0000", 20.0),
        ("Mon, 30 Nov 2026 11:59:00 GMT", 0.0),
        ("Mon, 30 Nov 2026 14:00:30 +0200", 30.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("1e9", 0.0),
        ("²", 0.0),
        ("Mon, 99 Nov 2026 12:00:20 GMT", 0.0),
    ],
)
def test_what_retry_after_asks_for(text, seconds):
    assert stated_wait(text, AT) == seconds


def test_waits_of_ones_own_are_taken_one_after_another():
    retries = Retries((0.5, 1.0), 300.0)
    assert [retries.next(0.0), retries.next(0.0), retries.next(0.0)] == [0.5, 1.0, None]
    assert Retries((), 300.0).next(0.0) is None


def no_chance():
    return 0.0


def test_what_a_server_states_is_waited_up_to_a_sum():
    retries = Retries((), 60.0, no_chance)
    assert [retries.next(45.0), retries.next(20.0), retries.next(14.0), retries.next(0.1)] == [45.0, None, 14.0, 1.0]
    assert retries.next(0.1) is None


def test_short_stated_waits_grow_and_come_to_an_end():
    """``Retry-After: 0.01`` was obeyed to the letter: 30,000 requests in five minutes."""
    retries, found = Retries((), 300.0, no_chance), []
    while (wait := retries.next(0.01)) is not None:
        found.append(wait)
    assert found[:7] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert len(found) == 30


def test_requests_that_are_told_the_same_wait_do_not_come_back_at_the_same_moment():
    waits = {Retries((), 300.0).next(20.0) for _ in range(20)}
    assert len(waits) > 1
    assert all(20.0 <= wait <= 22.0 for wait in waits)


def test_what_chance_adds_counts_too():
    retries = Retries((), 60.0, lambda: 1.0)
    assert [retries.next(40.0), retries.next(16.5), retries.next(15.0)] == [44.0, None, 16.0]
