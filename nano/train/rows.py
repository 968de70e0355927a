"""Training rows: token ids of conversations, batched by length, with the positions that carry loss.

The conversation layouts are the engine's (engine/models/prompts.py). Does not know pixels or models.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from engine.models import prompts
from engine.models.tokens import Tokens
from nano.model import IMAGE_TOKENS
from nano.tokenizer import END, IMAGE, PAD

IGNORED = -100
CACHED_TEXTS = 200_000
STYLE = prompts.PromptStyle(system=None, policy_prompt="{question}", tokens_per_tile=IMAGE_TOKENS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One conversation."""

    ids: tuple[int, ...]
    """Token ids, starting with <|im_start|>."""
    targets: tuple[int, ...]
    """For each position the id it must predict, IGNORED where no loss is taken."""
    labels: tuple[int, ...] = ()
    """For each position 1 where a step is judged correct, 0 where wrong, IGNORED elsewhere; empty for policy rows."""
    scene: int
    """Which scene of the batch's scenes the conversation is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of similar length, padded on the right."""

    ids: Tensor
    """(rows, length) token ids."""
    targets: Tensor
    """(rows, length) ids to predict, IGNORED elsewhere."""
    labels: Tensor
    """(rows, length) 1 or 0 where a step is judged, IGNORED elsewhere."""
    scenes: tuple[int, ...]
    """The scene index of each row."""


class Layout:
    """Turns questions and steps into token ids with the engine's own prompt code; caches encoded text."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokens = Tokens(Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()))
        self._cache: dict[str, list[int]] = {}
        self.end, self.pad, self.image = (self.token_id(token) for token in (END, PAD, IMAGE))
        self.plus, self.minus = self.token_id(prompts.PLUS), self.token_id(prompts.MINUS)

    def encode(self, text: str) -> list[int]:
        """Ids of plain text (engine.models.prompts.Vocabulary)."""
        ids = self._cache.get(text)
        if ids is None:
            ids = self._tokens.encode(text)
            if len(self._cache) < CACHED_TEXTS:
                self._cache[text] = ids
        return ids

    def token_id(self, token: str) -> int:
        """The id of one token (engine.models.prompts.Vocabulary)."""
        return self._tokens.token_id(token)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, special tokens left out."""
        return self._tokens.decode(ids)

    def question(self, question: str) -> list[int]:
        """Ids of the policy prompt, up to and with the assistant header."""
        return prompts.encode(prompts.policy_prompt(STYLE, question, (1,)), self)

    def solution(self, question: str, steps: Sequence[str], scene: int) -> Row:
        """A question with its solution; loss on the solution and the token that ends it."""
        prompt = self.question(question)
        answer = [*self.encode("\n\n".join(steps)), self.end]
        targets = [IGNORED] * (len(prompt) - 1) + answer + [IGNORED]
        return Row(ids=(*prompt, *answer), targets=tuple(targets), scene=scene)

    def judged(self, question: str, steps: Sequence[str], labels: Sequence[bool | None], scene: int) -> Row:
        """A solution as the reward model reads it, with a label at each score position (None: not judged).

        Correct steps are also to be predicted token by token: whoever knows what should stand there sees what is wrong.
        """
        prm = prompts.encode_prm(STYLE, self, question, steps, (1,))
        targets, marks = [IGNORED] * len(prm.ids), [IGNORED] * len(prm.ids)
        for step, position, label in zip(steps, prm.positions, labels, strict=True):
            if label is None:
                continue
            marks[position] = int(label)
            if label:
                end = position - 3  # <|im_end|> of the step; then a line end, <|im_start|> and the role line
                for index in range(end - len(self.encode(step)), end + 1):
                    targets[index - 1] = prm.ids[index]
        return Row(ids=prm.ids, targets=tuple(targets), labels=tuple(marks), scene=scene)

    def claims(self, some: Sequence[tuple[str, str, bool]]) -> Row:
        """Bare claims (text, true ending, label) without picture or question, to train the reward model densely.

        Each is followed by the assistant header, at whose end its label stands as in `judged`; the fixed answer to it and
        the next user header are left out, as they say nothing. The true ending is to be predicted as far as the text
        agrees with it, and at the first token where it does not.
        """
        ids: list[int] = []
        targets: list[int] = []
        marks: list[int] = []
        turn = prompts.encode(prompts.prm_next_turn("$"), self)
        header = turn[turn.index(self.token_id("$")) + 1 :]
        for text, ending, label in some:
            claim, true = self.encode(text), self.encode(ending)
            start = len(ids) + len(claim) - len(self.encode(text.rpartition("=")[2]))
            ids += [*claim, *header]
            targets += [IGNORED] * (len(claim) + len(header))
            marks += [IGNORED] * (len(claim) + len(header) - 1) + [int(label)]
            for index, token in enumerate(true, start):
                targets[index - 1] = token
                if ids[index] != token:
                    break
        return Row(ids=tuple(ids), targets=tuple(targets), labels=tuple(marks), scene=0)


def batches(
    rows: list[Row], size: int, pad: int, rng: random.Random | None = None, *, keep_short: bool = False
) -> list[Batch]:
    """Rows grouped by length into batches of `size`, in random order if `rng` is given.

    A last group that is too short is dropped unless `keep_short`.
    """
    ordered = sorted(rows, key=lambda row: (len(row.ids), rng.random() if rng else 0.0))
    groups = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    if groups and len(groups[-1]) < size and not keep_short:
        groups.pop()
    if rng:
        rng.shuffle(groups)
    return [_padded(group, pad) for group in groups]


def _padded(group: list[Row], pad: int) -> Batch:
    longest = max(len(row.ids) for row in group)
    ids = torch.full((len(group), longest), pad)
    targets = torch.full((len(group), longest), IGNORED)
    labels = torch.full((len(group), longest), IGNORED)
    for index, row in enumerate(group):
        ids[index, : len(row.ids)] = torch.tensor(row.ids)
        targets[index, : len(row.targets)] = torch.tensor(row.targets)
        labels[index, : len(row.labels)] = torch.tensor(row.labels, dtype=torch.long)
    return Batch(ids=ids, targets=targets, labels=labels, scenes=tuple(row.scene for row in group))
