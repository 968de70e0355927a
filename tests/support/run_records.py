"""How a scoring came about, as a test says it: the record of a run, and a pass of a reward model with such a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.domain import RunRecord, Scoring, StepScore
from storage import ScoringRun, Store

RECORD = RunRecord(
    policy_model="",
    policy_revision="",
    reward_model="r",
    reward_model_revision="1",
    dtype="float32",
    device="cpu",
    prompt_version="1",
    tiles=(),
    versions={},
    one_pass=True,
    job="j",
)


def score_again(
    store: Store, solution_id: str, model: str, scores: Sequence[float], revision: str = "1", first: int = 0
) -> Scoring:
    """Store a job's pass of a model over one solution, one score a step from ``first`` on."""
    said = tuple(StepScore(first=first + at, last=first + at, score=score) for at, score in enumerate(scores))
    scoring = Scoring(solution_id=solution_id, reward_model=model, step_scores=said)
    problem = store.results.get_solution(solution_id).problem
    record = replace(RECORD, reward_model=model, reward_model_revision=revision)
    store.runs.add_scoring_run(ScoringRun(problem_id=problem.id, record=record), [scoring])
    return scoring
