"""How far a long command is and how long it will take: a bar on a terminal, elsewhere a line every ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

LINE_SECONDS = 10.0
_BAR_SECONDS = 0.2
_WIDTH = 30  # characters of the bar


class Progress:
    """Counts what is done of a known total and prints it to standard error."""

    def __init__(
        self,
        what: str,
        total: int,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin. ``what``: what is counted, in the plural, e.g. "solutions scored"."""
        self._what, self._total, self._done = what, total, 0
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._started = self._printed = clock()
        self._is_bar = self._stream.isatty()

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return self._clock() - self._started

    def advance(self, count: int = 1) -> None:
        """Count what was done; print if it is time."""
        self._done += count
        now = self._clock()
        if now - self._printed >= (_BAR_SECONDS if self._is_bar else LINE_SECONDS):
            self._printed = now
            self._print("\r" if self._is_bar else "", "" if self._is_bar else "\n")

    def finish(self) -> None:
        """Print the last line, unless nothing was done."""
        if self._done:
            self._print("\r" if self._is_bar else "", "\n")

    def _print(self, begin: str, end: str) -> None:
        text = f"{self._done} of {self._total} {self._what}, {self._remaining()}"
        if self._is_bar:
            full = _WIDTH * self._done // max(self._total, 1)
            text = f"[{'#' * full}{'.' * (_WIDTH - full)}] {text}\033[K"  # and erase what stood behind
        print(f"{begin}{text}", end=end, file=self._stream, flush=True)

    def _remaining(self) -> str:
        if self._done >= self._total:
            return f"{in_words(self.seconds)} in all"
        if not self._done:
            return "time unknown"
        return f"{in_words(self.seconds / self._done * (self._total - self._done))} left"


def in_words(seconds: float) -> str:
    """Return a time as people say it: "12 s", "3 min", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
