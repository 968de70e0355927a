"""Pools of drawn training scenes, kept on disk, in exactly the pixels that serving would make of them.

Knows scenes and pixels. Does not know questions or models.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from nano.model import PIXEL_MEAN, PIXEL_STD, build_image_processor
from nano.train.loop import STATE
from nano.world.drawing import draw
from nano.world.scenes import Scene, Split, scenes

POOL = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Scenes with their pixels."""

    scenes: tuple[Scene, ...]
    """What the pictures show."""
    pixels: Tensor
    """(scenes, 3, EDGE, EDGE) uint8."""


def picture_pool(index: int, seed: int = 1, folder: Path = STATE / "pixels") -> Pictures:
    """Training pool number `index`: POOL scenes, drawn once and read from disk afterwards."""
    some = tuple(itertools.islice(scenes(seed * 7_000_003 + index, Split.TRAIN), POOL))
    path = folder / f"{seed}-{index}.npy"
    if path.exists():
        return Pictures(scenes=some, pixels=torch.from_numpy(np.load(path)))
    pixels = drawn(some)
    folder.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp.npy")
    np.save(temporary, pixels.numpy())
    temporary.replace(path)
    return Pictures(scenes=some, pixels=pixels)


def drawn(some: tuple[Scene, ...]) -> Tensor:
    """(scenes, 3, EDGE, EDGE) uint8 pixels of freshly drawn scenes."""
    return resized([draw(scene) for scene in some])


def resized(images: list[Image.Image]) -> Tensor:
    """The serving path up to, not with, scaling and normalisation: (images, 3, EDGE, EDGE) uint8."""
    processor = build_image_processor()
    arrays = [
        processor(image, do_rescale=False, do_normalize=False, return_tensors="np")["pixel_values"][0]
        for image in images
    ]
    return torch.from_numpy(np.stack(arrays).astype(np.uint8))


def normalised(pixels: Tensor) -> Tensor:
    """uint8 pixels -> what the vision tower gets, float32."""
    return (pixels.float() / 255 - PIXEL_MEAN) / PIXEL_STD
