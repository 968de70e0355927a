"""Rotary positions whose base grows with the prompt ("dynamic NTK"), without memory of earlier prompts.

transformers' own module keeps the largest base it has needed for later, shorter prompts: the score of one problem would then
depend on the one before. Here the base follows from the positions of the forward at hand alone. Up to
``max_position_embeddings`` it is the plain rotary embedding, bit for bit. Knows nothing of checkpoints.

Source: InternVL2.5 ``modeling_internlm2.py``, InternLM2DynamicNTKScalingRotaryEmbedding.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import LoadError
from engine.models.checkpoints.folder import read_json

DYNAMIC, LINEAR = "dynamic", "linear"
ROPE_FIELDS = "rope_parameters (or rope_scaling)"
MOST_STRETCH = 1000  # models are stretched by up to 64 or so
MAX_GROWTH = 32  # times the native length


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

        The prompt's length is taken to be the largest position plus one, so padding must not point further than real tokens.
        """
        length = 0 if self.is_short else int(position_ids.max()) + 1
        frequencies = self.inv_freq.to(states.device, torch.float32)
        if length > self.native_length:
            frequencies = self._frequencies(self._base_for(length), states.device)
        angles = position_ids[..., None].float() * frequencies  # (B, Q, D / 2)
        both = torch.cat((angles, angles), dim=-1)  # (B, Q, D)
        return both.cos().to(states.dtype), both.sin().to(states.dtype)

    def _base_for(self, length: int) -> float:
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


def refuse_dynamic(folder: Path, config: Any) -> None:
    """Refuse a growing rotary embedding where it cannot be computed without memory of earlier prompts. Raises LoadError."""
    if (config.rope_parameters or {}).get("rope_type") == DYNAMIC:
        raise LoadError(
            f"config.json in {str(folder)!r} says rope_type {DYNAMIC!r} in {ROPE_FIELDS}, which is not "
            "supported with positions in three dimensions."
        )


def native_length(config: Any) -> int | None:
    """Return up to how many tokens the text model's positions do not depend on the prompt's length; None: always."""
    is_dynamic = (config.rope_parameters or {}).get("rope_type") == DYNAMIC
    return int(config.max_position_embeddings) if is_dynamic else None


def context_length(config: Any) -> int:
    """Return how many tokens a prompt may have: a growing or stretched rotary embedding goes beyond ``max_position_embeddings``.

    Dynamic NTK has no end of its own; 32 times the native length is this engine's, so that a runaway prompt fails early. Raises
    LoadError when there is no room for any. What :func:`check_stretch` refuses must not come here.
    """
    rope = config.rope_parameters or {}
    native = int(config.max_position_embeddings)
    if native < 1:
        raise LoadError(f"config.json says max_position_embeddings {native}: no prompt would fit.")
    kind = rope.get("rope_type")
    stretch = MAX_GROWTH if kind == DYNAMIC else float(rope["factor"]) if kind == LINEAR else 1
    context = int(native * stretch)
    if context < 1:
        raise LoadError(f"config.json says factor {rope['factor']!r} in {ROPE_FIELDS}: no prompt would fit.")
    return context


def check_stretch(folder: Path) -> None:
    """Refuse positions stretched by nothing, backwards, without end, or by no number, before weights are read. Raises LoadError."""
    config = read_json(folder / "config.json")
    for part in (config, *(section for section in config.values() if isinstance(section, dict))):
        for rope in (part.get("rope_parameters"), part.get("rope_scaling")):
            if not isinstance(rope, dict) or (rope.get("rope_type") or rope.get("type")) not in (DYNAMIC, LINEAR):
                continue
            factor: Any = rope.get("factor")
            is_number = isinstance(factor, int | float) and not isinstance(factor, bool)
            if not (is_number and 0 < factor <= MOST_STRETCH):  # NaN is not either
                said = f"factor {factor!r}" if "factor" in rope else "no factor"
                raise LoadError(
                    f"config.json in {str(folder)!r} says {said} in {ROPE_FIELDS}; it must be a number above 0 and "
                    f"at most {MOST_STRETCH}."
                )
