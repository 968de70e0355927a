"""Stages `rollouts` and `labels_...`: what changes when sampled solutions get Monte-Carlo labels instead of exact ones.

`rollouts` has the policy complete every step prefix of one pool of samples, as in the paper. Each `labels_...` stage goes on from
the PRM with these solutions and bare computations; they see the same rows in the same order and differ in labels only.
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
from nano.train.loop import STATE
from nano.train.pictures import picture_pool
from nano.train.rows import JudgedStep, Layout, batches
from nano.train.samples import FOLDER as SAMPLES
from nano.train.samples import Sampled, read_samples
from nano.train.seeing import Seer
from nano.train.verifying import verified_batches

log = logging.getLogger(__name__)

FOLDER = STATE / "rollouts"
ROLLED_POOL = 7  # the pool of samples
ROLLED = 2000  # solutions of it
SLICE = 100  # solutions between two saves
EXACT = None  # in place of a threshold: labels by the checker
THRESHOLDS: dict[str, float | None] = {"labels_exact": EXACT, "labels_mc": 0.0, "labels_mc_quarter": 0.25}

Accuracies = tuple[float, ...]


def write_rollouts(seer: Seer, layout: Layout, number: int, seed: int, folder: Path = FOLDER) -> None:
    """Expected accuracies of every step of the first ROLLED solutions of sample pool `number`; done slices are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = picture_pool(number, seed)
    samples = read_samples(pictures, number)[:ROLLED]
    for start in range(0, len(samples), SLICE):
        path = folder / f"{number}-{start:05}.json"
        if path.exists():
            continue
        some = samples[start : start + SLICE]
        tokens = seer.look(pictures.pixels[[sampled.scene for sampled in some]])
        asked = [(sampled.problem, [sampled.steps]) for sampled in some]
        path.write_text(json.dumps(roll(seer, layout, asked, tokens, seed + start)), encoding="utf-8")
        log.info("rolled solutions=%d of %d", start + len(some), len(samples))


def read_rollouts(number: int, folder: Path = FOLDER) -> list[Accuracies]:
    """The expected accuracies of the first solutions of sample pool `number`. Raises FileNotFoundError when there are none."""
    paths = sorted(folder.glob(f"{number}-*.json"))
    if not paths:
        raise FileNotFoundError(f"{str(folder)!r} holds no rollouts: run `python -m nano.train rollouts` first.")
    return [tuple(rolled) for path in paths for (rolled,) in json.loads(path.read_text(encoding="utf-8"))]


class RelabelledLosses:
    """losses(pool) of a `labels_...` stage; every pool is all rolled solutions, in another order."""

    def __init__(self, seer: Seer, layout: Layout, number: int, seed: int, threshold: float | None) -> None:
        pictures = picture_pool(number, seed)
        samples = read_samples(pictures, number, SAMPLES)
        self._seer, self._layout, self._seed = seer, layout, seed
        self._seen: Tensor = seer.look(pictures.pixels)
        self._rows = [
            layout.judged(sampled.problem.question, labelled(sampled, rolled, threshold), sampled.scene)
            for sampled, rolled in zip(samples, read_rollouts(number), strict=False)
        ]

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss for BATCH solutions and a batch of computations."""
        rng = random.Random(f"relabelling {self._seed} {pool}")
        computing = verified_batches(self._layout, f"relabelling {self._seed} {pool}")
        for batch in batches(self._rows, BATCH, self._layout.pad, rng):
            solving = judge_loss(self._seer.reader, self._layout, batch, self._seen[list(batch.scenes)])
            yield solving + judge_loss(self._seer.reader, self._layout, next(computing), self._seen[:0])


def labelled(sampled: Sampled, rolled: Accuracies, threshold: float | None) -> list[JudgedStep]:
    """The steps with exact labels, or with `accuracy > threshold`; nothing else that only the checker could know."""
    labels: list[bool | None] = (
        checked_labels(sampled.problem, sampled.steps)
        if threshold is None
        else [accuracy > threshold for accuracy in rolled]
    )
    return [JudgedStep(text=step, label=label) for step, label in zip(sampled.steps, labels, strict=True)]
