"""Pools as rows of the file that ``python -m engine evaluate best-of-n`` reads: what it needs for the same figures. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.evaluation.solution_pool import Protocol
from visualprm_ui.use_cases.evaluations.pool_draws import PoolDraw, ProblemPool, SearchedPick
from visualprm_ui.use_cases.evaluations.pool_plan import PoolPlan

Reasons = Mapping[tuple[str, str], str]  # (id of a solution, key of a model) -> why that gave no scores of it
UNKNOWN = "The model gave no scores of it."


def iter_rows(
    pools: Sequence[ProblemPool], plan: PoolPlan, protocol: Protocol, reasons: Reasons
) -> Iterator[dict[str, object]]:
    """Return the solutions that a protocol chooses among, and the searches. ``reasons``: as far as they are known."""
    names = {each.key: f"{each.model.name}@{each.model.revision}" for each in plan.models}
    for pool in pools:
        for at, each in enumerate(pool.of(protocol)):
            yield _as_row(pool, at, each, names, plan.sampling.temperature) | _as_unscored(each, reasons)
    for pool in pools:
        for search in pool.searches:
            yield _as_search_row(pool, search, plan.guide.key)


def _as_row(
    pool: ProblemPool, at: int, draw: PoolDraw, names: Mapping[str, str], temperature: float
) -> dict[str, object]:
    scores = {key: list(given) for key in names if (given := draw.scores.get(key))}
    row: dict[str, object] = {
        "problem": pool.problem,
        "draw": at,
        "answer": draw.answer,
        "correct": draw.is_correct,
        "finish": draw.finish.value,
        "tokens": draw.tokens,
        "scores": scores,
        "reward_models": {key: names[key] for key in scores},
        "sampling": {"temperature": 0.0 if draw.is_greedy else temperature},
    }
    return row if draw.has_steps else row | {"steps": []}


def _as_unscored(draw: PoolDraw, reasons: Reasons) -> dict[str, object]:
    """Return which models were asked about a solution and gave no scores, with the reason: they are not to look as if not asked."""
    why = {key: reasons.get((draw.id, key), UNKNOWN) for key, given in draw.scores.items() if not given}
    return {"unscored": why} if why else {}


def _as_search_row(pool: ProblemPool, search: SearchedPick, guide: str) -> dict[str, object]:
    width, _, expansions = search.title.partition("x")
    return {
        "problem": pool.problem,
        "search": {"width": int(width), "expansions": int(expansions), "model": guide},
        "answer": search.answer,
        "correct": search.is_correct,
        "finish": None if search.finish is None else search.finish.value,
        "tokens": search.tokens,
    }
