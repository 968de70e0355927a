"""Figures of guided searches beside Best-of-N at the same tokens, and the problems where the two differ. Pure.

The comparison is ``engine/evaluation/search_comparison.py``'s. What Best-of-N picks of a problem is of one choice, the pool's first
N solutions, so that it can be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine.choosing import best_of_n
from engine.domain import Aggregation, Problem
from engine.evaluation.curve import solution_scores
from engine.evaluation.search_comparison import SearchComparison, SearchOutcome, compare_search
from engine.evaluation.solution_pool import Protocol
from visualprm_ui.use_cases.evaluations.estimates import read_estimate
from visualprm_ui.use_cases.evaluations.pool_draws import ProblemPool, SearchedPick, as_pooled

HOW = Aggregation.MEAN  # searches of sets, and the picks that they are compared with


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredSearch:
    """One search of a set beside Best-of-N."""

    title: str  # of its plan: width and expansions
    against: str  # the way to choose that it is compared with
    comparison: SearchComparison


class SearchPickOutcome(StrEnum):
    """Whether a search and Best-of-N pick a right solution of a problem."""

    BOTH = "both"
    ONLY_SEARCH = "only_search"
    ONLY_BEST = "only_best"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedProblem:
    """What a search and Best-of-N come to of one problem."""

    problem: str
    outcome: SearchPickOutcome
    search: SearchedPick


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedSet:
    """A guided search of a set beside Best-of-N, problem by problem."""

    protocol: Protocol
    search: MeasuredSearch
    found: tuple[SearchedProblem, ...]  # none where Best-of-N has no N with as many tokens
    problems: Mapping[str, Problem]  # those that are still there, by id
    runs: Mapping[str, str]  # problem -> the run with its first solutions


def measure_searches(
    pools: Sequence[ProblemPool], guide: str, keys: Sequence[str], protocol: Protocol
) -> tuple[MeasuredSearch, ...]:
    """Return each search on the problems that it was done of, beside their pools.

    ``guide``: the key of the model that guided it; ``keys``: of the models that have seen all solutions.
    """
    titles = dict.fromkeys(each.title for pool in pools for each in pool.searches)
    return tuple(_measure(pools, title, guide, keys, protocol) for title in titles)


def _measure(
    pools: Sequence[ProblemPool], title: str, guide: str, keys: Sequence[str], protocol: Protocol
) -> MeasuredSearch:
    found = [(each, pool.of(protocol)) for pool in pools if (each := pool.search_of(title)) and pool.of(protocol)]
    against = f"{guide}_{HOW.value}"
    comparison = compare_search(
        [SearchOutcome(is_correct=each.is_correct, tokens=each.tokens) for each, _draws in found],
        [as_pooled(draws, keys) for _each, draws in found],
        [[draw.tokens for draw in draws] for _each, draws in found],
        against,
        protocol,
    )
    return MeasuredSearch(title=title, against=against, comparison=comparison)


def searched_problems(
    pools: Iterable[ProblemPool], title: str, guide: str, protocol: Protocol, n: int
) -> tuple[SearchedProblem, ...]:
    """Return what a search and Best-of-N out of the first ``n`` solutions come to of each problem that has both."""
    found = []
    for pool in pools:
        search, draws = pool.search_of(title), pool.of(protocol)[:n]
        if search is None or len(draws) < n:
            continue
        scores = [
            solution_scores(guide, each.read_scores(guide)).get(f"{guide}_{HOW.value}")
            if each.finish.is_complete
            else None
            for each in draws
        ]
        pick = best_of_n(scores)
        outcome = _outcome(search.is_correct, pick is not None and draws[pick].is_correct)
        found.append(SearchedProblem(problem=pool.problem, outcome=outcome, search=search))
    return tuple(found)


def _outcome(by_search: bool, by_best: bool) -> SearchPickOutcome:
    if by_search:
        return SearchPickOutcome.BOTH if by_best else SearchPickOutcome.ONLY_SEARCH
    return SearchPickOutcome.ONLY_BEST if by_best else SearchPickOutcome.NEITHER


def read_measured_search(values: Mapping[str, Any]) -> MeasuredSearch:
    """Read a measured search out of the JSON values that ``dataclasses.asdict`` makes of it."""
    comparison = values["comparison"]
    estimates = {name: read_estimate(comparison[name]) for name in ("accuracy", "best_of_n", "difference")}
    return MeasuredSearch(
        title=values["title"], against=values["against"], comparison=SearchComparison(**{**comparison, **estimates})
    )
