"""How well labels of Monte-Carlo completions agree with labels that are trusted, at every threshold of the share.

A step is called correct where the share of its completions that reached the answer is **above** the threshold: above 0 is
VisualPRM400K's rule. A step that was not measured is compared with nothing and counted apart; it is never 0 reached. The shares of
completions that ended with the first success estimate nothing, so that such solutions have a figure at threshold 0 only.

Every interval comes from one set of resamples of problems. Undefined is ``None`` with its reason. Knows numbers and labels only.

Source: VisualPRM (arXiv 2503.10291), sec. 3.2 and its ablation of thresholds.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.domain import Label
from engine.evaluation.arrays import Floats, ratio
from engine.evaluation.intervals import RESAMPLES, Estimate
from engine.evaluation.judged_steps import JudgedSolution, StepColumns, as_columns
from engine.evaluation.resampling import Partition
from engine.evaluation.step_metrics import Confusion, Floors, floors
from engine.evaluation.step_report import accuracy, confusion_of, f1_correct, f1_wrong, macro_f1, terms_of

SIXTEENTHS = tuple(at / 16 for at in range(16))  # VisualPRM400K draws 16 completions a step
HUNDREDTHS = tuple(at / 100 for at in range(100))
MOST_SHARES = 128  # thresholds of their own that shares can have; with more of them the grid of hundredths stands in
_GRID = tuple(sorted({*HUNDREDTHS, *SIXTEENTHS}))
_AT_ONCE = 16  # thresholds whose counts are resampled together

_NO_STEPS = "No step that was measured is labelled correct or wrong."
_NO_CLASS = "No step of this class is labelled, and none is called so."
_STOPPED = "Completions ended with the first success, so that their shares estimate nothing above 0."


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSolution:
    """A solution with labels to trust, and what completions after its steps came to."""

    problem: Hashable
    """Which problem it solves: solutions of one problem are drawn together."""
    labels: Sequence[Label | None]
    """One a step; None: not labelled."""
    shares: Sequence[float | None]
    """One a step: of its completions that reached the answer, in [0, 1]; None: not measured."""
    has_shares: bool = True
    """Whether shares estimate the expected accuracy: not where completions ended with the first success."""

    @property
    def compared(self) -> tuple[Label | None, ...]:
        """The labels of the steps that were measured; None for the others."""
        return tuple(None if share is None else label for label, share in zip(self.labels, self.shares, strict=True))

    @property
    def unmeasured(self) -> int:
        """Steps labelled correct or wrong that were not measured."""
        return sum(bool(label) and share is None for label, share in zip(self.labels, self.shares, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdFigures:
    """The agreement where a step is called correct above a share. All but the counts are in [0, 1]."""

    threshold: float
    confusion: Confusion | None
    """None: undefined above 0, see :attr:`MonteCarloWorth.stopped`."""
    macro_f1: Estimate
    f1_correct: Estimate
    f1_wrong: Estimate
    accuracy: Estimate
    called_correct: Estimate
    """The share of the steps that is called correct."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloWorth:
    """How well Monte-Carlo labels agree with labels that are trusted."""

    problems: int
    """With a step that is compared."""
    solutions: int
    """With a step that is compared."""
    steps: int
    """Measured, and labelled correct or wrong."""
    neutral: int
    """Measured, but labelled neutral or not at all: left out."""
    unmeasured: int
    """Labelled correct or wrong, but not measured: left out."""
    stopped: int
    """Solutions left out because their completions ended with the first success while those of others did not."""
    labelled_correct: float | None
    """The share of the steps that is labelled correct; None without steps."""
    floors: Floors
    points: tuple[ThresholdFigures, ...]
    """At 0 and at every share below 1 that occurs, lowest first: between two of them nothing changes. With more than
    ``MOST_SHARES`` of them at every hundredth and sixteenth instead."""
    resamples: int

    def at(self, threshold: float) -> ThresholdFigures:
        """Return the figures at a threshold from 0 on; one that is no hundredth or sixteenth may have those of the next below."""
        found = next(each for each in reversed(self.points) if each.threshold <= threshold)
        return replace(found, threshold=threshold)


