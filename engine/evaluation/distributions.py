"""How labels, scores and times of many solutions are distributed. Counts only: what is undefined is counted apart or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

MOST_TIME_BINS = 20
_WIDTHS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 14_400, 86_400)  # seconds, of a bin of times


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """Steps by their labels."""

    correct: int
    neutral: int
    wrong: int
    unlabelled: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeBins:
    """How long a solution takes."""

    width: int  # seconds of a bin; the last one holds all that took longer too
    solutions: tuple[int, ...]  # from 0 seconds on
    median: float  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Distributions:
    """What charts beside a list of solutions show."""

    by_place: tuple[LabelCounts, ...]  # by the place of a step in its solution, the first place first
    by_score: (
        tuple[LabelCounts, ...] | None
    )  # scored steps by equal bins of the score from 0 to 1; None: no step is scored
    times: TimeBins | None  # None: no time is known


def measure_distributions(steps: pd.DataFrame, places: int, bins: int, seconds: Sequence[float]) -> Distributions:
    """Count steps by place, score and label, and solutions by time.

    Args:
        steps: a row for each step. ``place``: 0-based, below ``places``; ``label``: 1, 0, -1, or 2 for none; ``bin``: of its score,
            0-based, below ``bins``, or -1 without one.
        places: how many places there can be.
        bins: of the score.
        seconds: of each solution whose time is known, from 0.
    """
    counts = steps.groupby(["place", "label", "bin"]).size().rename("steps").reset_index()  # few rows for the millions
    scored = counts[counts["bin"] >= 0]
    used = 0 if counts.empty else int(counts["place"].max()) + 1
    return Distributions(
        by_place=_count(counts, "place", min(used, places)),
        by_score=None if scored.empty else _count(scored, "bin", bins),
        times=_time_bins(seconds),
    )


def _count(counts: pd.DataFrame, column: str, values: int) -> tuple[LabelCounts, ...]:
    table = counts.pivot_table(index=column, columns="label", values="steps", aggfunc="sum", fill_value=0)
    table = table.reindex(index=range(values), columns=(1, 0, -1, 2), fill_value=0)
    return tuple(
        LabelCounts(correct=int(correct), neutral=int(neutral), wrong=int(wrong), unlabelled=int(unlabelled))
        for correct, neutral, wrong, unlabelled in table.to_numpy()
    )


def _time_bins(seconds: Sequence[float]) -> TimeBins | None:
    times = pd.Series(seconds, dtype="float64")
    if times.empty:
        return None
    most = float(times.quantile(0.98))  # a few that were left open over night would hide all others
    width = next((each for each in _WIDTHS if most < each * MOST_TIME_BINS), _WIDTHS[-1])
    last = min(MOST_TIME_BINS - 1, int(most // width))
    counts = (times // width).clip(upper=last).value_counts()
    return TimeBins(
        width=width,
        solutions=tuple(int(counts.get(float(at), 0)) for at in range(last + 1)),
        median=float(times.median()),
    )
