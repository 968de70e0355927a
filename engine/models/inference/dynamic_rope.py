"""Rotary positions whose base grows with the prompt ("dynamic NTK"), without memory of earlier prompts.

transformers' own module keeps the largest base it has needed for later, shorter prompts: the score of one problem would then
depend on the one before. Here the base follows from the positions of the forward at hand alone. Up to
``max_position_embeddings`` it is the plain rotary embedding, bit for bit. Knows nothing of checkpoints.

Source: InternVL2.5 ``modeling_internlm2.py``, InternLM2DynamicNTKScalingRotaryEmbedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

DYNAMIC = "dynamic"


class StatelessDynamicRotary(nn.Module):
    """Drop-in for ``LlamaRotaryEmbedding`` with ``rope_type`` "dynamic"."""

    def __init__(self, config: Any, device: torch.device) -> None:
        super().__init__()
        rope = config.rope_parameters
        self.base = float(rope["rope_theta"])
        self.factor = float(rope["factor"])
        self.native_length = int(config.max_position_embeddings)
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        self.size = int(size)
        self.is_short = False  # see within_native_length
        self.inv_freq = nn.Buffer(self._frequencies(self.base, device), persistent=False)

    @torch.no_grad()
    def forward(self, states: Tensor, position_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return cosine and sine (B, Q, D) for ``position_ids`` (B, Q), in the dtype of ``states``.

        A row's length is taken to be its largest position plus one, so padding must not point further than real tokens.
        """
        length = 0 if self.is_short else int(position_ids.max()) + 1
        frequencies = self.inv_freq.to(states.device, torch.float32)
        if length > self.native_length:
            lengths = (position_ids.amax(dim=-1) + 1).tolist()  # by row: one must not change the positions of another
            by_length = {each: self._frequencies(self._base_of(each), states.device) for each in set(lengths)}
            frequencies = torch.stack([by_length[each] for each in lengths])[:, None]  # (B, 1, D / 2)
        angles = position_ids[..., None].float() * frequencies  # (B, Q, D / 2)
        both = torch.cat((angles, angles), dim=-1)  # (B, Q, D)
        return both.cos().to(states.dtype), both.sin().to(states.dtype)

    def _base_of(self, length: int) -> float:
        if length <= self.native_length:
            return self.base
        growth = self.factor * length / self.native_length - (self.factor - 1)
        return float(self.base * growth ** (self.size / (self.size - 2)))

    def _frequencies(self, base: float, device: torch.device) -> Tensor:
        return 1.0 / (base ** (torch.arange(0, self.size, 2, dtype=torch.float32, device=device) / self.size))


@contextmanager
def within_native_length(model: Any) -> Iterator[None]:
    """Promise that no position passes the native length: nothing has to wait for the device to say so."""
    rotary = model.get_decoder().rotary_emb
    is_dynamic = isinstance(rotary, StatelessDynamicRotary)
    if is_dynamic:
        rotary.is_short = True
    try:
        yield
    finally:
        if is_dynamic:
            rotary.is_short = False


def make_rotary_stateless(model: Any, device: torch.device) -> None:
    """Replace the text model's dynamic rotary embedding; any other kind stays as it is."""
    text = model.get_decoder()
    if (text.config.rope_parameters or {}).get("rope_type") == DYNAMIC:
        text.rotary_emb = StatelessDynamicRotary(text.config, device)
