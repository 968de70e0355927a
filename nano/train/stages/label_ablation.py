"""Stages `labels_...`: PRMs of Monte-Carlo labels beside one of exact labels, all else being equal.

Each makes a PRM out of the policy with some pools of rolled-out samples and bare computations, which need no picture and nobody
who knows the answer; they see the same rows in the same order and differ in labels only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from torch import Tensor

from nano.model.parts import Seer
from nano.train.data.arithmetic_rows import verified_batches
from nano.train.data.pictures import picture_pool
from nano.train.data.policy_samples import SAMPLES, Sampled, labelled, read_rollouts, read_samples
from nano.train.data.rows import Layout, Row, batches
from nano.train.data.step_labels import Accuracies, called, checked_labels
from nano.train.reward_loss import judge_loss
from nano.train.stages.reward import BATCH

EXACT = None  # in place of a threshold: labels by the checker
THRESHOLDS: dict[str, float | None] = {"labels_exact": EXACT, "labels_mc": 0.0, "labels_mc_quarter": 0.25}


class RelabelledLosses:
    """losses(pool) of a `labels_...` stage; `pool` counts rolled pools, which take turns, each time in another order."""

    def __init__(self, seer: Seer, layout: Layout, pools: range, seed: int, threshold: float | None) -> None:
        self._seer, self._layout, self._seed = seer, layout, seed
        self._pools: list[tuple[list[Row], Tensor]] = []
        for number in pools:
            pictures = picture_pool(number, seed)
            samples = read_samples(pictures, number, SAMPLES)
            rows = [
                layout.judged(
                    sampled.problem.question, labelled(sampled, labels_by(sampled, rolled, threshold)), sampled.scene
                )
                for sampled, rolled in zip(samples, read_rollouts(number, len(samples)), strict=True)
            ]
            self._pools.append((rows, seer.look(pictures.pixels)))

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss for BATCH solutions and a batch of computations."""
        rows, seen = self._pools[pool % len(self._pools)]
        rng = random.Random(f"relabelling {self._seed} {pool}")
        computing = verified_batches(self._layout, f"relabelling {self._seed} {pool}")
        for batch in batches(rows, BATCH, self._layout.pad, rng):
            solving = judge_loss(self._seer.reader, self._layout, batch, seen[list(batch.scenes)])
            yield solving + judge_loss(self._seer.reader, self._layout, next(computing), seen[:0])


def labels_by(sampled: Sampled, rolled: Accuracies, threshold: float | None) -> list[bool | None]:
    """Exact labels, or Monte-Carlo ones with this threshold."""
    if threshold is EXACT:
        return checked_labels(sampled.problem, sampled.steps)
    return called(rolled, threshold)
