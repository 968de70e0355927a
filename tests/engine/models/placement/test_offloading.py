"""Weights that wait in host memory: which of them are pinned."""

import torch

from engine.models.placement import offloading


class OnCard:
    """A tensor that says it is on a GPU, whose copy is pinned as the allocator would or would not."""

    is_cuda = True

    def __init__(self, count, limit=None):
        self._host = torch.zeros(count, dtype=torch.uint8)
        self._host.pin_memory = lambda: self._pinned(limit)

    def to(self, device):
        return self._host

    def _pinned(self, limit):
        if limit is not None:
            raise RuntimeError("cudaHostAlloc: out of memory")
        return "pinned"


def test_copies_are_pinned_where_that_takes_little_more_than_their_size(caplog):
    """Pinned memory comes in powers of two: 723 MB of embeddings took a gibibyte, and too much of it ended the loading."""
    assert offloading._on_host(OnCard(1 << 20)) == "pinned"
    assert offloading._on_host(OnCard(900_000)) == "pinned"
    assert offloading._on_host(OnCard(600_000)).nbytes == 600_000
    assert offloading._on_host(OnCard(1 << 20, limit=0)).nbytes == 1 << 20
    assert "no pinned memory" in caplog.text
