"""The vote in which every solution weighs as much as its score: estimated, as no count is known for it.

From ``SUBSETS`` seeded choices of N, the same for all problems with pools of one size, so that the figure's own sampling error is
known: it is the spread of the mean over problems from choice to choice. Where N is 1 or the whole pool it is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.evaluation.arrays import Floats, Ints, Mask
from engine.evaluation.solution_pool import NO_VOTE, PoolArrays, Protocol, check_sizes

SUBSETS = 2000
_EQUAL = 1e-9  # sums of the same scores in another order differ by less
_PRESENT = 1e-13  # a vote that weighs 0 is a vote all the same


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteEstimate:
    """How often the weighted vote is correct."""

    chance: Floats
    """(problems,) over the choices."""
    error: float
    """Standard error of the mean over the problems that comes from the choices alone; 0 where it is exact."""


def weighted_vote(
    pool: PoolArrays, way: str, n: int, protocol: Protocol = Protocol.IID, *, seed: int = 0, subsets: int = SUBSETS
) -> VoteEstimate:
    """Return how often the answer with the highest sum of scores among ``n`` solutions is correct.

    A solution without an answer or without a score has no vote; equal sums are equally likely chosen; an answer that
    correct and wrong solutions state counts by its share of correct ones. Raises ValueError unless 1 <= n <= m.
    """
    check_sizes([n], pool.size)
    weights = np.where(pool.group == NO_VOTE, np.nan, pool.scores[way])
    if n in (1, pool.size):
        every = np.eye(pool.size)[: 1 if protocol.fixed else None] if n == 1 else np.ones((1, n))
        return VoteEstimate(chance=_votes(pool, weights, every).mean(axis=1), error=0.0)
    chosen = _subsets(pool.size, n, protocol, np.random.default_rng([seed, pool.size, n]), subsets)
    wins = _votes(pool, weights, chosen)  # (problems, subsets)
    return VoteEstimate(
        chance=wins.mean(axis=1),
        error=float(wins.mean(axis=0).std(ddof=1) / np.sqrt(subsets)) if subsets > 1 else np.nan,
    )


def _subsets(size: int, n: int, protocol: Protocol, rng: np.random.Generator, count: int) -> Floats:
    """Return random choices of ``n``, (count, size): 1 where a solution is chosen."""
    keys = rng.random((count, size))
    keys[:, : protocol.fixed] = -1.0  # always among the lowest
    chosen = np.zeros((count, size))
    np.put_along_axis(chosen, np.argpartition(keys, n - 1, axis=1)[:, :n], 1.0, axis=1)
    return chosen


def _votes(pool: PoolArrays, weights: Floats, chosen: Floats) -> Floats:
    """Return the share of right answers among the winners, (problems, subsets)."""
    columns = np.ascontiguousarray(chosen.T)  # (m, subsets)
    return np.stack([_votes_of(*row, columns) for row in zip(pool.group, pool.is_correct, weights, strict=True)])


def _votes_of(group: Ints, is_correct: Mask, weights: Floats, chosen: Floats) -> Floats:
    """Return the same of one problem, (subsets,)."""
    voters = np.flatnonzero(~np.isnan(weights))
    answers, answer = np.unique(group[voters], return_inverse=True)
    won = np.zeros(chosen.shape[1])
    right = np.array([is_correct[group == each].mean() for each in answers])
    if not right.any():
        return won
    votes = np.zeros((len(answers), len(weights)))
    votes[answer, voters] = weights[voters] + _PRESENT
    sums = votes @ chosen  # (answers, subsets)
    least = np.maximum(sums.max(axis=0) - _EQUAL, _PRESENT / 2)  # an answer that nobody chosen states wins nothing
    for mine in np.flatnonzero(right):
        wins = np.flatnonzero(sums[mine] >= least)
        equals = (sums[:, wins] >= least[wins]).sum(axis=0)
        won[wins] += right[mine] / equals
    return won
