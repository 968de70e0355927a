"""What people add to the pools of a Best-of-N evaluation: more solutions, another model's scores, a guided search.

What is there is neither sampled nor scored nor searched again. Knows the jobs and which models are loaded.
"""

from __future__ import annotations

from collections.abc import Callable

from engine import Engine, ModelRole
from engine.outcomes.guided_search import BeamPlan
from storage import BadSetting
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles
from visualprm_ui.use_cases.evaluations.jobs import Evaluation, EvaluationJobs
from visualprm_ui.use_cases.evaluations.pool_plan import PoolPlan, ScoreMode, require_plan, save_plan
from visualprm_ui.use_cases.evaluations.request import EvaluationRequest
from visualprm_ui.use_cases.model_job_request import ModelId, model_id
from visualprm_ui.use_cases.sample_form import check_search

Change = Callable[
    [EvaluationRequest, PoolPlan], PoolPlan
]  # returns the plan with what is added; refuses what does not fit


class PoolAdditions:
    """Additions to pools. Every method raises NotFound, BadSetting, InvalidRequest."""

    def __init__(self, jobs: EvaluationJobs, engine: Engine) -> None:
        self._jobs = jobs
        self._engine = engine

    def add_solutions(self, evaluation_id: str, n: int, *, greedy: bool) -> Evaluation:
        """Have ``n`` more solutions of each problem, and a greedy one, sampled into the same pools."""

        def change(request: EvaluationRequest, plan: PoolPlan) -> PoolPlan:
            after = plan.with_solutions(n, greedy=greedy)
            if not self._is_policy_of(request) or not plan.reads_steps(self._loaded()):
                raise BadSetting(
                    "More solutions are sampled by the policy that wrote the others and scored by a PRM of this pool. "
                    f"{_load(request, plan)}"
                )
            return after

        return self._extend(evaluation_id, change)

    def score_again(self, evaluation_id: str, mode: ScoreMode) -> Evaluation:
        """Have the loaded reward model score the same pools."""

        def change(_request: EvaluationRequest, plan: PoolPlan) -> PoolPlan:
            loaded = self._loaded()
            if loaded is None:
                raise BadSetting(
                    "No reward model is loaded. Load one under Models on Explore, then score the pool with it."
                )
            return plan.with_model(loaded, mode)

        return self._extend(evaluation_id, change)

    def add_search(self, evaluation_id: str, search: BeamPlan) -> Evaluation:
        """Have each problem searched, too, by the policy that wrote the pools, under their first model."""

        def change(request: EvaluationRequest, plan: PoolPlan) -> PoolPlan:
            after = plan.with_search(search)
            check_search(search, plan.sampling)
            if not self._is_policy_of(request) or self._loaded() != plan.guide.model:
                raise BadSetting(
                    "A search goes on with the policy that wrote the solutions, under the first PRM of this pool. "
                    f"{_load(request, plan)}"
                )
            if (refusal := self._engine.status().search_refusal) is not None:
                raise BadSetting(refusal)
            return after

        return self._extend(evaluation_id, change)

    def _extend(self, evaluation_id: str, change: Change) -> Evaluation:
        def prepare(request: EvaluationRequest, files: EvaluationFiles) -> Callable[[], None]:
            after = change(request, require_plan(evaluation_id, request, files))
            return lambda: save_plan(files, after)

        return self._jobs.extend(evaluation_id, prepare)

    def _loaded(self) -> ModelId | None:
        return model_id(self._engine.status(), ModelRole.REWARD_MODEL)

    def _is_policy_of(self, request: EvaluationRequest) -> bool:
        return request.policy is not None and request.policy == model_id(self._engine.status(), ModelRole.POLICY)


def _load(request: EvaluationRequest, plan: PoolPlan) -> str:
    policy = request.policy
    named = "the policy" if policy is None else f"{policy.name} ({policy.revision})"
    return f"Load {named} and {plan.models[0].model.name} under Models on Explore first."
