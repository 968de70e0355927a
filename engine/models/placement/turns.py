"""Two models, room for one: each is brought onto the device before its turn, and the other waits in host memory.

Counts bytes and calls ``to_device`` and ``to_host``; knows no torch. A pair that fits side by side is served without any of this.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TypeVar

from engine.protocols import Chunk, CompletionSession, KnowsOutdatedScores, MovableWeights, RowStart, ScoringSession

Given = TypeVar("Given")
Result = TypeVar("Result")


class Residency:
    """Decides which weights are on the device. To be used by the computing thread only."""

    def __init__(self, capacity: int, weights: Sequence[MovableWeights]) -> None:
        """Share ``capacity`` bytes of the device among ``weights``."""
        self._capacity = capacity
        self._weights = tuple(weights)

    def ensure_on_device(self, weights: MovableWeights) -> None:
        """Move weights onto the device, and others to host memory until they fit. Moves nothing where they are there already."""
        for other in self._weights:
            if self._bytes_with(weights) <= self._capacity:
                break
            if other.is_resident and other is not weights:
                other.to_host()
        if not weights.is_resident:
            weights.to_device()

    def _bytes_with(self, added: MovableWeights) -> int:
        return sum(each.nbytes for each in self._weights if each.is_resident or each is added)


class SessionInTurns:
    """A session whose model is moved onto the device before every forward step; implements ``ScoringSession``."""

    def __init__(self, session: ScoringSession, ensure_on_device: Callable[[], None]) -> None:
        self._session = session
        self._ensure_on_device = ensure_on_device

    def score(
        self, new_steps: Mapping[int, Sequence[str]]
    ) -> Generator[None, None, Mapping[int, tuple[float | None, ...]]]:
        """See ``ScoringSession``."""
        return on_device(self._session.score(new_steps), self._ensure_on_device)

    def drop(self, row: int) -> None:
        """See ``ScoringSession``."""
        self._session.drop(row)

    def is_outdated(self, row: int) -> bool:
        """See ``KnowsOutdatedScores``."""
        return isinstance(self._session, KnowsOutdatedScores) and self._session.is_outdated(row)


class CompletionsInTurns:
    """Completions whose model is moved onto the device before every forward step; implements ``CompletionSession``."""

    def __init__(self, session: CompletionSession, ensure_on_device: Callable[[], None]) -> None:
        self._session = session
        self._ensure_on_device = ensure_on_device

    @property
    def repeated(self) -> int:
        """See ``CompletionSession``."""
        return self._session.repeated

    def read(self, texts: Sequence[str]) -> None:
        """See ``CompletionSession``."""
        self._session.read(texts)

    def add(self, rows: Sequence[RowStart]) -> None:
        """See ``CompletionSession``."""
        self._session.add(rows)

    def drop(self, row: int) -> None:
        """See ``CompletionSession``."""
        self._session.drop(row)

    def write(self) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``CompletionSession``."""
        return on_device(self._session.write(), self._ensure_on_device)


def on_device(
    work: Generator[Given, None, Result], ensure_on_device: Callable[[], None], *, checks_first: bool = False
) -> Generator[Given, None, Result]:
    """Run ``work`` one step at a time, with its weights on the device: another run may have used it in between.

    ``checks_first``: the first step only checks the input, for which nothing is moved.
    """
    try:
        if checks_first:
            yield next(work)
        while True:
            ensure_on_device()
            try:
                given = next(work)
            except StopIteration as done:
                result: Result = done.value
                return result
            yield given
    finally:
        work.close()
