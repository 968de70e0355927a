"""How far a long command is, on standard error: a bar on a terminal, a line every ten seconds elsewhere. Knows no command."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

_BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}, {remaining} left{postfix}"
LINE_SECONDS = 10.0  # between lines where there is no terminal


class Progress:
    """Progress of one command; a context manager that closes the bar."""

    def __init__(self, what: str) -> None:
        self.done = 0  # rows so far
        self._what = what
        self._started = self._told = time.monotonic()
        self._bar = tqdm(total=1.0, desc=what, file=sys.stderr, bar_format=_BAR) if sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, rows: int, share: float | None) -> None:
        """Tell how many rows are done and which share of all that is, in [0, 1]; None: not known."""
        self.done = rows
        if self._bar is not None:
            self._bar.n = share or 0.0
            self._bar.set_postfix_str(f"{rows:,} rows", refresh=False)
            self._bar.refresh()
        elif (at := time.monotonic()) - self._told >= LINE_SECONDS:
            self._told = at
            print(f"{self._what}: {as_words(rows, share, at - self._started)}", file=sys.stderr, flush=True)


def as_words(rows: int, share: float | None, seconds: float) -> str:
    """Return how far it is after some seconds, and how long the rest takes at this rate."""
    rate = f"{rows:,} rows, {rows / seconds:,.0f} a second" if seconds > 0 else f"{rows:,} rows"
    if not share:
        return rate
    left = seconds * (1 - share) / share
    return f"{share:.0%}, {rate}, about {_as_time(left)} left"


def _as_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
