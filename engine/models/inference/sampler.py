"""N samples from one prompt: the prompt is read once, rows are decoded together and leave when they are done.

Of many rows a few are written first, so that a run that is stopped has something to keep. Rows that do not fit the device together
are decoded in waves; when a wave proves too large, its unfinished rows are written again
up to where they were, half as many at once, and go on. Yields after every forward step. Closing the generator stops it and
frees its memory. Knows no scores and no steps; text goes out as it is written, special tokens and stop strings never in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace

import torch
from PIL.Image import Image
from torch import Tensor

from engine.domain import FinishReason, Sampling
from engine.errors import InvalidRequest, OutOfMemory
from engine.models.inference import memory_budget
from engine.models.inference.decode_step import steps_for
from engine.models.inference.network import Network, Pictures, memory_named, prefill
from engine.models.inference.shared_attention import Prefix
from engine.models.inference.stop_strings import StopFilter
from engine.models.inference.token_choice import TokenChooser
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt
from engine.prompts.tokenizer import Detokenizer
from engine.protocols import Chunk

# All abreast, the eighth of 128 solutions ended after 80 % of the run's time, and what was stopped before was lost. With these it
# does after 15 %, and the run takes as long on a CPU. A wave costs a GPU as much as all rows at once, so there are no more.
MANY_ROWS = 32
FIRST_ROWS = 16


@dataclass(slots=True, kw_only=True)
class _SampledRow:
    """One solution being written."""

    draw: int
    text: Detokenizer
    stop: StopFilter
    ids: list[int] = field(default_factory=list)  # written so far, the token that ends its turn not among them
    finish: FinishReason | None = None

    def add(self, token: int, stop_ids: frozenset[int], *, is_last: bool) -> Chunk:
        """Take the next token; return what became certain."""
        text = ""
        if token in stop_ids:
            self.finish = FinishReason.STOP
        else:
            self.ids.append(token)
            text = self.stop.add(self.text.add(token))
            self.finish = FinishReason.LENGTH if is_last else None
        if self.finish is not None:
            text += self.stop.add(self.text.finish())
        if self.stop.is_stopped:
            self.finish = FinishReason.STOP
        elif self.finish is not None:
            text += self.stop.finish()
        return Chunk(draw=self.draw, text=text, tokens=len(self.ids), finish=self.finish)


def sample(
    network: Network,
    images: Sequence[Image],
    question: str,
    sampling: Sampling,
    encode_pictures: Callable[[Sequence[Image]], Pictures] | None = None,
) -> Generator[tuple[Chunk, ...], None, None]:
    """Write ``sampling.n`` solutions; see ``Policy.sample``. ``encode_pictures`` replaces the network's own, to remember."""
    prompt = policy_prompt(network.style, question, network.count_tiles(images))
    ids = encode(prompt, network.tokens)
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
    with memory_named(network.device):
        prefix, hidden = prefill(network, ids, pictures)
        vocabulary = network.logits(hidden).shape[-1]
    longest = min(sampling.max_new_tokens, network.context - len(ids))
    waves = _Waves(
        network=network,
        prefix=prefix,
        hidden=hidden,
        chooser=TokenChooser(replace(sampling, max_new_tokens=longest), ids, network.device),
        longest=longest,
    )
    waiting = [
        _SampledRow(draw=draw, text=Detokenizer(network.tokens), stop=StopFilter(sampling.stop))
        for draw in range(sampling.n)
    ]
    at_once = memory_budget.rows_behind(prefix, sampling.n, longest, vocabulary)
    few = FIRST_ROWS if sampling.n > MANY_ROWS else at_once
    while waiting:
        # rows that were interrupted are equally far and go first; they never mix with new ones
        equally_far = [row for row in waiting if len(row.ids) == len(waiting[0].ids)]
        wave = equally_far[: min(at_once, few if len(waiting) == sampling.n else at_once)]
        try:
            yield from waves.write(wave)
        except OutOfMemory:
            if len(wave) == 1:
                raise
            at_once = math.ceil(len(wave) / 2)
        memory_budget.release(
            network.device
        )  # outside the handler, whose error still holds the failed forward's tensors
        waiting = [row for row in waiting if row.finish is None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waves:
    """What all rows of a request have in common, and how some of them are written together."""

    network: Network
    prefix: Prefix
    hidden: Tensor  # (1, hidden), of the prompt's last token
    chooser: TokenChooser
    longest: int  # tokens a row may come to

    def write(self, rows: Sequence[_SampledRow]) -> Generator[tuple[Chunk, ...], None, None]:
        """Write rows, all of them equally far, to their ends. Raises OutOfMemory between two tokens: no row has lost one."""
        network, begun = self.network, len(rows[0].ids)
        with memory_named(network.device):
            steps = steps_for(network, self.prefix, len(rows), self.longest)
        hidden = self.hidden.expand(len(rows), -1)
        at_once = self._tokens_at_once(len(rows), begun)
        for start in range(0, begun, at_once):
            with memory_named(network.device):
                hidden = steps.read([row.ids[start : min(start + at_once, begun)] for row in rows])
            yield ()
        for step in range(begun, self.longest):
            with memory_named(network.device):
                chosen = self.chooser.choose(network.logits(hidden), [row.draw for row in rows], step)
            is_last = step + 1 == self.longest
            chunks = [
                row.add(token, network.stop_ids, is_last=is_last) for row, token in zip(rows, chosen, strict=True)
            ]
            yield tuple(chunks)
            staying = [place for place, row in enumerate(rows) if row.finish is None]
            if not staying:
                return
            with memory_named(network.device):
                if len(staying) < len(rows):
                    steps.keep(staying)
                    rows = [rows[place] for place in staying]
                hidden = steps.step([row.ids[-1] for row in rows])

    def _tokens_at_once(self, rows: int, written: int) -> int:
        """Return how many of a row's tokens to read in one forward, when ``rows`` that were interrupted are read again."""
        native = self.network.native_length
        if native is not None and self.prefix.length + written > native:
            return 1  # there a token's position depends on how many there were when it was written
        hidden_bytes = self.hidden.shape[-1] * self.hidden.element_size()
        return max(1, memory_budget.tokens_behind(self.prefix, hidden_bytes) // rows)


def check_length(tokens: int, context: int, what: str) -> None:
    """Raise InvalidRequest when a prompt does not fit the model's context."""
    if tokens > context:
        raise InvalidRequest(
            f"{what} is too long: it needs {tokens} tokens with its images, and the model reads at most {context}. Shorten it."
        )
