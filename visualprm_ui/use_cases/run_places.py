"""How many runs and branches a principal may have in progress; what is about to start is counted as well.

Between the check and the start pictures are decoded and rows are written: without a place held meanwhile, requests at the same time
would all pass the check. Knows how to ask for what is in progress; knows neither the engine nor the store.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from engine import InvalidRequest
from visualprm_ui.access.identity import Principal

MOST_RUNS = 16  # in progress at once, of one person
MOST_RUNS_OF_STRANGERS = 4  # of one address


class Place:
    """A place that is held for what is about to start."""

    def __init__(self, lock: threading.Lock, held: Counter[str], owner: str) -> None:
        self._lock = lock
        self._held = held
        self._owner = owner
        self._is_held = True

    def fill(self, start: Callable[[], object]) -> None:
        """Start what is counted as in progress from then on; the place is given up in the same moment."""
        with self._lock:
            start()
            self._give_up()

    def leave(self) -> None:
        """Give up the place, where it is still held."""
        with self._lock:
            self._give_up()

    def _give_up(self) -> None:
        if not self._is_held:
            return
        self._is_held = False
        self._held[self._owner] -= 1
        if not self._held[self._owner]:
            del self._held[self._owner]


class RunPlaces:
    """The places of everybody. Its lock makes checking and counting one act."""

    def __init__(self, *counts: Callable[[str], int]) -> None:
        """``counts``: each returns how much is in progress of its kind under an owner."""
        self._counts = counts
        self._held: Counter[str] = Counter()  # by owner
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, principal: Principal | None) -> Iterator[Place]:
        """Hold a place for a principal (None: for the app itself, which has no limit).

        Raises:
            InvalidRequest: they have as many runs and branches in progress, or about to start, as they may have.
        """
        owner = "" if principal is None else principal.owner
        with self._lock:
            if principal is not None:
                self._check(principal)
            self._held[owner] += 1
        place = Place(self._lock, self._held, owner)
        try:
            yield place
        finally:
            place.leave()

    def _check(self, principal: Principal) -> None:
        most = MOST_RUNS_OF_STRANGERS if principal.is_stranger else MOST_RUNS
        running = self._held[principal.owner] + sum(count(principal.owner) for count in self._counts)
        if running >= most:
            raise InvalidRequest(
                f"You have {running} runs in progress, which is the most. Stop one, or wait until it ends."
            )
