"""Rows of one problem behind beginnings of solutions, for a model with its own processor: every beginning is read by itself.

Knows no steps: where a beginning ends is the caller's choice.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from PIL.Image import Image

from engine.domain import Sampling
from engine.models.generic.chat import Message
from engine.models.generic.decoding import GenericDecoder
from engine.models.generic.loading import GenericModel
from engine.models.generic.pictures import RequestPictures
from engine.models.inference.completions import SEEN_BEHIND
from engine.models.inference.sampler import FIRST_ROWS, MANY_ROWS, check_length
from engine.models.inference.stop_strings import StopFilter
from engine.models.inference.written_row import RowText
from engine.prompts.tokenizer import Detokenizer
from engine.protocols import Chunk, RowStart
from engine.solution_text.thoughts import ThoughtSplitter, marks_begun


class GenericCompletions:
    """Implements ``CompletionSession``."""

    repeated = 0

    def __init__(
        self, loaded: GenericModel, images: Sequence[Image], question: str, sampling: Sampling, first: int = 0
    ) -> None:
        """Check the problem (InvalidRequest). ``first``: see :class:`GenericDecoder`."""
        self._loaded = loaded
        self._pictures = RequestPictures(images)
        self._messages = policy_messages(loaded, question)
        self._begun = marks_begun(loaded.chat.render(self._messages, self._pictures))
        self._sampling = sampling
        self._decoder = GenericDecoder(loaded, sampling, first=first)
        self._prompts: dict[str, Mapping[str, Any]] = {}  # what is read, by the beginning's text
        check_length(self._tokens("") + 1, loaded.context, "The question")
        self._added: list[RowStart] = []

    def read(self, texts: Sequence[str]) -> None:
        """See ``CompletionSession``; each is read as its rows begin."""

    def add(self, rows: Sequence[RowStart]) -> None:
        """See ``CompletionSession``."""
        for text in {row.text for row in rows}:
            check_length(self._tokens(text) + 1, self._loaded.context, "The beginning of the solution")
        self._added += rows

    def drop(self, row: int) -> None:
        """See ``CompletionSession``."""
        self._added = [each for each in self._added if each.row != row]
        self._decoder.drop(row)

    def write(self) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``CompletionSession``."""
        while self._added or self._decoder.is_busy:
            self._start()
            for chunks in self._decoder.write():
                yield chunks
                self._start()

    def _start(self) -> None:
        """Hand the rows that were added to the decoder, those behind one beginning together."""
        added, self._added = self._added, []
        for text in dict.fromkeys(row.text for row in added):
            inputs = self._inputs(text)
            behind = inputs["input_ids"][0].tolist()[-SEEN_BEHIND:] if text else []
            longest = self._decoder.longest(inputs)
            self._decoder.add(
                inputs,
                [
                    (
                        RowText(
                            number=row.row,
                            longest=longest,
                            text=Detokenizer(self._loaded.tokens, behind),
                            stop=StopFilter(self._sampling.stop),
                            thoughts=ThoughtSplitter(None if text else self._begun, is_behind_steps=bool(text)),
                        ),
                        row.seed,
                        row.draw,
                    )
                    for row in added
                    if row.text == text
                ],
            )

    def _inputs(self, text: str) -> Mapping[str, Any]:
        if text not in self._prompts:
            chat, behind = self._loaded.chat, self._loaded.chat.harmless(text)
            if text and self._begun is not None:
                behind = f"{self._begun.end}\n\n{behind}"
            self._prompts[text] = chat.prompt(self._messages, self._pictures, behind=behind, is_harmless=True)
        return self._prompts[text]

    def _tokens(self, text: str) -> int:
        return int(self._inputs(text)["input_ids"].shape[1])


def policy_messages(loaded: GenericModel, question: str) -> tuple[Message, ...]:
    """Return the dialogue that makes the model write a solution."""
    asked = Message(role="user", text=loaded.policy_prompt.replace("{question}", question), has_pictures=True)
    return (asked,) if loaded.system is None else (Message(role="system", text=loaded.system), asked)


def open_completions(
    loaded: GenericModel, images: Sequence[Image], question: str, sampling: Sampling
) -> Generator[None, None, GenericCompletions]:
    """Check the problem; see ``CompletesSolutions``."""
    session = GenericCompletions(loaded, images, question, sampling)
    yield
    return session


def sample(
    loaded: GenericModel, images: Sequence[Image], question: str, sampling: Sampling
) -> Generator[tuple[Chunk, ...], None, None]:
    """Write ``sampling.n`` solutions; see ``Policy.sample``."""
    first = FIRST_ROWS if sampling.n > MANY_ROWS else 0
    session = GenericCompletions(loaded, images, question, sampling, first)
    yield ()
    session.add([RowStart(row=draw, text="", seed=sampling.seed, draw=draw) for draw in range(sampling.n)])
    yield from session.write()
