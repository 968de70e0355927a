"""Stages `rewarding`, `sharpening` and `outcome`: the PRM and the ORM learn to tell right from wrong.

Both see the same solutions: those that the policy wrote, as many with a mistake built in, and, in every step, bare
computations (verifying.py) and bare readings (observing.py). They differ in what a solution is asked: the PRM is asked after
every step, the ORM once after the whole solution. The eyes stay the policy's and look once.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from engine.answers import answers_equal, read_answer
from engine.domain import Label
from nano.model import POLICY_LAYERS
from nano.train.observing import observations
from nano.train.pictures import picture_pool
from nano.train.reading import Reader
from nano.train.rows import IGNORED, Batch, JudgedStep, Layout, Row, batches
from nano.train.samples import Sampled, read_samples
from nano.train.seeing import Seer
from nano.train.verifying import verified_batches
from nano.world.checker import check, claimed_numbers, misread
from nano.world.corruption import corrupted
from nano.world.questions import WorldProblem, problem_of
from nano.world.scenes import Scene, Slot

BATCH = 24
OBSERVED = 8  # pictures whose bare readings come with a batch of solutions
MISREAD_SHARE = 0.75  # of these: pictures that the policy misread
PARTS = 8  # of a file of samples; a part is what is lost when training is cut off
SPOILT_SHARE = 1.0  # spoilt solutions for each sampled one
RIGHT_SHARE = 0.2  # of these that are left as they are
TEACH = 0.5  # weight of predicting what should stand there


class Asked(enum.Enum):
    """What a reward model is asked."""

    STEPS = "steps"
    """After every step: is it right? (PRM)"""
    OUTCOME = "outcome"
    """After the whole solution: is its final answer right? (ORM)"""


def judge_loss(reader: Reader, layout: Layout, batch: Batch, pictures: Tensor) -> Tensor:
    """What the reward model is to learn from a batch, layer upon layer.

    As deep as the policy it predicts what should stand there; one layer on it knows of every digit whether that stands
    there; at the end, at the score positions, whether the step is right. Taught at the end alone, it finds the first
    two by itself only after very many steps (nano/README.md).
    """
    layers = reader.layers(batch.ids, pictures)
    predicting, checking, judging = layers[POLICY_LAYERS], layers[POLICY_LAYERS + 1], layers[-1]
    loss = _signs(reader, layout, judging, batch.labels) + _signs(reader, layout, checking, batch.checks)
    taught = batch.targets != IGNORED
    return loss + TEACH * _entropy(reader.lm_head(predicting[taught]), batch.targets[taught])


def _signs(reader: Reader, layout: Layout, hidden: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy over - and + where they are wanted."""
    asked = wanted != IGNORED
    return _entropy(sign_logits(reader, layout, hidden[asked]), wanted[asked])


def _entropy(logits: Tensor, wanted: Tensor) -> Tensor:
    """Mean cross-entropy; 0 of nothing."""
    return nn.functional.cross_entropy(logits, wanted, reduction="sum") / max(1, len(wanted))


def sign_logits(reader: Reader, layout: Layout, hidden: Tensor) -> Tensor:
    """(positions, WIDTH) hidden states -> (positions, 2) logits of - and +."""
    return nn.functional.linear(hidden, reader.lm_head.weight[[layout.minus, layout.plus]])


def checked_labels(problem: WorldProblem, steps: tuple[str, ...]) -> list[bool | None]:
    """The exact checker's labels; None for neutral steps, which are not judged."""
    return [None if v.label is Label.NEUTRAL else v.label is Label.CORRECT for v in check(problem, steps)]


def reaches_answer(problem: WorldProblem, steps: tuple[str, ...]) -> bool:
    """Whether the final answer equals the reference."""
    answer = read_answer("\n\n".join(steps))
    return answer is not None and answers_equal(answer, str(problem.answer))


def judged_row(layout: Layout, problem: WorldProblem, steps: tuple[str, ...], scene: int, asked: Asked) -> Row:
    """A solution with its exact labels, as the reward model of that kind reads it."""
    if asked is Asked.OUTCOME:
        whole = JudgedStep(text="\n\n".join(steps), label=reaches_answer(problem, steps))
        return layout.judged(problem.question, [whole], scene)
    judged = [
        JudgedStep(text=step, label=label, claims=tuple(claimed_numbers(problem, step)))
        for step, label in zip(steps, checked_labels(problem, steps), strict=True)
    ]
    return layout.judged(problem.question, judged, scene)


