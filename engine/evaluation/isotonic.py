"""The map from step scores to shares of completions that fits best of all that never fall: weighted isotonic regression.

Pool adjacent violators: scores in ascending order are blocks; where one's share is not below that of the next, they become one.
Each score weighs as many completions as were drawn after its steps. Knows numbers only.

Sources: Barlow et al. 1972, Statistical inference under order restrictions, ch. 1; Zadrozny and Elkan 2002 (maps of probabilities).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from engine.outcomes.calibration_map import GAP, CalibrationMap, MapPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedScore:
    """A step score and what the completions after its step came to."""

    score: float
    """In [0, 1]."""
    reached: int
    """Completions that reached the answer."""
    drawn: int
    """Completions, at least 1."""


@dataclass(slots=True)
class _Block:
    scores: int  # how many
    reached: int
    drawn: int


def fit_map(steps: Iterable[CountedScore]) -> CalibrationMap:
    """Return the map; without steps one that says nothing.

    Raises ValueError where a score is not in [0, 1], or where completions were not drawn or more reached than were drawn.
    """
    counts: dict[float, list[int]] = defaultdict(lambda: [0, 0])
    for each in steps:
        if not (0 <= each.score <= 1 and 0 <= each.reached <= each.drawn and each.drawn):
            raise ValueError(
                f"{each!r} is no score in [0, 1] with completions of which some or none reached the answer."
            )
        counts[each.score][0] += each.reached
        counts[each.score][1] += each.drawn
    blocks: list[_Block] = []
    scores = sorted(counts)
    for score in scores:
        blocks.append(_Block(1, *counts[score]))
        # in whole numbers: equal shares are equal
        while len(blocks) > 1 and blocks[-2].reached * blocks[-1].drawn >= blocks[-1].reached * blocks[-2].drawn:
            last = blocks.pop()
            blocks[-1] = _Block(
                blocks[-1].scores + last.scores, blocks[-1].reached + last.reached, blocks[-1].drawn + last.drawn
            )
    shares = (each.reached / each.drawn for each in blocks for _ in range(each.scores))
    points = [MapPoint(score=score, share=share) for score, share in zip(scores, shares, strict=True)]
    return CalibrationMap(segments=tuple(tuple(_corners(segment)) for segment in _segments(points)))


def _segments(points: list[MapPoint]) -> list[list[MapPoint]]:
    """Cut where nothing was measured."""
    found: list[list[MapPoint]] = []
    for point in points:
        if not found or point.score - found[-1][-1].score > GAP:
            found.append([])
        found[-1].append(point)
    return found


def _corners(points: list[MapPoint]) -> Iterable[MapPoint]:
    """Leave out points between two of the same share: the map is the same without them."""
    for at, point in enumerate(points):
        is_inside = 0 < at < len(points) - 1 and points[at - 1].share == point.share == points[at + 1].share
        if not is_inside:
            yield point
