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


def test_what_a_server_states_is_waited_up_to_a_sum():
    retries = Retries((), 60.0)
    assert [retries.next(45.0), retries.next(20.0), retries.next(15.0), retries.next(0.1)] == [45.0, None, 15.0, None]
