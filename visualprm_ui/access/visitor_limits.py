"""How much somebody without an account may ask for: so many bytes a minute, and one thing at a time. Knows addresses and a clock.

Whoever drops their cookie is a new guest, so strangers are told apart by their address.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WINDOW_SECONDS = 60.0
MAX_ADDRESSES = 10_000  # of a flood of them the oldest are forgotten


class LimitReached(Exception):
    """This visitor has to wait. ``seconds``: how long."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class OneAtATime:
    """Lets each address do one thing at a time. Safe to use from many threads."""

    def __init__(self, refusal: str) -> None:
        """``refusal``: the sentence for whoever comes meanwhile."""
        self._refusal = refusal
        self._guard = threading.Lock()
        self._busy: set[str] = set()

    @contextmanager
    def hold(self, address: str) -> Iterator[None]:
        """Hold the address's one place. Raises LimitReached where it is taken."""
        with self._guard:
            if address in self._busy:
                raise LimitReached(f"{self._refusal} Try again in 1 s.", 1)
            self._busy.add(address)
        try:
            yield
        finally:
            with self._guard:
                self._busy.discard(address)


class UploadLimit:
    """Counts the bytes that each address sends. Safe to use from many threads."""

    def __init__(self, bytes_a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = bytes_a_minute
        self._clock = clock
        self._guard = threading.Lock()
        self._sent: OrderedDict[str, tuple[float, int]] = OrderedDict()  # since when, and how many bytes
        self._place = OneAtATime("Another picture from your address is being stored.")

    @contextmanager
    def one_upload(self, address: str) -> Iterator[None]:
        """Hold the address's one place. Raises LimitReached where an upload of it is not done, or its bytes are used up."""
        with self._place.hold(address):
            with self._guard:
                since, sent = self._window(address)
            if sent >= self._most:
                wait = int(since + WINDOW_SECONDS - self._clock()) + 1
                raise LimitReached(
                    f"Your address has sent {sent / 1e6:.0f} MB within a minute. Try again in {wait} s.", wait
                )
            yield

    def count(self, address: str, size: int) -> None:
        """Count bytes that were sent."""
        with self._guard:
            since, sent = self._window(address)
            self._sent[address] = (since, sent + size)
            self._sent.move_to_end(address)
            while len(self._sent) > MAX_ADDRESSES:
                self._sent.popitem(last=False)

    def _window(self, address: str) -> tuple[float, int]:
        now = self._clock()
        since, sent = self._sent.get(address, (now, 0))
        return (now, 0) if now - since >= WINDOW_SECONDS else (since, sent)
