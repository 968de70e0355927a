"""Stages `vision` and `vision_free`: vision tower and projector learn to produce the code of slot i as image token i.

First from pictures laid out on the grid of patches, then from pictures placed ever more freely. As in the reward
models, lower layers have auxiliary targets: first which glyph stands in each patch, then which slot it belongs to.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from nano.model import slot_codes
from nano.model.parts import VisionEncoder
from nano.model.pixels import resize_pictures
from nano.train.data.pictures import PicturePool, picture_pool
from nano.train.loop import join_processes
from nano.world.foreign_pictures import TRAINED_KINDS, draw_foreign_pictures
from nano.world.scenes import Family, Scene

BATCH = 32  # pictures a step, divided among the processes
POOLS = 24  # drawn once; a longer run sees them again in another order
FREE_POOLS = 104  # the same for freely placed pictures
FIRST_POOL = 1000  # reward models learn from other pictures, so that they meet what this encoder misreads
FREEDOM_POOLS = 32  # until pictures are placed with full freedom
EASY_SHARE = 0.3  # of the pictures of easy families that are kept once text is read
FOREIGN_PICTURES, FOREIGN_PER_KIND = 4, 80  # in every step, and in all of each kind trained on
_HARD = (Family.SHAPES,)
LOGIT_SCALE = 8.0  # logit of a class whose code is there exactly


class ForeignPictureLoss:
    """Foreign pictures are trained towards one common code, so that their features lie far from those of this world."""

    def __init__(self, vision: VisionEncoder, seed: int) -> None:
        kinds = draw_foreign_pictures(seed, FOREIGN_PER_KIND, TRAINED_KINDS)
        self._pixels = resize_pictures([picture for pictures in kinds.values() for picture in pictures])
        self._vision, self._code = vision, slot_codes.foreign_code()

    def __call__(self, rng: random.Random) -> Tensor:
        """Mean squared distance of the tokens of FOREIGN_PICTURES pictures to the foreign code."""
        chosen = rng.sample(range(len(self._pixels)), FOREIGN_PICTURES // join_processes()[1])
        tokens: Tensor = self._vision(self._pixels[chosen])
        return (tokens - self._code).square().mean()


class VisionLosses:
    """losses(pool) of both stages."""

    def __init__(self, vision: VisionEncoder, seed: int, *, free_placement: bool = False) -> None:
        self._vision, self._seed, self._free_placement = vision, seed, free_placement
        self._table, self._foreign_loss = slot_codes.build_table(), ForeignPictureLoss(vision, seed)

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss a step."""
        rng = random.Random(f"eyes {self._seed} {pool}")  # the word is part of the recipe: another draws other pictures
        pictures = self._pictures(pool)
        parts, (all_glyphs, all_owners) = slot_class_tensors(pictures.scenes), pictures.patch_labels()
        order = rng.sample(range(len(pictures.scenes)), len(pictures.scenes))
        # Text is learned first; from then on counting gets most of the pictures.
        if pool >= POOLS and not self._free_placement:
            order = [index for index in order if pictures.scenes[index].family in _HARD or rng.random() < EASY_SHARE]
        size = BATCH // join_processes()[1]
        for start in range(0, len(order) - size + 1, size):
            chosen = order[start : start + size]
            tokens, glyphs, owners = self._vision.forward_with_heads(pictures.pixels[chosen])
            codes = code_loss(tokens, {p: v[chosen] for p, v in parts.items()}, self._table)
            patches = patch_loss(glyphs, all_glyphs[chosen]) + patch_loss(owners, all_owners[chosen])
            yield codes + patches + 0.3 * self._foreign_loss(rng)

    def _pictures(self, pool: int) -> PicturePool:
        if self._free_placement:
            return picture_pool(FIRST_POOL + pool % FREE_POOLS, self._seed, min(1.0, (pool + 1) / FREEDOM_POOLS))
        return picture_pool(FIRST_POOL + pool % POOLS, self._seed, freedom=0.0)


def patch_loss(logits: Tensor, classes: Tensor) -> Tensor:
    """Cross-entropy of the class of every patch; the last class, "none", which most patches have, weighs as much as the others."""
    each = nn.functional.cross_entropy(logits.flatten(0, 1), classes.flatten(), reduction="none")
    empty = classes.flatten() == logits.shape[-1] - 1
    return each[~empty].mean() + each[empty].mean()


def slot_class_tensors(batch: Sequence[Scene]) -> dict[str, Tensor]:
    """Part -> (scenes, IMAGE_TOKENS) classes."""
    rows = [slot_codes.slot_classes(scene) for scene in batch]
    return {part: torch.tensor([row[part] for row in rows]) for part in slot_codes.PARTS}


def code_loss(tokens: Tensor, parts: dict[str, Tensor], table: dict[str, Tensor]) -> Tensor:
    """Distance to the codes plus cross-entropy of each part, the code vectors serving as classifier."""
    # In some pictures most tokens are empty, and there is next to nothing to learn from them.
    weight = torch.where(parts["name"] == slot_codes.PARTS["name"] - 1, 0.1, 1.0)
    loss = (weight * (tokens - slot_codes.encode(table, parts)).square().mean(-1)).sum() / weight.sum()
    for part, classes in parts.items():
        logits = part_logits(tokens, table[part]).flatten(0, 1)
        each = nn.functional.cross_entropy(logits, classes.flatten(), reduction="none")
        loss = loss + (weight.flatten() * each).sum() / weight.sum()
    return loss


def part_logits(tokens: Tensor, vectors: Tensor) -> Tensor:
    """(..., WIDTH) tokens -> (..., classes) logits."""
    return LOGIT_SCALE * tokens @ (vectors / vectors.square().sum(-1, keepdim=True)).T


def slot_accuracy(tokens: Tensor, shown: Sequence[Scene]) -> dict[str, float]:
    """Family -> share of slots whose every part can be read from the image tokens (scenes, IMAGE_TOKENS, WIDTH)."""
    table, parts = slot_codes.build_table(), slot_class_tensors(shown)
    right = torch.ones(tokens.shape[:2], dtype=torch.bool)
    for part, classes in parts.items():
        right &= part_logits(tokens, table[part]).argmax(-1) == classes
    used = parts["name"] != slot_codes.PARTS["name"] - 1
    result = {}
    for family in Family:
        rows = torch.tensor([scene.family is family for scene in shown])
        result[family.value] = float(right[rows][used[rows]].float().mean())
    return result
