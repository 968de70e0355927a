"""What other reward models than a run's own say of its solutions: scored later, never sampled again. Changes no choice of the run.

Knows stored runs; whoever asks has been let look at the run before.
"""

from __future__ import annotations

from typing_extensions import TypedDict

from engine.aggregate import aggregate
from engine.domain import Aggregation, Solution
from storage import RunRepository
from storage.runs.job_runs import RecordedScoring, is_complete, newest_of_each_model, usage_of_scoring
from storage.runs.step_scores import spread_scores
from visualprm_ui.use_cases.run_view import ServerUsageView, usage_views


class OtherSolutionScores(TypedDict):
    """Another model's scores of one solution."""

    steps: list[float | None]  # one a step; merged steps share theirs
    scores: dict[str, float | None]  # of the solution, by aggregation


class OtherModelScores(TypedDict):
    """Another reward model's scores of a run's solutions."""

    reward_model: str
    revision: str | None
    solutions: dict[str, OtherSolutionScores]  # by id; those it has not scored whole are left out
    usage: list[ServerUsageView]  # what its servers were asked for these scores; none: none was, or it was not recorded


def other_scores(runs: RunRepository, run_id: str) -> list[OtherModelScores]:
    """Return the scores by every other model, that whose scores are newest first. Raises NotFound."""
    found = runs.get_run(run_id)
    record = found.run.record
    own = None if record is None else (record.reward_model, record.reward_model_revision)
    scorings = runs.list_scorings([each.id for each in found.solutions])
    newest: dict[tuple[str, str | None], dict[str, tuple[Solution, RecordedScoring]]] = {}
    for solution in found.solutions:
        whole = [
            each
            for each in scorings.get(solution.id, ())
            if each.model != own and is_complete(len(solution.steps), each.scoring.step_scores)
        ]
        for each in newest_of_each_model(whole):
            newest.setdefault(each.model, {})[solution.id] = solution, each
    ordered = sorted(newest.items(), key=lambda item: max(each.created_at for _one, each in item[1].values()))
    return [
        {
            "reward_model": name,
            "revision": revision,
            "solutions": {
                key: {
                    "steps": spread_scores(len(solution.steps), each.scoring.step_scores),
                    "scores": {how.value: aggregate(each.scoring.step_scores, how) for how in Aggregation},
                }
                for key, (solution, each) in by_solution.items()
            },
            "usage": usage_views(usage_of_scoring(each for _solution, each in by_solution.values())),
        }
        for (name, revision), by_solution in reversed(ordered)
    ]
