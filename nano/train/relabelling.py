"""Stages `rollouts` and `labels_...`: a PRM whose labels are Monte-Carlo estimates, as in the paper, beside one of exact labels.

`rollouts` has the policy complete every step prefix of some pools of samples. Each `labels_...` stage makes a PRM out of the
policy with these solutions and bare computations, which need no picture and nobody who knows the answer; they see the same rows
in the same order and differ in labels only.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor

from nano.rollouts import roll
from nano.train.judging import BATCH, checked_labels, judge_loss
from nano.train.loop import STATE, join
from nano.train.pictures import picture_pool
from nano.train.rows import JudgedStep, Layout, Row, batches
from nano.train.samples import FOLDER as SAMPLES
from nano.train.samples import Sampled, read_samples
from nano.train.seeing import Seer
from nano.train.verifying import verified_batches

log = logging.getLogger(__name__)

FOLDER = STATE / "rollouts"
SLICE = 100  # solutions between two saves
EXACT = None  # in place of a threshold: labels by the checker
THRESHOLDS: dict[str, float | None] = {"labels_exact": EXACT, "labels_mc": 0.0, "labels_mc_quarter": 0.25}

Accuracies = tuple[float, ...]


def write_rollouts(seer: Seer, layout: Layout, pools: range, seed: int, folder: Path = FOLDER) -> None:
    """Expected accuracies of every step of every solution of these pools of samples; slices that are done are kept.

    Under torchrun the processes share the slices out among themselves.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rank, ranks = join()
    for number in pools:
        pictures = picture_pool(number, seed)
        samples = read_samples(pictures, number)
        for start in range(0, len(samples), SLICE)[rank::ranks]:
            path = folder / f"{number}-{start:05}.json"
            if path.exists():
                continue
            some = samples[start : start + SLICE]
            tokens = seer.look(pictures.pixels[[sampled.scene for sampled in some]])
            asked = [(sampled.problem, [sampled.steps]) for sampled in some]
            path.write_text(json.dumps(roll(seer, layout, asked, tokens, seed + start)), encoding="utf-8")
            log.info("rolled pool=%d solutions=%d-%d of %d", number, start, start + len(some), len(samples))


def read_rollouts(number: int, count: int, folder: Path = FOLDER) -> list[Accuracies]:
    """The expected accuracies of the `count` solutions of sample pool `number`.

    Raises FileNotFoundError when not all of them are there.
    """
    paths = sorted(folder.glob(f"{number}-*.json"))
    rolled = [tuple(one) for path in paths for (one,) in json.loads(path.read_text(encoding="utf-8"))]
    if len(rolled) != count:
        raise FileNotFoundError(
            f"{str(folder)!r} holds rollouts of {len(rolled)} of {count} solutions of pool {number}: "
            "run `python -m nano.train rollouts` to its end first."
        )
    return rolled


class RelabelledLosses:
    """losses(pool) of a `labels_...` stage; `pool` counts rolled pools, which take turns, each time in another order."""

    def __init__(self, seer: Seer, layout: Layout, pools: range, seed: int, threshold: float | None) -> None:
        self._seer, self._layout, self._seed = seer, layout, seed
        self._pools: list[tuple[list[Row], Tensor]] = []
        for number in pools:
            pictures = picture_pool(number, seed)
            samples = read_samples(pictures, number, SAMPLES)
            rows = [
                layout.judged(sampled.problem.question, labelled(sampled, rolled, threshold), sampled.scene)
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


def labelled(sampled: Sampled, rolled: Accuracies, threshold: float | None) -> list[JudgedStep]:
    """The steps with exact labels, or with `accuracy > threshold`; nothing else that only the checker could know."""
    labels: list[bool | None] = (
        checked_labels(sampled.problem, sampled.steps)
        if threshold is None
        else [accuracy > threshold for accuracy in rolled]
    )
    return [JudgedStep(text=step, label=label) for step, label in zip(sampled.steps, labels, strict=True)]
