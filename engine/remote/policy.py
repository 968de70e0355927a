"""A served model that writes solutions, and goes on from beginnings of them.

Closing a generator closes the connections, which makes vLLM stop writing.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TypeVar

from PIL.Image import Image

from engine.domain import Sampling
from engine.errors import ServerError
from engine.prompts.style import policy_prompt
from engine.protocols import Chunk, ModelCard
from engine.remote.completions import RemoteCompletions
from engine.remote.draws import ServedDraws
from engine.remote.messages import Message, as_messages, harmless_question
from engine.remote.metered_model import MeteredModel
from engine.remote.server import pictures_of

Turn = TypeVar("Turn")


class RemotePolicy(MeteredModel):
    """Implements ``Policy`` through a server."""

    @property
    def card(self) -> ModelCard:
        """See ``Policy``."""
        return self._server.card()

    def out_of_distribution_notice(self, images: Sequence[Image], question: str) -> str | None:
        """See ``Policy``: nobody knows what a served model was trained on."""
        return None

    def sample(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``Policy``. Raises ServerError."""
        messages = yield from self._conversation(images, question, ())
        draws = ServedDraws(
            self._server, sampling, {"messages": messages}, sampling.seed, range(sampling.n), self._meter
        )
        yield from self._server.send(draws.work).stream()

    def open_completions(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[None, None, RemoteCompletions]:
        """See ``CompletesSolutions``. Raises ServerError, also where the server is not known to go on from text."""
        if (refusal := self.completion_refusal) is not None:
            raise ServerError(refusal)
        messages = yield from self._conversation(images, question, None)
        return RemoteCompletions(self._server, sampling, messages, self._meter)

    @property
    def completion_refusal(self) -> str | None:
        """See ``MayNotComplete``: only vLLM is known to go on from text."""
        if self._server.served.is_vllm:
            return None
        return (
            f"The server of {self._server.served.name!r} does not say that it is vLLM, and others begin a new answer where they "
            "should go on from one. Serve the model by vLLM, or load it here."
        )

    def _conversation(
        self, images: Sequence[Image], question: str, nothing: Turn
    ) -> Generator[Turn, None, Sequence[Message]]:
        """Return the messages that ask for a solution. Yields ``nothing`` while the pictures are encoded."""
        prompt = policy_prompt(self._server.style(), harmless_question(question, len(images)), (1,) * len(images))
        yield nothing
        encoding = self._server.send(pictures_of(images)).stream()
        try:
            pictures = yield from _waiting(encoding, nothing)
        finally:
            encoding.close()
        return as_messages(prompt, pictures)


def _waiting(
    task: Generator[tuple[None, ...], None, tuple[str, ...]], nothing: Turn
) -> Generator[Turn, None, tuple[str, ...]]:
    """Wait for the encoded pictures; yields between polls."""
    while True:
        try:
            next(task)
        except StopIteration as done:
            pictures: tuple[str, ...] = done.value
            return pictures
        yield nothing
