"""N samples from one prompt: the prompt is read once, rows are decoded together and leave when they are done.

Yields after every forward step. Closing the generator stops it and frees its memory. Knows no scores and no steps; text goes out
as it is written, special tokens never in it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import torch
from PIL.Image import Image
from torch import Tensor

from engine.domain import FinishReason, Sampling
from engine.errors import InvalidRequest
from engine.models import prompts
from engine.models.draws import Chooser
from engine.models.network import Network, Pictures, prefill
from engine.models.shared import DecodingRows
from engine.models.tokens import Detokenizer
from engine.protocols import Chunk


@dataclass(slots=True)
class _Row:
    """One solution being written."""

    draw: int
    text: Detokenizer
    last: int = 0  # its newest token
    tokens: int = 0


def sample(
    network: Network,
    images: Sequence[Image],
    question: str,
    sampling: Sampling,
    encode_pictures: Callable[[Sequence[Image]], Pictures] | None = None,
) -> Generator[tuple[Chunk, ...], None, None]:
    """Write ``sampling.n`` solutions; see ``Policy.sample``. ``encode_pictures`` replaces the network's own, to remember."""
    prompt = prompts.policy_prompt(network.style, question, network.count_tiles(images))
    ids = prompts.encode(prompt, network.tokens)
    check_length(len(ids) + 1, network.context, "The question")
    yield ()
    pictures = None
    if images:
        pictures = (encode_pictures or network.encode_pictures)(images)
        yield ()
    yield from decode(network, ids, sampling, pictures)


@torch.inference_mode()
def decode(
    network: Network, ids: Sequence[int], sampling: Sampling, pictures: Pictures | None = None
) -> Generator[tuple[Chunk, ...], None, None]:
    """Continue the prompt ``ids``, ``sampling.n`` times."""
    prefix, hidden = prefill(network, ids, pictures)
    logits = network.logits(hidden).expand(sampling.n, -1)
    rows = [_Row(draw=draw, text=Detokenizer(network.tokens)) for draw in range(sampling.n)]
    chooser = Chooser(sampling, network.device)
    memory = DecodingRows(prefix, sampling.n)
    limit = min(sampling.max_new_tokens, network.context - len(ids))
    for step in range(limit):
        chosen = chooser.choose(logits, [row.draw for row in rows], step)
        chunks, staying = [], []
        for place, (row, token) in enumerate(zip(rows, chosen, strict=True)):
            chunk = _add(row, token, network.stop_ids, is_last=step + 1 == limit)
            chunks.append(chunk)
            if chunk.finish is None:
                staying.append(place)
        yield tuple(chunks)
        if not staying:
            return
        if len(staying) < len(rows):
            memory.keep(staying)
            rows = [rows[place] for place in staying]
        logits = _step(network, memory, rows)


def check_length(tokens: int, context: int, what: str) -> None:
    """Raise InvalidRequest when a prompt does not fit the model's context."""
    if tokens > context:
        raise InvalidRequest(
            f"{what} is too long: it needs {tokens} tokens with its images, and the model reads at most {context}. Shorten it."
        )


def _step(network: Network, memory: DecodingRows, rows: Sequence[_Row]) -> Tensor:
    """Read every row's newest token; return logits (B, vocabulary) for the next."""
    ids = torch.tensor([[row.last] for row in rows], device=network.device)
    positions = torch.full_like(ids, memory.position)
    hidden = network.forward(network.embed(ids), positions, memory)
    memory.advance()
    return network.logits(hidden[:, -1])


def _add(row: _Row, token: int, stop_ids: frozenset[int], *, is_last: bool) -> Chunk:
    if token in stop_ids:
        return Chunk(draw=row.draw, text=row.text.finish(), tokens=row.tokens, finish=FinishReason.STOP)
    row.last = token
    row.tokens += 1
    text = row.text.add(token)
    if is_last:
        return Chunk(draw=row.draw, text=text + row.text.finish(), tokens=row.tokens, finish=FinishReason.LENGTH)
    return Chunk(draw=row.draw, text=text, tokens=row.tokens)
