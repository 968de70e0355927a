"""From kept pools to kept figures: graded by this program's checker, measured under every protocol. Samples and scores nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from engine.answers import read_answer
from engine.domain import Solution
from engine.evaluation.solution_pool import Protocol
from engine.solution_text.steps import SEPARATOR
from storage import NotFound, Store
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles
from visualprm_ui.use_cases.evaluations.pool_draws import ProblemPool, checker_revision, graded
from visualprm_ui.use_cases.evaluations.pool_figures import PoolCurve, curve_values, measure
from visualprm_ui.use_cases.evaluations.pool_plan import PoolPlan


def regraded(store: Store, pools: Sequence[ProblemPool]) -> list[ProblemPool] | None:
    """Return pools with the answers that this program's checker reads out of the stored texts, graded by it.

    None: they are graded so already. What was deleted meanwhile keeps its answers and grades.
    """
    revision = checker_revision()
    if all(each.checker == revision for each in pools):
        return None
    return [each if each.checker == revision else _regrade(store, each) for each in pools]


def measured(pools: Iterable[ProblemPool], failed: Collection[str]) -> list[ProblemPool]:
    """Return the pools that figures are of: without those of problems of which something could not be done.

    They may lack a batch of solutions or a model's scores, and the figures of a curve are all of the same problems.
    """
    return [each for each in pools if each.problem not in failed]


def measure_all(pools: Sequence[ProblemPool], plan: PoolPlan, *, votes: bool = True) -> dict[Protocol, PoolCurve]:
    """Return the curves of every protocol that the pools have solutions for. ``votes``: as :func:`measure` has it."""
    keys = [each.key for each in plan.models]
    found = {each: measure(pools, keys, each, votes=votes) for each in plan.protocols}
    return {protocol: curve for protocol, curve in found.items() if curve is not None}


def save_figures(files: EvaluationFiles, curves: Mapping[Protocol, PoolCurve]) -> None:
    """Keep curves, and which checker graded them. Raises DiskError."""
    values = {protocol.value: curve_values(curve) for protocol, curve in curves.items()}
    files.write_figures({"checker": checker_revision(), "curves": values})


def answer_of(solution: Solution) -> str | None:
    """Return the answer that this program's checker reads out of a stored solution; one that was cut off states none."""
    return read_answer(SEPARATOR.join(solution.steps)) if solution.finish.is_complete else None


def _regrade(store: Store, pool: ProblemPool) -> ProblemPool:
    try:
        problem = store.runs.get_problem(pool.problem)
    except NotFound:
        return pool
    picked = [each.solution for each in pool.searches if each.solution is not None]
    stored = store.runs.read_solutions([*(each.id for each in pool.draws), *picked])
    draws = (replace(each, answer=answer_of(stored[each.id])) if each.id in stored else each for each in pool.draws)
    searches = (
        each if (solution := stored.get(each.solution or "")) is None else replace(each, answer=answer_of(solution))
        for each in pool.searches
    )
    return graded(replace(pool, draws=tuple(draws), searches=tuple(searches)), problem.answer, problem.question)
