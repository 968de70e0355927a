"""What a PRM format is, and the ids of a whole reward-model prompt. Pure; no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.prompts.segments import Segment, Vocabulary, encode
from engine.prompts.style import PromptStyle


class PrmFormat(Protocol):
    """How a reward model is asked about steps, and which of its words are the answer.

    The score of a step is the probability of ``answers[0]`` against ``answers[1]`` behind the last token of its segments.
    """

    name: str  # as stated in workbench.json and on the command line
    answers: tuple[str, str]  # tokens: right, wrong
    step_tokens: tuple[str, ...]  # further special tokens it needs, the one that ends a step first
    notice: str | None  # for people: why the scores are approximate; None when the model was trained to be read so

    def first(self, style: PromptStyle, question: str, step: str, tiles: Sequence[int]) -> tuple[Segment, ...]:
        """Return the prompt for the first step."""
        ...

    def following(self, step: str) -> tuple[Segment, ...]:
        """Return what follows the previous step's segments for one more step."""
        ...

    def closing(self) -> tuple[Segment, ...]:
        """Return what follows the last step's segments where all steps are read in one pass."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PrmIds:
    """A whole reward-model prompt as ids."""

    ids: tuple[int, ...]  # up to the last assistant header; the last answer token is not part of it
    positions: tuple[int, ...]  # one a step: the index whose next-token logits give the step's score


def encode_prm(
    style: PromptStyle,
    prm_format: PrmFormat,
    vocabulary: Vocabulary,
    question: str,
    steps: Sequence[str],
    tiles: Sequence[int] = (),
) -> PrmIds:
    """Return ids and score positions of all ``steps`` (at least one) in one pass."""
    if not steps:
        raise ValueError("steps is empty: a solution has at least one step")
    ids: list[int] = []
    positions: list[int] = []
    for index, step in enumerate(steps):
        turn = prm_format.first(style, question, step, tiles) if index == 0 else prm_format.following(step)
        ids += encode(turn, vocabulary)
        positions.append(len(ids) - 1)
    return PrmIds(ids=tuple(ids), positions=tuple(positions))
