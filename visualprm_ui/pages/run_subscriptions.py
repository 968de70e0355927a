"""What each open page follows: the run that it asked for last, and no other.

Runs belong to the server (docs/decisions/001): a page that goes over to a new one leaves the old one running. Gradio's own
``cancels`` cannot say this: the client of 6.31 forgets the newest instance of an event that cancels its older ones. Knows pages by
Gradio's session; knows no run, no store and no widget.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

View = TypeVar("View")

SAME_PRESS_SECONDS = 1.0  # a second press of the same form within it is a double click, or a key held down


class Followers:
    """The newest follower and the newest press of every open page. Its lock guards the two dictionaries only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._newest: dict[str, object] = {}
        self._pressed: dict[str, tuple[float, object]] = {}
        self._clock = clock
        self._lock = threading.Lock()

    def is_same_press(self, page: str, form: object) -> bool:
        """Say whether this page sent this very form a moment ago, and remember that it sent it now."""
        now = self._clock()
        with self._lock:
            self._pressed = {key: each for key, each in self._pressed.items() if now - each[0] < SAME_PRESS_SECONDS}
            before = self._pressed.get(page)
            self._pressed[page] = (now, form)
        return before is not None and before[1] == form

    def follow(self, page: str, views: Iterator[View]) -> Iterator[View]:
        """Yield the views until they end or the page follows something else."""
        mine = object()
        with self._lock:
            self._newest[page] = mine
        try:
            for view in views:
                if self._newest.get(page) is not mine:
                    return
                yield view
        finally:
            with self._lock:
                if self._newest.get(page) is mine:
                    del self._newest[page]
