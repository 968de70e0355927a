"""All figures of a step benchmark at one threshold: pooled, by part, and the three "Overalls" that are in print.

*Pooled* counts all steps of all sources together (VisualPRM's own Overall); the *step-weighted mean* and the *plain mean*
are means of the sources' macro-F1. Every interval comes from one set of resamples of problems. Undefined is ``None`` with
its reason.

Source: VisualPRM (arXiv 2503.10291), sec. 5; VisualProcessBench's public protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

import numpy as np

from engine.domain import ErrorType
from engine.evaluation.agreement import LATER
from engine.evaluation.areas import RankedSteps
from engine.evaluation.arrays import Floats, Mask, ratio
from engine.evaluation.calibration import CalibrationBin, calibration_bins, expected_calibration_error
from engine.evaluation.first_error import first_error_f1, first_error_terms
from engine.evaluation.intervals import RESAMPLES, Estimate
from engine.evaluation.judged_steps import JudgedSolution, StepColumns, as_columns
from engine.evaluation.resampling import Partition
from engine.evaluation.step_metrics import Confusion, Floors, floors
from engine.prediction import THRESHOLD

_ONE_CLASS = "All steps are labelled correct, or all wrong."
_NO_STEPS = "No step is labelled correct or wrong."
_NO_F1 = "No step of this class is labelled, and none predicted."


class Part(StrEnum):
    """What the steps of a report are told apart by."""

    SOURCE = "source"  # the benchmark or collection of the problem
    POLICY = "policy"  # the model that wrote the solution
    POSITION = "position"  # the 0-based index of the step; LATER stands for all from there on


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFigures:
    """The figures of one group of steps. All but the counts are in [0, 1]."""

    solutions: int
    """How many have such a step labelled correct or wrong."""
    confusion: Confusion
    macro_f1: Estimate
    """Mean of the two below."""
    f1_correct: Estimate
    f1_wrong: Estimate
    accuracy: Estimate
    auc: Estimate
    """Area under the ROC curve."""
    average_precision: Estimate
    first_error_f1: Estimate
    """ProcessBench's figure, of the solutions of the group."""
    calibration: tuple[CalibrationBin, ...]
    calibration_error: float | None
    """Expected calibration error over ten bins of equal width; None without steps."""
    floors: Floors


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """The wrong steps with one kind of error."""

    steps: int
    share: Estimate
    """Of them that is predicted wrong, in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """The figures of a step benchmark."""

    threshold: float
    pooled: StepFigures
    step_weighted: Estimate
    """Mean of the sources' macro-F1, each weighing as many as it has steps."""
    mean_of_sources: Estimate
    """Plain mean of the sources' macro-F1."""
    sources: dict[str | None, StepFigures]
    parts: dict[str | int | None, StepFigures]
    """By what was asked for; empty where that is the source."""
    detection: dict[ErrorType, Detection]


def report(
    solutions: Sequence[JudgedSolution],
    *,
    threshold: float = THRESHOLD,
    by: Part = Part.SOURCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
    area_intervals: bool = True,
) -> StepReport:
    """Return all figures at one threshold. Raises ValueError for solutions that :func:`as_columns` refuses.

    Without ``area_intervals`` the AUC and average precision have none: sorted steps are weighed anew for every resample,
    which takes most of the time.
    """
    steps = as_columns(solutions)
    partition = Partition(steps.problems, resamples=resamples, seed=seed)
    group = partial(_StepGroup, steps, threshold=threshold, partition=partition)
    everywhere = np.ones(len(steps), dtype=bool)
    groups = {name: group(steps.source_is(name)) for name in steps.sources}
    return StepReport(
        threshold=threshold,
        pooled=group(everywhere).figures(area_intervals),
        step_weighted=_mean_of_sources(groups, partition, weighted=True),
        mean_of_sources=_mean_of_sources(groups, partition, weighted=False),
        sources={name: each.figures(area_intervals) for name, each in groups.items()},
        parts={name: group(mask).figures(area_intervals) for name, mask in _parts(steps, by).items()},
        detection={kind: _detection(steps, kind, threshold, partition) for kind in ErrorType},
    )


