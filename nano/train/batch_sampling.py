"""Many solutions at once, for training and measuring: batches of prompts of equal length, no padding, one KV cache.

Not the engine's sampler: that one streams N samples of one problem to a person, this one wants throughput over thousands of
problems. Both sample softmax(logits / temperature) over the whole vocabulary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache

from nano.model.parts import Reader
from nano.train.data.rows import Layout

LONGEST = 110  # tokens; the longest true solution has about 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How solutions are drawn."""

    temperature: float = 0.7
    """0 is greedy."""
    seed: int = 0
    """Seed of the whole call."""
    copies: int = 1
    """Solutions of each prompt, which is read once for all of them."""
    batch: int = 128
    """Rows decoded together."""


@torch.no_grad()
def sample(
    reader: Reader,
    layout: Layout,
    questions: Sequence[str],
    pictures: Tensor,
    sampling: Sampling,
    begun: Sequence[tuple[str, ...]] | None = None,
) -> list[tuple[str, ...]]:
    """Solutions, as steps, `copies` of each question side by side.

    `pictures` (questions, IMAGE_TOKENS, WIDTH) are their picture tokens.
    With `begun` each solution goes on from the steps that are given for its question, which are part of what is returned.
    """
    generator = torch.Generator().manual_seed(sampling.seed)
    starts = ["".join(f"{step}\n\n" for step in steps) for steps in begun or [()] * len(questions)]
    prompts = [[*layout.question(q), *layout.encode(start)] for q, start in zip(questions, starts, strict=True)]
    groups: dict[int, list[int]] = defaultdict(list)
    for index, prompt in enumerate(prompts):
        groups[len(prompt)].append(index)
    texts: list[list[str]] = [[] for _ in prompts]
    together = max(1, sampling.batch // sampling.copies)
    for members in groups.values():
        for start in range(0, len(members), together):
            chosen = members[start : start + together]
            ids = torch.tensor([prompts[index] for index in chosen])
            drawn = _decode(reader, layout, (ids, pictures[chosen]), sampling, generator)
            for row, ended in enumerate(drawn):
                index = chosen[row // sampling.copies]
                texts[index].append(starts[index] + layout.decode(ended))
    return [tuple(text.split("\n\n")) for some in texts for text in some]


def _decode(
    reader: Reader, layout: Layout, prompt: tuple[Tensor, Tensor], sampling: Sampling, generator: torch.Generator
) -> list[list[int]]:
    ids, pictures = prompt
    cache = DynamicCache()
    hidden = reader.language_model(
        inputs_embeds=reader.embed(ids, pictures), cache=cache, use_cache=True
    ).last_hidden_state[:, -1]
    if sampling.copies > 1:
        cache.batch_repeat_interleave(sampling.copies)
        hidden = hidden.repeat_interleave(sampling.copies, 0)
    members = torch.arange(len(hidden))  # which row of the answer each row of the batch is
    ended = torch.zeros(len(hidden), dtype=torch.bool)
    rows: list[list[int]] = [[] for _ in range(len(hidden))]
    for _ in range(LONGEST):
        token = choose(reader.lm_head(hidden), sampling.temperature, generator)
        ended |= token == layout.end
        for row, value, over in zip(members.tolist(), token.tolist(), ended.tolist(), strict=True):
            if not over:
                rows[row].append(value)
        if ended.all():
            break
        # Ended rows leave once they are a quarter of the batch: leaving copies the cache.
        if ended.float().mean() > 0.25:
            kept = (~ended).nonzero().flatten()
            cache.reorder_cache(kept)
            members, token, ended = members[kept], token[kept], ended[kept]
        hidden = reader.language_model(
            inputs_embeds=reader.language_model.embed_tokens(token[:, None]), cache=cache, use_cache=True
        ).last_hidden_state[:, -1]
    return rows


def choose(logits: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """(rows, vocabulary) logits -> (rows,) token ids."""
    if temperature == 0:
        return logits.argmax(-1)
    chances = torch.softmax(logits.float() / temperature, dim=-1)
    return torch.multinomial(chances, 1, generator=generator).flatten()
