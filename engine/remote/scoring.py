"""What served models that score steps have in common: a request for each step, several at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence

from PIL.Image import Image

from engine.pictures.tile_grid import nearest_grid
from engine.protocols import nothing, telling
from engine.remote.background_loop import Sink
from engine.remote.server import Server

REQUESTS_AT_ONCE = 16  # of one problem: enough to fill a server's batch, few enough that pictures in flight stay small
DEFAULT_TILES, TILE_EDGE = 12, 448  # InternVL2.5; pixels

Scores = tuple[float | None, ...]
Read = Callable[[Sequence[str]], Awaitable[float | None]]  # the steps of a solution -> the score of the last of them


class RemoteScoring:
    """Implements ``ScoringSession`` through a server, which keeps the shared beginning of prompts by itself."""

    def __init__(self, server: Server, read: Read) -> None:
        self._server = server
        self._read = read
        self._rows: dict[int, tuple[str, ...]] = {}  # row -> its steps so far

    def score(self, new_steps: Mapping[int, Sequence[str]]) -> Generator[None, None, Mapping[int, Scores]]:
        """See ``ScoringSession``. Raises ServerError; a row that does not fit raises InvalidRequest."""
        whole = {row: (*self._rows.get(row, ()), *steps) for row, steps in new_steps.items()}
        places = [
            (row, count)
            for row, steps in whole.items()
            for count in range(len(self._rows.get(row, ())) + 1, len(steps) + 1)
        ]

        async def work(sink: Sink[None]) -> list[float | None]:
            return await self._read_all([whole[row][:count] for row, count in places])

        values = yield from telling(self._server.send(work).stream(), nothing)
        self._rows |= {row: steps for row, steps in whole.items() if steps}
        scores: dict[int, Scores] = dict.fromkeys(new_steps, ())
        for (row, _), value in zip(places, values, strict=True):
            scores[row] += (value,)
        return scores

    def drop(self, row: int) -> None:
        """See ``ScoringSession``."""
        self._rows.pop(row, None)

    async def _read_all(self, prefixes: Sequence[Sequence[str]]) -> list[float | None]:
        gate = asyncio.Semaphore(REQUESTS_AT_ONCE)

        async def read(steps: Sequence[str]) -> float | None:
            async with gate:
                return await self._read(steps)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(read(steps)) for steps in prefixes]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]


def count_tiles(images: Sequence[Image], max_tiles: int | None) -> tuple[int, ...]:
    """Return how InternVL cuts the images, with 12 tiles when none were configured; the server may be set otherwise."""
    largest = max_tiles or DEFAULT_TILES
    return tuple(nearest_grid(image.width, image.height, edge=TILE_EDGE, largest=largest).tiles for image in images)
