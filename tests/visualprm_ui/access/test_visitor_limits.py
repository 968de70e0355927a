"""What an address may send, by a clock that the test turns."""

import pytest

from visualprm_ui.access.visitor_limits import MAX_ADDRESSES, WINDOW_SECONDS, LimitReached, UploadLimit


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_an_address_sends_so_many_bytes_a_minute_and_one_upload_at_a_time():
    """41 MB of pictures came in 5 seconds, and each upload was held in memory."""
    clock = Clock()
    limit = UploadLimit(100, clock)
    with limit.one_upload("a"):
        with pytest.raises(LimitReached, match="Another picture"), limit.one_upload("a"):
            pass
        with limit.one_upload("b"):
            limit.count("b", 99)
        limit.count("a", 60)
    with limit.one_upload("a"):
        limit.count("a", 60)
    with pytest.raises(LimitReached) as refused, limit.one_upload("a"):
        pass
    assert refused.value.seconds == WINDOW_SECONDS + 1
    with limit.one_upload("b"):
        pass
    clock.now += WINDOW_SECONDS
    with limit.one_upload("a"):
        pass


def test_a_flood_of_addresses_needs_bounded_memory():
    limit = UploadLimit(100, Clock())
    for number in range(MAX_ADDRESSES + 9):
        limit.count(str(number), 1)
    assert len(limit._sent) == MAX_ADDRESSES
    assert "0" not in limit._sent, "the oldest are forgotten"
    assert str(MAX_ADDRESSES + 8) in limit._sent
