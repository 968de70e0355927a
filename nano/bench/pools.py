"""Problems with many solutions each, as the shipped policy writes them, the checker labels them and the reward models score them.

Knows models and pictures. Does not know what is computed from the labels and scores (nano/bench/metrics.py).
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
from nano.model.parts import Seer
from nano.train.batch_sampling import Sampling, sample
from nano.train.batch_scoring import Steps, score
from nano.train.data.pictures import drawn
from nano.train.data.rows import Layout
from nano.world.checker import check, first_mistake
from nano.world.questions import WorldProblem, problems
from nano.world.scenes import Split

WEIGHTS = Path(__file__).parent.parent / "weights"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """Problems and their pictures."""

    problems: tuple[WorldProblem, ...]
    """What is asked."""
    pixels: Tensor
    """(problems, 3, EDGE, EDGE) uint8."""
    seed: int
    """Of the problems and of sampling."""

    @property
    def questions(self) -> list[str]:
        """What is asked, as text."""
        return [problem.question for problem in self.problems]

    def first(self, count: int) -> Exam:
        """The first `count` of them."""
        return Exam(problems=self.problems[:count], pixels=self.pixels[:count], seed=self.seed)


def draw_exam(seed: int, count: int, split: Split = Split.HELD_OUT) -> Exam:
    """`count` problems; those of the held-out split were never trained on."""
    chosen = tuple(itertools.islice(problems(seed, split), count))
    return Exam(problems=chosen, pixels=drawn(tuple(problem.scene for problem in chosen)), seed=seed)


def load(folder: Path) -> tuple[Seer, Layout]:
    """A shipped model in float32, ready for batches. Raises OSError when the folder holds none."""
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    return Seer(model), Layout(PreTrainedTokenizerFast.from_pretrained(folder))


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The policy with its way of sampling, and where what it wrote is kept."""

    seer: Seer
    """The policy."""
    layout: Layout
    """Its prompts."""
    temperature: float
    """Of sampling."""
    kept: Path | None = None
    """Folder in which solutions are kept between runs; None: they are not. Only sampling depends on chance and takes long."""

    def write(self, exam: Exam, n: int) -> list[list[Steps]]:
        """`n` solutions a problem."""
        path = None if self.kept is None else self.kept / f"{self._key(exam, n)}.json"
        if path is not None and path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            return [[tuple(steps) for steps in some] for some in stored]
        written = self.write_about(exam, n, self.seer.look(exam.pixels))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(written), encoding="utf-8")
        return written

    def write_about(self, exam: Exam, n: int, tokens: Tensor) -> list[list[Steps]]:
        """`n` solutions a problem with these picture tokens (problems, IMAGE_TOKENS, WIDTH) in place of its own."""
        sampling = Sampling(temperature=self.temperature, seed=exam.seed, copies=n)
        flat = sample(self.seer.reader, self.layout, exam.questions, tokens, sampling)
        return [flat[start : start + n] for start in range(0, len(flat), n)]

    def _key(self, exam: Exam, n: int) -> str:
        parts = self.seer.reader.lm_head.weight, self.seer.look(exam.pixels[:1])
        weights = hashlib.sha256(b"".join(part.detach().numpy().tobytes() for part in parts)).hexdigest()[:12]
        asked = hashlib.sha256(repr(exam.problems).encode()).hexdigest()[:12]
        return f"{weights}-{asked}-{exam.seed}-{n}-{self.temperature}"


def scored(folder: Path, exam: Exam, solutions: list[list[Steps]]) -> list[list[tuple[float, ...]]]:
    """What the reward model in a folder says of every step of every solution."""
    seer, layout = load(folder)
    return score(seer, layout, exam.questions, seer.look(exam.pixels), solutions)


def whole(solutions: list[list[Steps]]) -> list[list[Steps]]:
    """Every solution as one step: what an outcome reward model is asked about."""
    return [[("\n\n".join(steps),) for steps in some] for some in solutions]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What the reward models say of the solutions of an exam."""

    steps: list[list[tuple[float, ...]]] | None = None
    """The PRM's score of every step of every solution; None: not asked."""
    outcomes: list[list[tuple[float, ...]]] | None = None
    """The ORM's one score of every solution; None: not asked."""

    def of(self, problem: int, solution: int) -> tuple[tuple[float, ...], float | None]:
        """The step scores and the outcome score of one solution; () and None where it was not asked."""
        return (
            () if self.steps is None else self.steps[problem][solution],
            None if self.outcomes is None else self.outcomes[problem][solution][0],
        )


def grade(exam: Exam, solutions: list[list[Steps]], scores: Scores) -> list[list[GradedSolution]]:
    """Everything that is measured about every solution."""
    return [
        [_graded(problem, steps, groups[number], scores.of(index, number)) for number, steps in enumerate(some)]
        for index, (problem, some) in enumerate(zip(exam.problems, solutions, strict=True))
        for groups in [_answer_groups(some)]
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
        is_correct=answer is not None and answers_equal(answer, str(problem.answer)),
        answer_group=answer_group,
        labels=tuple(int(step.label) for step in checked),
        kinds=tuple(step_kind(step) for step in steps),
        scores=scores[0],
        outcome_score=scores[1],
        first_mistake=None if mistake is None else mistake.value,
    )
