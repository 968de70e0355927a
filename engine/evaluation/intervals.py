"""How sure a figure is: percentile-bootstrap intervals over problems, paired differences, and Wilson intervals of a share.

The unit that is drawn is the problem, because the solutions and steps of one problem are not independent (a cluster
bootstrap). The draws depend on the seed and on the number of problems only: all figures of the same problems are
computed on the same resamples, so that they can be compared.

A Wilson interval is of independent trials that came out one of two ways, such as the completions of one beginning. Unlike the
normal approximation it stays within [0, 1] and has a width where all or none succeeded.

Sources: Efron and Tibshirani 1993, An Introduction to the Bootstrap, ch. 13 (percentile intervals); Wilson 1927, Probable
inference, the law of succession, and statistical inference.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

RESAMPLES = 1000
_TAIL = 0.025  # on either side of a 95 % interval
_DEVIATIONS = 1.959963984540054  # of a normal distribution, on either side of the middle 95 % of it

Problem = TypeVar("Problem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A 95 % interval."""

    low: float
    """Its lower end, in the figure's unit."""
    high: float
    """Its upper end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its interval. Undefined is ``None`` with its reason, never 0."""

    value: float | None
    """The figure on the problems as they are."""
    interval: Interval | None
    """How far it moves when the problems are drawn again."""
    reason: str | None = None
    """For people: why the value, or else its interval, is undefined; ``None`` when both are defined."""


def bootstrap(
    problems: Sequence[Problem], figure: Callable[[Sequence[Problem]], float | None], seed: int = 0
) -> Estimate:
    """Return a figure of the problems with its interval, from ``RESAMPLES`` resamples.

    Args:
        problems: the clusters: whatever ``figure`` takes, one value a problem.
        figure: maps problems to a number, or to ``None`` where it is undefined.
        seed: of the resamples.

    Resamples on which the figure is undefined are left out; when more than half of them are, there is no interval.
    """
    value = figure(problems) if problems else None
    if value is None:
        return Estimate(value=None, interval=None, reason="There is nothing to compute it from.")
    if len(problems) < 2:
        return Estimate(value=value, interval=None, reason="One problem is too few for an interval.")
    rng = random.Random(seed)
    resampled = (figure(rng.choices(problems, k=len(problems))) for _ in range(RESAMPLES))
    defined = sorted(each for each in resampled if each is not None)
    if len(defined) < RESAMPLES / 2:
        return Estimate(value=value, interval=None, reason="It is undefined on most resamples.")
    low, high = round(_TAIL * len(defined)), round((1 - _TAIL) * len(defined)) - 1
    return Estimate(value=value, interval=Interval(low=defined[low], high=defined[high]))


def bootstrap_mean(values: Sequence[float], seed: int = 0) -> Estimate:
    """Return the mean of one value a problem, with its interval."""
    return bootstrap(values, _mean, seed)


def paired_difference(first: Sequence[float], second: Sequence[float], seed: int = 0) -> Estimate:
    """Return the mean of ``first`` minus ``second``, values of the same problems in the same order, with its interval.

    The interval is that of the differences, so what makes a problem easy or hard for both cancels out.
    Raises ValueError when the two are not equally long.
    """
    return bootstrap_mean([one - other for one, other in zip(first, second, strict=True)], seed)


def wilson(successes: int, trials: int) -> Interval | None:
    """Return the 95 % Wilson interval of the share of successes, in [0, 1]; None without a trial."""
    if trials == 0:
        return None
    share, square = successes / trials, _DEVIATIONS**2
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = _DEVIATIONS / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    # at the ends it is exactly 0 or 1, which rounding would miss
    return Interval(low=0.0 if successes == 0 else middle - half, high=1.0 if successes == trials else middle + half)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
