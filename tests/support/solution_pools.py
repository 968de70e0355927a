"""Best-of-N evaluations as tests run them: problems with answers in a store, and models that write and score as they are told."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

from engine import Chunk, Engine, Models
from engine.domain import Problem, Role, Sampling
from storage import Store
from storage.transfer.job_folder import JobKind
from tests.support.model_jobs import NamedRewardModel, card
from tests.support.scripted import ScriptedPolicy
from tests.support.waiting import PATIENCE
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.evaluations.jobs import Evaluation, EvaluationJobs
from visualprm_ui.use_cases.evaluations.pool_draws import ProblemPool
from visualprm_ui.use_cases.evaluations.pool_file import KeptPools
from visualprm_ui.use_cases.evaluations.request import Asked, SetChoice

ADA = Principal(name="ada", display_name="Ada", role=Role.ADMIN)


class CountedPolicy(ScriptedPolicy):
    """A policy that writes ``texts[draw + seed]``, and the first one greedily; ``asked`` has what it was asked for."""

    card = card("policy")

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__(texts)
        self._all = list(texts)
        self.asked: list[tuple[str, Sampling]] = []

    def sample(self, images: object, question: str, sampling: Sampling) -> Generator[tuple[Chunk, ...], None, None]:
        """See the base class."""
        self.asked.append((question, sampling))
        first = 0 if sampling.temperature == 0 else sampling.seed % len(self._all)
        self._texts = self._all[first:] + self._all[:first]
        return super().sample(images, question, sampling)

    def draws(self) -> list[tuple[str, int, float]]:
        """Return question, number of solutions and temperature of what it was asked for."""
        return [(question, sampling.n, sampling.temperature) for question, sampling in self.asked]


def text(step: str, answer: object) -> str:
    """Return a solution of two steps."""
    return f"{step}\n\nFinal answer: {answer}"


def engine_with(policy: ScriptedPolicy, reward_model: NamedRewardModel) -> Engine:
    """Return an engine that serves both."""
    engine = Engine(lambda: Models(policy=policy, reward_model=reward_model))
    engine.wait_ready(PATIENCE)
    return engine


def load(engine: Engine, policy: ScriptedPolicy, reward_model: NamedRewardModel) -> None:
    """Have an engine serve other models from now on."""
    engine.switch(lambda: Models(policy=policy, reward_model=reward_model))
    engine.wait_ready(PATIENCE)


def judge_of(scores: dict[str, float], other: float = 0.5) -> Callable[[str], float]:
    """Return a judge of steps by the first word of their text."""
    return lambda step: scores.get(step.split()[0], other)


TEXTS = [text("a", 4), text("b", 5), text("c", 5), text("d", 6)]
JUDGE = judge_of({"a": 0.9, "b": 0.2, "c": 0.3, "d": 0.1})


def pools_of(jobs: EvaluationJobs, evaluation: Evaluation) -> dict[str, ProblemPool]:
    """Return the pools that an evaluation has kept, by problem."""
    return KeptPools.of(jobs.files(evaluation.job.id).folder).read()


def add_problems(store: Store, *questions: str, answer: str | None = "4", source: str = "test") -> list[str]:
    """Store problems with a reference answer; return their ids in the order in which an evaluation has them."""
    made = [Problem(question=each, answer=answer, data_source=source) for each in questions]
    for each in made:
        store.runs.add_problem(each)
    return sorted(each.id for each in made)


def best_of_n(n: int = 4, **more: object) -> Asked:
    """Return what is asked for by somebody who wants a Best-of-N evaluation of the problems of ``add_problems``."""
    return Asked(kind=JobKind.BEST_OF_N, set=SetChoice(data_source="test"), n=n, **more)  # type: ignore[arg-type]
