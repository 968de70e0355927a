"""How step scores are distributed over labels: counts above each threshold, a histogram, calibration with intervals.

A step whose score could not be read is in none of them. Knows numbers only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.evaluation.arrays import Floats, Ints, Mask, ratio
from engine.evaluation.calibration import BINS
from engine.evaluation.intervals import Estimate
from engine.evaluation.judged_steps import StepColumns
from engine.evaluation.resampling import Partition

HUNDREDTHS = tuple(at / 100 for at in range(101))
HISTOGRAM_BINS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCounts:
    """Steps of each label: one number for each threshold or bin."""

    correct: tuple[int, ...]
    wrong: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationEstimate:
    """The steps whose score is in one part of [0, 1]; a bin holds its lower end, the last one both."""

    low: float
    high: float
    steps: int
    mean_score: float | None
    """In [0, 1]; None: the bin is empty."""
    correct_share: Estimate
    """The share of them that is correct."""


def counts_above(steps: StepColumns) -> ScoreCounts:
    """Return how many steps score strictly above 0.00, 0.01 ... 1.00: (101,) of each label."""

    def above(mine: Mask) -> tuple[int, ...]:
        scores = np.sort(steps.score[mine & ~np.isnan(steps.score)])
        return tuple((len(scores) - np.searchsorted(scores, HUNDREDTHS, side="right")).tolist())

    return ScoreCounts(correct=above(steps.is_correct), wrong=above(~steps.is_correct))


def histogram(steps: StepColumns) -> ScoreCounts:
    """Return how many steps score in each twentieth of [0, 1]: (20,) of each label."""
    read = ~np.isnan(steps.score)

    def counts(mine: Mask) -> tuple[int, ...]:
        bins = _bin(steps.score[mine & read], HISTOGRAM_BINS)
        return tuple(np.bincount(bins, minlength=HISTOGRAM_BINS).tolist())

    return ScoreCounts(correct=counts(steps.is_correct), wrong=counts(~steps.is_correct))


def calibration_estimates(steps: StepColumns, partition: Partition) -> tuple[CalibrationEstimate, ...]:
    """Return ten bins of equal width, empty ones among them; ``partition`` is one of the problems of the steps."""
    read = ~np.isnan(steps.score)
    bins, score, is_correct = _bin(steps.score[read], BINS), steps.score[read], steps.is_correct[read]
    problem = steps.problem[read]
    found = []
    for at in range(BINS):
        mine = bins == at
        counts = [
            np.bincount(problem[these], minlength=steps.problems).astype(np.float64)
            for these in (mine & is_correct, mine)
        ]
        terms = np.stack(counts, axis=1)
        share, resampled = (ratio(*sums.T) for sums in (terms.sum(axis=0)[None], partition.sums(terms)))
        found.append(
            CalibrationEstimate(
                low=at / BINS,
                high=(at + 1) / BINS,
                steps=int(mine.sum()),
                mean_score=float(score[mine].mean()) if mine.any() else None,
                correct_share=partition.estimate(float(share[0]), resampled, "No step has such a score."),
            )
        )
    return tuple(found)


def _bin(scores: Floats, bins: int) -> Ints:
    numbers: Ints = np.minimum((scores * bins).astype(np.int64), bins - 1)
    return numbers
