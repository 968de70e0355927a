"""The example problems that come with the models, and the finished run of one that a first visit shows.

Both are files: the run needs no model and is there while models load. It is no run of the store.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.domain import Problem, Run, RunRecord, RunState, Sampling, Scoring, Solution, StepScore
from storage import APP, ImageRepository
from visualprm_ui.use_cases.run_progress import restore_progress
from visualprm_ui.use_cases.run_view import RunView, as_run_view

EXAMPLE_RUN = "example"  # what the run shown on a first visit is called; an id of a stored run has 32 digits


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleCheck:
    """What the exact checker says of a step of the finished run; implements ``StepCheck``."""

    label: int  # 1, 0 or -1
    reason: str | None  # why it is wrong; None when it is not


@dataclass(frozen=True, slots=True, kw_only=True)
class Examples:
    """Problems to try, and a finished run of one of them."""

    problems: Sequence[Problem] = ()
    seeds: Sequence[
        int
    ] = ()  # of each, as the problem source draws them: their solutions are checked as those of drawn problems
    shown: int | None = None  # the place of the run's problem
    run: RunView | None = None


def store_examples(images: ImageRepository, folder: Path) -> Examples:
    """Store the pictures of a folder of example problems and return what is in it.

    The folder has ``problems.jsonl``, ``seeds.json`` and ``run.json``.
    """
    problems = []
    for line in (folder / "problems.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        image = images.add((folder / row["image"]).read_bytes(), APP)
        problems.append(Problem(images=(image.sha,), question=row["question"], answer=row["answer"]))
    stored = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    shown = int(stored["problem"])
    run = read_example_run(stored, problems[shown])
    seeds = json.loads((folder / "seeds.json").read_text(encoding="utf-8"))
    return Examples(problems=tuple(problems), seeds=tuple(seeds), shown=shown, run=run)


def read_example_run(stored: dict[str, object], problem: Problem) -> RunView:
    """Return the view of a run as ``tests/support/example_run.py`` writes it."""
    rows = stored["solutions"]
    policy, reward_model = str(stored["policy"]), str(stored["reward_model"])
    assert isinstance(rows, list)
    solutions = [
        Solution(
            id=f"{EXAMPLE_RUN}-{draw}",
            problem_id=problem.id,
            draw=draw,
            steps=tuple(row["steps"]),
            answer=row["answer"],
            policy_model=policy,
            tokens=row["tokens"],
        )
        for draw, row in enumerate(rows)
    ]
    scorings = [
        Scoring(
            solution_id=solution.id,
            reward_model=reward_model,
            step_scores=tuple(StepScore(first=at, last=at, score=score) for at, score in enumerate(row["scores"])),
        )
        for solution, row in zip(solutions, rows, strict=True)
    ]
    record = RunRecord(
        policy_model=policy,
        policy_revision="",
        reward_model=reward_model,
        reward_model_revision="",
        dtype="float32",
        device="cpu",
        prompt_version="",
        tiles=(),
        versions={},
    )
    run = Run(
        id=EXAMPLE_RUN,
        problem_id=problem.id,
        sampling=Sampling(
            n=len(solutions), temperature=float(str(stored["temperature"])), seed=int(str(stored["seed"]))
        ),
        state=RunState.DONE,
        record=record,
        seconds=float(str(stored["seconds"])),
    )
    checks = {tuple(row["steps"]): tuple(ExampleCheck(**check) for check in row["checks"]) for row in rows}
    return as_run_view(restore_progress(run, problem, solutions, scorings, lambda steps: checks[tuple(steps)]))
