"""How well scores order steps, whatever the threshold: area under the ROC curve and average precision, for many resamples at once.

The positive class is *correct*. Scores are sorted once; a resample is a weight for each problem.

Sources: Mann and Whitney 1947 (the area, ties counting half); average precision is the sum of precision over the gains
in recall, without interpolation (Manning, Raghavan and Schuetze 2008, sec. 8.4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.evaluation.arrays import Floats, Ints, Mask
from engine.evaluation.resampling import Partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Areas:
    """Both figures, one value a set of weights; NaN where a class has no steps."""

    roc: Floats
    """(sets,) chance that a correct step scores above a wrong one; 0.5 is chance."""
    precision: Floats
    """(sets,) average precision; the share of correct steps is chance."""


class RankedSteps:
    """Steps with a score, in the order of their scores."""

    def __init__(self, score: Floats, is_correct: Mask, problem: Ints) -> None:
        """Sort steps, given as arrays of one length; a score of NaN leaves its step out."""
        read = np.flatnonzero(~np.isnan(score))
        order = read[np.argsort(-score[read], kind="stable")]
        self._correct = is_correct[order].astype(np.float64)
        self._problem = problem[order]
        ranked = score[order]
        self._starts = np.flatnonzero(np.diff(ranked, prepend=np.inf) != 0)  # of every group of equal scores

    def areas(self) -> Areas:
        """Return the figures of the steps as they are, one value each."""
        return self._areas(np.ones((1, len(self._correct))))

    def resampled(self, partition: Partition) -> Areas:
        """Return the figures of every resample, (resamples,)."""
        parts = [
            self._areas(partition.times[some][:, self._problem].astype(np.float64))
            for some in partition.blocks(
                8 * len(self._correct)
            )  # several arrays of this size at once, kept in the cache
        ]
        return Areas(
            roc=np.concatenate([part.roc for part in parts]),
            precision=np.concatenate([part.precision for part in parts]),
        )

    def _areas(self, weights: Floats) -> Areas:
        """Return the figures of sets of weights, (sets, steps)."""
        if not len(self._starts):
            undefined = np.full(len(weights), np.nan)
            return Areas(roc=undefined, precision=undefined)
        correct = np.add.reduceat(weights * self._correct, self._starts, axis=1)  # (sets, groups)
        wrong = np.add.reduceat(weights, self._starts, axis=1) - correct
        correct_so_far, wrong_so_far = np.cumsum(correct, axis=1), np.cumsum(wrong, axis=1)
        all_correct, all_wrong = correct_so_far[:, -1], wrong_so_far[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):  # a class may be missing from a resample
            pairs = (wrong * (correct_so_far - correct / 2)).sum(axis=1)
            roc = pairs / (all_correct * all_wrong)
            precision = correct_so_far / (correct_so_far + wrong_so_far)
            average = np.where(correct > 0, correct * precision, 0.0).sum(axis=1) / all_correct
        return Areas(roc=roc, precision=np.where(all_wrong > 0, average, np.nan))
