"""Pools of drawn training scenes, cached on disk, with exactly the pixels that serving would compute.

Knows scenes and pixels. Does not know questions or models.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from nano.model.architecture import EDGE, IMAGE_TOKENS, PATCH
from nano.model.pixels import resize_pictures
from nano.train.loop import STATE
from nano.world.drawing import EDGE as DRAWN_EDGE
from nano.world.drawing import GLYPHS, draw, placed_glyphs
from nano.world.scenes import Scene, SceneSplit, scenes

POOL = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePool:
    """A numbered set of training scenes with their pictures."""

    scenes: tuple[Scene, ...]
    """What the pictures show."""
    pixels: Tensor
    """(scenes, 3, EDGE, EDGE) uint8."""
    freedoms: tuple[float, ...]
    """How freely each picture is laid out, in [0, 1] (nano.world.drawing.draw)."""

    def patch_labels(self) -> tuple[Tensor, Tensor]:
        """What stands in each patch and which slot it belongs to.

        Returns glyphs (scenes, patches), the index in GLYPHS of the glyph whose centre lies in the patch, len(GLYPHS)
        for none; and owners (scenes, patches), the slot that the glyph belongs to, IMAGE_TOKENS for none.
        """
        side = EDGE // PATCH
        glyphs = torch.full((len(self.scenes), side, side), len(GLYPHS))
        owners = torch.full_like(glyphs, IMAGE_TOKENS)
        for number, (scene, freedom) in enumerate(zip(self.scenes, self.freedoms, strict=True)):
            for placed in placed_glyphs(scene, freedom):
                column, row = (min(side - 1, int(place * side / DRAWN_EDGE)) for place in placed.centre)
                glyphs[number, row, column] = GLYPHS.index(placed.glyph)
                owners[number, row, column] = placed.slot
        return glyphs.flatten(1), owners.flatten(1)


def picture_pool(index: int, seed: int = 1, freedom: float = 1.0, folder: Path = STATE / "pixels") -> PicturePool:
    """Training pool number `index`: POOL scenes, drawn once and read from disk afterwards.

    With `freedom` below 1 every picture gets its own, uniformly from 0 to `freedom`.
    """
    shown = tuple(itertools.islice(scenes(seed * 7_000_003 + index, SceneSplit.TRAIN), POOL))
    rng = random.Random(index)
    freedoms = tuple(freedom if freedom == 1 else rng.uniform(0, freedom) for _ in shown)
    path = folder / f"{seed}-{index}-{freedom:.2f}.npy"
    if not path.exists():
        pixels = resize_pictures([draw(scene, free) for scene, free in zip(shown, freedoms, strict=True)])
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp.npy")
        np.save(temporary, pixels.numpy())
        temporary.replace(path)
    return PicturePool(scenes=shown, pixels=torch.from_numpy(np.load(path)), freedoms=freedoms)


def draw_pixels(shown: tuple[Scene, ...]) -> Tensor:
    """(scenes, 3, EDGE, EDGE) uint8 pixels of freshly drawn scenes."""
    return resize_pictures([draw(scene) for scene in shown])
