"""Stages `rewarding`, `sharpening` and `outcome`: the PRM and the ORM learn to tell right from wrong.

Both see the same solutions: those that the policy wrote, as many with a mistake built in, and, in every step, bare
computations (verifying.py) and bare readings (observing.py). They differ in what a solution is asked: the PRM is asked after
every step, the ORM once after the whole solution. The eyes stay the policy's and look once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from nano.model.parts import Seer
from nano.train.data.arithmetic_rows import verified_batches
from nano.train.data.perception_rows import observations
from nano.train.data.pictures import picture_pool
from nano.train.data.policy_samples import Sampled, labelled, read_rollouts, read_samples
from nano.train.data.reward_rows import Asked, judged_row
from nano.train.data.rows import Batch, Layout, Row, batches
from nano.train.data.step_labels import Accuracies, taught
from nano.train.reward_loss import judge_loss
from nano.world.checker import misread
from nano.world.corruption import corrupted
from nano.world.questions import WorldProblem, problem_of
from nano.world.scenes import Scene, Slot

BATCH = 24
OBSERVED = 8  # pictures whose bare readings come with a batch of solutions
MISREAD_SHARE = 0.75  # of these: pictures that the policy misread
PART = 64  # samples of a file before another has its turn; what is lost when training is cut off
SPOILT_SHARE = 1.0  # spoilt solutions for each sampled one
RIGHT_SHARE = 0.2  # of these that are left as they are


def spoilt(scene: Scene, rng: random.Random) -> tuple[WorldProblem, tuple[str, ...]]:
    """A random question about the scene and a solution of it, mostly with a built-in mistake."""
    problem = problem_of(scene, rng)
    return problem, problem.steps if rng.random() < RIGHT_SHARE else corrupted(problem, rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What a stage learns from."""

    files: Sequence[Sequence[Path]]
    """Lists of files of samples, which take turns."""
    asked: Asked
    """What is asked about them."""
    rollouts: Path | None = None
    """Folder of expected accuracies: what the policy wrote is labelled by them, not by the checker (PRM only)."""


class RewardLosses:
    """losses(pool) of the stages; `pool` counts turns of the files of samples."""

    def __init__(self, seer: Seer, layout: Layout, material: Material, seed: int) -> None:
        self._seer, self._layout, self._seed = seer, layout, seed
        self._files, self._asked, self._rollouts = material.files, material.asked, material.rollouts
        self._read: dict[Path, _Read] = {}

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
        parts = max(1, round(len(read.samples) / PART))
        part = turn // len(files) % parts
        for sampled, rolled in zip(read.samples[part::parts], read.rolled[part::parts], strict=True):
            rows.append(self._written(sampled, rolled))
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

    def _written(self, sampled: Sampled, rolled: Accuracies | None) -> Row:
        """What the policy wrote, labelled by its completions where there are any."""
        if rolled is None:
            return judged_row(self._layout, sampled.problem, sampled.steps, sampled.scene, self._asked)
        return self._layout.judged(sampled.problem.question, labelled(sampled, taught(rolled)), sampled.scene)

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
        rolled = None if self._rollouts is None else read_rollouts(number, len(samples), self._rollouts)
        return _Read(
            scenes=pictures.scenes,
            samples=samples,
            rolled=rolled or [None] * len(samples),
            misreadings=misreadings,
            seen=self._seer.look(pictures.pixels),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A file of samples with its pictures."""

    scenes: tuple[Scene, ...]
    """What the pictures show."""
    samples: list[Sampled]
    """What the policy wrote about them."""
    rolled: Sequence[Accuracies | None]
    """The expected accuracies of the steps of each; None: labelled by the checker."""
    misreadings: dict[int, list[Slot]]
    """By picture: the objects that it misread, with the numbers that it stated."""
    seen: Tensor
    """(scenes, IMAGE_TOKENS, WIDTH) picture tokens."""
