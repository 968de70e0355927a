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

from nano.train.reading import Reader
from nano.train.rows import Layout

LONGEST = 110  # tokens; the longest true solution has about 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How solutions are drawn."""

    temperature: float = 0.7
    """0 is greedy."""
    seed: int = 0
    """Seed of the whole call."""
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
    """One solution a question, as steps; pictures (questions, IMAGE_TOKENS, WIDTH) are the picture tokens of each.

    With `begun` each solution goes on from the steps that are given for it, which are part of what is returned.
    """
    generator = torch.Generator().manual_seed(sampling.seed)
    starts = ["".join(f"{step}\n\n" for step in steps) for steps in begun or [()] * len(questions)]
    prompts = [[*layout.question(q), *layout.encode(start)] for q, start in zip(questions, starts, strict=True)]
    groups: dict[int, list[int]] = defaultdict(list)
    for index, prompt in enumerate(prompts):
        groups[len(prompt)].append(index)
    texts = [""] * len(prompts)
    for members in groups.values():
        for start in range(0, len(members), sampling.batch):
            chosen = members[start : start + sampling.batch]
            ids = torch.tensor([prompts[index] for index in chosen])
            drawn = _decode(reader, layout, (ids, pictures[chosen]), sampling.temperature, generator)
            for index, row in zip(chosen, drawn, strict=True):
                texts[index] = starts[index] + layout.decode(row)
    return [tuple(text.split("\n\n")) for text in texts]


def _decode(
    reader: Reader, layout: Layout, prompt: tuple[Tensor, Tensor], temperature: float, generator: torch.Generator
) -> list[list[int]]:
    ids, pictures = prompt
    cache = DynamicCache()
    embedded = reader.embed(ids, pictures)
    members = torch.arange(len(ids))  # which row of the answer each row of the batch is
    ended = torch.zeros(len(ids), dtype=torch.bool)
    rows: list[list[int]] = [[] for _ in range(len(ids))]
    for _ in range(LONGEST):
        hidden = reader.language_model(inputs_embeds=embedded, cache=cache, use_cache=True).last_hidden_state
        token = choose(reader.lm_head(hidden[:, -1]), temperature, generator)
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
        embedded = reader.language_model.embed_tokens(token[:, None])
    return rows


def choose(logits: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """(rows, vocabulary) logits -> (rows,) token ids."""
    if temperature == 0:
        return logits.argmax(-1)
    chances = torch.softmax(logits.float() / temperature, dim=-1)
    return torch.multinomial(chances, 1, generator=generator).flatten()
