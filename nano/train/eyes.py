"""Stage `eyes`: the vision tower and the projector learn to write the code of slot i into picture token i."""

from __future__ import annotations

import random
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from transformers import InternVLForConditionalGeneration

from nano import codes
from nano.strangers import TAUGHT, strangers
from nano.train.pictures import normalised, picture_pool, resized
from nano.world.scenes import Family, Scene

BATCH = 32
POOLS = 24  # drawn once; a longer run sees them again in another order
EASY_SHARE = 0.3
STRANGERS, STRANGERS_A_KIND = 4, 80  # strange pictures in every batch, and in all of each taught kind
_HARD = (Family.SHAPES,)
SHARPNESS = 8.0  # logit of a class whose code is written in full strength


class Eyes(nn.Module):
    """Vision tower and projector."""

    def __init__(self, model: InternVLForConditionalGeneration) -> None:
        super().__init__()
        self.vision_tower = model.model.vision_tower
        self.multi_modal_projector = model.model.multi_modal_projector
        self._features = model.model.get_image_features

    def forward(self, pixels: Tensor) -> Tensor:
        """uint8 pixels (pictures, 3, EDGE, EDGE) -> picture tokens (pictures, IMAGE_TOKENS, WIDTH)."""
        output: Tensor = self._features(pixel_values=normalised(pixels)).pooler_output
        return output


class StrangeLoss:
    """Pictures of other kinds are to look alike and unlike this world, so that their features give them away."""

    def __init__(self, eyes: Eyes, seed: int) -> None:
        kinds = strangers(seed, STRANGERS_A_KIND, TAUGHT)
        self._pixels = resized([picture for pictures in kinds.values() for picture in pictures])
        self._eyes, self._code = eyes, codes.stranger()

    def __call__(self, rng: random.Random) -> Tensor:
        """The distance of a few strange pictures' tokens to the stranger's code."""
        chosen = rng.sample(range(len(self._pixels)), STRANGERS)
        tokens: Tensor = self._eyes(self._pixels[chosen])
        return (tokens - self._code).square().mean()


class EyesLosses:
    """losses(pool) of the eyes stage."""

    def __init__(self, eyes: Eyes, seed: int) -> None:
        self._eyes, self._seed = eyes, seed
        self._table, self._strange = codes.build_table(), StrangeLoss(eyes, seed)

    def __call__(self, pool: int) -> Iterator[Tensor]:
        """One loss a batch of BATCH pictures."""
        rng = random.Random(f"eyes {self._seed} {pool}")
        pictures = picture_pool(pool % POOLS, self._seed)
        parts = class_tensors(pictures.scenes)
        order = rng.sample(range(len(pictures.scenes)), len(pictures.scenes))
        if pool >= POOLS:  # text in rows is learnt first; from then on counting gets most of the pictures
            order = [index for index in order if pictures.scenes[index].family in _HARD or rng.random() < EASY_SHARE]
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            tokens = self._eyes(pictures.pixels[chosen])
            yield code_loss(tokens, {p: v[chosen] for p, v in parts.items()}, self._table) + 0.3 * self._strange(rng)


def class_tensors(some: tuple[Scene, ...]) -> dict[str, Tensor]:
    """Part -> (scenes, IMAGE_TOKENS) classes."""
    rows = [codes.classes(scene) for scene in some]
    return {part: torch.tensor([row[part] for row in rows]) for part in codes.PARTS}


def code_loss(tokens: Tensor, parts: dict[str, Tensor], table: dict[str, Tensor]) -> Tensor:
    """Distance to the codes plus cross-entropy of each part, the code vectors serving as classifier."""
    # Empty tokens are most of some pictures and teach next to nothing.
    weight = torch.where(parts["name"] == codes.PARTS["name"] - 1, 0.1, 1.0)
    loss = (weight * (tokens - codes.encode(table, parts)).square().mean(-1)).sum() / weight.sum()
    for part, wanted in parts.items():
        logits = part_logits(tokens, table[part]).flatten(0, 1)
        each = nn.functional.cross_entropy(logits, wanted.flatten(), reduction="none")
        loss = loss + (weight.flatten() * each).sum() / weight.sum()
    return loss


def part_logits(tokens: Tensor, vectors: Tensor) -> Tensor:
    """(..., WIDTH) tokens -> (..., classes) logits."""
    return SHARPNESS * tokens @ (vectors / vectors.square().sum(-1, keepdim=True)).T


@torch.no_grad()
def accuracy(eyes: Eyes, pixels: Tensor, some: tuple[Scene, ...]) -> dict[str, float]:
    """Family -> share of slots whose every part is read correctly."""
    table, parts, tokens = codes.build_table(), class_tensors(some), eyes(pixels)
    right = torch.ones(tokens.shape[:2], dtype=torch.bool)
    for part, wanted in parts.items():
        right &= part_logits(tokens, table[part]).argmax(-1) == wanted
    used = parts["name"] != codes.PARTS["name"] - 1
    result = {}
    for family in Family:
        rows = torch.tensor([scene.family is family for scene in some])
        result[family.value] = float(right[rows][used[rows]].float().mean())
    return result


@torch.no_grad()
def part_accuracy(eyes: Eyes, pixels: Tensor, some: tuple[Scene, ...]) -> dict[str, dict[str, float]]:
    """Family -> part -> share of used tokens whose part is read correctly."""
    table, parts, tokens = codes.build_table(), class_tensors(some), eyes(pixels)
    used = parts["name"] != codes.PARTS["name"] - 1
    result: dict[str, dict[str, float]] = {}
    for family in Family:
        rows = torch.tensor([scene.family is family for scene in some])
        result[family.value] = {}
        for part, wanted in parts.items():
            right = (part_logits(tokens, table[part]).argmax(-1) == wanted)[rows][used[rows]]
            result[family.value][part] = round(float(right.float().mean()), 2)
    return result
