"""Stage `language`: the text model learns to look values up and to compute, from slot codes instead of image tokens."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from nano.model import slot_codes
from nano.model.parts import TextModel
from nano.train.data.policy_rows import RowMix, policy_rows
from nano.train.data.rows import IGNORED, Batch, RowEncoder, batches
from nano.world.scenes import Scene, SceneSplit, scenes

POOL_SCENES = 320
ROWS_PER_SCENE = 3
BATCH = 64
NOISE = 0.3  # standard deviation, of each code coordinate: a vision encoder will not produce exact codes


def policy_loss(text_model: TextModel, batch: Batch, image_tokens: Tensor) -> Tensor:
    """Mean cross-entropy over the positions that have a target; image_tokens (rows, IMAGE_TOKENS, WIDTH)."""
    hidden = text_model.hidden_states(batch.ids, image_tokens)
    has_target = batch.targets != IGNORED
    return nn.functional.cross_entropy(text_model.lm_head(hidden[has_target]), batch.targets[has_target])


class NoisyCodes:
    """A perfect vision encoder plus Gaussian noise: scenes -> slot codes."""

    def __init__(self, noise: float = NOISE) -> None:
        self._table = slot_codes.build_table()
        self._noise = noise

    def __call__(self, batch: list[Scene]) -> Tensor:
        """(scenes, IMAGE_TOKENS, WIDTH) codes."""
        rows = [slot_codes.slot_classes(scene) for scene in batch]
        parts = {part: torch.tensor([row[part] for row in rows]) for part in slot_codes.PARTS}
        exact = slot_codes.encode(self._table, parts)
        return exact + self._noise * torch.randn_like(exact)


def pool_scenes(seed: int, pool: int, count: int = POOL_SCENES) -> list[Scene]:
    """The training scenes of data pool number `pool`."""
    return list(itertools.islice(scenes(seed * 1_000_003 + pool, SceneSplit.TRAIN), count))


class LanguageLosses:
    """losses(pool) of the stage."""

    def __init__(self, text_model: TextModel, encoder: RowEncoder, seed: int, pools: int) -> None:
        self._text_model, self._encoder, self._seed, self._pools = text_model, encoder, seed, pools
        self._image_tokens = NoisyCodes()

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss a batch of BATCH rows."""
        rng = random.Random(f"reading {self._seed} {pool}")  # the word is part of the recipe: another draws other rows
        torch.manual_seed(self._seed * 1_000_003 + pool)
        drawn = pool_scenes(self._seed, pool)
        progress = min(1.0, pool / (0.3 * self._pools))  # from captions to whole problems
        mix = RowMix(problems=0.25 + 0.3 * progress, computations=0.3, captions=0.3 - 0.2 * progress)
        rows = policy_rows(drawn, self._encoder, rng, ROWS_PER_SCENE, mix)
        codes = self._image_tokens(drawn)
        for batch in batches(rows, BATCH, self._encoder.pad, rng):
            yield policy_loss(self._text_model, batch, codes[list(batch.scenes)])
