"""The interface of vision tower and text model: the vector that an image token is to carry for each slot of a scene.

A slot code is the sum of fixed random vectors (family, name words, tens, ones). The text model is trained to read codes
in place of image tokens, the vision tower is trained to produce them from pixels: two independent stages, which can run
in parallel. Codes exist in training only; nothing of them is shipped.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from nano.model.architecture import IMAGE_TOKENS, WIDTH
from nano.world.scenes import COLOURS, ITEMS, SHAPES, VERTICES, Family, Scene

_WORDS = (*COLOURS, *ITEMS, *SHAPES, *VERTICES)
_HIDDEN, _NONE = 10, 10  # digit classes beside 0..9: "?" and no tens
PARTS = {"family": len(Family), "name": len(_WORDS) + 1, "kind": len(SHAPES) + 1, "tens": 11, "ones": 11}
SCALE = 0.5  # standard deviation of one coordinate of a part


def build_table(seed: int = 7) -> dict[str, Tensor]:
    """Part -> (classes, WIDTH) fixed vectors."""
    generator = torch.Generator().manual_seed(seed)
    return {part: torch.randn(size, WIDTH, generator=generator) * SCALE for part, size in PARTS.items()}


def foreign_code(seed: int = 8) -> Tensor:
    """(WIDTH,) the vector that every image token is to carry when the picture is not of this world."""
    scale = SCALE * math.sqrt(len(PARTS))  # the standard deviation of a code
    return torch.randn(WIDTH, generator=torch.Generator().manual_seed(seed)) * scale


def slot_classes(scene: Scene) -> dict[str, list[int]]:
    """Part -> the class of each of the IMAGE_TOKENS image tokens; tokens after the last slot are empty."""
    family = list(Family).index(scene.family)
    rows: dict[str, list[int]] = {part: [] for part in PARTS}
    for index in range(IMAGE_TOKENS):
        rows["family"].append(family)
        if index >= len(scene.slots):
            rows["name"].append(len(_WORDS))
            rows["kind"].append(len(SHAPES))
            rows["tens"].append(_NONE)
            rows["ones"].append(_HIDDEN)
            continue
        slot = scene.slots[index]
        rows["name"].append(_WORDS.index(slot.name[0]))
        rows["kind"].append(SHAPES.index(slot.name[1]) if len(slot.name) > 1 else len(SHAPES))
        rows["tens"].append(slot.value // 10 if slot.shown and slot.value > 9 else _NONE)
        rows["ones"].append(slot.value % 10 if slot.shown else _HIDDEN)
    return rows


def encode(table: dict[str, Tensor], parts: dict[str, Tensor]) -> Tensor:
    """Part -> classes (batch, IMAGE_TOKENS) to codes (batch, IMAGE_TOKENS, WIDTH)."""
    total = torch.zeros(())
    for part, vectors in table.items():
        total = total + vectors[parts[part]]
    return total
