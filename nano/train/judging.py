"""Stages `judging` and `reward`: the reward model learns to tell right steps from wrong ones.

`judging` reads codes and sees built-in mistakes: cheap, many rows. `reward` looks at pixels and at what the policy really
writes, labelled by the exact checker. Does not know how solutions were sampled (samples.py).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.domain import Label
from nano.train.pictures import picture_pool
from nano.train.reading import CodeEyes, Reader, pool_scenes
from nano.train.rows import IGNORED, Batch, Layout, Row, batches
from nano.train.seeing import Seer
from nano.world.checker import check
from nano.world.corruption import corrupted
from nano.world.questions import WorldProblem, problem_of
from nano.world.scenes import Scene

BATCH = 48
CODE_SCENES = 480
RIGHT_SHARE = 0.3  # of solutions without a built-in mistake; steps then are about half right, half wrong
SPOILT_SHARE = 0.7  # spoilt solutions for each sampled one
TEACH = 0.2  # weight of predicting the tokens of correct steps


def judge_loss(reader: Reader, layout: Layout, batch: Batch, pictures: Tensor, teach: float = TEACH) -> Tensor:
    """Cross-entropy over + and - at the score positions, plus `teach` times that of the correct steps' tokens."""
    hidden = reader.hidden(batch.ids, pictures)
    judged, taught = batch.labels != IGNORED, batch.targets != IGNORED
    loss = nn.functional.cross_entropy(sign_logits(reader, layout, hidden[judged]), batch.labels[judged])
    if not teach:
        return loss
    return loss + teach * nn.functional.cross_entropy(reader.lm_head(hidden[taught]), batch.targets[taught])


def sign_logits(reader: Reader, layout: Layout, hidden: Tensor) -> Tensor:
    """(positions, WIDTH) hidden states -> (positions, 2) logits of - and +."""
    return nn.functional.linear(hidden, reader.lm_head.weight[[layout.minus, layout.plus]])


def judged_row(layout: Layout, problem: WorldProblem, steps: tuple[str, ...], scene: int) -> Row:
    """A solution with the exact checker's labels; neutral steps are not judged."""
    verdicts = check(problem, steps)
    labels = [None if v.label is Label.NEUTRAL else v.label is Label.CORRECT for v in verdicts]
    return layout.judged(problem.question, steps, labels, scene)


class CodeJudgingLosses:
    """losses(pool) of the judging stage."""

    def __init__(self, reader: Reader, layout: Layout, seed: int) -> None:
        self._reader, self._layout, self._seed = reader, layout, seed
        self._eyes = CodeEyes()

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss a batch of BATCH solutions."""
        rng = random.Random(f"judging {self._seed} {pool}")
        torch.manual_seed(self._seed * 1_000_033 + pool)
        some = pool_scenes(self._seed + 1, pool, CODE_SCENES)
        rows = [spoilt_row(self._layout, scene, index, rng) for index, scene in enumerate(some) for _ in range(2)]
        seen = self._eyes(some)
        for batch in batches(rows, BATCH, self._layout.pad, rng):
            yield judge_loss(self._reader, self._layout, batch, seen[list(batch.scenes)])


def spoilt_row(layout: Layout, scene: Scene, index: int, rng: random.Random) -> Row:
    """A solution of a random question about the scene, mostly with a built-in mistake."""
    problem = problem_of(scene, rng)
    steps = problem.steps if rng.random() < RIGHT_SHARE else corrupted(problem, rng)
    return judged_row(layout, problem, steps, index)


class RewardLosses:
    """losses(pool) of the reward stage: solutions the policy wrote about picture pools, and as many spoilt ones."""

    def __init__(self, seer: Seer, layout: Layout, folder: Path, seed: int, teach: float = TEACH) -> None:
        self._seer, self._layout, self._folder, self._seed, self._teach = seer, layout, folder, seed, teach
        self._pools = len(list(folder.glob("*.jsonl")))
        self._seen: dict[int, Tensor] = {}
        if not self._pools:
            raise FileNotFoundError(f"{str(folder)!r} holds no samples: run `python -m nano.train samples` first.")

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss a batch of BATCH solutions; the eyes are not trained here."""
        rng = random.Random(f"reward {self._seed} {pool}")
        number = pool % self._pools
        pictures = picture_pool(number, self._seed)
        rows = []
        for line in (self._folder / f"{number}.jsonl").read_text(encoding="utf-8").splitlines():
            sampled = json.loads(line)
            index = int(sampled["scene"])
            problem = problem_of(pictures.scenes[index], random.Random(sampled["question_seed"]))
            rows.append(judged_row(self._layout, problem, tuple(sampled["steps"]), index))
            if rng.random() < SPOILT_SHARE:
                rows.append(spoilt_row(self._layout, pictures.scenes[index], index, rng))
        seen = self._tokens(number, pictures.pixels)
        for batch in batches(rows, BATCH, self._layout.pad, rng):
            yield judge_loss(self._seer.reader, self._layout, batch, seen[list(batch.scenes)], self._teach)

    def _tokens(self, number: int, pixels: Tensor) -> Tensor:
        """Picture tokens of a pool: the eyes do not change here, so they look once."""
        if number not in self._seen:
            self._seen[number] = self._seer.look(pixels)
        return self._seen[number]
