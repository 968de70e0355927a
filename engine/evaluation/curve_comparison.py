"""Two pools of every problem, such as two policies' or one scored by two models: paired differences of choosing among N.

Each way to choose is compared with itself, at every N that all pools have. Every figure and difference comes from one set of
resamples of problems. Differences are the second's minus the first's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.evaluation.arrays import Floats
from engine.evaluation.curve import MODEL_KEYS, ORACLE, RANDOM, SELF_CONSISTENCY, chances_of, sizes_of
from engine.evaluation.intervals import RESAMPLES, Estimate
from engine.evaluation.resampling import Partition
from engine.evaluation.solution_pool import PooledSolution, Protocol

COMPARED_WAYS = (*MODEL_KEYS, SELF_CONSISTENCY, RANDOM, ORACLE)
_PLACES = 12  # of a difference: what is behind them is rounding


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedWay:
    """How often one way to choose among N gives a correct solution, under both."""

    a: Estimate
    b: Estimate
    difference: Estimate
    """b - a, problem by problem."""
    a_error: float | None = None
    """Standard error of the random choices behind ``a``, those of a weighted vote; None: it is exact."""
    b_error: float | None = None
    """The same of ``b``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveComparison:
    """Two pools of every problem, side by side."""

    problems: int
    figures: dict[int, dict[str, ComparedWay]]
    """N -> an aggregation or ``weighted_vote`` of each model, ``self_consistency``, ``random`` or ``oracle`` -> the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedPools:
    """One side: a pool of each problem, and the model whose scores choose."""

    pools: Sequence[Sequence[PooledSolution]]
    model: str | None  # key in the scores; None: none has scored all of them


def compare_curves(
    a: ComparedPools,
    b: ComparedPools,
    protocol: Protocol = Protocol.IID,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> CurveComparison:
    """Return the figures of both sides and their differences; those of a model only where both have one.

    Args:
        a: one side.
        b: the other, of the same problems in the same order.
        protocol: what N solutions are.
        resamples: of the problems.
        seed: of the resamples, and of the random choices behind weighted votes.

    Raises:
        ValueError: the two have not equally many problems, or a pool has no solution, or too many.
    """
    if len(a.pools) != len(b.pools):
        raise ValueError(f"One side has {len(a.pools)} problems and the other {len(b.pools)}.")
    sizes = sizes_of(min((len(pool) for pool in (*a.pools, *b.pools)), default=0))
    if not sizes:
        return CurveComparison(problems=len(a.pools), figures={})
    partition = Partition(len(a.pools), resamples=resamples, seed=seed)
    has_models = a.model is not None and b.model is not None
    first, second = (
        _chances(each if has_models else replace(each, model=None), sizes, protocol, seed) for each in (a, b)
    )
    return CurveComparison(
        problems=len(a.pools),
        figures={
            n: {way: _compare(first[n][way], second[n][way], partition) for way in COMPARED_WAYS if way in first[n]}
            for n in sizes
        },
    )


def _chances(
    side: ComparedPools, sizes: Sequence[int], protocol: Protocol, seed: int
) -> dict[int, dict[str, tuple[Floats, float | None]]]:
    """Return N -> way, without the model's key -> the chance of each problem, and the error of random choices behind it."""
    model = side.model
    found, errors = chances_of(side.pools, [] if model is None else [model], sizes, protocol, seed=seed)
    return {
        n: {way.removeprefix(f"{model}_"): (values, errors[n].get(way)) for way, values in ways.items()}
        for n, ways in found.items()
    }


def _compare(
    first: tuple[Floats, float | None], second: tuple[Floats, float | None], partition: Partition
) -> ComparedWay:
    (a, a_error), (b, b_error) = first, second
    resampled = partition.sums(np.stack([a, b], axis=1)) / partition.problems  # (resamples, 2)
    difference = float(b.mean() - a.mean())
    return ComparedWay(
        a=partition.estimate(float(a.mean()), resampled[:, 0]),
        b=partition.estimate(float(b.mean()), resampled[:, 1]),
        difference=partition.estimate(round(difference, _PLACES), np.round(resampled[:, 1] - resampled[:, 0], _PLACES)),
        a_error=a_error,
        b_error=b_error,
    )
