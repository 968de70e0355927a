"""Two Best-of-N evaluations of the same problems side by side: refused with the reason where they cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.evaluation.curve import MODEL_KEYS, RANDOM, SELF_CONSISTENCY
from engine.evaluation.curve_comparison import ComparedPools, CurveComparison, compare_curves
from engine.evaluation.solution_pool import Protocol
from storage import BadSetting
from storage.transfer.job_folder import JobKind
from visualprm_ui.use_cases.evaluations.jobs import Evaluation, EvaluationJobs
from visualprm_ui.use_cases.evaluations.pool_draws import ProblemPool, as_pooled
from visualprm_ui.use_cases.evaluations.pool_figures import pick
from visualprm_ui.use_cases.evaluations.pool_plan import PoolModel, PoolPlan
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools

PICKING_WAYS = (*MODEL_KEYS, SELF_CONSISTENCY, RANDOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class SidesChoice:
    """How two evaluations are put side by side."""

    protocol: Protocol | None = None  # None: as the first was asked for, else one that both have
    model_a: str | None = None  # key of the model that chooses; None: the first that scored all
    model_b: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSide:
    """One of the two, with its pools of the problems that both have, in the same order."""

    evaluation: Evaluation
    plan: PoolPlan
    pools: tuple[ProblemPool, ...]
    only_here: int  # problems that the other has no solutions of, left out
    model: PoolModel | None  # that chooses; None: none has scored all of these solutions

    @property
    def complete(self) -> tuple[PoolModel, ...]:
        """The models that have scored all of these solutions."""
        return tuple(each for each in self.plan.models if not any(pool.lacking(each.key) for pool in self.pools))

    def as_compared(self, protocol: Protocol) -> ComparedPools:
        """Return it as figures take it."""
        key = None if self.model is None else self.model.key
        keys = [] if key is None else [key]
        return ComparedPools(pools=[as_pooled(each.of(protocol), keys) for each in self.pools], model=key)

    def is_right(self, pool: ProblemPool, protocol: Protocol, n: int, way: str) -> bool:
        """Return whether what a way chooses of the first ``n`` solutions of a pool is right."""
        return pick(pool.of(protocol)[:n], self.way(way)).is_correct

    def way(self, way: str) -> str:
        """Return what a way is called in this evaluation: an aggregation, or a weighted vote, with the key of its model."""
        return f"{self.model.key}_{way}" if self.model is not None and way in MODEL_KEYS else way


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedProblem:
    """Whether each side's pick of a problem is right."""

    problem: str
    right_a: bool
    right_b: bool
    right_any: bool  # whether any solution that either chose from is right


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedPools:
    """Two evaluations with the problems that both have solutions of."""

    a: PoolSide
    b: PoolSide
    protocol: Protocol
    protocols: tuple[Protocol, ...]  # that both have solutions for

    def compare(self) -> CurveComparison:
        """Return the figures of both and their differences."""
        return compare_curves(self.a.as_compared(self.protocol), self.b.as_compared(self.protocol), self.protocol)

    def list_picks(self, n: int, way: str) -> list[ComparedProblem]:
        """Return whether both sides' picks of the first ``n`` solutions are right, problem by problem.

        Problems of which a side has fewer are left out. Raises BadSetting: there is no such way, or no model for it.
        """
        if way not in PICKING_WAYS:
            raise BadSetting(f"{way[:60]!r} is no way to choose. Choose one of {', '.join(PICKING_WAYS)}.")
        if way in MODEL_KEYS and (self.a.model is None or self.b.model is None):
            raise BadSetting(
                "One of the two has no reward model that scored all of these solutions. Choose another way."
            )
        found = []
        for one, other in zip(self.a.pools, self.b.pools, strict=True):
            draws = [*one.of(self.protocol)[:n], *other.of(self.protocol)[:n]]
            if len(draws) == 2 * n:
                found.append(
                    ComparedProblem(
                        problem=one.problem,
                        right_a=self.a.is_right(one, self.protocol, n, way),
                        right_b=self.b.is_right(other, self.protocol, n, way),
                        right_any=any(each.is_correct for each in draws),
                    )
                )
        return found


class PoolComparisons:
    """Best-of-N evaluations of one store side by side. Every method raises NotFound, and BadSetting for one that is not done."""

    def __init__(self, jobs: EvaluationJobs, pools: EvaluationPools) -> None:
        self._jobs = jobs
        self._pools = pools

    def join(self, a: str, b: str, choice: SidesChoice) -> JoinedPools:
        """Return what two evaluations have in common.

        Raises BadSetting also where they are one, have no problem or protocol in common, or a model that is named has not scored
        all of its solutions.
        """
        if a == b:
            raise BadSetting("Both are the same evaluation. Choose two different ones.")
        for each in (a, b):
            self._jobs.get_done(each, JobKind.BEST_OF_N)
        first, second = (self._pools.get_pools(each) for each in (a, b))
        protocols = tuple(each for each in first[1].protocols if each in second[1].protocols)
        protocol = _protocol(first[0], protocols, choice.protocol)
        by_problem = [{pool.problem: pool for pool in pools if pool.of(protocol)} for _, _, pools in (first, second)]
        common = [each for each in by_problem[0] if each in by_problem[1]]
        if not common:
            raise BadSetting("They have no problem in common. Choose two evaluations of the same problems.")
        sides = [
            _side(evaluation, plan, [pools[each] for each in common], len(pools) - len(common), wanted)
            for (evaluation, plan, _), pools, wanted in zip(
                (first, second), by_problem, (choice.model_a, choice.model_b), strict=True
            )
        ]
        return JoinedPools(a=sides[0], b=sides[1], protocol=protocol, protocols=protocols)


def _protocol(first: Evaluation, both: Sequence[Protocol], wanted: Protocol | None) -> Protocol:
    if not both:
        raise BadSetting(
            "One has sampled solutions only, and the other greedy ones only. Add the greedy solutions to the one that lacks them."
        )
    if wanted is not None and wanted not in both:
        raise BadSetting(f"One of the two has no solutions for {wanted.value!r}. Choose {' or '.join(both)}.")
    return wanted or next((each for each in both if each is first.request.protocol), both[0])


def _side(
    evaluation: Evaluation, plan: PoolPlan, pools: Sequence[ProblemPool], only_here: int, wanted: str | None
) -> PoolSide:
    side = PoolSide(evaluation=evaluation, plan=plan, pools=tuple(pools), only_here=only_here, model=None)
    complete = {each.key: each for each in side.complete}
    if wanted is not None and wanted not in complete:
        raise BadSetting(
            f"{evaluation.job.title!r} has no model {wanted[:40]!r} that has scored all of these solutions. Choose one of "
            f"{', '.join(complete) or 'none'}."
        )
    model = next(iter(complete.values()), None) if wanted is None else complete[wanted]
    return PoolSide(evaluation=evaluation, plan=plan, pools=side.pools, only_here=only_here, model=model)
