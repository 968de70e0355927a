"""What served models that score steps have in common: a request for each step, or one for all that are new; several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence

from PIL.Image import Image

from engine.pictures.tile_grid import nearest_grid
from engine.protocols import nothing, telling
from engine.remote.background_loop import Sink, together
from engine.remote.server import Server

REQUESTS_AT_ONCE = 16  # of one problem: enough to fill a server's batch, few enough that pictures in flight stay small
DEFAULT_TILES, TILE_EDGE = 12, 448  # InternVL2.5; pixels

Scores = tuple[float | None, ...]
Read = Callable[[Sequence[str]], Awaitable[float | None]]  # the steps of a solution -> the score of the last of them
# the steps of a solution, and how many of the first have scores -> those of the others; None: they must be asked one by one
ReadMany = Callable[[Sequence[str], int], Awaitable[Sequence[float | None] | None]]


class RemoteScoring:
    """Implements ``ScoringSession`` through a server, which keeps the shared beginning of prompts by itself."""

    def __init__(self, server: Server, read: Read, read_many: ReadMany | None = None) -> None:
        """``read_many``: used for more than one new step, because it reads nothing from the server's cache."""
        self._server = server
        self._read = read
        self._read_many = read_many
        self._gate = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._rows: dict[int, tuple[str, ...]] = {}  # row -> its steps so far

    def score(self, new_steps: Mapping[int, Sequence[str]]) -> Generator[None, None, Mapping[int, Scores]]:
        """See ``ScoringSession``. Raises ServerError; a row that does not fit raises InvalidRequest."""
        known = {row: len(self._rows.get(row, ())) for row in new_steps}
        whole = {row: (*self._rows.get(row, ()), *steps) for row, steps in new_steps.items()}

        async def work(sink: Sink[None]) -> list[Scores]:
            return await together([self._read_row(whole[row], known[row]) for row in new_steps])

        found = yield from telling(self._server.send(work).stream(), nothing)
        self._rows |= {row: steps for row, steps in whole.items() if steps}
        return dict(zip(new_steps, found, strict=True))

    def drop(self, row: int) -> None:
        """See ``ScoringSession``."""
        self._rows.pop(row, None)

    async def _read_row(self, steps: Sequence[str], known: int) -> Scores:
        """Return the scores of the steps of a solution behind those that are known."""
        if self._read_many is not None and len(steps) - known > 1:
            async with self._gate:
                found = await self._read_many(steps, known)
            if found is not None:
                return tuple(found)
        return tuple(await together([self._read_one(steps[:end]) for end in range(known + 1, len(steps) + 1)]))

    async def _read_one(self, steps: Sequence[str]) -> float | None:
        async with self._gate:
            return await self._read(steps)


def count_tiles(images: Sequence[Image], max_tiles: int | None) -> tuple[int, ...]:
    """Return how InternVL cuts the images, with 12 tiles when none were configured; the server may be set otherwise."""
    largest = max_tiles or DEFAULT_TILES
    return tuple(nearest_grid(image.width, image.height, edge=TILE_EDGE, largest=largest).tiles for image in images)
