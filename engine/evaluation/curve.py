"""The curve of choosing among N solutions, for every way to choose and every N, with differences on the same problems.

All intervals come from one set of resamples of problems. Pools may differ in size: the curve ends at the smallest, and
every pool is used whole. Keys are ``MODEL_HOW`` for a model's scores under an aggregation, ``MODEL_weighted_vote``,
``self_consistency``, ``random`` and ``oracle``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from engine.aggregate import aggregate_scores
from engine.domain import Aggregation
from engine.evaluation.arrays import Floats
from engine.evaluation.best_of_n import curve_sizes
from engine.evaluation.intervals import RESAMPLES, Estimate
from engine.evaluation.majority import majority
from engine.evaluation.pick_chances import best_of_n, oracle, random_pick
from engine.evaluation.resampling import Partition
from engine.evaluation.solution_pool import PoolArrays, PooledSolution, Protocol, as_arrays
from engine.evaluation.weighted_vote import weighted_vote

SELF_CONSISTENCY, RANDOM, ORACLE = "self_consistency", "random", "oracle"
WEIGHTED_VOTE = "weighted_vote"
_PLACES = 12  # of a difference: what is behind them is rounding
MODEL_KEYS = (*(how.value for how in Aggregation), WEIGHTED_VOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How often each way to choose among N gives a correct solution."""

    figures: dict[int, dict[str, Estimate]]
    """N -> way to choose -> share of problems."""
    differences: dict[int, dict[str, Estimate]]
    """N -> "one way - another" -> paired difference of both, of an aggregation of every model and other ways."""
    sampling_errors: dict[int, dict[str, float]]
    """N -> weighted vote -> the standard error that comes from its random choices; 0 where it is exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveParts:
    """Which figures of a curve are measured."""

    votes: bool = True
    """Whether votes weighted by scores are among the ways; they take most of the time."""
    compared: tuple[Aggregation, ...] = (Aggregation.MEAN,)
    """The aggregations whose differences to other ways are measured."""


ALL_PARTS = CurveParts()


def solution_scores(model: str, step_scores: Sequence[float]) -> dict[str, float | None]:
    """Return the solution scores of a model's step scores, by the keys of the curve; none without step scores.

    An outcome reward model has one score, which every aggregation leaves as it is.
    """
    return {f"{model}_{how.value}": aggregate_scores(step_scores, how) for how in Aggregation} if step_scores else {}


def sizes_of(pool: int) -> tuple[int, ...]:
    """Return the N of a curve: every power of two up to the size of the pool, and that size."""
    return tuple(sorted({*curve_sizes(pool), pool} - {0}))


def measure_curve(
    pools: Sequence[Sequence[PooledSolution]],
    models: Sequence[str],
    protocol: Protocol = Protocol.IID,
    parts: CurveParts = ALL_PARTS,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Curve:
    """Return the curve of pools, one a problem.

    Args:
        pools: their solutions have the scores of :func:`solution_scores` for each of ``models``.
        models: the names of the reward models.
        protocol: what N solutions are.
        parts: which figures.
        resamples: of the bootstrap. seed: of the resamples and of the random choices behind weighted votes.

    Raises:
        ValueError: a pool has no solution, or too many.
    """
    arrays = as_arrays(pools)
    sizes = sizes_of(min((len(pool) for pool in pools), default=0))
    partition = Partition(len(pools), resamples=resamples, seed=seed)
    if not sizes:
        return Curve(figures={}, differences={}, sampling_errors={})
    chances, errors = _all_chances(arrays, sizes, models, protocol, parts.votes, seed)
    table = _Table(chances, partition)
    return Curve(
        figures={n: {way: table.figure(n, way) for way in chances[n]} for n in sizes},
        differences={
            n: {
                f"{one} - {other}": table.difference(n, one, other)
                for one, other in _compared(models, chances[n], parts.compared)
            }
            for n in sizes
        },
        sampling_errors=errors,
    )


def chances_of(
    pools: Sequence[Sequence[PooledSolution]],
    models: Sequence[str],
    sizes: Sequence[int],
    protocol: Protocol,
    *,
    seed: int,
) -> tuple[dict[int, dict[str, Floats]], dict[int, dict[str, float]]]:
    """Return, for every N of ``sizes`` and way to choose, the chance of each problem, (problems,), and the sampling errors.

    The errors are standard errors of the random choices behind weighted votes: N -> way -> error. ``seed``: of these choices.

    Raises ValueError as :func:`measure_curve`, and unless every N is from 1 to the smallest pool.
    """
    return _all_chances(as_arrays(pools), sizes, models, protocol, True, seed)


def _compared(models: Sequence[str], ways: Iterable[str], hows: Sequence[Aggregation]) -> list[tuple[str, str]]:
    """Return which ways are compared: an aggregation of a model with later models' and no model; its mean with its others, too."""
    pairs = []
    for at, model in enumerate(models):
        for how in hows:
            one = f"{model}_{how.value}"
            others = {f"{later}_{how.value}" for later in models[at + 1 :]} | {SELF_CONSISTENCY, RANDOM, ORACLE}
            if how is Aggregation.MEAN:
                others |= {f"{model}_{key}" for key in MODEL_KEYS}
            pairs += [(one, way) for way in ways if way in others - {one}]
    return pairs


