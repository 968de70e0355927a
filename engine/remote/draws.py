"""Draws of one conversation, streamed: one request of n choices, or n requests of one where a server refuses n.

The text is the server's, unchanged, its thought told apart where the server has not done it. Draw i is asked with a number made of
the seed, plus i, which is also what vLLM gives choice i of one request. Runs on the background loop.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field

from engine.domain import FinishReason, Sampling
from engine.errors import ServerError
from engine.metering.meter import Meter
from engine.protocols import Chunk
from engine.remote.background_loop import Sink, together
from engine.remote.errors import Dropped, Refused
from engine.remote.json_access import at, ids_at, int_at, sentence_of, text_at
from engine.remote.server import ServedModelInfo, Server
from engine.solution_text.thoughts import TextPiece, ThoughtSplitter

CHARACTERS_OF_A_TOKEN = 256  # more than the longest of any vocabulary: runs of spaces and lines
DRAWS = 1 << 12  # that belong to one seed
USAGE = "stream_options"  # the field that asks what a stream took, which is told behind the last text
USAGE_SECONDS = 2.0  # longest that it is waited for


@dataclass(slots=True)
class _StreamedRow:
    """One solution being written."""

    draw: int
    tokens: int = 0
    characters: int = 0
    is_begun: bool = False
    is_finished: bool = False
    thoughts: ThoughtSplitter = field(default_factory=ThoughtSplitter)


class ServedDraws:
    """Samples some draws behind one conversation; runs on the background loop."""

    def __init__(
        self,
        server: Server,
        sampling: Sampling,
        body: Mapping[str, object],
        seed: int,
        draws: Sequence[int],
        meter: Meter | None = None,
    ) -> None:
        """Send nothing yet.

        Args:
            body: the conversation, which may end in the beginning of a solution.
            draws: their numbers, ascending.
            meter: is told what the requests take; None: nobody asks.
        """
        self._is_behind_steps = "continue_final_message" in body
        self._server = server
        self._meter = meter
        self._sampling = sampling
        self._body = {"model": server.served.name, **body, **_settings(sampling, server.served)}
        self._rows = [_StreamedRow(draw=draw) for draw in draws]
        self._seed = _first_seed(seed)

    async def work(self, sink: Sink[Chunk]) -> None:
        """Write every draw. Raises Dropped where a connection breaks."""
        begun = None if self._is_behind_steps else await self._server.thought_begun()
        for row in self._rows:
            row.thoughts = ThoughtSplitter(begun, is_behind_steps=self._is_behind_steps)
        n, first = len(self._rows), self._rows[0].draw
        is_run = self._rows[-1].draw - first == n - 1  # one request numbers its choices itself
        if n > 1 and is_run and not self._server.refuses_n:
            try:
                await self._request(self._rows, {"n": n, "seed": self._seed + first}, sink)
            except Refused as error:
                if not error.is_about_the_request or any(row.is_begun for row in self._rows):
                    raise
                self._server.refuses_n = True
        missing = [row for row in self._rows if not row.is_begun]  # all, or what a server that ignores n left out
        await together([self._alone(row, sink) for row in missing])

    async def _alone(self, row: _StreamedRow, sink: Sink[Chunk]) -> None:
        await self._request([row], {"seed": self._seed + row.draw}, sink)

    async def _request(self, rows: Sequence[_StreamedRow], more: Mapping[str, object], sink: Sink[Chunk]) -> None:
        """Write rows by one request, which also asks what it took, unless the server refuses that."""
        if self._meter is None or self._server.refuses_usage:
            return await self._stream(rows, more, sink)
        try:
            return await self._stream(rows, {**more, USAGE: {"include_usage": True}}, sink)
        except Refused as error:
            is_it = len(rows) == 1 or USAGE in str(error)  # else it may be the several choices
            if not error.is_about_the_request or not is_it:
                raise
        await self._stream(rows, more, sink)  # where this is refused too, that was not the reason
        self._server.refuses_usage = True

    async def _stream(self, rows: Sequence[_StreamedRow], more: Mapping[str, object], sink: Sink[Chunk]) -> None:
        async with aclosing(self._server.client.stream({**self._body, **more}, self._meter)) as events:
            async for event in events:
                choices = at(event, "choices")
                for choice in choices if isinstance(choices, list) else []:
                    index = int_at(choice, "index") or 0
                    if 0 <= index < len(rows) and not rows[index].is_finished:
                        self._add(rows[index], choice, sink)
                if all(row.is_finished for row in rows):
                    if USAGE in more and at(event, "usage") is None:
                        await _next_usage(events)
                    break  # whatever else may come
        begun = [row for row in rows if row.is_begun]
        if not begun or not all(row.is_finished for row in begun):
            raise Dropped(
                f"The server at {self._server.address.base} stopped in the middle of a solution. Was it stopped? Try again."
            )

    def _add(self, row: _StreamedRow, choice: object, sink: Sink[Chunk]) -> None:
        text, reason = text_at(choice, "delta", "content"), at(choice, "finish_reason")
        thought = text_at(choice, "delta", "reasoning_content") or text_at(choice, "delta", "reasoning")
        row.characters += len(text) + len(thought)
        if row.characters > CHARACTERS_OF_A_TOKEN * (self._sampling.max_new_tokens + 1):
            most = self._sampling.max_new_tokens
            raise ServerError(
                f"The server at {self._server.address.base} writes far more than the {most} tokens asked for."
            )
        finish = None if reason is None else _finish(reason, choice)
        row.is_begun, row.is_finished = True, finish is not None
        ids = ids_at(choice, "token_ids")  # vLLM tells them; elsewhere an event is taken for a token
        new = len(ids) if ids is not None else int(bool(text or thought))
        if ids and finish is FinishReason.STOP and at(choice, "stop_reason") is None:
            new -= 1  # the one that ends the turn; a stop text, which is told as the reason, was written
        row.tokens = min(row.tokens + new, self._sampling.max_new_tokens)
        if thought:
            self._server.tells_thoughts = True
            row.thoughts = ThoughtSplitter(is_behind_steps=True)  # the rest is the solution
        found = row.thoughts.add(text)
        rest = TextPiece() if finish is None else row.thoughts.finish()
        chunk = Chunk(
            draw=row.draw,
            text=found.text + rest.text,
            tokens=row.tokens,
            finish=finish,
            thought=thought + found.thought + rest.thought,
            restarts=found.restarts,
        )
        if chunk.text or chunk.thought or finish is not None:
            sink(chunk)


async def _next_usage(events: AsyncIterator[object]) -> None:
    """Read events until one says what the stream took. All text has come: whatever goes wrong now costs that alone."""
    with suppress(TimeoutError, ServerError):
        async with asyncio.timeout(USAGE_SECONDS):
            async for event in events:
                if at(event, "usage") is not None:
                    return


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
            raise ServerError(f"The server gave up on a solution: {sentence_of(choice)} Try again.")
        case _:
            return FinishReason.STOP
