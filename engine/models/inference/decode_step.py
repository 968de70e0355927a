"""One token for every row at a time: launched kernel by kernel, or on a GPU recorded once for a shape and replayed (CUDA graphs).

A step of a large model is thousands of small kernels, and launching them takes longer than they do. A recording runs them without
Python, at addresses that never change: rows keep a place each until half of them have left, room for tokens doubles, and only
then is recorded again. A recording is compared with the plain step before it is used; what cannot be recorded goes on plainly.
Knows no text and no sampling.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.models.inference.dynamic_rope import within_native_length
from engine.models.inference.network import Network
from engine.models.inference.shared_attention import FIRST_CAPACITY, DecodingRows, FixedRows, Prefix

log = logging.getLogger(__name__)

PAYS_FROM = 64  # tokens still to write: recording takes about as long as a few plain steps, several times a request
RECORDED_DTYPES = ("bfloat16", "float16")  # 8-bit layers look at their numbers on the way, which no recording can
TOLERANCE = 0.05  # of the largest number, between a plain and a replayed step: kernels may be others


class Steps(Protocol):
    """Rows that are written together."""

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Read one token of every row; return the hidden states (B, hidden) the next ones follow from."""
        ...

    def read(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """Read equally many tokens of every row, written before; return the hidden states (B, hidden) of the last ones."""
        ...

    def keep(self, rows: Sequence[int]) -> None:
        """Keep only these rows, in this order."""
        ...


class Recording(Protocol):
    """Work that can be done again without Python."""

    def record(self, work: Callable[[], Tensor]) -> Tensor:
        """Take the work down; return the tensor that every replay fills."""
        ...

    def replay(self) -> None:
        """Do it again."""
        ...


def steps_for(network: Network, prefix: Prefix, rows: int, longest: int) -> Steps:
    """Return how ``rows`` are written behind ``prefix``, at most ``longest`` tokens each."""
    can_record = network.device.type == "cuda" and network.card.dtype in RECORDED_DTYPES
    is_short = network.native_length is None or prefix.length + longest <= network.native_length
    if can_record and is_short and len(prefix.bytes_by_device) == 1 and longest >= PAYS_FROM:
        return RecordedSteps(network, prefix, rows, longest, partial(CudaGraph, network.device))
    return PlainSteps(network, DecodingRows(prefix, rows, longest))


class PlainSteps:
    """Implements ``Steps``: every kernel is launched by itself."""

    def __init__(self, network: Network, memory: DecodingRows) -> None:
        self._network = network
        self._memory = memory

    def step(self, tokens: Sequence[int]) -> Tensor:
        """See ``Steps``."""
        return self.read([[token] for token in tokens])

    def read(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """See ``Steps``."""
        return _read(self._network, self._memory, tokens)

    def keep(self, rows: Sequence[int]) -> None:
        """See ``Steps``."""
        self._memory.keep(rows)


class RecordedSteps:
    """Implements ``Steps``: a step is recorded when its shape is new, and replayed."""

    def __init__(
        self, network: Network, prefix: Prefix, rows: int, longest: int, recording: Callable[[], Recording]
    ) -> None:
        self._network = network
        self._longest = longest
        self._new_recording: Callable[[], Recording] | None = recording  # None: it failed, steps are plain
        self._recording: Recording | None = None
        self._hidden: Tensor | None = None  # (places, hidden), filled by every replay
        self._memory = FixedRows(prefix, rows, min(FIRST_CAPACITY, longest))
        self._places = list(range(rows))  # where each row is; others are rows that have left
        self._allocate(rows)

    def step(self, tokens: Sequence[int]) -> Tensor:
        """See ``Steps``."""
        self._make_room(1)
        self._ids[self._places, 0] = torch.tensor(list(tokens), device=self._ids.device)
        self._positions.fill_(self._memory.position)
        if self._recording is not None:
            self._recording.replay()
        else:
            self._hidden = self._record() if self._new_recording is not None else self._plain()
        assert self._hidden is not None
        self._memory.advance(1)
        return self._hidden[self._places]  # a copy: the next replay writes there again

    def read(self, tokens: Sequence[Sequence[int]]) -> Tensor:
        """See ``Steps``. Before the first row has left."""
        self._make_room(len(tokens[0]))
        return _read(self._network, self._memory, tokens)

    def keep(self, rows: Sequence[int]) -> None:
        """See ``Steps``."""
        self._places = [self._places[row] for row in rows]
        if 2 * len(rows) <= len(self._ids):
            self._memory.keep(self._places)
            self._places = list(range(len(rows)))
            self._allocate(len(rows))
            self._forget()

    def _make_room(self, tokens: int) -> None:
        while not self._memory.has_room(tokens):
            self._memory.grow(self._longest)
            self._forget()

    def _allocate(self, rows: int) -> None:
        self._ids = torch.zeros(rows, 1, dtype=torch.long, device=self._network.device)
        self._positions = torch.zeros_like(self._ids)

    def _forget(self) -> None:
        self._recording = self._hidden = None

    def _plain(self) -> Tensor:
        with within_native_length(self._network.model):
            hidden = self._network.forward(self._network.embed(self._ids), self._positions, self._memory)
        return hidden[:, -1]

    def _record(self) -> Tensor:
        """Record the step at hand, or find that it cannot be; return its hidden states."""
        plain = self._plain()
        assert self._new_recording is not None
        try:
            recording = self._new_recording()
            hidden = recording.record(self._plain)
            hidden.zero_()  # or a recording that does nothing would pass for one that gives the same
            recording.replay()
            if bool((hidden - plain).abs().max() <= TOLERANCE * plain.abs().max()):
                self._recording = recording
                return hidden
            log.warning("a recorded step differs from the plain one; steps stay plain")
        except torch.OutOfMemoryError:
            raise
        except RuntimeError as error:  # what a capture does not allow
            log.warning("a step cannot be recorded, steps stay plain: %s", error)
        self._new_recording = None
        return plain


def _read(network: Network, memory: DecodingRows | FixedRows, tokens: Sequence[Sequence[int]]) -> Tensor:
    ids = torch.tensor([list(row) for row in tokens], device=network.device)
    positions = (memory.position + torch.arange(ids.shape[1], device=network.device)).expand_as(ids)
    hidden = network.forward(network.embed(ids), positions, memory)
    memory.advance(ids.shape[1])
    return hidden[:, -1]


class CudaGraph:
    """Implements ``Recording`` on one GPU. Never run: no GPU was at hand; the tests record and replay operators on the CPU."""

    def __init__(self, device: torch.device) -> None:
        """``device``: the model's, which need not be the thread's current one."""
        self._device = device
        with torch.cuda.device(device):
            self._graph: Any = torch.cuda.CUDAGraph()

    def record(self, work: Callable[[], Tensor]) -> Tensor:
        """See ``Recording``."""
        # thread_local: what other threads ask of the driver meanwhile (another model, the page) must not break the capture
        with torch.cuda.device(self._device), torch.cuda.graph(self._graph, capture_error_mode="thread_local"):
            return work()

    def replay(self) -> None:
        """See ``Recording``."""
        with torch.cuda.device(self._device):
            self._graph.replay()
