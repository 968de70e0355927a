"""A served model that goes on from beginnings of solutions: many requests in flight, one for all rows of a beginning.

The beginning is sent as an answer that is not finished (``continue_final_message``), which vLLM knows and others do not; what all
rows share is in its cache of prefixes. A row is handed over when it is whole, in the pieces in which it came, so that it can be
told at which token a step ended: where a connection breaks, those rows that were not are asked for again, with the same numbers,
and that is counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from queue import Empty, SimpleQueue
from time import sleep
from typing import Any

from engine.domain import Sampling
from engine.metering.meter import Meter
from engine.protocols import Chunk, RowStart
from engine.remote.background_loop import POLL_SECONDS, BackgroundTask, Sink
from engine.remote.draws import ServedDraws
from engine.remote.errors import Dropped
from engine.remote.messages import Message, harmless
from engine.remote.server import Server

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True, eq=False)
class _Request:
    """Rows of one beginning and seed whose draws follow each other."""

    starts: Sequence[RowStart]
    open: set[int] = field(init=False)  # rows that are neither whole nor dropped
    has_dropped: bool = False
    task: BackgroundTask[None, None] | None = None

    def __post_init__(self) -> None:
        """Open every row."""
        self.open = {start.row for start in self.starts}

    def end(self, row: int, *, is_dropped: bool) -> None:
        """Note that a row is whole or dropped; cancel the request where all that is still written is dropped."""
        self.open.discard(row)
        self.has_dropped |= is_dropped
        if not self.open and self.has_dropped and self.task is not None:
            self.task.cancel()


class RemoteCompletions:
    """Implements ``CompletionSession`` through a server."""

    def __init__(
        self, server: Server, sampling: Sampling, messages: Sequence[Message], meter: Meter | None = None
    ) -> None:
        self.repeated = 0
        self._meter = meter
        self._server = server
        self._sampling = sampling
        self._messages = messages
        self._waiting: list[_Request] = []
        self._requests: dict[int, _Request] = {}  # row -> the request that it is in; of all rows that are not over
        self._tasks: list[BackgroundTask[None, None]] = []
        self._found: SimpleQueue[Sequence[Chunk] | Exception] = SimpleQueue()  # whole rows

    def read(self, texts: Sequence[str]) -> None:
        """See ``CompletionSession``: the server keeps what it has read."""

    def add(self, rows: Sequence[RowStart]) -> None:
        """See ``CompletionSession``."""
        for starts in _runs(rows):
            request = _Request(starts=starts)
            self._waiting.append(request)
            self._requests |= {start.row: request for start in starts}

    def drop(self, row: int) -> None:
        """See ``CompletionSession``."""
        request = self._requests.pop(row, None)
        if request is not None:
            request.end(row, is_dropped=True)

    def write(self) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``CompletionSession``. Raises ServerError."""
        try:
            while self._requests:
                self._send()
                yield tuple(self._arrived())
            while any(
                not task.is_over for task in self._tasks
            ):  # whole requests, whose usage may come behind the last row
                sleep(POLL_SECONDS)
                yield ()
            self._tasks.clear()
        finally:
            for request in self._requests.values():
                if request.task is not None:
                    request.task.cancel()

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        for request in waiting:
            if request.open:
                request.task = self._server.send(self._work(request))
                self._tasks.append(request.task)

    def _arrived(self) -> Iterator[Chunk]:
        """Yield the rows that became whole, waiting a moment for the first; raises what a request raised."""
        wait = POLL_SECONDS
        while True:
            try:
                found = self._found.get(timeout=wait) if wait else self._found.get_nowait()
            except Empty:
                return
            wait = 0.0
            if isinstance(found, Exception):
                raise found
            row = found[0].draw
            if (request := self._requests.pop(row, None)) is not None:
                request.end(row, is_dropped=False)
                yield from found

    def _work(self, request: _Request) -> Callable[[Sink[None]], Coroutine[Any, Any, None]]:
        async def work(sink: Sink[None]) -> None:
            try:
                await self._ask(request)
            except Exception as error:
                self._found.put(error)

        return work

    async def _ask(self, request: _Request) -> None:
        """Ask for the rows of a request until all are whole, those that are missing again where a connection breaks."""
        missing = {start.draw: start for start in request.starts}
        pieces: dict[int, list[Chunk]] = {}  # by draw

        def take(chunk: Chunk) -> None:
            pieces.setdefault(chunk.draw, []).append(replace(chunk, draw=missing[chunk.draw].row))
            if chunk.finish is not None:
                del missing[chunk.draw]
                self._found.put(_settled(pieces[chunk.draw]))

        body = self._body(request.starts[0].text)
        seed = request.starts[0].seed
        for wait in (*self._server.limits.retries, None):
            pieces.clear()
            try:
                draws = ServedDraws(self._server, self._sampling, body, seed, sorted(missing), self._meter)
                await draws.work(take)
                return
            except Dropped:
                if wait is None:
                    raise
                self.repeated += 1
                log.info("remote retry server=%s reason=dropped seconds=%.1f", self._server.address.base, wait)
            await asyncio.sleep(wait)

    def _body(self, text: str) -> Mapping[str, object]:
        if not text:
            return {"messages": list(self._messages)}
        begun: Message = {"role": "assistant", "content": harmless(text)}
        return {
            "messages": [*self._messages, begun],
            "continue_final_message": True,
            "add_generation_prompt": False,
        }


def _settled(pieces: Sequence[Chunk]) -> list[Chunk]:
    """Return a whole row's pieces with what turned out to be thought told as thought from the beginning."""
    at = max((at for at, piece in enumerate(pieces) if piece.restarts), default=0)
    return [
        *(replace(piece, text="", thought=piece.thought + piece.text, restarts=False) for piece in pieces[:at]),
        *(replace(piece, restarts=False) for piece in pieces[at:]),
    ]


def _runs(rows: Sequence[RowStart]) -> Iterator[list[RowStart]]:
    """Yield rows of one text and seed whose draws follow each other."""
    by_text = sorted(rows, key=lambda row: (row.text, row.seed, row.draw))
    numbered = enumerate(by_text)
    for _, run in groupby(numbered, key=lambda item: (item[1].text, item[1].seed, item[1].draw - item[0])):
        yield [row for _, row in run]
