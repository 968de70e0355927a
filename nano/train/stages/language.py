"""Stage `reading`: the language model learns to look things up and to compute, from codes instead of pixels."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from transformers import InternVLForConditionalGeneration

from nano.model import slot_codes
from nano.train.data.policy_rows import Mix, lesson_rows
from nano.train.data.rows import IGNORED, Batch, Layout, batches
from nano.train.optimiser import FAST
from nano.world.scenes import Scene, Split, scenes

POOL_SCENES = 320
ROWS_A_SCENE = 3
BATCH = 64
NOISE = 0.3  # of each code coordinate: what the eyes write will not be exact


class Reader(nn.Module):
    """Text model and head over embeddings in which picture tokens are already filled in."""

    def __init__(self, model: InternVLForConditionalGeneration) -> None:
        super().__init__()
        model.set_attn_implementation("eager")  # torch's fused attention has a backward pass of twice a CPU's time
        self.language_model = model.model.language_model
        self.lm_head = model.lm_head
        self.image = int(model.config.image_token_id)

    def forward(self, batch: Batch, pictures: Tensor) -> Tensor:
        """Mean loss over target positions; pictures (rows, IMAGE_TOKENS, WIDTH)."""
        hidden = self.hidden(batch.ids, pictures)
        wanted = batch.targets != IGNORED
        return nn.functional.cross_entropy(self.lm_head(hidden[wanted]), batch.targets[wanted])

    def hidden(self, ids: Tensor, pictures: Tensor) -> Tensor:
        """(rows, length, WIDTH) last hidden states. Right padding and a causal mask need no padding mask."""
        output: Tensor = self.language_model(inputs_embeds=self.embed(ids, pictures), use_cache=False).last_hidden_state
        return output

    def layers(self, ids: Tensor, pictures: Tensor) -> tuple[Tensor, ...]:
        """(rows, length, WIDTH) hidden states after no layer, one layer, ... and all of them, each as the head reads them.

        For training: computed with half the bits where the CPU has units for them.
        """
        with torch.autocast("cpu", FAST, enabled=FAST is not torch.float32):
            output = self.language_model(
                inputs_embeds=self.embed(ids, pictures), use_cache=False, output_hidden_states=True
            )
        *inner, last = output.hidden_states
        return (*(self.language_model.norm(state.float()) for state in inner), last.float())

    def embed(self, ids: Tensor, pictures: Tensor) -> Tensor:
        """(rows, length, WIDTH) embeddings with the picture tokens filled in."""
        embedded: Tensor = self.language_model.embed_tokens(ids)
        return embedded.masked_scatter((ids == self.image).unsqueeze(-1), pictures)


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
            yield self._reader(batch, seen[list(batch.scenes)])
