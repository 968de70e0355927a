"""What guided searches of a problem came to, read from the runs that the store has of them. Searches nothing."""

from __future__ import annotations

from engine.choosing import choose
from engine.outcomes.guided_search import BeamPlan
from storage import Store
from visualprm_ui.use_cases.evaluations.pool_draws import SearchedPick
from visualprm_ui.use_cases.evaluations.pool_measuring import answer_of
from visualprm_ui.use_cases.evaluations.pool_plan import PoolPlan, search_run_id


def read_searches(store: Store, plan: PoolPlan, evaluation_id: str, problem_id: str) -> tuple[SearchedPick, ...]:
    """Return the searches of a problem that were done, ungraded."""
    runs = {search_run_id(evaluation_id, problem_id, each): each for each in plan.searches}
    known = store.runs.list_known_runs(list(runs))
    return tuple(_read(store, run_id, search) for run_id, search in runs.items() if run_id in known)


def _read(store: Store, run_id: str, search: BeamPlan) -> SearchedPick:
    found = store.runs.get_run(run_id)
    pick = choose(found.solutions, found.scorings, search.how, question=found.problem.question).pick
    picked = None if pick is None else found.solutions[pick]
    return SearchedPick(
        title=search.title,
        run=run_id,
        solution=None if picked is None else picked.id,
        finish=None if picked is None else picked.finish,
        answer=None if picked is None else answer_of(picked),
        tokens=0 if found.search is None else found.search.tokens,
    )
