"""Stages `eyes` and `roaming`: vision tower and projector learn to write the code of slot i into picture token i.

First from pictures that stand on the grid of the patches, then from pictures that leave it further and further. Like the
reward models they learn layer upon layer: first which letter, digit or shape stands where, then what belongs together.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from nano.model import slot_codes
from nano.model.parts import Eyes
from nano.model.pixels import resized
from nano.train.data.pictures import Pictures, picture_pool
from nano.train.loop import join
from nano.world.foreign_pictures import TAUGHT, strangers
from nano.world.scenes import Family, Scene

BATCH = 32  # pictures a step, shared out among the processes
POOLS = 24  # drawn once; a longer run sees them again in another order
ROAMING_POOLS = 104
FIRST_POOL = 1000  # the judges learn from other pictures: they are to meet what these eyes misread
RISE = 32  # pools until pictures have all their freedom
EASY_SHARE = 0.3
STRANGERS, STRANGERS_A_KIND = 4, 80  # strange pictures in every step, and in all of each taught kind
_HARD = (Family.SHAPES,)
SHARPNESS = 8.0  # logit of a class whose code is written in full strength


class StrangeLoss:
    """Pictures of other kinds are to look alike and unlike this world, so that their features give them away."""

    def __init__(self, eyes: Eyes, seed: int) -> None:
        kinds = strangers(seed, STRANGERS_A_KIND, TAUGHT)
        self._pixels = resized([picture for pictures in kinds.values() for picture in pictures])
        self._eyes, self._code = eyes, slot_codes.stranger()

    def __call__(self, rng: random.Random) -> Tensor:
        """The distance of a few strange pictures' tokens to the stranger's code."""
        chosen = rng.sample(range(len(self._pixels)), STRANGERS // join()[1])
        tokens: Tensor = self._eyes(self._pixels[chosen])
        return (tokens - self._code).square().mean()


class EyesLosses:
    """losses(pool) of both stages."""

    def __init__(self, eyes: Eyes, seed: int, *, roaming: bool = False) -> None:
        self._eyes, self._seed, self._roaming = eyes, seed, roaming
        self._table, self._strange = slot_codes.build_table(), StrangeLoss(eyes, seed)

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss a step."""
        rng = random.Random(f"eyes {self._seed} {pool}")
        pictures = self._pictures(pool)
        parts, (all_glyphs, all_owners) = class_tensors(pictures.scenes), pictures.marked()
        order = rng.sample(range(len(pictures.scenes)), len(pictures.scenes))
        # Text in rows is learnt first; from then on counting gets most of the pictures.
        if pool >= POOLS and not self._roaming:
            order = [index for index in order if pictures.scenes[index].family in _HARD or rng.random() < EASY_SHARE]
        size = BATCH // join()[1]
        for start in range(0, len(order) - size + 1, size):
            chosen = order[start : start + size]
            tokens, glyphs, owners = self._eyes.spell(pictures.pixels[chosen])
            writing = code_loss(tokens, {p: v[chosen] for p, v in parts.items()}, self._table)
            spelling = patch_loss(glyphs, all_glyphs[chosen]) + patch_loss(owners, all_owners[chosen])
            yield writing + spelling + 0.3 * self._strange(rng)

    def _pictures(self, pool: int) -> Pictures:
        if self._roaming:
            return picture_pool(FIRST_POOL + pool % ROAMING_POOLS, self._seed, min(1.0, (pool + 1) / RISE))
        return picture_pool(FIRST_POOL + pool % POOLS, self._seed, freedom=0.0)


def patch_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross-entropy of a class for every patch, the last for nothing, which most patches hold and which counts as the rest."""
    each = nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none")
    empty = wanted.flatten() == logits.shape[-1] - 1
    return each[~empty].mean() + each[empty].mean()


def class_tensors(some: tuple[Scene, ...]) -> dict[str, Tensor]:
    """Part -> (scenes, IMAGE_TOKENS) classes."""
    rows = [slot_codes.classes(scene) for scene in some]
    return {part: torch.tensor([row[part] for row in rows]) for part in slot_codes.PARTS}


def code_loss(tokens: Tensor, parts: dict[str, Tensor], table: dict[str, Tensor]) -> Tensor:
    """Distance to the codes plus cross-entropy of each part, the code vectors serving as classifier."""
    # Empty tokens are most of some pictures and teach next to nothing.
    weight = torch.where(parts["name"] == slot_codes.PARTS["name"] - 1, 0.1, 1.0)
    loss = (weight * (tokens - slot_codes.encode(table, parts)).square().mean(-1)).sum() / weight.sum()
    for part, wanted in parts.items():
        logits = part_logits(tokens, table[part]).flatten(0, 1)
        each = nn.functional.cross_entropy(logits, wanted.flatten(), reduction="none")
        loss = loss + (weight.flatten() * each).sum() / weight.sum()
    return loss


def part_logits(tokens: Tensor, vectors: Tensor) -> Tensor:
    """(..., WIDTH) tokens -> (..., classes) logits."""
    return SHARPNESS * tokens @ (vectors / vectors.square().sum(-1, keepdim=True)).T


def accuracy(tokens: Tensor, some: tuple[Scene, ...]) -> dict[str, float]:
    """Family -> share of objects whose every part can be read from the picture tokens (scenes, IMAGE_TOKENS, WIDTH)."""
    table, parts = slot_codes.build_table(), class_tensors(some)
    right = torch.ones(tokens.shape[:2], dtype=torch.bool)
    for part, wanted in parts.items():
        right &= part_logits(tokens, table[part]).argmax(-1) == wanted
    used = parts["name"] != slot_codes.PARTS["name"] - 1
    result = {}
    for family in Family:
        rows = torch.tensor([scene.family is family for scene in some])
        result[family.value] = float(right[rows][used[rows]].float().mean())
    return result
