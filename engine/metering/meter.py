"""Counts what a run's requests to one served model take: told by the thread of the connections, read by the engine's worker."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from engine.metering.usage import ServerUsage, ServerWait, TokenPrice


class Meter:
    """The requests of one run to one model, and the waits that its server asks for. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()  # guards everything below
        self._requests = self._counted = self._read = self._written = 0
        self._waits: dict[object, tuple[float, str]] = {}  # a key of its own -> until when, by the clock, and why

    def request(self) -> CountedRequest:
        """Count a request that a server has begun to answer; its tokens are told to what is returned."""
        with self._lock:
            self._requests += 1
        return CountedRequest(self)

    @contextmanager
    def waiting(self, seconds: float, reason: str) -> Iterator[None]:
        """Say, as long as the context lasts, that a request waits for so many seconds."""
        key = object()
        with self._lock:
            self._waits[key] = (self._clock() + seconds, reason)
        try:
            yield
        finally:
            with self._lock:
                del self._waits[key]

    @property
    def wait(self) -> ServerWait | None:
        """The longest wait there is now; None: no request waits."""
        with self._lock:
            if not self._waits:
                return None
            until, reason = max(self._waits.values())
        return ServerWait(seconds=max(1, math.ceil(until - self._clock())), reason=reason)

    def usage(self, model: str, price: TokenPrice | None) -> ServerUsage | None:
        """Return what the requests took until now; None where none was answered."""
        with self._lock:
            if not self._requests:
                return None
            is_counted, is_whole = self._counted > 0, self._counted == self._requests
            return ServerUsage(
                model=model,
                requests=self._requests,
                counted=self._counted,
                read=self._read if is_counted else None,
                written=self._written if is_counted else None,
                cost=price.of(self._read, self._written) if price is not None and is_whole else None,
            )

    def add(self, *, counted: int, read: int, written: int) -> None:
        """Add to what is counted; for :class:`CountedRequest` only."""
        with self._lock:
            self._counted += counted
            self._read += read
            self._written += written


class CountedRequest:
    """One request. A server may tell its tokens several times, each time all of them until then."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._told: tuple[int, int] | None = None

    def tell(self, *, read: int, written: int) -> None:
        """Say how many tokens were read and written for it until now."""
        before = self._told or (0, 0)
        self._meter.add(counted=self._told is None, read=read - before[0], written=written - before[1])
        self._told = (read, written)
