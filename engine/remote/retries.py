"""When a request is sent again: after growing waits, or when the server says so (``Retry-After``). Pure but for the clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engine.domain import now


class Retries:
    """The waits of one request, in seconds."""

    def __init__(self, waits: Sequence[float], most_stated: float) -> None:
        """``waits``: where the server does not say how long; ``most_stated``: in all, where it does."""
        self._waits = list(waits)
        self._left = most_stated

    def next(self, stated: float) -> float | None:
        """Return how long to wait now; None: not at all, the request has failed. ``stated`` 0: the server does not say."""
        if stated <= 0:
            return self._waits.pop(0) if self._waits else None
        if stated > self._left:
            return None
        self._left -= stated
        return stated


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
