"""A guided search as JSON: how it goes, and what was tried in each step. Knows values only."""

from __future__ import annotations

from typing_extensions import TypedDict

from engine.outcomes.guided_search import GuidedSearch, SearchRound


class TryView(TypedDict):
    """A step that a search tried, or a solution that had ended and was looked at again."""

    parent: int | None  # the place of what it goes on from among those that were kept before; None: it begins
    text: str
    finish: str | None  # of FinishReason; None: the solution goes on
    score: float | None  # of the solution so far
    step_score: float | None
    count: int  # tries that are word for word this; 0: none of this round
    is_kept: bool


class RoundView(TypedDict):
    """The tries of one step that differ, best first."""

    step: int  # 0-based
    tokens: int  # written for all of them
    tries: list[TryView]


class SearchView(TypedDict):
    """How the solutions of a run were searched for. The place among those kept last is the draw of a solution."""

    width: int  # paths that are kept
    expansions: int  # tries of the next step of each
    how: str  # the aggregation by which they are ranked
    rounds: list[RoundView]


def as_search_view(search: GuidedSearch) -> SearchView:
    """Return the view of a search."""
    plan = search.plan
    return {
        "width": plan.width,
        "expansions": plan.expansions,
        "how": plan.how.value,
        "rounds": [_round_view(each) for each in search.rounds],
    }


def _round_view(search_round: SearchRound) -> RoundView:
    return {
        "step": search_round.step,
        "tokens": search_round.tokens,
        "tries": [
            {
                "parent": each.parent,
                "text": each.text,
                "finish": None if each.finish is None else each.finish.value,
                "score": each.score,
                "step_score": each.step_score,
                "count": each.count,
                "is_kept": each.is_kept,
            }
            for each in search_round.tries
        ],
    }
