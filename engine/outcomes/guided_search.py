"""Guided search: how one goes, what it tried in each step, and the paths that come of it. Values only.

How the tries are written, scored and chosen is ``engine/serving/search.py``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.domain import Aggregation, FinishReason, StepScore


@dataclass(frozen=True, slots=True, kw_only=True)
class BeamPlan:
    """How a search goes."""

    width: int = 4  # beginnings that are kept, and solutions that come of them
    expansions: int = 4  # tries of the next step of each
    how: Aggregation = Aggregation.MEAN  # by which solution score so far they are ranked
    most_rounds: int = 64  # steps of a solution; one that goes on is cut off

    @property
    def tries(self) -> int:
        """Tries of a step, at most."""
        return self.width * self.expansions

    @property
    def title(self) -> str:
        """Width and expansions, as a command line takes them: "4x4"."""
        return f"{self.width}x{self.expansions}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTry:
    """A step that a search tried, or a solution that had ended and was looked at again."""

    parent: int | None  # the place of what it goes on from among those that were kept before; None: it begins
    text: str  # the step; empty: the solution ended behind the one before
    finish: FinishReason | None  # None: the solution goes on
    score: float | None  # of the solution so far, in [0, 1]; None: it could not be scored
    step_score: float | None  # of the step
    count: int  # tries that are word for word this; 0: none of this round
    is_kept: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRound:
    """A search has tried one more step."""

    step: int  # 0-based
    tries: tuple[SearchTry, ...]  # those that differ, best first
    tokens: int  # written for them


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidedSearch:
    """A search that was asked for, and how far it came."""

    plan: BeamPlan
    rounds: tuple[SearchRound, ...] = ()  # in order

    @property
    def tokens(self) -> int:
        """Tokens written in all tries of these rounds, those that were given up too."""
        return sum(each.tokens for each in self.rounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPath:
    """A beginning that a search keeps, or a solution that has ended."""

    steps: tuple[str, ...] = ()
    step_scores: tuple[StepScore, ...] = ()  # of single steps, as they were scored when they were tried
    finish: FinishReason | None = None  # None: it goes on


def kept_paths(rounds: Sequence[SearchRound]) -> tuple[SearchPath, ...]:
    """Return what a search keeps after these rounds, best first; their places are the draws of its solutions."""
    paths: tuple[SearchPath, ...] = (SearchPath(),)
    for each in rounds:
        if each.tries:  # else nothing was written, or thoughts alone
            paths = tuple(_gone_on(paths[tried.parent or 0], tried) for tried in each.tries if tried.is_kept)
    return paths if paths[0].steps else ()


def _gone_on(path: SearchPath, tried: SearchTry) -> SearchPath:
    """Return a path with the step that was tried; one that had ended was only looked at again."""
    if path.finish is not None:
        return path
    if not tried.text:
        return replace(path, finish=tried.finish)
    at = len(path.steps)
    scored = (StepScore(first=at, last=at, score=tried.step_score),) if tried.step_score is not None else ()
    return SearchPath(steps=(*path.steps, tried.text), step_scores=(*path.step_scores, *scored), finish=tried.finish)
