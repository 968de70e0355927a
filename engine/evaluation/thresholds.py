"""Thresholds for step scores: fixed ones, one tuned on a dev split, and the best of the test set, which is an upper bound only.

A step is predicted to be correct above the threshold, not at it (:mod:`engine.prediction`).

Source: VisualProcessBench's public protocol (strictly above 0.85); the released model's code calls 0.8 its default. A
threshold tuned on any part of the test set is a leak.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.evaluation.arrays import Floats, ratio
from engine.evaluation.judged_steps import StepColumns
from engine.prediction import THRESHOLD

FIXED = (THRESHOLD, 0.8, 0.85)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """The figures at every threshold that changes a prediction, lowest first; NaN where one is undefined."""

    thresholds: Floats
    macro_f1: Floats
    f1_correct: Floats
    f1_wrong: Floats
    accuracy: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenThreshold:
    """A threshold that was chosen by looking at labels."""

    threshold: float
    macro_f1: float
    """On the steps that it was chosen on."""
    chosen_on: str
    """The name of the split it was chosen on."""
    is_upper_bound: bool
    """Whether that is the test set itself: then the figure is no result, only what no threshold can exceed."""


def sweep(steps: StepColumns) -> Sweep:
    """Return the figures at one threshold between each two neighbouring scores, below all and at the highest.

    A step whose score could not be read counts as missed at every threshold.
    """
    read = ~np.isnan(steps.score)
    values, group = np.unique(steps.score[read], return_inverse=True)
    is_correct = steps.is_correct[read]
    correct = np.bincount(group, weights=is_correct, minlength=len(values))
    wrong = np.bincount(group, weights=~is_correct, minlength=len(values))
    missed_correct = np.concatenate([[0.0], np.cumsum(correct)])  # (thresholds,) at or below the threshold
    found_wrong = np.concatenate([[0.0], np.cumsum(wrong)])
    found_correct, missed_wrong = correct.sum() - missed_correct, wrong.sum() - found_wrong
    all_correct, all_wrong = float(steps.is_correct.sum()), float((~steps.is_correct).sum())
    f1_correct = ratio(2 * found_correct, found_correct + missed_wrong + all_correct)
    f1_wrong = ratio(2 * found_wrong, found_wrong + missed_correct + all_wrong)
    middle = (values[:-1] + values[1:]) / 2
    middle = np.where(middle < values[1:], middle, values[:-1])  # between neighbouring numbers there is none
    ends = np.nextafter(values[:1], -np.inf), values[-1:]
    return Sweep(
        thresholds=np.concatenate([ends[0], middle, ends[1]]) if len(values) else np.array([THRESHOLD]),
        macro_f1=(f1_correct + f1_wrong) / 2,
        f1_correct=f1_correct,
        f1_wrong=f1_wrong,
        accuracy=ratio(found_correct + found_wrong, np.full(len(found_wrong), all_correct + all_wrong)),
    )


def tune(dev: StepColumns, name: str) -> ChosenThreshold | None:
    """Return the threshold with the highest macro-F1 on a dev split of this name, the lowest of equals.

    None where macro-F1 is undefined at every threshold. The split must share no problem with what is tested.
    """
    return _best(dev, name, is_upper_bound=False)


def upper_bound(test: StepColumns, name: str = "test") -> ChosenThreshold | None:
    """Return the threshold with the highest macro-F1 on the test set itself, marked as the upper bound that it is."""
    return _best(test, name, is_upper_bound=True)


def _best(steps: StepColumns, name: str, *, is_upper_bound: bool) -> ChosenThreshold | None:
    found = sweep(steps)
    if np.isnan(found.macro_f1).all():
        return None
    at = int(np.nanargmax(found.macro_f1))
    return ChosenThreshold(
        threshold=float(found.thresholds[at]),
        macro_f1=float(found.macro_f1[at]),
        chosen_on=name,
        is_upper_bound=is_upper_bound,
    )