def measure_worth(
    solutions: Sequence[MeasuredSolution], *, resamples: int = RESAMPLES, seed: int = 0
) -> MonteCarloWorth:
    """Return the agreement at every threshold.

    Raises ValueError where a solution does not have a label and a share for every step, or a share is not in [0, 1].
    """
    whole = [each for each in solutions if each.has_shares]
    taken, stopped = (whole, len(solutions) - len(whole)) if whole else (list(solutions), 0)
    labelled = [
        JudgedSolution(problem=each.problem, labels=each.compared, scores=each.shares)
        for each in taken
        if any(each.compared)
    ]
    steps = as_columns(labelled)
    partition = Partition(steps.problems, resamples=resamples, seed=seed)
    measured = sum(share is not None for each in taken for share in each.shares)
    points = _points(steps, partition, thresholds_of(steps) if whole or not taken else (0.0,))
    if not whole and taken:
        points += tuple(_undefined(each) for each in _GRID[1:])
    counted = points[0].confusion or Confusion()
    return MonteCarloWorth(
        problems=steps.problems,
        solutions=len(labelled),
        steps=len(steps),
        neutral=measured - len(steps),
        unmeasured=sum(each.unmeasured for each in taken),
        stopped=stopped,
        labelled_correct=counted.labelled_correct,
        floors=floors(counted),
        points=points,
        resamples=resamples,
    )


def thresholds_of(steps: StepColumns) -> tuple[float, ...]:
    """Return the thresholds at which what is called correct changes, lowest first; 0 is always among them."""
    found = np.unique(steps.score[steps.score < 1])
    if len(found) > MOST_SHARES:
        return _GRID
    return tuple(sorted({0.0, *found.tolist()}))


def called_correct(sums: Floats) -> Floats:
    """Return the share called correct, (sets,), from counts, (sets, 6); NaN where there are none."""
    return ratio(sums[:, 0] + sums[:, 1], sums.sum(axis=1))


def _points(steps: StepColumns, partition: Partition, thresholds: Sequence[float]) -> tuple[ThresholdFigures, ...]:
    everywhere = np.ones(len(steps), dtype=bool)
    found: list[ThresholdFigures] = []
    for start in range(0, len(thresholds), _AT_ONCE):
        some = thresholds[start : start + _AT_ONCE]
        terms = [terms_of(steps, everywhere, each) for each in some]  # (problems, 6) each
        resampled = partition.sums(np.concatenate(terms, axis=1))  # (resamples, 6 * thresholds)
        found += [
            _figures(each, of_each.sum(axis=0), resampled[:, 6 * at : 6 * at + 6], partition)
            for at, (each, of_each) in enumerate(zip(some, terms, strict=True))
        ]
    return tuple(found)


def _figures(threshold: float, sums: Floats, resampled: Floats, partition: Partition) -> ThresholdFigures:
    def estimate(statistic: Callable[[Floats], Floats], undefined: str = _NO_STEPS) -> Estimate:
        why = undefined if sums.sum() else _NO_STEPS
        return partition.estimate(float(statistic(sums[None])[0]), statistic(resampled), why)

    return ThresholdFigures(
        threshold=threshold,
        confusion=confusion_of(sums),
        macro_f1=estimate(macro_f1, _NO_CLASS),
        f1_correct=estimate(f1_correct, _NO_CLASS),
        f1_wrong=estimate(f1_wrong, _NO_CLASS),
        accuracy=estimate(accuracy),
        called_correct=estimate(called_correct),
    )


def _undefined(threshold: float) -> ThresholdFigures:
    none = Estimate(value=None, interval=None, reason=_STOPPED)
    return ThresholdFigures(
        threshold=threshold,
        confusion=None,
        macro_f1=none,
        f1_correct=none,
        f1_wrong=none,
        accuracy=none,
        called_correct=none,
    )
