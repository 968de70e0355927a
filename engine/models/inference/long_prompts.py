"""Prompts longer than the text model's positions were made for ("dynamic NTK"): no prefix can be shared, each is read whole.

Beyond ``max_position_embeddings`` the rotary base follows from the prompt's own length, so that every key of two prompts of
unlike lengths differs, the shared beginning included. Up to that length nothing here is needed. Knows no files and no rows.

Source: InternVL2.5 ``modeling_internlm2.py``; the single pass of VisualPRM takes the length of the whole dialogue with its last
answer, one prompt a step (and ORM) the length up to the assistant header.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.models.inference.network import Network, Pictures
from engine.models.inference.partial_attention import as_output, causal, causal_part
from engine.prompts.prm_formats.base import PrmIds
from engine.prompts.segments import encode


class _Whole:
    """Plain causal attention that remembers nothing; implements ``AttentionContext``."""

    def __init__(self, positions: Sequence[int]) -> None:
        """``positions``: where the hidden states are read."""
        self.read = torch.tensor([list(positions)])

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """See ``AttentionContext``."""
        if query.shape[2] < key.shape[2]:
            return as_output(causal_part(query, key, value, scale, self.read), query)
        return causal(query, key, value, scale)


def with_last_answer(network: Network, prompt: PrmIds) -> PrmIds:
    """Return the prompt with its last step answered, as the single pass reads it: three more tokens count."""
    return PrmIds(ids=(*prompt.ids, *encode(network.prm_format.closing(), network.tokens)), positions=prompt.positions)


@torch.inference_mode()
def read_whole(network: Network, prompt: PrmIds, pictures: Pictures | None) -> Tensor:
    """Read one prompt from its first to its last token; return the hidden states (steps, hidden) at its score positions."""
    hidden = network.read(prompt.ids, pictures, _Whole(prompt.positions))  # (1, Q, hidden)
    return hidden[0, list(prompt.positions)]
