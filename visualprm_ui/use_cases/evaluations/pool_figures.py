"""Figures of pools: the curve of every way to choose among N, and what each way picks of each problem. Pure.

The curve is ``engine/evaluation/curve.py``'s, over all choices of N. Picks are of one choice, the pool's first N solutions, so that
each can be looked at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import fsum
from typing import Any

from engine.aggregate import aggregate_scores
from engine.choosing import best_of_n
from engine.domain import Aggregation
from engine.evaluation.curve import (
    MODEL_KEYS,
    RANDOM,
    SELF_CONSISTENCY,
    WEIGHTED_VOTE,
    Curve,
    CurveParts,
    measure_curve,
)
from engine.evaluation.solution_pool import Protocol
from engine.evaluation.spent_tokens import mean_tokens
from storage import BadSetting
from visualprm_ui.use_cases.evaluations.estimates import read_estimate
from visualprm_ui.use_cases.evaluations.files import Headline
from visualprm_ui.use_cases.evaluations.pool_draws import PoolDraw, ProblemPool, as_pooled
from visualprm_ui.use_cases.evaluations.pool_search_figures import (
    MeasuredSearch,
    measure_searches,
    read_measured_search,
)

HEADLINE_N = 8  # the paper's Best-of-8; the whole pool where it is smaller


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolCurve:
    """The curve of pools under one protocol."""

    protocol: Protocol
    problems: int
    solutions: int  # that the protocol chooses among
    smallest: int  # pool: the curve ends there
    largest: int
    models: tuple[str, ...]  # keys of those that have figures
    lacking: Mapping[str, int]  # key -> solutions that model has not been asked about; it has no figures
    curve: Curve
    tokens: Mapping[int, float | None]  # N -> tokens written for it, the mean of problems; None: not counted
    searches: tuple[MeasuredSearch, ...] = ()


def measure(
    pools: Sequence[ProblemPool], keys: Sequence[str], protocol: Protocol, *, votes: bool = True
) -> PoolCurve | None:
    """Return the curve of pools under a protocol; None where no problem has a solution for it.

    ``keys``: of the models, first the one that guides searches; one that lacks scores has no figures, as it could not pick what it
    has not seen. ``votes``: whether votes weighted by scores are among the ways; they take most of the time.
    """
    drawn = [draws for each in pools if (draws := each.of(protocol))]
    if not drawn:
        return None
    lacking = {key: sum(len(each.lacking(key)) for each in pools) for key in keys}
    complete = [key for key in keys if not lacking[key]]
    pooled = [as_pooled(each, complete) for each in drawn]
    curve = measure_curve(pooled, complete, protocol, CurveParts(votes=votes, compared=tuple(Aggregation)))
    sizes = [len(each) for each in drawn]
    tokens = [[draw.tokens for draw in draws] for draws in drawn]
    return PoolCurve(
        protocol=protocol,
        problems=len(drawn),
        solutions=sum(sizes),
        smallest=min(sizes),
        largest=max(sizes),
        models=tuple(complete),
        lacking={key: count for key, count in lacking.items() if count},
        curve=curve,
        tokens={n: mean_tokens(tokens, n, protocol) for n in curve.figures},
        searches=measure_searches(pools, next(iter(keys), ""), complete, protocol),
    )


def headline(curve: PoolCurve, key: str) -> Headline | None:
    """Return the figure that a list shows: of the mean of a model's scores; None where it has none."""
    if key not in curve.models:
        return None
    n = HEADLINE_N if HEADLINE_N in curve.curve.figures else max(curve.curve.figures)
    figures = curve.curve.figures[n]
    return Headline(
        name=f"best of {n}, mean of step scores",
        figure=figures[f"{key}_{Aggregation.MEAN.value}"],
        floor=figures[RANDOM].value,
    )


def curve_values(curve: PoolCurve) -> dict[str, object]:
    """Return a curve as JSON values."""
    return asdict(curve)


def read_curve(values: Mapping[str, Any]) -> PoolCurve:
    """Read a curve out of the JSON values of :func:`curve_values`."""
    curve = values["curve"]
    return PoolCurve(
        **{
            **values,
            "protocol": Protocol(values["protocol"]),
            "models": tuple(values["models"]),
            "tokens": {int(n): mean for n, mean in values["tokens"].items()},
            "searches": tuple(map(read_measured_search, values.get("searches", ()))),  # not known to the first figures
            "curve": Curve(
                figures=_estimates(curve["figures"]),
                differences=_estimates(curve["differences"]),
                sampling_errors={int(n): errors for n, errors in curve["sampling_errors"].items()},
            ),
        }
    )


