"""How long to wait after wrong passwords. Knows names and addresses as keys, and a clock; knows no person and no table.

Kept in memory, on purpose: a wrong password must not wait for the one write lock that label saves need, and whoever can restart
the server needs no password. A waiting try is refused before its password is looked at, so that guessing gains nothing.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MAX_KEYS = 20_000  # of a flood of made-up names and addresses the oldest are forgotten
FORGET_SECONDS = 3600.0  # without a further wrong try


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleRule:
    """How many wrong attempts are free, and how long the wait may become after that: 1, 2, 4, ... seconds up to ``most``."""

    free: int
    most: float  # seconds


# A name's wait stays short: others may type it wrong on purpose to lock its owner out.
OF_NAME = ThrottleRule(free=5, most=60.0)
# Many people may sit behind one address: its wait holds only for names that were typed wrong there before, and stays short.
OF_ADDRESS = ThrottleRule(free=20, most=60.0)
# One name from one address: only counted, to tell who was there with a wrong password already.
_OF_PAIR = ThrottleRule(free=MAX_KEYS, most=0.0)


@dataclass(frozen=True, slots=True)
class _Count:
    wrong: int
    last: float  # when, on the clock


class LoginThrottle:
    """Counts wrong tries by name and by client address. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._counts: OrderedDict[tuple[ThrottleRule, str], _Count] = OrderedDict()

    def begin_attempt(self, name: str, address: str) -> float:
        """Count a try as a wrong one and return 0; or return the seconds to wait, and count nothing.

        Counting first leaves no gap for many tries at once. A name that nobody has is counted like any other: the answer
        must not tell them apart.
        """
        keys = ((OF_NAME, name), (OF_ADDRESS, address), (_OF_PAIR, _pair(name, address)))
        with self._guard:
            # whoever guessed here must not lock out a neighbour, who comes with the right password at the first try
            asked = keys[:2] if self._fresh(keys[2]) is not None else keys[:1]
            wait = max(self._wait(key) for key in asked)
            if wait > 0:
                return wait
            for key in keys:
                found = self._fresh(key)
                self._counts[key] = _Count(1 if found is None else found.wrong + 1, self._clock())
                self._counts.move_to_end(key)
            while len(self._counts) > MAX_KEYS:
                self._counts.popitem(last=False)
            return 0.0

    def note_success(self, name: str, address: str) -> None:
        """Take back the try that was right, and forget the wrong ones of the name.

        Those of the address stay: an account of one's own must not buy more guesses at others.
        """
        with self._guard:
            self._counts.pop((OF_NAME, name), None)
            self._counts.pop((_OF_PAIR, _pair(name, address)), None)
            key = (OF_ADDRESS, address)
            found = self._counts.get(key)
            if found is not None:
                self._counts[key] = _Count(found.wrong - 1, found.last)

    def _wait(self, key: tuple[ThrottleRule, str]) -> float:
        found = self._fresh(key)
        rule = key[0]
        if found is None or found.wrong < rule.free:
            return 0.0
        wait = min(rule.most, 2.0 ** min(found.wrong - rule.free, 60))
        return max(0.0, found.last + wait - self._clock())

    def _fresh(self, key: tuple[ThrottleRule, str]) -> _Count | None:
        found = self._counts.get(key)
        return None if found is None or self._clock() - found.last > FORGET_SECONDS else found


def _pair(name: str, address: str) -> str:
    return f"{name}\0{address}"
