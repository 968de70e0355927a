"""Two reward models on the same labelled steps: paired differences of macro-F1, and where their scores part.

Every figure and difference comes from one set of resamples of problems. Differences are the second model's minus the first's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation.agreement import LATER
from engine.evaluation.arrays import Floats, Mask
from engine.evaluation.intervals import RESAMPLES, Estimate
from engine.evaluation.judged_steps import JudgedSolution, StepColumns, as_columns
from engine.evaluation.resampling import Partition
from engine.evaluation.step_report import f1_correct, f1_wrong, macro_f1, terms_of
from engine.prediction import THRESHOLD

GRID = 20  # parts of [0, 1] on either side
_NO_F1 = "No step of a class is labelled, and none predicted."


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedFigure:
    """One figure under both models."""

    steps: int
    a: Estimate
    b: Estimate
    difference: Estimate
    """b - a, on the same resamples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridCell:
    """How many steps have these two scores, each in one part of [0, 1]; 0-based parts, never none."""

    a: int
    b: int
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepComparison:
    """Two reward models on the same steps."""

    problems: int
    solutions: int
    pooled: ComparedFigure
    """Macro-F1."""
    f1_correct: ComparedFigure
    f1_wrong: ComparedFigure
    sources: dict[str | None, ComparedFigure]
    """Macro-F1."""
    places: dict[int, ComparedFigure]
    """Macro-F1 by the 0-based index of the step; LATER stands for all from there on."""
    grid: tuple[GridCell, ...]
    """Of steps whose scores could both be read."""
    both_right: int
    """Steps that both predict as they are labelled."""
    only_a_right: int
    only_b_right: int
    both_mistaken: int


@dataclass(frozen=True, slots=True)
class _Predicted:
    """One model's scores of the steps, and its threshold."""

    steps: StepColumns
    threshold: float

    def is_right(self) -> Mask:
        """Return which steps are predicted as they are labelled; a score that could not be read predicts nothing."""
        right: Mask = self.steps.predicted_correct(self.threshold) == self.steps.is_correct
        return right & ~np.isnan(self.steps.score)


def compare_steps(
    a: Sequence[JudgedSolution],
    b: Sequence[JudgedSolution],
    *,
    threshold_a: float = THRESHOLD,
    threshold_b: float = THRESHOLD,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> StepComparison:
    """Return both models' figures and their differences.

    Args:
        a: solutions with the first model's scores.
        b: the same solutions, in the same order and with the same labels, with the second's.
        threshold_a: of the first model.
        threshold_b: of the second.
        resamples: of the problems.
        seed: of the resamples.

    Raises:
        ValueError: they are not the same steps with the same labels.
    """
    first = _Predicted(as_columns(a), threshold_a)
    second = _Predicted(as_columns(b), threshold_b)
    if len(a) != len(b) or any(
        (one.problem, tuple(one.labels)) != (other.problem, tuple(other.labels))
        for one, other in zip(a, b, strict=True)
    ):
        raise ValueError("The two are not about the same steps with the same labels.")
    columns = first.steps
    partition = Partition(columns.problems, resamples=resamples, seed=seed)

    def figure(where: Mask, statistic: Callable[[Floats], Floats] = macro_f1) -> ComparedFigure:
        return _compare(first, second, where, partition, statistic)

    everywhere = np.ones(len(columns), dtype=bool)
    place = np.minimum(columns.position, LATER)
    right_a, right_b = first.is_right(), second.is_right()
    return StepComparison(
        problems=len(np.unique(columns.problem)),
        solutions=len(np.unique(columns.solution)),
        pooled=figure(everywhere),
        f1_correct=figure(everywhere, f1_correct),
        f1_wrong=figure(everywhere, f1_wrong),
        sources={name: figure(columns.source_is(name)) for name in columns.sources},
        places={int(each): figure(place == each) for each in np.unique(place)},
        grid=_grid(columns.score, second.steps.score),
        both_right=int((right_a & right_b).sum()),
        only_a_right=int((right_a & ~right_b).sum()),
        only_b_right=int((~right_a & right_b).sum()),
        both_mistaken=int((~right_a & ~right_b).sum()),
    )


def _compare(
    first: _Predicted,
    second: _Predicted,
    where: Mask,
    partition: Partition,
    statistic: Callable[[Floats], Floats],
) -> ComparedFigure:
    terms = [terms_of(each.steps, where, each.threshold) for each in (first, second)]
    values = [float(statistic(each.sum(axis=0)[None])[0]) for each in terms]
    resampled = [statistic(partition.sums(each)) for each in terms]
    return ComparedFigure(
        steps=int(where.sum()),
        a=partition.estimate(values[0], resampled[0], _NO_F1),
        b=partition.estimate(values[1], resampled[1], _NO_F1),
        difference=partition.estimate(values[1] - values[0], resampled[1] - resampled[0], _NO_F1),
    )


def _grid(a: Floats, b: Floats) -> tuple[GridCell, ...]:
    read = ~np.isnan(a) & ~np.isnan(b)
    bins = [np.minimum((each[read] * GRID).astype(np.int64), GRID - 1) for each in (a, b)]
    counts = np.bincount(bins[0] * GRID + bins[1], minlength=GRID * GRID)
    return tuple(GridCell(a=int(at) // GRID, b=int(at) % GRID, steps=int(counts[at])) for at in np.flatnonzero(counts))
