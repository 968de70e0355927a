"""Choosing the next token of each row: temperature, top-k, top-p, and a random stream of each row's own.

The stream of a row depends on ``(seed, draw)`` only, and its k-th number on k only: not on how many rows are sampled,
which of them have left, or what was chosen before. Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from engine.domain import Sampling


def uniforms(seed: int, draw: int, count: int) -> Tensor:
    """Return the first ``count`` numbers of a row's stream, float64 in [0, 1).

    Raw Philox output is used, because numpy promises it never changes; its distributions carry no such promise.
    """
    raw = np.random.Philox(key=np.array([seed, draw], dtype=np.uint64)).random_raw(count)
    return torch.from_numpy((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53)


class Chooser:
    """Chooses tokens for rows ``0 .. n - 1`` of one request."""

    def __init__(self, sampling: Sampling, device: torch.device) -> None:
        self._sampling = sampling
        self._streams: Tensor | None = None  # (n, max_new_tokens)
        if sampling.temperature > 0:
            rows = [uniforms(sampling.seed, draw, sampling.max_new_tokens) for draw in range(sampling.n)]
            self._streams = torch.stack(rows).to(device)

    def choose(self, logits: Tensor, draws: Sequence[int], step: int) -> list[int]:
        """Return the next token of each row: ``logits`` (B, vocabulary) float32, ``draws`` the rows' numbers."""
        if self._streams is None:
            chosen: list[int] = logits.argmax(dim=-1).tolist()
            return chosen
        probabilities = _probabilities(logits, self._sampling)
        # in float64: over 92,000 tokens a float32 sum is off by more than the rarest tokens' share
        cumulative = probabilities.double().cumsum(dim=-1)
        total = cumulative[:, -1:]
        numbers = self._streams[torch.tensor(list(draws), device=logits.device), step][:, None]
        target = torch.minimum(numbers * total, torch.nextafter(total, torch.zeros_like(total)))
        # right=True: a token of probability 0 ends where it begins and is never chosen
        return [int(token) for token in torch.searchsorted(cumulative, target, right=True)[:, 0].tolist()]


def _probabilities(logits: Tensor, sampling: Sampling) -> Tensor:
    """Return (B, vocabulary) probabilities after temperature, top-k and top-p."""
    scaled = logits / sampling.temperature
    if 0 < sampling.top_k < logits.shape[-1]:
        least = scaled.topk(sampling.top_k, dim=-1).values[:, -1:]
        scaled = scaled.masked_fill(scaled < least, float("-inf"))
    probabilities = scaled.softmax(dim=-1)
    if sampling.top_p < 1:
        ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
        before = ordered.cumsum(dim=-1) - ordered  # mass of the more likely tokens; the first is always kept
        kept = torch.zeros_like(probabilities, dtype=torch.bool).scatter(-1, order, before < sampling.top_p)
        probabilities = probabilities.masked_fill(~kept, 0.0)
    return probabilities
