"""Whether step scores mean what they say: of the steps scored 0.8, four in five should be correct.

Source: Guo et al. 2017 (arXiv 1706.04599): expected calibration error over bins of equal width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """The steps whose scores lie in one part of [0, 1]."""

    steps: int
    """How many there are, at least 1."""
    mean_score: float
    """Their mean score, in [0, 1]."""
    correct_share: float
    """The share of them that is correct, in [0, 1]."""


def calibration_bins(steps: Iterable[tuple[float, bool]], bins: int = BINS) -> tuple[CalibrationBin, ...]:
    """Return the bins that hold steps, lowest scores first.

    Args:
        steps: (score in [0, 1], is it correct) of each step.
        bins: into how many parts of equal width [0, 1] is cut; a bin holds its lower end, the last one both.
    """
    groups: dict[int, list[tuple[float, bool]]] = {}
    for score, is_correct in steps:
        groups.setdefault(min(bins - 1, int(score * bins)), []).append((score, is_correct))
    return tuple(
        CalibrationBin(
            steps=len(group),
            mean_score=sum(score for score, _ in group) / len(group),
            correct_share=sum(is_correct for _, is_correct in group) / len(group),
        )
        for _, group in sorted(groups.items())
    )


def expected_calibration_error(bins: Sequence[CalibrationBin]) -> float | None:
    """Return the mean distance of mean score and share of correct steps, weighted by steps, in [0, 1]; None without steps."""
    steps = sum(each.steps for each in bins)
    return sum(each.steps * abs(each.mean_score - each.correct_share) for each in bins) / steps if steps else None
