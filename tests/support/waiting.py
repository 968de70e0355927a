"""Waiting for what another thread or process does: looked at again and again, and given up after minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 180.0  # seconds: much longer than anything takes, as machines that run tests are busy
PAUSE = 0.01  # seconds between two looks

Found = TypeVar("Found")


def awaited(look: Callable[[], Found], is_wanted: Callable[[Found], object] = bool) -> Found:
    """Return what ``look`` finds once that is what is wanted; fails with what it found last where it never is."""
    deadline = time.monotonic() + PATIENCE
    while not is_wanted(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(PAUSE)
    return found
