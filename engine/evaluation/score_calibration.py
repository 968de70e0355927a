"""Whether step scores say how many completions reach the answer, and how much a map helps: curve, errors, cross-fitting.

The error is the expected calibration error over ten bins of equal width, in which each step weighs its completions. What a map is
worth is never measured on the problems that it was fitted on: problems are dealt into folds, and scores of a fold are mapped by the
map of the others. Scores that this map says nothing of are compared neither before nor after, and counted.

Intervals draw whole problems; those of errors take the maps as they are. Undefined is ``None`` with its reason. Knows numbers only.

Sources: Guo et al. 2017 (arXiv 1706.04599); "Know what you don't know" (arXiv 2506.09338) for shares of a policy's own completions.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation.arrays import Floats, Ints, ratio
from engine.evaluation.calibration import BINS
from engine.evaluation.intervals import RESAMPLES, Estimate
from engine.evaluation.isotonic import CountedScore, fit_map
from engine.evaluation.resampling import Partition
from engine.outcomes.calibration_map import CalibrationMap

FOLDS = 5  # fewer problems than this are too few to measure what a map is worth

_TOO_FEW = f"Fewer than {FOLDS} problems are too few: a map is measured on other problems than it was fitted on."
_NOWHERE = "No score lies where the maps of other problems were measured."


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredCompletions:
    """A solution with scores of its steps and what completions after them came to."""

    problem: Hashable
    """Which problem it solves: solutions of one problem are drawn, and dealt, together."""
    steps: tuple[CountedScore, ...]
    """Those with a score and with completions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveBin:
    """The steps whose score is in one part of [0, 1]; a bin holds its lower end, the last one both."""

    low: float
    high: float
    steps: int
    completions: int
    mean_score: float | None
    """Weighted by completions, in [0, 1]; None: the bin is empty."""
    share: Estimate
    """Of the completions that reached the answer, in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCalibration:
    """How well scores are calibrated, with the map that would do better and what it is worth."""

    problems: int
    solutions: int
    steps: int
    completions: int
    curve: tuple[CurveBin, ...]
    """Ten bins, empty ones among them."""
    map: CalibrationMap
    """Fitted on all problems."""
    error: Estimate
    """Of the scores, on all steps, in [0, 1]."""
    compared: int
    """Steps that the maps of other problems say something of: before and after are of these."""
    before: Estimate
    """The error of their scores."""
    after: Estimate
    """The error of their calibrated scores, each by the map of the other folds."""
    gain: Estimate
    """Before minus after, paired on the same resamples, in [-1, 1]."""
    folds: int
    seed: int
    resamples: int


def calibrate(solutions: Sequence[ScoredCompletions], *, resamples: int = RESAMPLES, seed: int = 0) -> ScoreCalibration:
    """Return curve, map and errors. Solutions without a step that has both are left out."""
    taken = [each for each in solutions if each.steps]
    numbers = {key: at for at, key in enumerate(dict.fromkeys(each.problem for each in taken))}
    steps = [step for each in taken for step in each.steps]
    problem = np.array([numbers[each.problem] for each in taken for _ in each.steps], dtype=np.int64)
    score = np.array([step.score for step in steps], dtype=np.float64)
    counts = np.array([[step.reached, step.drawn] for step in steps], dtype=np.float64).reshape(-1, 2)
    partition = Partition(len(numbers), resamples=resamples, seed=seed)
    calibrated = _cross_fitted(steps, problem, len(numbers), seed)
    kept = ~np.isnan(calibrated)
    why = _TOO_FEW if len(numbers) < FOLDS else _NOWHERE
    before = _errors(problem[kept], score[kept], counts[kept], partition)
    after = _errors(problem[kept], calibrated[kept], counts[kept], partition)
    whole = _errors(problem, score, counts, partition)
    return ScoreCalibration(
        problems=len(numbers),
        solutions=len(taken),
        steps=len(steps),
        completions=int(counts[:, 1].sum()),
        curve=_curve(problem, score, counts, partition),
        map=fit_map(steps),
        error=partition.estimate(float(whole[0]), whole[1:], "No step has both a score and completions."),
        compared=int(kept.sum()),
        before=partition.estimate(float(before[0]), before[1:], why),
        after=partition.estimate(float(after[0]), after[1:], why),
        gain=partition.estimate(float(before[0] - after[0]), before[1:] - after[1:], why),
        folds=FOLDS,
        seed=seed,
        resamples=resamples,
    )


def _cross_fitted(steps: Sequence[CountedScore], problem: Ints, problems: int, seed: int) -> Floats:
    """Return the calibrated score of each step by the map of the other folds, (steps,); NaN where there is none."""
    found = np.full(len(steps), np.nan)
    if problems < FOLDS:
        return found
    order = list(range(problems))
    random.Random(seed).shuffle(order)
    fold_of = np.empty(problems, dtype=np.int64)
    fold_of[order] = np.arange(problems) % FOLDS
    fold = fold_of[problem]  # (steps,)
    for number in range(FOLDS):
        others = fit_map([steps[at] for at in np.flatnonzero(fold != number).tolist()])
        for at in np.flatnonzero(fold == number).tolist():
            value = others.value_at(steps[at].score)
            found[at] = np.nan if value is None else value
    return found


def _errors(problem: Ints, score: Floats, counts: Floats, partition: Partition) -> Floats:
    """Return the error on all problems, then on every resample, (1 + resamples,); NaN where there are no steps."""
    bins = _bin(score)
    cells, width = problem * BINS + bins, partition.problems * BINS
    expected, reached, drawn = (  # of each bin of each problem, (problems, BINS)
        np.bincount(cells, each, minlength=width).astype(np.float64).reshape(partition.problems, BINS)
        for each in (score * counts[:, 1], counts[:, 0], counts[:, 1])
    )
    flat = np.concatenate([expected - reached, drawn], axis=1)  # (problems, 2 * BINS)
    sums = np.concatenate([flat.sum(axis=0)[None], partition.sums(flat)]).reshape(-1, 2, BINS)
    return ratio(np.abs(sums[:, 0]).sum(axis=1), sums[:, 1].sum(axis=1))


def _curve(problem: Ints, score: Floats, counts: Floats, partition: Partition) -> tuple[CurveBin, ...]:
    bins = _bin(score)
    found = []
    for at in range(BINS):
        mine = bins == at
        terms = np.zeros((partition.problems, 2))
        np.add.at(terms, problem[mine], counts[mine])
        share, resampled = (ratio(*sums.T) for sums in (terms.sum(axis=0)[None], partition.sums(terms)))
        drawn = counts[mine, 1]
        found.append(
            CurveBin(
                low=at / BINS,
                high=(at + 1) / BINS,
                steps=int(mine.sum()),
                completions=int(drawn.sum()),
                mean_score=float((score[mine] * drawn).sum() / drawn.sum()) if mine.any() else None,
                share=partition.estimate(float(share[0]), resampled, "No step has such a score."),
            )
        )
    return tuple(found)


def _bin(scores: Floats) -> Ints:
    numbers: Ints = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    return numbers
