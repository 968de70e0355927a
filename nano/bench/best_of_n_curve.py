"""Best-of-N for every N out of one pool of M solutions a problem.

For a ranking by score and for the oracle the mean over all choices of N out of M is computed exactly, so it is an unbiased
estimate of Best-of-N. The majority vote has no such formula: it is the mean over SUBSETS random choices.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from nano import metrics
from nano.metrics import Problem, Ranking

SUBSETS = 40


def expected_pick(ranking: Ranking, n: int) -> Callable[[Problem], float]:
    """The chance that the best-ranked of `n` random solutions of the pool is right."""

    def chance(pool: Problem) -> float:
        keyed = sorted((-score, index) for index, one in enumerate(pool) if (score := ranking(one)) is not None)
        size = len(keyed)
        if not size:
            return 0.0
        n_drawn = min(n, size)
        ways = math.comb(size, n_drawn)
        return (
            sum(math.comb(size - 1 - place, n_drawn - 1) * pool[index].right for place, (_, index) in enumerate(keyed))
            / ways
        )

    return chance


def expected_oracle(n: int) -> Callable[[Problem], float]:
    """The chance that any of `n` random solutions of the pool is right (unbiased pass@n)."""

    def chance(pool: Problem) -> float:
        wrong = sum(not solution.right for solution in pool)
        return 1 - math.comb(wrong, n) / math.comb(len(pool), n)

    return chance


def expected_vote(n: int, seed: int = 0) -> Callable[[Problem], float]:
    """The chance that the majority of `n` random solutions of the pool is right, over SUBSETS choices."""

    def chance(pool: Problem) -> float:
        if n == len(pool):
            return metrics.self_consistency(pool)
        rng = random.Random(seed)
        return sum(metrics.self_consistency(rng.sample(pool, n)) for _ in range(SUBSETS)) / SUBSETS

    return chance


def powers(most: int) -> tuple[int, ...]:
    """1, 2, 4, ... up to `most`."""
    return tuple(2**power for power in range(most.bit_length()) if 2**power <= most)
