"""A real network on a device that is too small: forwards above a limit run out of memory half-way, as a GPU's do."""

from __future__ import annotations

import torch


class Cramped:
    """A ``Network`` with room for so many rows, and so many tokens, in one forward behind a prompt; None is no limit.

    The prompt itself is read without a limit: there is nothing smaller to try.
    """

    def __init__(self, network, *, rows: int | None = None, tokens: int | None = None) -> None:
        self._network = network
        self._rows = rows
        self._tokens = tokens
        self.shapes: list[tuple[int, int]] = []  # (rows, tokens of each) of the forwards that fitted
        self.failures = 0

    def __getattr__(self, name):
        return getattr(self._network, name)

    def forward(self, embeddings, positions, attend, **more):
        rows, tokens = embeddings.shape[:2]
        is_too_much = (self._rows is not None and rows > self._rows) or (
            self._tokens is not None and rows * tokens > self._tokens
        )
        if is_too_much:
            self.failures += 1
            attend = _FailsAtLayer(attend, 1)
        hidden = self._network.forward(embeddings, positions, attend, **more)
        self.shapes.append((rows, tokens))
        return hidden


class _FailsAtLayer:
    """Runs out of memory when the first layers have already remembered something."""

    def __init__(self, attend, layer: int) -> None:
        self._attend = attend
        self._layer = layer

    def __getattr__(self, name):
        return getattr(self._attend, name)

    def attend(self, layer, query, key, value, scale):
        if layer == self._layer:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        return self._attend.attend(layer, query, key, value, scale)
