"""The exact chance that a choice of N out of a pool gives a correct solution: by a score, by a perfect selector, at random.

By counting choices: the solution at place i of a ranking of m is the best of C(m - 1 - i, n - 1) choices out of C(m, n).
All problems at once; of equal scores the earlier solution wins, as everywhere (:mod:`engine.choosing`).

Source: Chen et al. 2021 (arXiv 2107.03374), unbiased pass@k, of which the pick by a score is the same count.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from engine.evaluation.arrays import Floats, Ints, Mask
from engine.evaluation.solution_pool import PoolArrays, Protocol, check_sizes


def best_of_n(pool: PoolArrays, way: str, sizes: Sequence[int], protocol: Protocol = Protocol.IID) -> Floats:
    """Return the chance that the highest-scored of n is correct, (problems, sizes), for every n of ``sizes``.

    Where none has a score, none is picked. Raises ValueError unless every 1 <= n <= m, KeyError for an unknown way of scoring.
    """
    check_sizes(sizes, pool.size)
    scores = pool.scores[way]
    order = np.argsort(np.nan_to_num(-scores, nan=np.inf), axis=1, kind="stable")  # (problems, m), best first
    scored = ~np.isnan(np.take_along_axis(scores, order, axis=1))
    correct = np.take_along_axis(pool.is_correct, order, axis=1) & scored
    if protocol is Protocol.IID:
        return correct.astype(np.float64) @ np.stack([_best_at(pool.size, n) for n in sizes], axis=1)
    return np.stack([_greedy_first(order, scored, correct, n) for n in sizes], axis=1)


def _greedy_first(order: Ints, scored: Mask, correct: Mask, n: int) -> Floats:
    """Return the chance of a correct pick where the first solution is always among the ``n``, (problems,)."""
    size = order.shape[1]
    is_first = order == 0
    place = is_first.argmax(axis=1)[:, None]  # of the first solution in the ranking
    takes_part = np.take_along_axis(scored, place, axis=1)
    at = np.arange(size)[None]
    others = np.append(_best_at(size - 1, n - 1), 0.0)[at - (at > place)] if n > 1 else np.zeros((1, 1))
    may_win = ~is_first & ((at < place) | ~takes_part)  # what is behind the first solution is never picked
    none_better = np.array([comb(size - 1 - k, n - 1) / comb(size - 1, n - 1) for k in range(size)])[place]
    greedy = none_better * (takes_part & np.take_along_axis(correct, place, axis=1))
    chance: Floats = (others * (correct & may_win)).sum(axis=1) + greedy[:, 0]
    return chance


def oracle(pool: PoolArrays, sizes: Sequence[int], protocol: Protocol = Protocol.IID) -> Floats:
    """Return the chance that any of n is correct, (problems, sizes): what a perfect selector would reach.

    Raises ValueError unless every 1 <= n <= m.
    """
    check_sizes(sizes, pool.size)
    fixed = protocol.fixed
    free = pool.size - fixed
    missed = np.array(
        [[comb(free - right, n - fixed) / comb(free, n - fixed) for n in sizes] for right in range(free + 1)]
    )
    chance: Floats = 1 - missed[pool.is_correct[:, fixed:].sum(axis=1)]
    return np.where(pool.is_correct[:, :fixed].any(axis=1, keepdims=True), 1.0, chance)


def random_pick(pool: PoolArrays, sizes: Sequence[int], protocol: Protocol = Protocol.IID) -> Floats:
    """Return the chance that one of n picked blindly is correct, (problems, sizes). Raises ValueError as :func:`oracle`."""
    check_sizes(sizes, pool.size)
    fixed, n = protocol.fixed, np.array(sizes, dtype=np.float64)
    first = pool.is_correct[:, :fixed].sum(axis=1, keepdims=True)
    others = pool.is_correct[:, fixed:].sum(axis=1, keepdims=True) / max(pool.size - fixed, 1)
    chance: Floats = (first + others * (n - fixed)) / n
    return chance


def _best_at(size: int, n: int) -> Floats:
    """Return the chance that the solution at each place of a ranking is the best of ``n`` out of ``size``, (size,)."""
    return np.array([comb(size - 1 - place, n - 1) / comb(size, n) for place in range(size)])
