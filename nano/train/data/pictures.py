"""Pools of drawn training scenes, kept on disk, in exactly the pixels that serving would make of them.

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
from nano.model.pixels import resized
from nano.train.loop import STATE
from nano.world.drawing import EDGE as DRAWN_EDGE
from nano.world.drawing import GLYPHS, draw, marks
from nano.world.scenes import Scene, Split, scenes

POOL = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Scenes with their pixels."""

    scenes: tuple[Scene, ...]
    """What the pictures show."""
    pixels: Tensor
    """(scenes, 3, EDGE, EDGE) uint8."""
    freedoms: tuple[float, ...]
    """How far each picture may leave the grid (nano.world.drawing.draw)."""

    def marked(self) -> tuple[Tensor, Tensor]:
        """What stands in each patch and what it belongs to.

        Returns glyphs (scenes, patches), the number in GLYPHS of the one whose middle lies in the patch, len(GLYPHS) where none
        does; and owners (scenes, patches), the slot that it belongs to, IMAGE_TOKENS where none does.
        """
        side = EDGE // PATCH
        glyphs = torch.full((len(self.scenes), side, side), len(GLYPHS))
        owners = torch.full_like(glyphs, IMAGE_TOKENS)
        for number, (scene, freedom) in enumerate(zip(self.scenes, self.freedoms, strict=True)):
            for mark in marks(scene, freedom):
                column, row = (min(side - 1, int(place * side / DRAWN_EDGE)) for place in mark.at)
                glyphs[number, row, column] = GLYPHS.index(mark.what)
                owners[number, row, column] = mark.slot
        return glyphs.flatten(1), owners.flatten(1)


def picture_pool(index: int, seed: int = 1, freedom: float = 1.0, folder: Path = STATE / "pixels") -> Pictures:
    """Training pool number `index`: POOL scenes, drawn once and read from disk afterwards.

    With less than full freedom every picture has another one, from none to `freedom`.
    """
    some = tuple(itertools.islice(scenes(seed * 7_000_003 + index, Split.TRAIN), POOL))
    rng = random.Random(index)
    freedoms = tuple(freedom if freedom == 1 else rng.uniform(0, freedom) for _ in some)
    path = folder / f"{seed}-{index}-{freedom:.2f}.npy"
    if not path.exists():
        pixels = resized([draw(scene, free) for scene, free in zip(some, freedoms, strict=True)])
        folder.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp.npy")
        np.save(temporary, pixels.numpy())
        temporary.replace(path)
    return Pictures(scenes=some, pixels=torch.from_numpy(np.load(path)), freedoms=freedoms)


def drawn(some: tuple[Scene, ...]) -> Tensor:
    """(scenes, 3, EDGE, EDGE) uint8 pixels of freshly drawn scenes."""
    return resized([draw(scene) for scene in some])
