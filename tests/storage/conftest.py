"""A real store in a fresh folder, and a run with solutions in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pytest

from engine.domain import Problem, Run, RunState, Sampling, Scoring, Solution, StepScore
from storage import Store, open_store
from tests.support.label_events import make_png


@pytest.fixture
def store(empty_data: Path, tmp_path: Path) -> Iterator[Store]:
    with open_store(copytree(empty_data, tmp_path / "data")) as opened:
        yield opened


@pytest.fixture
def png() -> bytes:
    return make_png(12, 8)


@pytest.fixture
def add_run(store: Store) -> Callable[..., Run]:
    def add(solutions: int = 2, steps: int = 3, question: str = "How many?", image: bytes | None = None) -> Run:
        images = () if image is None else (store.images.add(image).sha,)
        problem = Problem(question=question, images=images, answer="4", data_source="test")
        store.runs.add_problem(problem)
        run = Run(problem_id=problem.id, sampling=Sampling(n=solutions))
        store.runs.add_run(run)
        for draw in range(solutions):
            solution = Solution(
                problem_id=problem.id,
                draw=draw,
                steps=tuple(f"Step {draw}.{step}" for step in range(steps)),
                answer=str(draw),
                policy_model="scripted",
            )
            store.runs.add_solution(run.id, solution)
            scores = tuple(StepScore(first=at, last=at, score=0.1 + 0.1 * draw) for at in range(steps))
            store.runs.add_scoring(
                run.id, Scoring(solution_id=solution.id, reward_model="scripted", step_scores=scores)
            )
        done = Run(
            id=run.id, problem_id=problem.id, sampling=run.sampling, state=RunState.DONE, created_at=run.created_at
        )
        store.runs.update_run(done)
        return done

    return add
