"""Stage `reading`: the language model learns to look things up and to compute, from codes instead of pixels."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from nano.model import slot_codes
from nano.model.parts import Reader
from nano.train.data.policy_rows import Mix, lesson_rows
from nano.train.data.rows import IGNORED, Batch, Layout, batches
from nano.world.scenes import Scene, Split, scenes

POOL_SCENES = 320
ROWS_A_SCENE = 3
BATCH = 64
NOISE = 0.3  # of each code coordinate: what the eyes write will not be exact


def policy_loss(reader: Reader, batch: Batch, pictures: Tensor) -> Tensor:
    """Mean cross-entropy over the positions that have a target; pictures (rows, IMAGE_TOKENS, WIDTH)."""
    hidden = reader.hidden(batch.ids, pictures)
    wanted = batch.targets != IGNORED
    return nn.functional.cross_entropy(reader.lm_head(hidden[wanted]), batch.targets[wanted])


class CodeEyes:
    """Perfect eyes with a little noise: scenes -> codes."""

    def __init__(self, noise: float = NOISE) -> None:
        self._table = slot_codes.build_table()
        self._noise = noise

    def __call__(self, some: list[Scene]) -> Tensor:
        """(scenes, IMAGE_TOKENS, WIDTH) codes."""
        rows = [slot_codes.classes(scene) for scene in some]
        parts = {part: torch.tensor([row[part] for row in rows]) for part in slot_codes.PARTS}
        exact = slot_codes.encode(self._table, parts)
        return exact + self._noise * torch.randn_like(exact)


def pool_scenes(seed: int, pool: int, count: int = POOL_SCENES) -> list[Scene]:
    """The training scenes of data pool number `pool`."""
    return list(itertools.islice(scenes(seed * 1_000_003 + pool, Split.TRAIN), count))


class ReadingLosses:
    """losses(pool) of the reading stage."""

    def __init__(self, reader: Reader, layout: Layout, seed: int, pools: int) -> None:
        self._reader, self._layout, self._seed, self._pools = reader, layout, seed, pools
        self._eyes = CodeEyes()

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss a batch of BATCH rows."""
        rng = random.Random(f"reading {self._seed} {pool}")
        torch.manual_seed(self._seed * 1_000_003 + pool)
        some = pool_scenes(self._seed, pool)
        grown = min(1.0, pool / (0.3 * self._pools))  # from reading to computing to solving
        mix = Mix(problems=0.25 + 0.3 * grown, drills=0.3, captions=0.3 - 0.2 * grown)
        rows = lesson_rows(some, self._layout, rng, ROWS_A_SCENE, mix)
        seen = self._eyes(some)
        for batch in batches(rows, BATCH, self._layout.pad, rng):
            yield policy_loss(self._reader, batch, seen[list(batch.scenes)])