def _estimates(values: Mapping[str, Mapping[str, Any]]) -> dict[int, dict[str, Any]]:
    return {int(n): {way: read_estimate(each) for way, each in ways.items()} for n, ways in values.items()}


# ---- what is picked of one problem ----


class PickOutcome(StrEnum):
    """Whether two ways to choose find a right solution of a problem."""

    BOTH = "both"
    ONLY_WAY = "only_way"
    ONLY_AGAINST = "only_against"
    MISSED = "missed"  # neither does, and a right one was there
    NONE = "none"  # no solution was right


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """What a way chooses among the solutions of a problem."""

    at: int | None  # index of the solution; None: it chooses none
    votes: int  # solutions that state the same answer, itself among them; 0: it has no vote
    is_correct: bool
    is_tied: bool = False  # another answer has as many votes, and this one was sampled first


@dataclass(frozen=True, slots=True, kw_only=True)
class PickedProblem:
    """What two ways choose of one problem."""

    problem: str
    outcome: PickOutcome
    way: Pick
    against: Pick


def check_way(way: str, keys: Sequence[str]) -> None:
    """Raise BadSetting for what is no way to choose of these models."""
    known = [SELF_CONSISTENCY, RANDOM, *(f"{key}_{how}" for key in keys for how in MODEL_KEYS)]
    if way not in known:
        raise BadSetting(f"{way[:60]!r} is no way to choose here. Choose one of {', '.join(known)}.")


def picks(
    pools: Sequence[ProblemPool], protocol: Protocol, n: int, way: str, against: str
) -> tuple[PickedProblem, ...]:
    """Return what two ways choose of the first ``n`` solutions of each problem; problems with fewer are left out."""
    found = []
    for pool in pools:
        draws = pool.of(protocol)[:n]
        if len(draws) < n:
            continue
        one, other = pick(draws, way), pick(draws, against)
        found.append(PickedProblem(problem=pool.problem, outcome=_outcome(draws, one, other), way=one, against=other))
    return tuple(found)


def pick(draws: Sequence[PoolDraw], way: str) -> Pick:
    """Return what a way chooses. A vote's pick stands for its answer: the first solution that states it.

    ``random``: the first solution, as the draws are equal.
    """
    if way == RANDOM:
        return _as_pick(draws, 0 if draws else None)
    if way == SELF_CONSISTENCY:
        return _vote(draws, [1.0 if each.group is not None else None for each in draws])
    key, how = next((way.removesuffix(f"_{each}"), each) for each in MODEL_KEYS if way.endswith(f"_{each}"))
    if how == WEIGHTED_VOTE:
        means = [_score(each, key, Aggregation.MEAN) for each in draws]
        return _vote(draws, [None if each.group is None else mean for each, mean in zip(draws, means, strict=True)])
    return _as_pick(draws, best_of_n([_score(each, key, Aggregation(how)) for each in draws]))


def _score(draw: PoolDraw, key: str, how: Aggregation) -> float | None:
    return aggregate_scores(draw.read_scores(key), how) if draw.finish.is_complete else None


def _vote(draws: Sequence[PoolDraw], weights: Sequence[float | None]) -> Pick:
    sums: defaultdict[int, list[float]] = defaultdict(list)
    first: dict[int, int] = {}
    for at, (each, weight) in enumerate(zip(draws, weights, strict=True)):
        if each.group is not None and weight is not None:
            sums[each.group].append(weight)
            first.setdefault(each.group, at)
    if not sums:
        return _as_pick(draws, None)
    total = {group: fsum(each) for group, each in sums.items()}
    most = max(total.values())
    leading = [group for group in first if total[group] == most]
    return _as_pick(draws, first[leading[0]], is_tied=len(leading) > 1)


def _as_pick(draws: Sequence[PoolDraw], at: int | None, *, is_tied: bool = False) -> Pick:
    if at is None:
        return Pick(at=None, votes=0, is_correct=False)
    group = draws[at].group
    votes = 0 if group is None else Counter(each.group for each in draws)[group]
    return Pick(at=at, votes=votes, is_correct=draws[at].is_correct, is_tied=is_tied)


def _outcome(draws: Sequence[PoolDraw], way: Pick, against: Pick) -> PickOutcome:
    if way.is_correct:
        return PickOutcome.BOTH if against.is_correct else PickOutcome.ONLY_WAY
    if against.is_correct:
        return PickOutcome.ONLY_AGAINST
    return PickOutcome.MISSED if any(each.is_correct for each in draws) else PickOutcome.NONE
