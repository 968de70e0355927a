"""Tokens that are known already, read behind a prefix: beginnings of solutions, and rows that were interrupted.

Several rows go into one forward, in pieces where memory asks for it. Knows no text and no sampling.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.models.inference import memory_budget
from engine.models.inference.network import Network, memory_named
from engine.models.inference.shared_attention import AppendingRows, Prefix, RowMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownTokens:
    """What a row begins with behind a prefix."""

    ids: Sequence[int]  # at least one
    places: Sequence[int]  # indices into ids where the hidden state is wanted, ascending, at least one


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensRead:
    """What was read of a row."""

    memory: RowMemory
    hidden: Tensor  # (places, hidden)


def tokens_at_once(network: Network, prefix: Prefix, hidden: Tensor, rows: Sequence[KnownTokens]) -> int:
    """Return how many tokens of these rows to read in one forward; ``hidden`` is any hidden state, for its size.

    Beyond the network's native length it is one of each row: there the positions of a token's neighbours depend on how many
    there were when it was written.
    """
    native = network.native_length
    if native is not None and prefix.end + max(len(row.ids) for row in rows) > native:
        return len(rows)
    return memory_budget.tokens_behind(prefix, hidden.shape[-1] * hidden.element_size())


def read_behind(
    network: Network, prefix: Prefix, rows: Sequence[KnownTokens], at_once: int
) -> Generator[tuple[()], None, list[TokensRead]]:
    """Read every row's tokens behind ``prefix``, about ``at_once`` tokens in a forward. Yields after every forward.

    Raises OutOfMemory: nothing is read then.
    """
    memories = [RowMemory() for _ in rows]
    found: list[list[Tensor]] = [[] for _ in rows]
    start = 0
    while reading := [number for number, row in enumerate(rows) if len(row.ids) > start]:
        end = start + max(1, at_once // len(reading))
        pieces = [rows[number].ids[start:end] for number in reading]
        wanted = [[at - start for at in rows[number].places if start <= at < end] for number in reading]
        hidden = _forward(network, prefix, [memories[number] for number in reading], pieces, wanted)
        for number, states in zip(reading, hidden, strict=True):
            found[number].append(states)
        yield ()
        start = end
    return [TokensRead(memory=memory, hidden=torch.cat(states)) for memory, states in zip(memories, found, strict=True)]


@torch.inference_mode()
def _forward(
    network: Network,
    prefix: Prefix,
    memories: Sequence[RowMemory],
    pieces: Sequence[Sequence[int]],
    wanted: Sequence[Sequence[int]],
) -> list[Tensor]:
    """Append a piece (right-padded) to every row; return the hidden states (wanted, hidden) of each."""
    longest = max(map(len, pieces))
    ids = torch.tensor([[*piece, *[0] * (longest - len(piece))] for piece in pieces], device=network.device)
    positions = torch.tensor(
        # padding has the position of the last token: it must not pass for a longer prompt
        [
            [prefix.end + memory.length + min(at, len(piece) - 1) for at in range(longest)]
            for memory, piece in zip(memories, pieces, strict=True)
        ],
        device=network.device,
    )
    most = max(1, *map(len, wanted))
    read = [[*places, *[longest - 1] * (most - len(places))] for places in wanted]
    attend = AppendingRows(prefix, memories, list(map(len, pieces)), torch.tensor(read, device=network.device))
    with memory_named(network.device):
        hidden = network.forward(network.embed(ids), positions, attend)  # (B, longest, hidden)
        found = [hidden[row, list(places)] for row, places in enumerate(wanted)]
    attend.commit()
    return found
