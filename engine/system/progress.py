"""How far long work is and how long it takes; of a command on standard error: a bar on a terminal, else a line each ten seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

from tqdm import tqdm

LINE_SECONDS = 10.0
_BAR_SECONDS = 0.2


class Pace:
    """How much is done of something long, for how long it has gone on, and how long it still takes. Tells nobody by itself.

    Args:
        total: how many there are; None: not known, or :meth:`update` is told the share instead.
    """

    def __init__(self, total: int | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.done = 0
        self._total, self._before = total, 0.0
        self._share: float | None = None
        self._clock = clock
        self._started = self._told_at = self._paced_since = clock()

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return self._clock() - self._started

    @property
    def share(self) -> float | None:
        """Which share of all is done, in [0, 1]; None where that is not known."""
        return self._share

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the end, at the pace until now; None where the share is not known, or nothing was done yet.

        The pace is that of what was not found done, from when it began.
        """
        if self._share is None or self._share <= self._before:
            return None
        return (self._clock() - self._paced_since) * (1 - self._share) / (self._share - self._before)

    def update(self, done: int, share: float | None = None, before: float = 0.0) -> None:
        """Set how much is done.

        Args:
            done: how much.
            share: which share of all that is, in [0, 1]; None: as the total says.
            before: which share of all was found done, and says nothing of the pace.
        """
        now, told = self._clock(), self._share
        self.done = done
        self._share = share if share is not None else done / self._total if self._total else None
        if before and self._share is not None and self._share <= before:
            self._paced_since = now
        elif before > self._before and before == told:  # all that was told until then turned out to be found
            self._paced_since = self._told_at
        self._before, self._told_at = before, now


class Progress(Pace):
    """Counts what is done and tells it; a context manager that tells the end.

    Args:
        what: what is counted, in the plural, e.g. "solutions scored".
        total: how many there are; None: not known, or :meth:`update` is told the share instead.
    """

    def __init__(
        self,
        what: str,
        total: int | None = None,
        *,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(total, clock=clock)
        self._what = what
        self._stream = sys.stderr if stream is None else stream
        self._told = self._started
        self._is_ended = False
        self._bar: tqdm[None] | None = None
        if self._stream.isatty():
            self._bar = tqdm(total=1.0, file=self._stream, bar_format="{bar:30} {desc}", delay=_BAR_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.finish()

    def advance(self, count: int = 1) -> None:
        """Count what was done; tell it if it is time."""
        self.update(self.done + count)

    def update(self, done: int, share: float | None = None, before: float = 0.0) -> None:
        """Set how much is done, as :meth:`Pace.update` does, and tell it if it is time."""
        super().update(done, share, before)
        if self._clock() - self._told >= (LINE_SECONDS if self._bar is None else _BAR_SECONDS):
            self._told = self._clock()
            self._tell()

    def finish(self) -> None:
        """Tell the end, unless nothing was done. A second call does nothing."""
        if self._is_ended:
            return
        self._is_ended = True
        if self.done:
            self._tell()
        if self._bar is not None:
            self._bar.close()

    def _tell(self) -> None:
        text = f"{self._count()}, {self._time()}"
        if self._bar is None:
            print(text, file=self._stream, flush=True)
        else:
            self._bar.n = self._share or 0.0
            self._bar.set_description_str(text)

    def _count(self) -> str:
        if self._total is not None:
            return f"{self.done:,} of {self._total:,} {self._what}"
        rate = f", {self.done / self.seconds:,.0f} a second" if self.seconds else ""
        return f"{self.done:,} {self._what}{rate}"

    def _time(self) -> str:
        if self._is_ended or (self._share or 0.0) >= 1:
            return f"{in_words(self.seconds)} in all"
        left = self.seconds_left
        return "time unknown" if left is None else f"{in_words(left)} left"


def in_words(seconds: float) -> str:
    """Return a time as people say it: "12 s", "3 min", "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
