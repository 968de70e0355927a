"""A served model that writes solutions: one streamed request of n choices, or n requests of one where a server refuses n.

The text is the server's, unchanged. Draw i is asked with a number made of the seed, plus i, which is also what vLLM gives choice i
of one request. Closing the generator closes the connections, which makes vLLM stop writing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine, Generator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from PIL.Image import Image

from engine.domain import FinishReason, Sampling
from engine.errors import ServerError
from engine.prompts.style import policy_prompt
from engine.protocols import Chunk, ModelCard
from engine.remote.background_loop import Sink
from engine.remote.client import Refused
from engine.remote.json_access import at, ids_at, int_at, sentence_of, text_at
from engine.remote.messages import as_messages, harmless_question
from engine.remote.server import ServedModelInfo, Server, pictures_of

CHARACTERS_OF_A_TOKEN = 256  # more than the longest of any vocabulary: runs of spaces and lines
DRAWS = 1 << 12  # that belong to one seed


class RemotePolicy:
    """Implements ``Policy`` through a server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def card(self) -> ModelCard:
        """See ``Policy``."""
        return self._server.card()

    def close(self) -> None:
        """Close every connection."""
        self._server.close()

    def out_of_distribution_notice(self, images: Sequence[Image], question: str) -> str | None:
        """See ``Policy``: nobody knows what a served model was trained on."""
        return None

    def sample(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``Policy``. Raises ServerError."""
        served, style = self._server.served, self._server.style()
        prompt = policy_prompt(style, harmless_question(question, len(images)), (1,) * len(images))
        yield ()
        encoding = self._server.send(pictures_of(images)).stream()
        try:
            pictures = yield from _waiting(encoding)
        finally:
            encoding.close()
        messages = as_messages(prompt, pictures)
        body = {"model": served.name, "messages": messages, **_settings(sampling, served)}
        yield from self._server.send(_Sampler(self._server, sampling, body).work).stream()


@dataclass(slots=True)
class _StreamedRow:
    """One solution being written."""

    draw: int
    tokens: int = 0
    characters: int = 0
    is_begun: bool = False
    is_finished: bool = False


class _Sampler:
    """Samples all draws of one request; runs on the background loop."""

    def __init__(self, server: Server, sampling: Sampling, body: Mapping[str, object]) -> None:
        self._server = server
        self._sampling = sampling
        self._body = body
        self._rows = [_StreamedRow(draw=draw) for draw in range(sampling.n)]
        self._seed = _first_seed(sampling.seed)

    async def work(self, sink: Sink[Chunk]) -> None:
        """Write every draw."""
        n = self._sampling.n
        if n > 1 and not self._server.refuses_n:
            try:
                await self._request(self._rows, {"n": n, "seed": self._seed}, sink)
            except Refused as error:
                if not error.is_about_the_request or any(row.is_begun for row in self._rows):
                    raise
                self._server.refuses_n = True
        missing = [row for row in self._rows if not row.is_begun]  # all, or what a server that ignores n left out
        await _together([self._alone(row, sink) for row in missing])

    async def _alone(self, row: _StreamedRow, sink: Sink[Chunk]) -> None:
        await self._request([row], {"seed": self._seed + row.draw}, sink)

    async def _request(self, rows: Sequence[_StreamedRow], more: Mapping[str, object], sink: Sink[Chunk]) -> None:
        async with aclosing(self._server.client.stream({**self._body, **more})) as events:
            async for event in events:
                choices = at(event, "choices")
                for choice in choices if isinstance(choices, list) else []:
                    index = int_at(choice, "index") or 0
                    if 0 <= index < len(rows) and not rows[index].is_finished:
                        self._add(rows[index], choice, sink)
                if all(row.is_finished for row in rows):
                    break  # whatever else may come
        begun = [row for row in rows if row.is_begun]
        if not begun or not all(row.is_finished for row in begun):
            raise ServerError(
                f"The server at {self._server.address.base} stopped in the middle of a solution. Was it stopped? Try again."
            )

    def _add(self, row: _StreamedRow, choice: object, sink: Sink[Chunk]) -> None:
        text, reason = text_at(choice, "delta", "content"), at(choice, "finish_reason")
        row.characters += len(text)
        if row.characters > CHARACTERS_OF_A_TOKEN * (self._sampling.max_new_tokens + 1):
            most = self._sampling.max_new_tokens
            raise ServerError(
                f"The server at {self._server.address.base} writes far more than the {most} tokens asked for."
            )
        finish = None if reason is None else _finish(reason, choice)
        row.is_begun, row.is_finished = True, finish is not None
        ids = ids_at(choice, "token_ids")  # vLLM tells them; elsewhere an event is taken for a token
        new = len(ids) if ids is not None else int(bool(text))
        if ids and finish is FinishReason.STOP and at(choice, "stop_reason") is None:
            new -= 1  # the one that ends the turn; a stop text, which is told as the reason, was written
        row.tokens = min(row.tokens + new, self._sampling.max_new_tokens)
        if text or finish is not None:
            sink(Chunk(draw=row.draw, text=text, tokens=row.tokens, finish=finish))


def _first_seed(seed: int) -> int:
    """Return the seed of draw 0, a multiple of DRAWS below 2**52: seeds 0 and 1 once shared n - 1 draws.

    Not longer, though servers take 63 bits: what reads JSON numbers as floats (Ollama) would give all draws the same number.
    """
    return int.from_bytes(hashlib.sha256(str(seed).encode()).digest()[:5]) * DRAWS


def _settings(sampling: Sampling, served: ServedModelInfo) -> dict[str, object]:
    """Return the sampling settings. A server that does not know one refuses, which is better than another sample."""
    settings: dict[str, object] = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_new_tokens,
    }
    if sampling.stop:
        settings["stop"] = list(sampling.stop)
    if served.is_vllm or sampling.top_k:
        settings["top_k"] = sampling.top_k
    if served.is_vllm or sampling.repetition_penalty != 1:
        settings["repetition_penalty"] = sampling.repetition_penalty
    if served.is_vllm:
        # every value above, and this one, because vLLM fills what is left out from the checkpoint's generation_config.json
        settings |= {"min_p": 0.0, "return_token_ids": True}
    return settings


def _finish(reason: object, choice: object) -> FinishReason:
    match reason:
        case "length":
            return FinishReason.LENGTH
        case "abort" | "error":
            raise ServerError(f"The server gave up a solution: {sentence_of(choice)} Try again.")
        case _:
            return FinishReason.STOP


def _waiting(
    task: Generator[tuple[None, ...], None, tuple[str, ...]],
) -> Generator[tuple[Chunk, ...], None, tuple[str, ...]]:
    """Wait for the encoded pictures; yields between polls."""
    while True:
        try:
            next(task)
        except StopIteration as done:
            pictures: tuple[str, ...] = done.value
            return pictures
        yield ()


async def _together(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all coroutines concurrently; the first error cancels the others and is raised unchanged."""
    try:
        async with asyncio.TaskGroup() as group:
            for part in work:
                group.create_task(part)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
