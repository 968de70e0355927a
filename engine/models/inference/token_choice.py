"""Choosing the next token of each row: repetition penalty, temperature, top-k, top-p, and a random stream of each row's own.

The stream of a row depends on ``(seed, draw)`` only, and its k-th number on k only: not on how many rows are sampled,
which of them have joined or left, or what was chosen before. Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from engine.domain import Sampling
from engine.errors import BadText
from engine.limits import LEAST_TEMPERATURE


def uniforms(seed: int, draw: int, count: int) -> Tensor:
    """Return the first ``count`` numbers of a row's stream, float64 in [0, 1).

    Raw Philox output is used, because numpy promises it never changes; its distributions carry no such promise.
    """
    raw = np.random.Philox(key=np.array([seed, draw], dtype=np.uint64)).random_raw(count)
    return torch.from_numpy((raw >> np.uint64(11)).astype(np.float64) * 2.0**-53)


class TokenChooser:
    """Chooses tokens for rows that join one by one, each with a random stream of its own."""

    def __init__(self, sampling: Sampling) -> None:
        """``sampling``: how all rows are sampled; whose numbers a row draws is said as it joins."""
        self._sampling = sampling
        self._streams: dict[
            int, np.ndarray[tuple[int], np.dtype[np.float64]]
        ] = {}  # row -> its numbers; empty where rows are greedy
        self._seen: dict[int, Tensor] = {}  # row -> (vocabulary,), what it has read or written; empty without a penalty
        self._prompts: dict[int, Sequence[int]] = {}  # row -> what it has read, until its first token is chosen

    def join(self, row: int, seed: int, draw: int, prompt: Sequence[int], longest: int) -> None:
        """Take a row, which will choose at most ``longest`` tokens with the numbers of ``(seed, draw)``.

        ``prompt``: the ids that it begins with; they count as repeated, as in transformers.
        """
        if self._sampling.temperature >= LEAST_TEMPERATURE:  # nearer to 0 it is greedy
            self._streams[row] = uniforms(seed, draw, longest).numpy()
        if self._sampling.repetition_penalty != 1:
            self._prompts[row] = prompt

    def leave(self, row: int) -> None:
        """Forget a row."""
        for held in (self._streams, self._seen, self._prompts):
            held.pop(row, None)

    def choose(self, logits: Tensor, rows: Sequence[int], steps: Sequence[int]) -> list[int]:
        """Return the next token of each row: ``logits`` (B, vocabulary) float32, ``steps`` the tokens each has chosen before.

        Raises BadText when the logits are no numbers.
        """
        if self._sampling.repetition_penalty != 1:
            logits = penalized(logits, self._seen_by(rows, logits), self._sampling.repetition_penalty)
        best = logits.max(dim=-1)
        if not bool(best.values.isfinite().all()):  # NaN and infinity win every comparison here
            raise BadText(
                "The policy computed no number for its next word. Its weights may be damaged, or the dtype too small: "
                "try float32."
            )
        tokens = best.indices
        if self._streams:
            numbers = [self._streams[row][step] for row, step in zip(rows, steps, strict=True)]
            tokens = self._drawn(logits, torch.tensor(numbers, dtype=torch.float64, device=logits.device))
        chosen: list[int] = tokens.tolist()
        for row, token in zip(rows, chosen, strict=True):
            if row in self._seen:
                self._seen[row][token] = True
        return chosen

    def _drawn(self, logits: Tensor, numbers: Tensor) -> Tensor:
        """Return tokens (B,) by inverse distribution function at ``numbers`` (B,)."""
        # in float64: over 92,000 tokens a float32 sum is off by more than the rarest tokens' share
        cumulative = _probabilities(logits, self._sampling).double().cumsum(dim=-1)
        total = cumulative[:, -1:]
        target = torch.minimum(numbers[:, None] * total, torch.nextafter(total, torch.zeros_like(total)))
        # right=True: a token of probability 0 ends where it begins and is never chosen. Where no number is left to compare, an
        # index past the vocabulary would end the process on CUDA.
        return torch.searchsorted(cumulative, target, right=True)[:, 0].clamp(max=logits.shape[-1] - 1)

    def _seen_by(self, rows: Sequence[int], logits: Tensor) -> Tensor:
        """Return what each row has read or written, (B, vocabulary)."""
        for row in rows:
            if row in self._prompts:
                seen = torch.zeros(logits.shape[-1], dtype=torch.bool, device=logits.device)
                seen[list(self._prompts.pop(row))] = True
                self._seen[row] = seen
        return torch.stack([self._seen[row] for row in rows])


def penalized(logits: Tensor, seen: Tensor, penalty: float) -> Tensor:
    """Return logits (B, vocabulary) with the seen tokens made less likely (penalty above 1) or more likely (below).

    Source: transformers' RepetitionPenaltyLogitsProcessor (CTRL, arXiv 1909.05858).
    """
    return torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)


def _probabilities(logits: Tensor, sampling: Sampling) -> Tensor:
    """Return (B, vocabulary) probabilities after temperature, top-k and top-p."""
    scaled = logits / sampling.temperature
    if 0 < sampling.top_k < logits.shape[-1]:
        least = scaled.topk(sampling.top_k, dim=-1).values[:, -1:]
        scaled = scaled.masked_fill(scaled < least, float("-inf"))
    probabilities = scaled.softmax(dim=-1)
    if sampling.top_p < 1:
        ordered, order = probabilities.sort(dim=-1, descending=True, stable=True)
        before = ordered.cumsum(dim=-1) - ordered  # mass of the more likely tokens
        within = before < sampling.top_p
        within[:, 0] = True  # even where top_p is 0 in float32
        kept = torch.zeros_like(probabilities, dtype=torch.bool).scatter(-1, order, within)
        probabilities = probabilities.masked_fill(~kept, 0.0)
    return probabilities
