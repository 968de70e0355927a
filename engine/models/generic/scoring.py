"""Scores of steps by one plain forward pass over the whole dialogue: no memory is kept from one to the next.

Where the prompt of a step is the beginning of the next one's, one pass reads all steps of a solution; else each step has a pass
of its own. Two logits are compared, or a head's classes, in float32.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import torch
from PIL.Image import Image

from engine.errors import LoadError
from engine.models.generic.chat import Message, as_device
from engine.models.generic.formats import HALF, AskedProblem, OutcomeReward, StepFormat
from engine.models.generic.heads import chances
from engine.models.generic.loading import GenericModel, computing
from engine.models.generic.pictures import RequestPictures
from engine.models.inference.sampler import check_length


class GenericScoring:
    """Implements ``ScoringSession``, and ``KnowsOutdatedScores``: some formats show the steps behind the one that is scored."""

    def __init__(self, loaded: GenericModel, problem: AskedProblem) -> None:
        self._loaded = loaded
        self._problem = problem
        self._format = loaded.prm_format
        self._steps: dict[int, tuple[str, ...]] = {}  # by row
        self._verdicts: dict[int, list[int]] = {}  # by row: 1 or 0 for each step that was scored
        self._outdated: set[int] = set()
        self._answers = None if self._format.answers is None else answer_ids(loaded, problem)

    def score(self, new_steps: Mapping[int, Sequence[str]]) -> Generator[None, None, Mapping[int, tuple[float, ...]]]:
        """See ``ScoringSession``."""
        whole = {row: (*self._steps.get(row, ()), *steps) for row, steps in new_steps.items()}
        for steps in whole.values():
            if steps:
                check_length(_length(self._prompt(steps, len(steps) - 1, [])), self._loaded.context, "The solution")
        scores: dict[int, tuple[float, ...]] = {row: () for row in new_steps}
        for row, steps in whole.items():
            places = range(len(self._steps.get(row, ())), len(steps))
            if places and self._format.looks_ahead and self._steps.get(row):
                self._outdated.add(row)
            verdicts = list(self._verdicts.get(row, ()))
            if self._format.feeds_verdicts:
                for place in places:
                    (chance,) = self._read(self._prompt(steps, place, verdicts), [-1])
                    scores[row] += (chance,)
                    verdicts.append(int(chance >= HALF))
                    yield
            else:
                for inputs, positions in self._together([self._prompt(steps, place, []) for place in places]):
                    scores[row] += self._read(inputs, positions)
                    yield
            if steps:
                self._steps[row], self._verdicts[row] = steps, verdicts
        return scores

    def drop(self, row: int) -> None:
        """See ``ScoringSession``."""
        self._steps.pop(row, None)
        self._verdicts.pop(row, None)
        self._outdated.discard(row)

    def is_outdated(self, row: int) -> bool:
        """See ``KnowsOutdatedScores``."""
        return row in self._outdated

    def _prompt(self, steps: Sequence[str], place: int, verdicts: Sequence[int]) -> dict[str, Any]:
        return self._format.prompt(self._loaded.chat, self._problem, steps, place, verdicts)

    def _together(self, prompts: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], list[int]]]:
        """Return what to read and at which positions: the last prompt alone where the others are its beginnings."""
        ids = [prompt["input_ids"][0].tolist() for prompt in prompts]
        is_beginning = all(later[: len(before)] == before for before, later in itertools.pairwise(ids))
        if prompts and is_beginning and self._loaded.is_causal and self._format.name != OutcomeReward.name:
            return [(prompts[-1], [len(each) - 1 for each in ids])]
        return [(prompt, [len(each) - 1]) for prompt, each in zip(prompts, ids, strict=True)]

    @torch.inference_mode()
    def _read(self, inputs: Mapping[str, Any], positions: Sequence[int]) -> tuple[float, ...]:
        model = self._loaded.model
        given = as_device(inputs, self._loaded.device, model.dtype)
        length = _length(inputs)
        places = torch.tensor([place % length for place in positions], device=self._loaded.device)
        with computing(self._loaded):
            if self._answers is not None and model._supports_logits_to_keep():
                given["logits_to_keep"] = places
            logits = model(**given, use_cache=False).logits
        logits = logits[0] if logits.dim() == 3 else logits  # (places or tokens, columns); of a whole text there is one
        if len(logits) != len(positions):
            logits = logits[places]
        found = (
            chances(logits, self._loaded.right_label)
            if self._answers is None
            else logits[:, self._answers].float().softmax(dim=-1)[:, 0]
        )
        return tuple(float(chance) for chance in found.tolist())


def answer_ids(loaded: GenericModel, problem: AskedProblem) -> list[int]:
    """Return the tokens that right and wrong begin with where an answer stands. Raises LoadError where they are one."""
    prm_format = loaded.prm_format
    assert prm_format.answers is not None
    right, wrong = (answer_id(loaded, prm_format, problem, answer) for answer in prm_format.answers)
    if right == wrong:
        raise LoadError(
            f"{loaded.card.name!r} writes {' and '.join(map(repr, prm_format.answers))} with the same first token."
        )
    return [right, wrong]


def answer_id(loaded: GenericModel, prm_format: StepFormat, problem: AskedProblem, answer: str) -> int:
    """Return the first token of an answer behind a prompt."""
    if not prm_format.needs_template:  # words in the middle of a text, as the released code looks them up
        found: list[int] = loaded.chat.tokenizer.encode(answer, add_special_tokens=False)
        return found[-1]
    messages = (
        Message(role="user", text=problem.question, has_pictures=True),
    )  # some processors read nothing without any
    before, whole = (loaded.chat.ids(messages, problem.images, behind=behind) for behind in ("", answer))
    return next((b for a, b in itertools.zip_longest(before, whole) if a != b))


def _length(inputs: Mapping[str, Any]) -> int:
    return int(inputs["input_ids"].shape[1])


def open_session(loaded: GenericModel, images: Sequence[Image], question: str) -> Generator[None, None, GenericScoring]:
    """Check the problem; see ``RewardModel.open_session``."""
    problem = AskedProblem(question=question, images=RequestPictures(images))
    prompt = loaded.prm_format.prompt(loaded.chat, problem, ["..."], 0, [])
    check_length(_length(prompt), loaded.context, "The question")
    yield
    return GenericScoring(loaded, problem)
