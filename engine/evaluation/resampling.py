"""One set of bootstrap resamples of problems, which all figures of a table share, so that they can be compared.

The unit that is drawn is the problem: its solutions and steps are not independent. A figure is a function of sums over
problems; whoever has the sums of each problem gets those of every resample by one matrix product. Knows numbers only.

Source: Efron and Tibshirani 1993, An Introduction to the Bootstrap, ch. 13 (percentile intervals).
"""

from __future__ import annotations

import numpy as np

from engine.evaluation.arrays import Floats
from engine.evaluation.intervals import RESAMPLES, Estimate, Interval

_ENDS = (2.5, 97.5)  # per cent
_BLOCK = 4_000_000  # numbers made of the resamples at once: 32 MB


class Partition:
    """How often each problem is in each resample."""

    def __init__(self, problems: int, *, resamples: int = RESAMPLES, seed: int = 0) -> None:
        """Draw ``problems`` problems with replacement, ``resamples`` times. The draws depend on these three numbers only."""
        rng = np.random.default_rng(seed)
        self.problems = problems
        self.times = np.zeros((resamples, problems), dtype=np.uint16)
        for row in self.times if problems else ():
            row[:] = np.bincount(rng.integers(problems, size=problems), minlength=problems)

    def blocks(self, width: int) -> list[slice]:
        """Return slices of the resamples of which each makes about ``_BLOCK`` numbers where one makes ``width``."""
        rows = max(1, _BLOCK // max(width, 1))
        return [slice(start, start + rows) for start in range(0, len(self.times), rows)]

    def sums(self, terms: Floats) -> Floats:
        """Return the sums of every resample, (resamples, k), of what each problem adds, (problems, k)."""
        parts = [self.times[some].astype(np.float64) @ terms for some in self.blocks(self.problems)]
        return np.concatenate(parts) if parts else np.zeros((0, terms.shape[1]))

    def mean(self, values: Floats) -> Estimate:
        """Return the mean of one value a problem with its interval; of a difference a problem, that is the paired interval."""
        if not self.problems:
            return Estimate(value=None, interval=None, reason="There are no problems.")
        return self.estimate(float(values.mean()), self.sums(values[:, None])[:, 0] / self.problems)

    def estimate(
        self, value: float, resampled: Floats, undefined: str = "There is nothing to compute it from."
    ) -> Estimate:
        """Return a figure with its interval.

        Args:
            value: on the problems as they are; NaN: undefined.
            resampled: on every resample, (resamples,); NaN where it is undefined there. Those are left out; when more than
                half of them are, there is no interval.
            undefined: why the value is undefined, if it is.
        """
        if np.isnan(value):
            return Estimate(value=None, interval=None, reason=undefined)
        if self.problems < 2:
            return Estimate(value=value, interval=None, reason="One problem is too few for an interval.")
        defined = resampled[~np.isnan(resampled)]
        if not len(defined) or len(defined) < len(resampled) / 2:
            return Estimate(value=value, interval=None, reason="It is undefined on most resamples.")
        low, high = np.percentile(defined, _ENDS)
        return Estimate(value=value, interval=Interval(low=float(low), high=float(high)))
