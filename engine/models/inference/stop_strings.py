"""Where a solution's text ends because the person asked for it: at the first stop string, however the text comes in.

Text that may turn out to be the beginning of a stop string is held back, so nobody ever sees a part of one. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence


class StopFilter:
    """Lets one row's text through, up to the stop string that is complete first."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = tuple(stop)
        self._held = ""
        self.is_stopped = False

    def add(self, text: str) -> str:
        """Return the text that became certain; after the stop string nothing does."""
        if self.is_stopped:
            return ""
        self._held += text
        found = [(at + len(stop), at) for stop in self._stop if (at := self._held.find(stop)) >= 0]
        if found:
            self.is_stopped = True
            certain = min(found)[1]  # complete first; of two that end together the longer one
        else:
            certain = len(self._held) - max((_begun(self._held, stop) for stop in self._stop), default=0)
        given, self._held = self._held[:certain], "" if self.is_stopped else self._held[certain:]
        return given

    def finish(self) -> str:
        """Return what was held back: no stop string will come."""
        rest, self._held = self._held, ""
        return rest


def _begun(text: str, stop: str) -> int:
    """Return how many characters of ``stop`` stand, unfinished, at the end of ``text``."""
    return next((size for size in range(min(len(text), len(stop) - 1), 0, -1) if text.endswith(stop[:size])), 0)
