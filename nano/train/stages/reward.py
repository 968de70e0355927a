"""Stages `reward`, `reward_monte_carlo` and `outcome`: the PRM and the ORM learn to score solutions.

Both learn from the same solutions: those that the policy sampled, as many with a mistake built in, and, in every batch,
bare computations (data/arithmetic_rows.py) and bare readings (data/perception_rows.py). The PRM has a label after every
step, the ORM one after the whole solution. The vision encoder stays the policy's, so image tokens are computed once.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from nano.model.parts import NanoModel
from nano.train.data.arithmetic_rows import arithmetic_batches
from nano.train.data.perception_rows import perception_steps
from nano.train.data.pictures import picture_pool
from nano.train.data.policy_samples import PolicySample, labelled_steps, read_rollouts, read_samples
from nano.train.data.reward_rows import RewardKind, labelled_row
from nano.train.data.rows import Batch, RowEncoder, TrainingRow, batches
from nano.train.data.step_labels import Accuracies, training_labels
from nano.train.reward_loss import reward_loss
from nano.world.checker import misread
from nano.world.corruption import corrupt_solution
from nano.world.questions import WorldProblem, problem_of
from nano.world.scenes import Scene, Slot

BATCH = 24  # solutions
PERCEPTION_PICTURES = 8  # whose bare readings come with a batch of solutions
MISREAD_SHARE = 0.75  # of these: pictures that the policy misread
PART_SAMPLES = 64  # samples of a file before the next file's turn; what is lost when training is interrupted
CORRUPTED_SHARE = 1.0  # corrupted solutions for each sampled one
UNCORRUPTED_SHARE = 0.2  # of these left correct


def maybe_corrupted(scene: Scene, rng: random.Random) -> tuple[WorldProblem, tuple[str, ...]]:
    """A random question about the scene and a solution of it, mostly with a built-in mistake."""
    problem = problem_of(scene, rng)
    return problem, problem.steps if rng.random() < UNCORRUPTED_SHARE else corrupt_solution(problem, rng)


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardData:
    """What a stage is trained on."""

    files: Sequence[Sequence[Path]]
    """Lists of files of samples, which take turns."""
    kind: RewardKind
    """Which labels they get."""
    rollouts: Path | None = None
    """Folder of expected accuracies, from which sampled solutions get their labels; None: from the checker (PRM only)."""


class RewardLosses:
    """losses(pool) of the stages; `pool` counts turns of the files of samples."""

    def __init__(self, model: NanoModel, encoder: RowEncoder, data: RewardData, seed: int) -> None:
        self._model, self._encoder, self._seed = model, encoder, seed
        self._files, self._kind, self._rollouts = data.files, data.kind, data.rollouts
        self._pools: dict[Path, _SamplePool] = {}

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss for a batch each of solutions, computations and readings; trained in turns, each would unlearn the others."""
        text_model, encoder = self._model.text, self._encoder
        rng = random.Random(
            f"rewarding {self._seed} {pool}"
        )  # the word is part of the recipe: another draws other rows
        turn, which = divmod(pool, len(self._files))
        files = self._files[which]
        path = files[turn % len(files)]
        if path not in self._pools:
            self._pools[path] = self._load_pool(path)
        data = self._pools[path]
        scenes, image_tokens = data.scenes, data.image_tokens
        rows = []
        parts = max(1, round(len(data.samples) / PART_SAMPLES))
        part = turn // len(files) % parts
        for sampled, accuracies in zip(data.samples[part::parts], data.accuracies[part::parts], strict=True):
            rows.append(self._sampled_row(sampled, accuracies))
            if rng.random() < CORRUPTED_SHARE:
                problem, steps = maybe_corrupted(scenes[sampled.scene], rng)
                rows.append(labelled_row(encoder, problem, steps, sampled.scene, self._kind))
        computations = arithmetic_batches(encoder, f"rewarding {self._seed} {pool}")
        for batch in batches(rows, BATCH, encoder.pad, rng):
            readings = self._perception_batch(data, rng)
            yield (
                reward_loss(text_model, encoder, batch, image_tokens[list(batch.scenes)])
                + reward_loss(text_model, encoder, next(computations), image_tokens[:0])
                + reward_loss(text_model, encoder, readings, image_tokens[list(readings.scenes)])
            )

    def _sampled_row(self, sampled: PolicySample, accuracies: Accuracies | None) -> TrainingRow:
        """A sampled solution, with Monte-Carlo labels where it has expected accuracies."""
        if accuracies is None:
            return labelled_row(self._encoder, sampled.problem, sampled.steps, sampled.scene, self._kind)
        return self._encoder.reward_row(
            sampled.problem.question, labelled_steps(sampled, training_labels(accuracies)), sampled.scene
        )

    def _perception_batch(self, data: _SamplePool, rng: random.Random) -> Batch:
        """Bare readings of PERCEPTION_PICTURES of the pool's pictures, labelled step by step for either kind of model."""
        scenes, hard = data.scenes, sorted(data.misreadings)
        chosen = rng.sample(hard, min(int(PERCEPTION_PICTURES * MISREAD_SHARE), len(hard)))
        chosen += rng.sample(range(len(scenes)), min(PERCEPTION_PICTURES - len(chosen), len(scenes)))
        rows = []
        for index in chosen:
            steps = perception_steps(scenes[index], rng, data.misreadings.get(index, ()))
            rows.append(labelled_row(self._encoder, problem_of(scenes[index], rng), steps, index, RewardKind.PROCESS))
        (batch,) = batches(rows, len(rows), self._encoder.pad)
        return batch

    def _load_pool(self, path: Path) -> _SamplePool:
        """The samples of a file, with their pictures' image tokens."""
        number = int(path.stem)
        pictures = picture_pool(number, self._seed)
        samples = read_samples(pictures, number, path.parent)
        misreadings: dict[int, list[Slot]] = {}
        for sampled in samples:
            if wrong := [*misread(sampled.problem, sampled.steps)]:
                misreadings.setdefault(sampled.scene, []).extend(wrong)
        accuracies = None if self._rollouts is None else read_rollouts(number, len(samples), self._rollouts)
        return _SamplePool(
            scenes=pictures.scenes,
            samples=samples,
            accuracies=accuracies or [None] * len(samples),
            misreadings=misreadings,
            image_tokens=self._model.image_tokens(pictures.pixels),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _SamplePool:
    """A file of samples with its pictures."""

    scenes: tuple[Scene, ...]
    """What the pictures show."""
    samples: list[PolicySample]
    """What the policy sampled about them."""
    accuracies: Sequence[Accuracies | None]
    """The expected accuracies of the steps of each; None: labelled by the checker."""
    misreadings: dict[int, list[Slot]]
    """By picture: the slots that it misread, with the numbers that it stated."""
    image_tokens: Tensor
    """(scenes, IMAGE_TOKENS, WIDTH)."""
