"""Jobs of the loaded models as tests run them: waited for by asking again; models whose forward steps a test lets on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from engine import Engine, ModelCard, Models
from engine.domain import Problem, Solution
from storage import Store
from tests.support.scripted import ScriptedPolicy, ScriptedRewardModel, ScriptedSession
from tests.support.waiting import PATIENCE, awaited
from visualprm_ui.use_cases.model_jobs import ModelJob, ModelJobs


def ended(jobs: ModelJobs, job_id: str) -> ModelJob:
    """Return a job once nobody works on it."""
    return awaited(lambda: jobs.get(job_id), lambda found: not found.job.state.is_unfinished)


def card(name: str, revision: str = "1") -> ModelCard:
    """Return the card of a scripted model."""
    return ModelCard(name=name, revision=revision, family="scripted", parameters=0, dtype="float32", device="cpu")


class NamedRewardModel(ScriptedRewardModel):
    """A reward model with a name; ``opened`` has the questions of its sessions, in the order they were begun."""

    def __init__(
        self,
        name: str,
        judge: Callable[[str], float] = lambda step: 0.5,
        revision: str = "1",
        prm_format: str | None = None,
    ) -> None:
        super().__init__(judge)
        self.card = replace(card(name, revision), prm_format=prm_format)
        self.opened: list[str] = []

    def open_session(
        self, images: object, question: str, *, one_pass: bool = True
    ) -> Generator[None, None, ScriptedSession]:
        """See the base class."""
        self.opened.append(question)
        return super().open_session(images, question, one_pass=one_pass)


class Gate:
    """A judge of steps that waits for the test before each, and tells it that it does."""

    def __init__(self, score: float = 0.5) -> None:
        self._score = score
        self.reached = threading.Semaphore(0)
        self.allowed = threading.Semaphore(0)

    def __call__(self, step: str) -> float:
        """Wait, then judge."""
        self.reached.release()
        assert self.allowed.acquire(timeout=PATIENCE)
        return self._score

    def await_step(self) -> None:
        """Return once a step is about to be judged."""
        assert self.reached.acquire(timeout=PATIENCE)

    def open(self) -> None:
        """Let everything through from now on."""
        self.allowed.release(100_000)


def models(reward_model: ScriptedRewardModel, texts: Sequence[str] = ("One.\n\nFinal answer: 1",)) -> Models:
    """Return a pair of models."""
    return Models(policy=ScriptedPolicy(texts), reward_model=reward_model)


def engine_of(reward_model: ScriptedRewardModel, texts: Sequence[str] = ("One.\n\nFinal answer: 1",)) -> Engine:
    """Return an engine that serves them."""
    engine = Engine(lambda: models(reward_model, texts))
    engine.wait_ready(PATIENCE)
    return engine


def add_problem(store: Store, question: str, *solutions: Sequence[str], source: str = "test") -> tuple[str, list[str]]:
    """Store a problem with imported solutions; return its id and theirs."""
    problem = Problem(question=question, answer="1", data_source=source)
    store.runs.add_problem(problem)
    made = [Solution(problem_id=problem.id, steps=tuple(steps), policy_model="p") for steps in solutions]
    for each in made:
        store.runs.add_solution(None, each)
    return problem.id, [each.id for each in made]
