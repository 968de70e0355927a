"""When a request is sent again: after growing waits, or when the server says so (``Retry-After``). Knows no HTTP."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engine.domain import now

LEAST_STATED = 0.5  # seconds; shorter ones are made so long, and twice as long each time
MOST_GROWN = 8.0  # seconds, up to which they are
MOST_TRIES = 30  # for stated waits, however short
SPREAD = 0.1  # of a wait, added by chance: many requests are told the same


class Retries:
    """The waits of one request, in seconds."""

    def __init__(self, waits: Sequence[float], most_stated: float, chance: Callable[[], float] = random.random) -> None:
        """``waits``: where the server does not say how long; ``most_stated``: in all, where it does; ``chance``: in [0, 1)."""
        self._waits = list(waits)
        self._left = most_stated
        self._tries = 0
        self._chance = chance

    def next(self, stated: float) -> float | None:
        """Return how long to wait now; None: not at all, the request has failed. ``stated`` 0: the server does not say."""
        if stated <= 0:
            return self._waits.pop(0) if self._waits else None
        if stated > self._left or self._tries >= MOST_TRIES:
            return None
        least = min(MOST_GROWN, LEAST_STATED * (1 << self._tries))
        wait = min(self._left, max(stated, least) * (1 + SPREAD * self._chance()))
        self._tries += 1
        self._left -= wait
        return wait


def stated_wait(text: str, at: datetime | None = None) -> float:
    """Return the seconds that a ``Retry-After`` header asks to wait, at least 0: a number or a date, anything else is 0.

    ``at``: the present moment; None: it is asked for.
    """
    text = text.strip()
    try:
        if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdecimal():
            return float(text)
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    if when.tzinfo is None:  # "-0000" says that it is UTC without saying where it was written
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (at or now())).total_seconds())
