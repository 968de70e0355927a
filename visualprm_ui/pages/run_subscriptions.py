"""Which run each open page follows: the one it asked for last, and no other.

Runs belong to the server (docs/decisions/001): a page that turns to a new run leaves the old one running. Gradio's own ``cancels``
cannot express this: its client (6.31) forgets the newest instance of an event that cancels its older ones. Knows pages by their
Gradio session; knows no run, no store and no widget.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TypeVar

View = TypeVar("View")


class RunSubscriptions:
    """The newest subscription of every open page. The lock guards the dictionary only."""

    def __init__(self) -> None:
        self._subscriptions: dict[str, object] = {}
        self._lock = threading.Lock()

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
