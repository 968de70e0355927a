"""Held-out problems and their solutions: sampled by the policy, labelled by the exact checker, scored by the reward models.

Knows models and pictures. Does not know what is computed from labels and scores (metrics.py, selection.py).
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from transformers import AutoModelForImageTextToText, PreTrainedTokenizerFast

from engine.answers import answers_equal, group_answers, read_answer
from nano.bench.metrics import GradedSolution, step_kind
from nano.model.parts import NanoModel
from nano.train.batch_sampling import BatchSampling, sample_solutions
from nano.train.batch_scoring import Steps, score_steps
from nano.train.data.pictures import draw_pixels
from nano.train.data.rows import RowEncoder
from nano.world.checker import check, first_mistake
from nano.world.questions import WorldProblem, problems
from nano.world.scenes import SceneSplit

WEIGHTS = Path(__file__).parent.parent / "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSet:
    """Problems and their pictures."""

    problems: tuple[WorldProblem, ...]
    """In the order of drawing."""
    pixels: Tensor
    """(problems, 3, EDGE, EDGE) uint8."""
    seed: int
    """Of the problems, and of sampling solutions of them."""

    @property
    def questions(self) -> list[str]:
        """The text of each problem."""
        return [problem.question for problem in self.problems]

    def first(self, count: int) -> ProblemSet:
        """The first `count` of them."""
        return ProblemSet(problems=self.problems[:count], pixels=self.pixels[:count], seed=self.seed)


def draw_problem_set(seed: int, count: int, split: SceneSplit = SceneSplit.HELD_OUT) -> ProblemSet:
    """`count` problems; those of the held-out split were never trained on."""
    chosen = tuple(itertools.islice(problems(seed, split), count))
    return ProblemSet(problems=chosen, pixels=draw_pixels(tuple(problem.scene for problem in chosen)), seed=seed)


def load_model(folder: Path) -> tuple[NanoModel, RowEncoder]:
    """A shipped model in float32 with the encoder of its rows. Raises OSError when the folder holds none."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    return NanoModel(model), RowEncoder(PreTrainedTokenizerFast.from_pretrained(folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionSampler:
    """The policy, how it samples, and a cache of its solutions."""

    model: NanoModel
    """The policy."""
    encoder: RowEncoder
    """Its prompts."""
    temperature: float
    """Of sampling."""
    cache: Path | None = None
    """Folder that keeps solutions between runs; None: no cache."""

    def sample(self, problem_set: ProblemSet, n: int) -> list[list[Steps]]:
        """`n` solutions a problem."""
        path = None if self.cache is None else self.cache / f"{self._key(problem_set, n)}.json"
        if path is not None and path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            return [[tuple(steps) for steps in of_problem] for of_problem in stored]
        sampled = self.sample_with(problem_set, n, self.model.image_tokens(problem_set.pixels))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(sampled), encoding="utf-8")
        return sampled

    def sample_with(self, problem_set: ProblemSet, n: int, tokens: Tensor) -> list[list[Steps]]:
        """`n` solutions a problem with these image tokens (problems, IMAGE_TOKENS, WIDTH) in place of its picture's."""
        sampling = BatchSampling(temperature=self.temperature, seed=problem_set.seed, n=n)
        flat = sample_solutions(self.model.text, self.encoder, problem_set.questions, tokens, sampling)
        return [flat[start : start + n] for start in range(0, len(flat), n)]

    def _key(self, problem_set: ProblemSet, n: int) -> str:
        parts = self.model.text.lm_head.weight, self.model.image_tokens(problem_set.pixels[:1])
        weights = hashlib.sha256(b"".join(part.detach().numpy().tobytes() for part in parts)).hexdigest()[:12]
        asked = hashlib.sha256(repr(problem_set.problems).encode()).hexdigest()[:12]
        return f"{weights}-{asked}-{problem_set.seed}-{n}-{self.temperature}"


def score_with(folder: Path, problem_set: ProblemSet, solutions: list[list[Steps]]) -> list[list[tuple[float, ...]]]:
    """The score of every step of every solution, by the reward model in a folder."""
    model, encoder = load_model(folder)
    return score_steps(model, encoder, problem_set.questions, model.image_tokens(problem_set.pixels), solutions)


def as_single_steps(solutions: list[list[Steps]]) -> list[list[Steps]]:
    """Every solution as a single step, as an outcome reward model reads it."""
    return [[("\n\n".join(steps),) for steps in of_problem] for of_problem in solutions]


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardScores:
    """The scores of the solutions of a problem set."""

    steps: list[list[tuple[float, ...]]] | None = None
    """The PRM's score of every step of every solution; None: not scored."""
    outcomes: list[list[tuple[float, ...]]] | None = None
    """The ORM's one score of every solution; None: not scored."""

    def of(self, problem: int, solution: int) -> tuple[tuple[float, ...], float | None]:
        """The step scores and the outcome score of one solution; () and None where not scored."""
        return (
            () if self.steps is None else self.steps[problem][solution],
            None if self.outcomes is None else self.outcomes[problem][solution][0],
        )


def grade(problem_set: ProblemSet, solutions: list[list[Steps]], scores: RewardScores) -> list[list[GradedSolution]]:
    """Everything that is measured about every solution."""
    return [
        [_graded(problem, steps, groups[number], scores.of(index, number)) for number, steps in enumerate(of_problem)]
        for index, (problem, of_problem) in enumerate(zip(problem_set.problems, solutions, strict=True))
        for groups in [_answer_groups(of_problem)]
    ]


def _answer_groups(solutions: list[Steps]) -> list[int | None]:
    """For each solution of a problem which of the different answers it gives; None when it gives none."""
    found: list[int | None] = [None] * len(solutions)
    for number, group in enumerate(group_answers(read_answer("\n\n".join(steps)) for steps in solutions)):
        for member in group.members:
            found[member] = number
    return found


def _graded(
    problem: WorldProblem, steps: Steps, answer_group: int | None, scores: tuple[tuple[float, ...], float | None]
) -> GradedSolution:
    checked = check(problem, steps)
    mistake, answer = first_mistake(checked), read_answer("\n\n".join(steps))
    return GradedSolution(
        is_correct=answer is not None and answers_equal(answer, str(problem.answer), algebra=False),
        answer_group=answer_group,
        labels=tuple(int(step.label) for step in checked),
        kinds=tuple(step_kind(step) for step in steps),
        scores=scores[0],
        outcome_score=scores[1],
        first_mistake=None if mistake is None else mistake.value,
    )
