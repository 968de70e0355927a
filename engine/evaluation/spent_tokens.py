"""What N solutions out of a pool take: tokens, as their mean over all choices of N and then over problems. Knows numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from engine.evaluation.solution_pool import Protocol


def mean_tokens(pools: Sequence[Sequence[int | None]], n: int, protocol: Protocol = Protocol.IID) -> float | None:
    """Return the tokens that ``n`` solutions of a problem take on average; None where they were not counted.

    ``pools``: the tokens of each problem's solutions, in the order of sampling; ``n`` solutions are what ``protocol`` says.
    """
    fixed = protocol.fixed
    means = []
    for pool in pools:
        known = [each for each in pool if each is not None]
        if len(known) < len(pool) or not known:
            return None
        free = known[fixed:]
        means.append(fsum(known[:fixed]) + (n - fixed) * (fsum(free) / len(free) if free else 0.0))
    return fsum(means) / len(means) if means else None
