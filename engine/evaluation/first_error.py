"""Whether the first error of a solution is found, as ProcessBench measures it, with counts that the bootstrap can add up.

A solution with a wrong step counts as found where the first step predicted wrong is the first step labelled wrong; one
without where no step is predicted wrong. The figure is the harmonic mean of both shares. Steps without a label, and
neutral ones, are looked at by neither side. A solution with a step whose score could not be read is not found.

Source: ProcessBench (arXiv 2412.06559), sec. 3.
"""

from __future__ import annotations

import numpy as np

from engine.evaluation.arrays import Floats, Mask
from engine.evaluation.judged_steps import StepColumns

TERMS = 4


def first_error_terms(steps: StepColumns, threshold: float, where: Mask) -> Floats:
    """Return what each problem adds, (problems, TERMS): solutions with an error, found of them, without one, found of them.

    Only steps ``where`` the mask holds are looked at: all steps of a solution, or none.
    """
    solution, starts = np.unique(steps.solution[where], return_index=True)
    if not len(solution):
        return np.zeros((steps.problems, TERMS))
    is_correct, predicted = steps.is_correct[where], steps.predicted_correct(threshold)[where]
    unread = np.maximum.reduceat(np.isnan(steps.score[where]), starts)
    place = np.arange(len(is_correct))
    nowhere = len(is_correct)
    error = np.minimum.reduceat(np.where(is_correct, nowhere, place), starts)
    alarm = np.minimum.reduceat(np.where(predicted, nowhere, place), starts)
    found = (error == alarm) & ~unread
    has_error = error < nowhere
    problem = steps.problem[where][starts]
    counts = (has_error, has_error & found, ~has_error, ~has_error & found)
    return np.stack([np.bincount(problem, weights=each, minlength=steps.problems) for each in counts], axis=1)


def first_error_f1(sums: Floats) -> Floats:
    """Return the harmonic mean of both shares, (sets,), from sums, (sets, TERMS); NaN where either kind is missing."""
    erroneous, found_errors, correct, found_correct = sums.T
    with np.errstate(invalid="ignore", divide="ignore"):
        one, other = found_errors / erroneous, found_correct / correct
        mean = np.where(one + other > 0, 2 * one * other / (one + other), 0.0)
    value: Floats = np.where((erroneous > 0) & (correct > 0), mean, np.nan)
    return value
