"""A submitted request and who is served first: what the engine and whoever asked hold in common. Knows no model."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from queue import Empty, SimpleQueue
from time import monotonic_ns

from engine.domain import new_id
from engine.events import Event, Queued, RunEnded
from engine.serving.rollout_run import RolloutRequest
from engine.serving.run import RunRequest


class Priority(IntEnum):
    """Who is served first."""

    PERSON = 0  # someone is looking at the page
    BATCH = 1  # evaluation, labelling data: rests while a person is served


class Job:
    """A submitted request. Its events are for a single reader; any thread may cancel it."""

    def __init__(
        self, request: RunRequest | RolloutRequest, priority: Priority, owner: str, changed: Callable[[], None]
    ) -> None:
        self.id = new_id()
        self.arrived = monotonic_ns()
        self.request = request
        self.priority = priority
        self.owner = owner  # who asked; "": nobody in particular
        self._changed = changed  # wakes the worker
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._stop = threading.Event()
        self._ended = threading.Event()
        self._is_read = False
        self._ahead: int | None = None  # the place last told

    def events(self) -> Iterator[Event]:
        """Yield events as they happen, blocking between them; ends after RunEnded."""
        while not self._is_read:
            yield self._note(self._events.get())

    def take(self, timeout: float) -> tuple[Event, ...]:
        """Return all pending events, waiting at most ``timeout`` seconds for the first; () when none came."""
        if self._is_read:
            return ()
        found: list[Event] = []
        try:
            found.append(self._note(self._events.get(timeout=timeout)))
            while not self._is_read:
                found.append(self._note(self._events.get_nowait()))
        except Empty:
            pass
        return tuple(found)

    def batches(self, timeout: float) -> Iterator[tuple[Event, ...]]:
        """Yield what has happened, each time once; () where nothing did for ``timeout`` seconds. Ends after RunEnded."""
        while not self._is_read:
            yield self.take(timeout)

    def cancel(self) -> None:
        """Ask the run to stop after its current forward step. Results so far are delivered, then RunEnded. Never blocks."""
        self._stop.set()
        self._changed()

    @property
    def is_ended(self) -> bool:
        """Whether RunEnded was sent."""
        return self._ended.is_set()

    def is_stop_asked(self) -> bool:
        """Whether :meth:`cancel` was called."""
        return self._stop.is_set()

    def report_position(self, ahead: int) -> None:
        """Send Queued if the position in the queue has changed; for the engine only."""
        if ahead != self._ahead:
            self._ahead = ahead
            self._events.put(Queued(ahead=ahead))

    def send(self, events: Sequence[Event]) -> None:
        """Hand events to the reader; for the engine only."""
        for event in events:
            if isinstance(event, RunEnded):
                self._ended.set()
            self._events.put(event)

    def _note(self, event: Event) -> Event:
        self._is_read = self._is_read or isinstance(event, RunEnded)
        return event
