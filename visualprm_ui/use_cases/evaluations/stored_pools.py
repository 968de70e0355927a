"""A problem's pool read from what the store has of it: its solutions, their scores, its searches. Samples and scores nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from engine.domain import Solution, StepScore
from engine.metering.usage import ServerUsage, add_up
from engine.solution_text.steps import merge_steps
from storage import Store
from storage.runs.job_runs import RecordedScoring
from visualprm_ui.use_cases.evaluations.pool_draws import PoolDraw, ProblemPool, Scores, checker_revision
from visualprm_ui.use_cases.evaluations.pool_measuring import answer_of
from visualprm_ui.use_cases.evaluations.pool_plan import PoolPlan, ScoreMode
from visualprm_ui.use_cases.evaluations.pool_searches import read_searches
from visualprm_ui.use_cases.evaluations.whole_scores import WholeScores


class StoredPools:
    """The pools of one evaluation as the store has them."""

    def __init__(self, store: Store, plan: PoolPlan, evaluation_id: str, whole: WholeScores) -> None:
        self._store, self._plan, self._id = store, plan, evaluation_id
        self._whole = whole

    def read(self, problem_id: str, before: ProblemPool | None) -> tuple[ProblemPool, dict[str, Solution]]:
        """Return a problem's pool, ungraded, and its solutions by id.

        ``before``: the pool that was kept of it, whose scores stay where the store has none. Raises NotFound.
        """
        kept = {each.id: each.scores for each in before.draws} if before else {}
        solutions: dict[str, Solution] = {}
        draws: list[PoolDraw] = []
        seconds = 0.0
        usage: list[ServerUsage] = []
        for number, batch in enumerate(self._plan.batches):
            found = self._store.runs.get_run(batch.run_id(self._id, problem_id, number))
            seconds += found.run.seconds or 0.0
            usage += found.run.record.usage if found.run.record is not None else ()
            for each in found.solutions:
                solutions[each.id] = each
                draws.append(
                    PoolDraw(
                        id=each.id,
                        is_greedy=batch.is_greedy,
                        finish=each.finish,
                        answer=answer_of(each),
                        tokens=each.tokens,
                        has_steps=bool(each.steps),
                    )
                )
        scorings = self._store.runs.list_scorings(list(solutions))
        draws = [
            replace(each, scores=self._scores_of(solutions[each.id], scorings.get(each.id, ()), kept.get(each.id, {})))
            for each in draws
        ]
        pool = ProblemPool(
            problem=problem_id,
            checker=checker_revision(),
            batches=len(self._plan.batches),
            seconds=seconds,
            draws=tuple(draws),
            usage=add_up(usage),
            later_usage=before.later_usage if before else (),
            searches=read_searches(self._store, self._plan, self._id, problem_id),
        )
        return pool, solutions

    def _scores_of(
        self, solution: Solution, scorings: Sequence[RecordedScoring], kept: Mapping[str, Scores | None]
    ) -> dict[str, Scores | None]:
        """Return the scores of a solution by each model of the pool: the newest of the same steps, and what was kept."""
        groups = [(each.first, each.last) for each in merge_steps(solution.steps, ScoreMode.STEPS.plan.max_steps)]
        found = dict(kept)
        for model in self._plan.models if solution.steps else ():
            if model.mode is ScoreMode.STEPS:
                mine, asked = (model.model.name, model.model.revision), ("", model.model.prompt_version)
                same = [
                    each.scoring
                    for each in scorings
                    if each.model == mine and each.prompt_version in asked and _steps_of(each) == groups
                ]
                if same:
                    found[model.key] = values_of(same[-1].step_scores)
            elif (whole := self._whole.get(model.model, solution.id)) is not None:
                found[model.key] = whole
        return found


def values_of(step_scores: Iterable[StepScore]) -> Scores:
    """Return the scores alone."""
    return tuple(each.score for each in step_scores)


def _steps_of(recorded: RecordedScoring) -> list[tuple[int, int]]:
    return [(each.first, each.last) for each in recorded.scoring.step_scores]