class _Table:
    """The means of all figures, and those of every resample, by one product of matrices."""

    def __init__(self, chances: Mapping[int, Mapping[str, Floats]], partition: Partition) -> None:
        columns = [(n, way) for n, ways in chances.items() for way in ways]
        self._at = {column: at for at, column in enumerate(columns)}
        self._partition = partition
        values = np.stack([chances[n][way] for n, way in columns], axis=1)
        self._values = values.mean(axis=0)
        self._resampled = partition.sums(values) / partition.problems

    def figure(self, n: int, way: str) -> Estimate:
        at = self._at[n, way]
        return self._partition.estimate(float(self._values[at]), self._resampled[:, at])

    def difference(self, n: int, one: str, other: str) -> Estimate:
        first, second = self._at[n, one], self._at[n, other]
        resampled = self._resampled[:, first] - self._resampled[:, second]
        difference = self._values[first] - self._values[second]
        return self._partition.estimate(round(float(difference), _PLACES), np.round(resampled, _PLACES))


def _all_chances(
    arrays: Sequence[PoolArrays],
    sizes: Sequence[int],
    models: Sequence[str],
    protocol: Protocol,
    votes: bool,
    seed: int,
) -> tuple[dict[int, dict[str, Floats]], dict[int, dict[str, float]]]:
    """Return N -> way -> the chance of each problem, and the sampling errors of weighted votes."""
    problems = sum(len(each.problem) for each in arrays)

    def merged(figure: Callable[[PoolArrays], Floats]) -> Floats:  # of (problems, sizes)
        whole = np.zeros((problems, len(sizes)))
        for each in arrays:
            whole[each.problem] = figure(each)
        return whole

    keys = [f"{model}_{how.value}" for model in models for how in Aggregation]
    ways = {key: merged(partial(best_of_n, way=key, sizes=sizes, protocol=protocol)) for key in keys}
    errors: dict[int, dict[str, float]] = {n: {} for n in sizes}
    for model in models if votes else ():
        key = f"{model}_{WEIGHTED_VOTE}"
        found = [_weighted(arrays, model, n, protocol, seed) for n in sizes]
        ways[key] = np.stack([chance for chance, _error in found], axis=1)
        for n, (_chance, error) in zip(sizes, found, strict=True):
            errors[n][key] = error
    ways[SELF_CONSISTENCY] = merged(partial(majority, sizes=sizes, protocol=protocol))
    ways[RANDOM] = merged(partial(random_pick, sizes=sizes, protocol=protocol))
    ways[ORACLE] = merged(partial(oracle, sizes=sizes, protocol=protocol))
    chances = {n: {way: values[:, at] for way, values in ways.items()} for at, n in enumerate(sizes)}
    return chances, errors


def _weighted(arrays: Sequence[PoolArrays], model: str, n: int, protocol: Protocol, seed: int) -> tuple[Floats, float]:
    problems = sum(len(each.problem) for each in arrays)
    whole, variance = np.zeros(problems), 0.0
    for each in arrays:
        found = weighted_vote(each, f"{model}_{Aggregation.MEAN.value}", n, protocol, seed=seed)
        whole[each.problem] = found.chance
        variance += (found.error * len(each.problem) / problems) ** 2
    return whole, float(np.sqrt(variance))
