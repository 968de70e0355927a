"""One token for every row at a time: launched kernel by kernel, or on a GPU recorded once for a shape and replayed (CUDA graphs).

A step of a large model is thousands of small kernels, and launching them takes longer than they do. A recording runs them without
Python, at addresses that never change: rows keep their places until half of them have left, others join where some have left,
room for tokens doubles, and only when that does not do is recorded again. Rows behind unlike prefixes are not recorded: what a step
does changes whenever one of them leaves. A recording is compared with the plain step before it is used; what cannot be recorded
goes on plainly. Knows no text and no sampling.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.models.inference.decoding_rows import DecodingRows, FixedRows, JoiningRow
from engine.models.inference.dynamic_rope import within_native_length
from engine.models.inference.network import Network
from engine.models.inference.shared_attention import Prefix

log = logging.getLogger(__name__)

PAYS_FROM = 64  # tokens still to write: recording takes about as long as a few plain steps, several times a request
RECORDED_DTYPES = ("bfloat16", "float16")  # 8-bit layers look at their numbers on the way, which no recording can
TOLERANCE = 0.05  # of the largest number, between a plain and a replayed step: kernels may be others


class Steps(Protocol):
    """Rows that are written together."""

    @property
    def takes_long(self) -> bool:
        """Whether rows may pass the network's native length."""
        ...

    @property
    def held_tokens(self) -> int:
        """Tokens of rows that there is room for."""
        ...

    def __len__(self) -> int:
        """How many rows there are."""
        ...

    def join(self, rows: Sequence[JoiningRow]) -> None:
        """Take more rows, behind those that there are."""
        ...

    def leave(self, places: Sequence[int]) -> None:
        """Let rows go, the last one first; the last of those that stay takes the place that becomes free."""
        ...

    def row(self, place: int) -> JoiningRow:
        """Return a copy of a row as it is now, to join again."""
        ...

    def step(self, tokens: Sequence[int]) -> Tensor:
        """Read one token of every row; return the hidden states (B, hidden) the next ones follow from."""
        ...


class Recording(Protocol):
    """Work that can be done again without Python."""

    def record(self, work: Callable[[], Tensor]) -> Tensor:
        """Take the work down; return the tensor that every replay fills."""
        ...

    def replay(self) -> None:
        """Do it again."""
        ...


def steps_for(network: Network, like: Prefix, longest: int, *, is_short: bool) -> Steps:
    """Return how rows are written, at most ``longest`` tokens each, on the devices on which ``like`` lies.

    ``is_short``: none of them will pass the network's native length.
    """
    can_record = network.device.type == "cuda" and network.card.dtype in RECORDED_DTYPES
    if can_record and is_short and len(like.bytes_by_device) == 1 and longest >= PAYS_FROM:
        return RecordedSteps(network, longest, partial(CudaGraph, network.device))
    return PlainSteps(network, longest)


class PlainSteps:
    """Implements ``Steps``: every kernel is launched by itself."""

    takes_long = True

    def __init__(self, network: Network, longest: int) -> None:
        self._network = network
        self._memory = DecodingRows(longest)

    def __len__(self) -> int:
        """See ``Steps``."""
        return len(self._memory)

    @property
    def held_tokens(self) -> int:
        """See ``Steps``."""
        return self._memory.held_tokens

    def join(self, rows: Sequence[JoiningRow]) -> None:
        """See ``Steps``."""
        self._memory.join(rows)

    def leave(self, places: Sequence[int]) -> None:
        """See ``Steps``."""
        self._memory.leave(places)

    def row(self, place: int) -> JoiningRow:
        """See ``Steps``."""
        return self._memory.row(place)

    def step(self, tokens: Sequence[int]) -> Tensor:
        """See ``Steps``."""
        network = self._network
        ids = torch.tensor(list(tokens), device=network.device)[:, None]
        positions = torch.tensor(self._memory.positions, device=network.device)[:, None]
        hidden = network.forward(network.embed(ids), positions, self._memory)
        self._memory.advance()
        return hidden[:, -1]


class RecordedSteps:
    """Implements ``Steps``: a step is recorded when its shape is new, and replayed."""

    takes_long = False  # what is recorded holds within the native length

    def __init__(self, network: Network, longest: int, recording: Callable[[], Recording]) -> None:
        self._network = network
        self._new_recording: Callable[[], Recording] | None = recording  # None: it failed, steps are plain
        self._recording: Recording | None = None
        self._hidden: Tensor | None = None  # (places, hidden), filled by every replay
        self._memory = FixedRows(longest)
        self._ids = torch.zeros(0, 1, dtype=torch.long, device=network.device)  # (places, 1)
        self._positions = torch.zeros_like(self._ids)

    def __len__(self) -> int:
        """See ``Steps``."""
        return len(self._memory)

    @property
    def held_tokens(self) -> int:
        """See ``Steps``."""
        return self._memory.held_tokens

    def join(self, rows: Sequence[JoiningRow]) -> None:
        """See ``Steps``."""
        self._follow(is_same=self._memory.join(rows))

    def leave(self, places: Sequence[int]) -> None:
        """See ``Steps``."""
        self._follow(is_same=self._memory.leave(places))

    def row(self, place: int) -> JoiningRow:
        """See ``Steps``."""
        return self._memory.row(place)

    def step(self, tokens: Sequence[int]) -> Tensor:
        """See ``Steps``."""
        self._follow(is_same=self._memory.make_room())
        rows = len(tokens)
        self._ids[:rows, 0] = torch.tensor(list(tokens), device=self._ids.device)
        self._positions[:rows, 0] = torch.tensor(self._memory.positions, device=self._ids.device)
        if self._recording is not None:
            self._recording.replay()
        else:
            can_record = self._new_recording is not None and self._memory.is_even
            self._hidden = self._record() if can_record else self._plain()
        assert self._hidden is not None
        self._memory.advance()
        return self._hidden[:rows].clone()  # the next replay writes there again

    def _follow(self, *, is_same: bool) -> None:
        """Forget the recording unless the same operators on the same tensors still do a step."""
        if is_same:
            return
        self._recording = self._hidden = None
        if len(self._ids) != self._memory.places:
            self._ids = torch.zeros(self._memory.places, 1, dtype=torch.long, device=self._network.device)
            self._positions = torch.zeros_like(self._ids)

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
