"""Guided search beside Best-of-N at the same number of tokens, on the same problems.

A search rarely takes as many tokens as a whole number of solutions. Best-of-N is therefore a mixture: of every problem it chooses
from N + 1 solutions with one chance and else from N, such that on average it takes the tokens of a search. With the largest N that
takes no more it would have up to half the search's budget. Its figure is exact, over all choices out of the pools
(:mod:`engine.evaluation.pick_chances`); a search is one draw a problem, which the intervals hold. All of them come from one set of
resamples of problems.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import fsum

import numpy as np

from engine.evaluation.intervals import RESAMPLES, Estimate
from engine.evaluation.pick_chances import best_of_n
from engine.evaluation.resampling import Partition
from engine.evaluation.solution_pool import PooledSolution, Protocol, as_arrays
from engine.evaluation.spent_tokens import mean_tokens

NO_PROBLEMS = "There are no problems."
NOT_COUNTED = "The tokens of the searches or of the pools were not all counted, so no N takes as many."
NO_SCORES = "The pools have no scores by the model that guided the searches."
_PLACES = 12  # of a chance: what is behind them is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOutcome:
    """What the guided search of one problem came to."""

    is_correct: bool
    """Of what it picked; False where it picked nothing."""
    tokens: int | None
    """Written in all its tries, those that were given up too; None: not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchComparison:
    """Guided searches beside Best-of-N. Where there is no N, the reason of both estimates of it says why."""

    problems: int
    """On which both were measured."""
    accuracy: Estimate
    """Share of problems where the search picks a correct solution."""
    tokens: float | None
    """Written by a search, the mean of problems; None: not counted."""
    n: int | None
    """The most solutions that take no more tokens than a search, on average."""
    n_tokens: float | None
    """Tokens that they take, the mean of problems."""
    best_of_n: Estimate
    """Share of problems where Best-of-N picks a correct solution, with as many tokens as a search: a mixture of N and N + 1."""
    difference: Estimate
    """The search's share minus Best-of-N's, paired on the same problems."""
    next_n: int | None = None
    """N + 1; None: it has no part, as N takes exactly as many tokens or the pools end there."""
    next_tokens: float | None = None
    """Tokens that N + 1 solutions take, the mean of problems."""
    next_weight: float = 0.0
    """How often Best-of-N chooses from N + 1 solutions and not from N, in [0, 1)."""
    ends_early: bool = False
    """Whether a search takes more tokens than any N of the smallest pool: it has the larger budget."""

    @property
    def mixed_n(self) -> float | None:
        """How many solutions Best-of-N chooses from on average; None: there is no N."""
        return None if self.n is None else self.n + self.next_weight

    @property
    def mixed_tokens(self) -> float | None:
        """Tokens that Best-of-N takes on average: those of a search, unless the pools end early; None: there is no N."""
        if self.n_tokens is None or self.next_tokens is None:
            return self.n_tokens
        return self.n_tokens + self.next_weight * (self.next_tokens - self.n_tokens)


def compare_search(
    searches: Sequence[SearchOutcome],
    pools: Sequence[Sequence[PooledSolution]],
    tokens: Sequence[Sequence[int | None]],
    way: str,
    protocol: Protocol = Protocol.IID,
    *,
    resamples: int = RESAMPLES,
) -> SearchComparison:
    """Return the searches of problems beside Best-of-N on the same problems.

    Args:
        searches: one a problem.
        pools: the pools of the same problems, in the same order, each with a solution at least.
        tokens: of each of their solutions.
        way: the solution scores that Best-of-N picks by, such as "prm_mean".
        protocol: what N solutions are.
        resamples: of the bootstrap, with seed 0: those that a curve of the same problems has.

    Raises:
        ValueError: they are not of equally many problems, or a pool is empty or too large.
    """
    if not len(searches) == len(pools) == len(tokens):
        raise ValueError(f"There are {len(searches)} searches, {len(pools)} pools and {len(tokens)} counts of tokens.")
    arrays = as_arrays(pools)
    partition = Partition(len(pools), resamples=resamples)
    found = np.array([each.is_correct for each in searches], dtype=np.float64)
    spent = _mean([each.tokens for each in searches])
    n = _largest(tokens, spent, protocol)
    reason = _reason(pools, tokens, way, spent, protocol)
    undefined = Estimate(value=None, interval=None, reason=reason)
    alone = SearchComparison(
        problems=len(searches),
        accuracy=partition.mean(found),
        tokens=spent,
        n=None,
        n_tokens=None,
        best_of_n=undefined,
        difference=undefined,
    )
    taken = None if n is None else mean_tokens(tokens, n, protocol)
    if reason is not None or n is None or spent is None or taken is None:
        return alone
    beyond = mean_tokens(tokens, n + 1, protocol) if n < min(map(len, pools)) and taken < spent else None
    weight = 0.0 if beyond is None else (spent - taken) / (beyond - taken)
    sizes = [n] if beyond is None else [n, n + 1]
    chances = np.zeros(len(pools))
    for each in arrays:
        of_sizes = best_of_n(each, way, sizes, protocol)  # (problems, sizes)
        mixed = of_sizes[:, 0] + weight * (of_sizes[:, -1] - of_sizes[:, 0])
        chances[each.problem] = np.round(mixed, _PLACES)
    return replace(
        alone,
        n=n,
        n_tokens=taken,
        best_of_n=partition.mean(chances),
        difference=partition.mean(found - chances),
        next_n=None if beyond is None else n + 1,
        next_tokens=beyond,
        next_weight=weight,
        ends_early=beyond is None and taken < spent,
    )


def _largest(tokens: Sequence[Sequence[int | None]], spent: float | None, protocol: Protocol) -> int | None:
    """Return the largest N of the smallest pool that takes no more than ``spent`` tokens; None where one solution does."""
    if spent is None:
        return None
    for n in range(min(map(len, tokens), default=0), 0, -1):
        taken = mean_tokens(tokens, n, protocol)
        if taken is not None and taken <= spent:
            return n
    return None


def _reason(
    pools: Sequence[Sequence[PooledSolution]],
    tokens: Sequence[Sequence[int | None]],
    way: str,
    spent: float | None,
    protocol: Protocol,
) -> str | None:
    """Return why there is no N; None where there may be one."""
    if not pools:
        return NO_PROBLEMS
    one = mean_tokens(tokens, 1, protocol)
    if spent is None or one is None:
        return NOT_COUNTED
    if not any(way in each.scores for pool in pools for each in pool):
        return NO_SCORES
    if one > spent:
        return f"One solution takes {one:.0f} tokens on average, and a search only {spent:.0f}, so no N takes as few."
    return None


def _mean(counts: Sequence[int | None]) -> float | None:
    known = [each for each in counts if each is not None]
    return fsum(known) / len(known) if known and len(known) == len(counts) else None
