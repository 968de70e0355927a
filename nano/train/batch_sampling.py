"""Sampling of many solutions at once, for training and benchmarks: batches of prompts of equal length, no padding, one KV cache.

Not the engine's sampler: that one streams N samples of one problem to a person, this one is made for throughput over
thousands of problems. Both sample from softmax(logits / temperature) over the whole vocabulary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import DynamicCache

from nano.model.parts import TextModel
from nano.train.data.rows import RowEncoder

MAX_NEW_TOKENS = 110  # the longest correct solution has about 70


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSampling:
    """How solutions are sampled."""

    temperature: float = 0.7
    """At least 0; 0 is greedy."""
    seed: int = 0
    """Of the whole call."""
    n: int = 1
    """Solutions of each prompt, which is prefilled once for all of them."""
    batch: int = 128
    """Rows decoded together."""


@torch.no_grad()
def sample_solutions(
    text_model: TextModel,
    encoder: RowEncoder,
    questions: Sequence[str],
    image_tokens: Tensor,
    sampling: BatchSampling,
    prefixes: Sequence[tuple[str, ...]] | None = None,
) -> list[tuple[str, ...]]:
    """Solutions, as steps: `sampling.n` of each question next to each other.

    Args:
        text_model: the policy's.
        encoder: its prompts.
        questions: one prompt each.
        image_tokens: (questions, IMAGE_TOKENS, WIDTH), those of the question's picture.
        sampling: how.
        prefixes: for each question the first steps of its solutions, which are part of what is returned; none by default.
    """
    generator = torch.Generator().manual_seed(sampling.seed)
    starts = ["".join(f"{step}\n\n" for step in steps) for steps in prefixes or [()] * len(questions)]
    prompts = [[*encoder.prompt_ids(q), *encoder.encode(start)] for q, start in zip(questions, starts, strict=True)]
    groups: dict[int, list[int]] = defaultdict(list)
    for index, prompt in enumerate(prompts):
        groups[len(prompt)].append(index)
    texts: list[list[str]] = [[] for _ in prompts]
    together = max(1, sampling.batch // sampling.n)
    for members in groups.values():
        for start in range(0, len(members), together):
            chosen = members[start : start + together]
            ids = torch.tensor([prompts[index] for index in chosen])
            sampled = _decode(text_model, encoder, (ids, image_tokens[chosen]), sampling, generator)
            for row, written in enumerate(sampled):
                index = chosen[row // sampling.n]
                texts[index].append(starts[index] + encoder.decode(written))
    return [tuple(text.split("\n\n")) for of_prompt in texts for text in of_prompt]


def _decode(
    text_model: TextModel,
    encoder: RowEncoder,
    prompt: tuple[Tensor, Tensor],
    sampling: BatchSampling,
    generator: torch.Generator,
) -> list[list[int]]:
    ids, image_tokens = prompt
    cache = DynamicCache()
    hidden = text_model.language_model(
        inputs_embeds=text_model.embed(ids, image_tokens), cache=cache, use_cache=True
    ).last_hidden_state[:, -1]
    if sampling.n > 1:
        cache.batch_repeat_interleave(sampling.n)
        hidden = hidden.repeat_interleave(sampling.n, 0)
    members = torch.arange(len(hidden))  # which of `rows` each row of the shrinking batch is
    ended = torch.zeros(len(hidden), dtype=torch.bool)
    rows: list[list[int]] = [[] for _ in range(len(hidden))]
    for _ in range(MAX_NEW_TOKENS):
        token = choose_tokens(text_model.lm_head(hidden), sampling.temperature, generator)
        ended |= token == encoder.end
        for row, value, over in zip(members.tolist(), token.tolist(), ended.tolist(), strict=True):
            if not over:
                rows[row].append(value)
        if ended.all():
            break
        # Finished rows are dropped once they are a quarter of the batch: dropping copies the cache.
        if ended.float().mean() > 0.25:
            kept = (~ended).nonzero().flatten()
            cache.reorder_cache(kept)
            members, token, ended = members[kept], token[kept], ended[kept]
        hidden = text_model.language_model(
            inputs_embeds=text_model.language_model.embed_tokens(token[:, None]), cache=cache, use_cache=True
        ).last_hidden_state[:, -1]
    return rows


def choose_tokens(logits: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    """(rows, vocabulary) logits -> (rows,) token ids; greedy at temperature 0."""
    if temperature == 0:
        return logits.argmax(-1)
    chances = torch.softmax(logits.float() / temperature, dim=-1)
    return torch.multinomial(chances, 1, generator=generator).flatten()
