"""Stages `labels_...`: PRMs trained on Monte-Carlo labels beside one trained on exact labels, all else being equal.

Each trains a PRM from the policy on pools of samples with rollouts and on bare computations, which need neither a
picture nor a reference answer. All see the same rows in the same order and differ in labels only.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from torch import Tensor

from nano.model.parts import NanoModel
from nano.train.data.arithmetic_rows import arithmetic_batches
from nano.train.data.pictures import picture_pool
from nano.train.data.policy_samples import SAMPLES, PolicySample, labelled_steps, read_rollouts, read_samples
from nano.train.data.rows import RowEncoder, TrainingRow, batches
from nano.train.data.step_labels import Accuracies, exact_labels, monte_carlo_labels
from nano.train.reward_loss import reward_loss
from nano.train.stages.reward import BATCH

EXACT = None  # in place of a threshold: labels by the checker
THRESHOLDS: dict[str, float | None] = {"labels_exact": EXACT, "labels_mc": 0.0, "labels_mc_quarter": 0.25}


class LabelAblationLosses:
    """losses(pool) of a `labels_...` stage; `pool` counts turns of the pools with rollouts, each turn in another order."""

    def __init__(self, model: NanoModel, encoder: RowEncoder, pools: range, seed: int, threshold: float | None) -> None:
        self._model, self._encoder, self._seed = model, encoder, seed
        self._pools: list[tuple[list[TrainingRow], Tensor]] = []
        for number in pools:
            pictures = picture_pool(number, seed)
            samples = read_samples(pictures, number, SAMPLES)
            rows = [
                encoder.reward_row(
                    sampled.problem.question,
                    labelled_steps(sampled, ablation_labels(sampled, accuracies, threshold)),
                    sampled.scene,
                )
                for sampled, accuracies in zip(samples, read_rollouts(number, len(samples)), strict=True)
            ]
            self._pools.append((rows, model.image_tokens(pictures.pixels)))

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss for BATCH solutions and a batch of computations."""
        rows, image_tokens = self._pools[pool % len(self._pools)]
        rng = random.Random(f"relabelling {self._seed} {pool}")  # the word is part of the recipe
        computations = arithmetic_batches(self._encoder, f"relabelling {self._seed} {pool}")
        for batch in batches(rows, BATCH, self._encoder.pad, rng):
            solutions = reward_loss(self._model.text, self._encoder, batch, image_tokens[list(batch.scenes)])
            yield solutions + reward_loss(self._model.text, self._encoder, next(computations), image_tokens[:0])


def ablation_labels(sampled: PolicySample, accuracies: Accuracies, threshold: float | None) -> list[bool | None]:
    """Exact labels, or Monte-Carlo ones with this threshold."""
    if threshold is EXACT:
        return exact_labels(sampled.problem, sampled.steps)
    return monte_carlo_labels(accuracies, threshold)
