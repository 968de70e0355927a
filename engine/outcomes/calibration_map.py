"""What a step score of one reward model meant on completions of one policy, as it is kept. Values only; standard library only.

A map says which share of the policy's completions reached the answer, for scores between those that were measured. Outside of them,
and in wide gaps between them, it says nothing: ``None``, never the score itself and never 0.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from engine.domain import RunRecord, new_id, now

GAP = 0.1  # neighbouring measured scores farther apart than this have nothing measured between them: a bin of the curve


@dataclass(frozen=True, slots=True, kw_only=True)
class MapPoint:
    """A score and what it is mapped to."""

    score: float
    """Of the reward model, in [0, 1]."""
    share: float
    """Of completions that reach the answer, in [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationMap:
    """A map from scores to shares that never falls: linear between the points of a segment, undefined outside of all segments."""

    segments: tuple[tuple[MapPoint, ...], ...]
    """Where scores were measured without a wide gap, lowest first, each with its points, lowest first."""

    def __post_init__(self) -> None:
        """Refuse what is no such map. Raises ValueError."""
        points = [point for segment in self.segments for point in segment]
        if not all(self.segments) or any(not (0 <= each.score <= 1 and 0 <= each.share <= 1) for each in points):
            raise ValueError("A map has segments with one point at least, of scores and shares in [0, 1].")
        if any(one.score >= two.score or one.share > two.share for one, two in pairwise(points)):
            raise ValueError("The points of a map ascend by score, and their shares do not fall.")

    def value_at(self, score: float | None) -> float | None:
        """Return the share that a score is mapped to, in [0, 1]; None where none was measured, and of no score."""
        if score is None:
            return None
        for segment in self.segments:
            if segment[0].score <= score <= segment[-1].score:
                return _between(segment, score)
        return None

    @property
    def low(self) -> float | None:
        """The lowest score that was measured; None without any."""
        return self.segments[0][0].score if self.segments else None

    @property
    def high(self) -> float | None:
        """The highest score that was measured; None without any."""
        return self.segments[-1][-1].score if self.segments else None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPair:
    """Which models in which versions a map is of. It says nothing of others."""

    reward_model: str
    reward_model_revision: str | None  # None: not known
    prompt_version: str | None  # how the reward model was asked; None: not known
    policy_model: str
    policy_revision: str | None  # of the completions; None: not known

    def fits(self, record: RunRecord) -> bool:
        """Return whether a run was made by these models in these versions. What is not known fits nothing."""
        mine = (self.reward_model, self.reward_model_revision, self.prompt_version)
        other = (record.reward_model, record.reward_model_revision, record.prompt_version)
        return mine == other and (self.policy_model, self.policy_revision) == (
            record.policy_model,
            record.policy_revision,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRecord:
    """How a map came about, and what it was measured to be worth."""

    pair: MeasuredPair
    problems: int
    solutions: int
    steps: int  # with a score and completions
    completions: int  # after them
    folds: int  # into which the problems were dealt to measure the error after
    seed: int  # of dealing them, and of resamples
    error_before: float  # of the scores, in [0, 1]
    error_after: float  # of calibrated scores by maps of other problems, on the same steps
    versions: Mapping[str, str] = field(default_factory=dict)  # library -> version


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMap:
    """A map that was kept. Append-only: of a reward model and a policy the newest counts."""

    id: str = field(default_factory=new_id)
    map: CalibrationMap
    record: CalibrationRecord
    made_by: str | None = None  # a principal's name; None: nobody who can be told from others
    created_at: datetime = field(default_factory=now)


def as_segments(found: CalibrationMap) -> list[list[list[float]]]:
    """Return a map as JSON values: segments of [score, share]."""
    return [[[point.score, point.share] for point in segment] for segment in found.segments]


def read_segments(segments: Sequence[Sequence[Sequence[float]]]) -> CalibrationMap:
    """Read a map out of JSON values. Raises ValueError where they are none."""
    return CalibrationMap(
        segments=tuple(
            tuple(MapPoint(score=float(score), share=float(share)) for score, share in segment) for segment in segments
        )
    )


def _between(segment: Sequence[MapPoint], score: float) -> float:
    at = bisect_right(segment, score, key=lambda point: point.score)
    if at == len(segment):
        return segment[-1].share
    below, above = segment[at - 1], segment[at]
    part = (score - below.score) / (above.score - below.score)
    return min(above.share, below.share + part * (above.share - below.share))  # rounding must not pass the next point
