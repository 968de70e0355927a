"""Training rows: token ids of conversations, batched by length, with the positions that carry loss.

The conversations are encoded by the engine's own prompt code (engine/prompts). Does not know pixels or models.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from engine.prompts.prm_formats.base import encode_prm
from engine.prompts.prm_formats.visualprm import MINUS, PLUS, VISUALPRM, prm_next_turn
from engine.prompts.segments import encode
from engine.prompts.style import PromptStyle, policy_prompt
from engine.prompts.tokenizer import Tokens
from nano.model.architecture import IMAGE_TOKENS
from nano.model.tokenizer import END, IMAGE, PAD
from nano.world.checker import ClaimedNumber

IGNORED = -100
CACHED_TEXTS = 200_000
STYLE = PromptStyle(system=None, policy_prompt="{question}", tokens_per_tile=IMAGE_TOKENS)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRow:
    """One conversation."""

    ids: tuple[int, ...]
    """Token ids, starting with <|im_start|>."""
    targets: tuple[int, ...]
    """For each position the id it must predict, IGNORED where no loss is taken."""
    labels: tuple[int, ...] = ()
    """For each score position 1 where the step is correct and 0 where it is wrong, IGNORED elsewhere; empty for policy rows."""
    checks: tuple[int, ...] = ()
    """For each digit of a claimed number 1 while the number is right up to there, then 0; IGNORED elsewhere. Where an
    object is named after its number, 1 or 0 for the whole number at the end of the step instead."""
    scene: int
    """Index of the scene that the conversation is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Rows of similar length, padded on the right."""

    ids: Tensor
    """(rows, length) token ids."""
    targets: Tensor
    """(rows, length) ids to predict, IGNORED elsewhere."""
    labels: Tensor
    """(rows, length) 1 or 0 at score positions, IGNORED elsewhere."""
    checks: Tensor
    """(rows, length) 1 or 0 at the digits of claimed numbers, IGNORED elsewhere."""
    scenes: tuple[int, ...]
    """The scene index of each row."""


class RowEncoder:
    """Encodes questions and steps as rows with the engine's prompt code; caches encoded text."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast) -> None:
        self._tokens = Tokens(Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()))
        self._cache: dict[str, list[int]] = {}
        self.end, self.pad, self.image = (self.token_id(token) for token in (END, PAD, IMAGE))
        self._digits = {self.token_id(digit) for digit in "0123456789"}
        self.plus, self.minus = self.token_id(PLUS), self.token_id(MINUS)

    def encode(self, text: str) -> list[int]:
        """Ids of plain text (engine.prompts.Vocabulary)."""
        ids = self._cache.get(text)
        if ids is None:
            ids = self._tokens.encode(text)
            if len(self._cache) < CACHED_TEXTS:
                self._cache[text] = ids
        return ids

    def token_id(self, token: str) -> int:
        """The id of one token (engine.prompts.Vocabulary)."""
        return self._tokens.token_id(token)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, without special tokens."""
        return self._tokens.decode(ids)

    def prompt_ids(self, question: str) -> list[int]:
        """Ids of the policy prompt, up to and including the assistant header."""
        return encode(policy_prompt(STYLE, question, (1,)), self)

    def solution_row(self, question: str, steps: Sequence[str], scene: int) -> TrainingRow:
        """A question with its solution; loss on the solution and its end token."""
        prompt = self.prompt_ids(question)
        answer = [*self.encode("\n\n".join(steps)), self.end]
        targets = [IGNORED] * (len(prompt) - 1) + answer + [IGNORED]
        return TrainingRow(ids=(*prompt, *answer), targets=tuple(targets), scene=scene)

    def reward_row(self, question: str, steps: Sequence[LabelledStep], scene: int) -> TrainingRow:
        """A solution as the reward model reads it, with a label at each score position.

        Correct steps are also targets, token by token, and so are the true digits of wrong numbers up to the first
        wrong one: a model that predicts what should stand there can tell what is wrong.
        """
        prm = encode_prm(STYLE, VISUALPRM, self, question, [step.text for step in steps], (1,))
        targets = _RowTargets(prm.ids)
        for step, position in zip(steps, prm.positions, strict=True):
            if step.label is None:
                continue
            targets.labels[position] = int(step.label)
            end = position - 3  # <|im_end|> of the step; then a line end, <|im_start|> and the role line
            start = end - len(self.encode(step.text))
            if step.label:
                targets.set_targets(start, prm.ids[start : end + 1])
            digits = [index for index in range(start, end) if prm.ids[index] in self._digits]
            for claim in step.claims:
                if claim.named_later:  # its digits come before the object is named; at the end of the step it is known
                    targets.set_targets(end, [self.token_id(claim.true[0])])
                    targets.checks[end - 1] = int(claim.stated == claim.true)
                else:
                    self._check(targets, digits[claim.first_digit : claim.first_digit + len(claim.stated)], claim.true)
        return targets.row(scene)

    def claims_row(self, claims: Sequence[tuple[str, str, bool]]) -> TrainingRow:
        """Bare claims (text, true result, label) without picture or question: many labels for few tokens.

        Each is followed by the assistant header, at whose end its label stands as in `reward_row`; the fixed answer to
        it and the next user header carry no information and are left out.
        """
        turn = encode(prm_next_turn("$"), self)
        header = turn[turn.index(self.token_id("$")) + 1 :]
        ids: list[int] = []
        places = []
        for text, true, label in claims:
            claim = self.encode(text)
            start = len(ids) + len(claim) - len(self.encode(text.rpartition("=")[2]))
            ids += [*claim, *header]
            places.append((range(start, len(ids) - len(header) - 1), true, len(ids) - 1, label))
        targets = _RowTargets(ids)
        for digits, true, end, label in places:
            targets.labels[end] = int(label)
            self._check(targets, digits, true)
        return targets.row(scene=0)

    def _check(self, targets: _RowTargets, digits: Sequence[int], true: str) -> None:
        """Check the digits of one claimed number, at these positions, and make the true ones targets."""
        wanted = [self.token_id(digit) for digit in true]
        right = True
        for index, position in enumerate(digits):
            if right and index < len(wanted):
                targets.set_targets(position, wanted[index : index + 1])
            is_last = index + 1 == len(digits)
            right = right and index < len(wanted) and targets.ids[position] == wanted[index]
            targets.checks[position] = int(right and not (is_last and len(wanted) > len(digits)))


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledStep:
    """A step with its label."""

    text: str
    """The step."""
    label: bool | None
    """Whether it is correct; None: no label."""
    claims: tuple[ClaimedNumber, ...] = ()
    """The numbers it reads or computes."""


class _RowTargets:
    """The targets, labels and checks of a row of ids, as they are filled in."""

    def __init__(self, ids: Sequence[int]) -> None:
        self.ids = ids
        self.targets, self.labels, self.checks = ([IGNORED] * len(ids) for _ in range(3))

    def set_targets(self, start: int, ids: Sequence[int]) -> None:
        """Make these ids the targets of the positions from `start` on; each is predicted one position before."""
        self.targets[start - 1 : start - 1 + len(ids)] = ids

    def row(self, scene: int) -> TrainingRow:
        """The finished row."""
        return TrainingRow(
            ids=tuple(self.ids),
            targets=tuple(self.targets),
            labels=tuple(self.labels),
            checks=tuple(self.checks),
            scene=scene,
        )


def batches(
    rows: list[TrainingRow], size: int, pad: int, rng: random.Random | None = None, *, keep_short: bool = False
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


def _padded(group: list[TrainingRow], pad: int) -> Batch:
    longest = max(len(row.ids) for row in group)

    def filled(rows: list[tuple[int, ...]], empty: int) -> Tensor:
        return torch.tensor([[*row, *[empty] * (longest - len(row))] for row in rows])

    return Batch(
        ids=filled([row.ids for row in group], pad),
        targets=filled([row.targets for row in group], IGNORED),
        labels=filled([row.labels for row in group], IGNORED),
        checks=filled([row.checks for row in group], IGNORED),
        scenes=tuple(row.scene for row in group),
    )