def report_parts(
    solutions: Sequence[JudgedSolution],
    by: Part,
    *,
    threshold: float = THRESHOLD,
    resamples: int = RESAMPLES,
    seed: int = 0,
    area_intervals: bool = True,
) -> dict[str | int | None, StepFigures]:
    """Return the figures of each part alone, as :func:`report` has them. Raises ValueError."""
    steps = as_columns(solutions)
    partition = Partition(steps.problems, resamples=resamples, seed=seed)
    masks = {name: steps.source_is(name) for name in steps.sources} if by is Part.SOURCE else _parts(steps, by)
    return {name: _StepGroup(steps, each, threshold, partition).figures(area_intervals) for name, each in masks.items()}


def macro_f1_at(
    solutions: Sequence[JudgedSolution], thresholds: Sequence[float], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[float, Estimate]:
    """Return pooled macro-F1 at each of some thresholds, as :func:`report` has it at one. Raises ValueError."""
    steps = as_columns(solutions)
    partition = Partition(steps.problems, resamples=resamples, seed=seed)
    everywhere = np.ones(len(steps), dtype=bool)
    return {each: _StepGroup(steps, everywhere, each, partition).macro_f1() for each in thresholds}


def _parts(steps: StepColumns, by: Part) -> dict[str | int | None, Mask]:
    match by:
        case Part.SOURCE:
            return {}
        case Part.POLICY:
            return {name: steps.policy_is(name) for name in steps.policies}
        case Part.POSITION:
            position = np.minimum(steps.position, LATER)
            return {int(each): position == each for each in np.unique(position)}


class _StepGroup:
    """Some of the steps: the counts of each problem that its figures are made of."""

    def __init__(self, steps: StepColumns, where: Mask, threshold: float, partition: Partition) -> None:
        self._steps, self._where = steps, where
        self._threshold, self._partition = threshold, partition
        terms = terms_of(steps, where, threshold)
        self.sums = terms.sum(axis=0)
        self.resampled = partition.sums(terms)

    def figures(self, area_intervals: bool) -> StepFigures:
        """Return all figures of the group."""
        steps, where, partition = self._steps, self._where, self._partition
        ranked = RankedSteps(steps.score[where], steps.is_correct[where], steps.problem[where])
        areas = ranked.areas()
        resampled_areas = ranked.resampled(partition) if area_intervals else None
        first = first_error_terms(steps, self._threshold, where)
        read = where & ~np.isnan(steps.score)
        bins = calibration_bins(zip(steps.score[read].tolist(), steps.is_correct[read].tolist(), strict=True))
        confusion = confusion_of(self.sums)
        return StepFigures(
            solutions=len(np.unique(steps.solution[where])),
            confusion=confusion,
            macro_f1=self.macro_f1(),
            f1_correct=self._figure(f1_correct, _NO_F1),
            f1_wrong=self._figure(f1_wrong, _NO_F1),
            accuracy=self._figure(accuracy, _NO_STEPS),
            auc=self._area(areas.roc, None if resampled_areas is None else resampled_areas.roc),
            average_precision=self._area(
                areas.precision, None if resampled_areas is None else resampled_areas.precision
            ),
            first_error_f1=partition.estimate(
                float(first_error_f1(first.sum(axis=0, keepdims=True))[0]),
                first_error_f1(partition.sums(first)),
                "There are no solutions with an error, or none without.",
            ),
            calibration=bins,
            calibration_error=expected_calibration_error(bins),
            floors=floors(confusion),
        )

    def macro_f1(self) -> Estimate:
        """Return the mean of the F1 of correct and of wrong steps."""
        return self._figure(macro_f1, _NO_F1)

    def _area(self, area: Floats, resampled: Floats | None) -> Estimate:
        if resampled is None and not np.isnan(area[0]):
            return Estimate(value=float(area[0]), interval=None, reason="An interval was not asked for.")
        return self._partition.estimate(float(area[0]), np.zeros(0) if resampled is None else resampled, _ONE_CLASS)

    def _figure(self, statistic: Callable[[Floats], Floats], undefined: str) -> Estimate:
        why = undefined if len(self._steps) and self._where.any() else _NO_STEPS
        return self._partition.estimate(float(statistic(self.sums[None])[0]), statistic(self.resampled), why)


# ---- counts: true positives, false positives, false negatives, true negatives, unread correct, unread wrong ----


def terms_of(steps: StepColumns, where: Mask, threshold: float) -> Floats:
    """Return the counts of each problem, (problems, 6), of the steps in ``where``."""
    is_correct, predicted = steps.is_correct[where], steps.predicted_correct(threshold)[where]
    unread = np.isnan(steps.score[where])
    read_cell = _CELL[is_correct.astype(np.int64), predicted.astype(np.int64)]
    cell = np.where(unread, np.where(is_correct, 4, 5), read_cell)
    flat = np.bincount(steps.problem[where] * 6 + cell, minlength=steps.problems * 6)
    return flat.reshape(-1, 6).astype(np.float64)


_CELL = np.array([[3, 1], [2, 0]])  # [is correct][is predicted correct] -> place of the count


def confusion_of(sums: Floats) -> Confusion:
    """Return six counts as a confusion."""
    return Confusion(
        true_positives=int(sums[0]),
        false_positives=int(sums[1]),
        false_negatives=int(sums[2]),
        true_negatives=int(sums[3]),
        unread_correct=int(sums[4]),
        unread_wrong=int(sums[5]),
    )


def f1_correct(sums: Floats) -> Floats:
    """Return the F1 of correct steps, (sets,), from counts, (sets, 6); NaN where undefined."""
    return ratio(2 * sums[:, 0], 2 * sums[:, 0] + sums[:, 1] + sums[:, 2] + sums[:, 4])


def f1_wrong(sums: Floats) -> Floats:
    """Return the F1 of wrong steps, (sets,), from counts, (sets, 6); NaN where undefined."""
    return ratio(2 * sums[:, 3], 2 * sums[:, 3] + sums[:, 2] + sums[:, 1] + sums[:, 5])


def macro_f1(sums: Floats) -> Floats:
    """Return the mean of both F1, (sets,), from counts, (sets, 6); NaN where either is undefined."""
    return (f1_correct(sums) + f1_wrong(sums)) / 2


def accuracy(sums: Floats) -> Floats:
    """Return the share of steps predicted as labelled, (sets,), from counts, (sets, 6); NaN where there are none."""
    return ratio(sums[:, 0] + sums[:, 3], sums.sum(axis=1))


# ---- over sources and kinds of error ----


def _mean_of_sources(groups: dict[str | None, _StepGroup], partition: Partition, *, weighted: bool) -> Estimate:
    labelled = {name: group for name, group in groups.items() if group.sums.sum()}
    if not labelled:
        return Estimate(value=None, interval=None, reason=_NO_STEPS)
    sums = np.stack([group.sums[None] for group in labelled.values()])  # (sources, 1, 6)
    resampled = np.stack([group.resampled for group in labelled.values()])  # (sources, resamples, 6)

    def mean(counts: Floats) -> Floats:
        figures = np.stack([macro_f1(each) for each in counts])
        weights = counts.sum(axis=2) if weighted else np.ones(figures.shape)
        return ratio((figures * weights).sum(axis=0), weights.sum(axis=0))

    undefined = [str(name) for name, group in labelled.items() if np.isnan(macro_f1(group.sums[None])[0])]
    return partition.estimate(
        float(mean(sums)[0]), mean(resampled), f"Macro-F1 is undefined for {', '.join(undefined)}."
    )


def _detection(steps: StepColumns, kind: ErrorType, threshold: float, partition: Partition) -> Detection:
    mine = steps.type_is(kind) & ~steps.is_correct
    found = mine & ~steps.predicted_correct(threshold) & ~np.isnan(steps.score)
    counts = [np.bincount(steps.problem, weights=each, minlength=steps.problems) for each in (found, mine)]
    terms = np.stack(counts, axis=1).astype(np.float64)
    sums, resampled = terms.sum(axis=0), partition.sums(terms)
    value = float(ratio(sums[:1], sums[1:])[0])
    resampled_share = ratio(resampled[:, 0], resampled[:, 1])
    return Detection(
        steps=int(sums[1]),
        share=partition.estimate(value, resampled_share, "No wrong step has this kind of error."),
    )