def spoilt(scene: Scene, rng: random.Random) -> tuple[WorldProblem, tuple[str, ...]]:
    """A random question about the scene and a solution of it, mostly with a built-in mistake."""
    problem = problem_of(scene, rng)
    return problem, problem.steps if rng.random() < RIGHT_SHARE else corrupted(problem, rng)


class RewardLosses:
    """losses(pool) of both stages; `pool` counts parts of the files of samples, of which the folders take turns."""

    def __init__(self, seer: Seer, layout: Layout, folders: Sequence[Path], seed: int, asked: Asked) -> None:
        self._seer, self._layout, self._seed, self._asked = seer, layout, seed, asked
        self._files = [sorted(folder.glob("*.jsonl"), key=lambda path: int(path.stem)) for folder in folders]
        self._read: dict[Path, _Read] = {}
        for folder, files in zip(folders, self._files, strict=True):
            if not files:
                raise FileNotFoundError(
                    f"{str(folder)!r} holds no samples: run `python -m nano.train {folder.name}` first."
                )

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss for BATCH solutions, a batch of computations and OBSERVED of readings; apart, each would undo the other."""
        reader, layout = self._seer.reader, self._layout
        rng = random.Random(f"rewarding {self._seed} {pool}")
        turn, which = divmod(pool, len(self._files))
        files = self._files[which]
        path = files[turn % len(files)]
        if path not in self._read:
            self._read[path] = self._opened(path)
        read = self._read[path]
        scenes, seen = read.scenes, read.seen
        rows = []
        part = turn // len(files) % PARTS
        for sampled in read.samples[part::PARTS]:
            rows.append(judged_row(layout, sampled.problem, sampled.steps, sampled.scene, self._asked))
            if rng.random() < SPOILT_SHARE:
                problem, steps = spoilt(scenes[sampled.scene], rng)
                rows.append(judged_row(layout, problem, steps, sampled.scene, self._asked))
        computing = verified_batches(layout, f"rewarding {self._seed} {pool}")
        for batch in batches(rows, BATCH, layout.pad, rng):
            observing = self._observing(read, rng)
            yield (
                judge_loss(reader, layout, batch, seen[list(batch.scenes)])
                + judge_loss(reader, layout, next(computing), seen[:0])
                + judge_loss(reader, layout, observing, seen[list(observing.scenes)])
            )

    def _observing(self, read: _Read, rng: random.Random) -> Batch:
        """Readings of OBSERVED of these pictures, judged one by one whatever a solution is asked."""
        scenes, hard = read.scenes, sorted(read.misreadings)
        chosen = rng.sample(hard, min(int(OBSERVED * MISREAD_SHARE), len(hard)))
        chosen += rng.sample(range(len(scenes)), min(OBSERVED - len(chosen), len(scenes)))
        rows = []
        for index in chosen:
            steps = observations(scenes[index], rng, read.misreadings.get(index, ()))
            rows.append(judged_row(self._layout, problem_of(scenes[index], rng), steps, index, Asked.STEPS))
        (batch,) = batches(rows, len(rows), self._layout.pad)
        return batch

    def _opened(self, path: Path) -> _Read:
        """A file's pictures and samples, read and looked at."""
        number = int(path.stem)
        pictures = picture_pool(number, self._seed)
        samples = read_samples(pictures, number, path.parent)
        misreadings: dict[int, list[Slot]] = {}
        for sampled in samples:
            if wrong := [*misread(sampled.problem, sampled.steps)]:
                misreadings.setdefault(sampled.scene, []).extend(wrong)
        seen = self._seer.look(pictures.pixels)
        return _Read(scenes=pictures.scenes, samples=samples, misreadings=misreadings, seen=seen)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A file of samples with its pictures."""

    scenes: tuple[Scene, ...]
    """What the pictures show."""
    samples: list[Sampled]
    """What the policy wrote about them."""
    misreadings: dict[int, list[Slot]]
    """By picture: the objects that it misread, with the numbers that it stated."""
    seen: Tensor
    """(scenes, IMAGE_TOKENS, WIDTH) picture tokens."""
