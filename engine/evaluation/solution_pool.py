"""Pools of solutions of the same size, one a problem, as arrays: the input of all figures of choosing among N.

The two protocols differ in what "N solutions" are. *iid*: any N of the pool, all equally likely. *greedy-first*: the
pool's first solution, written greedily, and any N - 1 of the others; so its figure for N = 1 is that of the greedy
solution. Knows values only.

Source: VisualPRM's public harness (VLMEvalKit) keeps candidate 0 greedy and samples the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from engine.evaluation.arrays import Floats, Ints, Mask

LARGEST = 1000  # solutions a pool: numbers of choices from larger ones leave the range of double precision
NO_VOTE = -1


class Protocol(StrEnum):
    """Which solutions of a pool a choice of N is made from."""

    IID = "iid"  # any N of them
    GREEDY_FIRST = "greedy-first"  # the first one, which is greedy, and any N - 1 of the others

    @property
    def fixed(self) -> int:
        """How many of the N are always the pool's first solutions."""
        return int(self is Protocol.GREEDY_FIRST)


@dataclass(frozen=True, slots=True, kw_only=True)
class PooledSolution:
    """A solution as far as a choice looks at it. One that was cut off or stopped is wrong, has no vote and no scores."""

    is_correct: bool
    answer_group: int | None
    """Which of its problem's different answers it states, from 0; None: it does not vote."""
    scores: dict[str, float | None] = field(default_factory=dict)
    """By way of scoring, e.g. "prm_mean", its solution score; None or missing: that way never picks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolArrays:
    """Pools of one size. Rows are problems, columns solutions in the order of sampling."""

    problem: Ints
    """(problems,) which of the problems given."""
    is_correct: Mask
    """(problems, m)"""
    group: Ints
    """(problems, m) which answer, from 0; NO_VOTE."""
    scores: dict[str, Floats]
    """Way of scoring -> (problems, m); NaN: never picked."""

    @property
    def size(self) -> int:
        """How many solutions each pool has."""
        return int(self.is_correct.shape[1])


def as_arrays(pools: Sequence[Sequence[PooledSolution]]) -> tuple[PoolArrays, ...]:
    """Return the pools as arrays, those of equal size together.

    Raises:
        ValueError: a pool is empty or has more than LARGEST solutions.
    """
    ways = sorted({way for pool in pools for each in pool for way in each.scores})
    for number, pool in enumerate(pools):
        if not 1 <= len(pool) <= LARGEST:
            raise ValueError(f"Pool {number} has {len(pool)} solutions, but must have 1 to {LARGEST}.")
    sizes = sorted({len(pool) for pool in pools})
    return tuple(_stack(pools, [at for at, pool in enumerate(pools) if len(pool) == size], ways) for size in sizes)


def _stack(pools: Sequence[Sequence[PooledSolution]], chosen: Sequence[int], ways: Sequence[str]) -> PoolArrays:
    some = [pools[at] for at in chosen]
    return PoolArrays(
        problem=np.array(chosen, dtype=np.int64),
        is_correct=np.array([[each.is_correct for each in pool] for pool in some]),
        group=np.array(
            [[NO_VOTE if each.answer_group is None else each.answer_group for each in pool] for pool in some]
        ),
        scores={
            way: np.array(
                [[np.nan if (score := each.scores.get(way)) is None else score for each in pool] for pool in some]
            )
            for way in ways
        },
    )


def check_sizes(sizes: Sequence[int], pool: int) -> None:
    """Raise ValueError unless every N is from 1 to the size of the pool."""
    for n in sizes:
        if not 1 <= n <= pool:
            raise ValueError(f"n is {n!r}, but must be between 1 and the {pool} solutions of the pool.")
