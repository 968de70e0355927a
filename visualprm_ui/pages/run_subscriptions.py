"""Which run each open page follows: the one it asked for last, and no other.

Runs belong to the server (docs/decisions/001): a page that turns to a new run leaves the old one running. Gradio's own ``cancels``
cannot express this: its client (6.31) forgets the newest instance of an event that cancels its older ones. Knows pages by their
Gradio session; knows no run, no store and no widget.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

View = TypeVar("View")

REPEATED_PRESS_SECONDS = 1.0  # the same form sent again within this time is a double click, or a key held down


class RunSubscriptions:
    """The newest subscription and the newest press of every open page. The lock guards the two dictionaries only."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._subscriptions: dict[str, object] = {}
        self._presses: dict[str, tuple[float, object]] = {}
        self._clock = clock
        self._lock = threading.Lock()

    def is_repeated_press(self, page: str, form: object) -> bool:
        """Return whether this page sent this very form a moment ago, and remember that it sent it now."""
        now = self._clock()
        with self._lock:
            self._presses = {key: each for key, each in self._presses.items() if now - each[0] < REPEATED_PRESS_SECONDS}
            earlier = self._presses.get(page)
            self._presses[page] = (now, form)
        return earlier is not None and earlier[1] == form

    def follow(self, page: str, views: Iterator[View]) -> Iterator[View]:
        """Yield the views until they end or the page subscribes to another run."""
        subscription = object()
        with self._lock:
            self._subscriptions[page] = subscription
        try:
            for view in views:
                if self._subscriptions.get(page) is not subscription:
                    return
                yield view
        finally:
            with self._lock:
                if self._subscriptions.get(page) is subscription:
                    del self._subscriptions[page]
