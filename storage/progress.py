"""What long work of a store tells while it goes on. Knows nobody who listens, and not what is counted."""

from __future__ import annotations

from collections.abc import Callable

OnProgress = Callable[[int, float | None], None]  # how much is done, and the share of all, in [0, 1], where it is known


def tell_nobody(_done: int, _share: float | None) -> None:
    """Do nothing: for work that nobody listens to."""
