"""Something a server is asked once, whose answer is kept. A server that is down or slow costs the engine's worker a moment only.

The asking goes on in the background when nobody waits any more.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Generic, TypeVar

from engine.remote.background_loop import BackgroundLoop, BackgroundTask, Sink
from engine.remote.client import Limits
from engine.remote.errors import Unreachable

QUICK_SECONDS = (
    0.5  # a failure that came sooner, as a refused connection does, costs nobody anything: asked anew every time
)

Answer = TypeVar("Answer")


class CancellableCall(Generic[Answer]):
    """A call made when its result is first needed, cached, and repeated after a failure."""

    def __init__(self, loop: BackgroundLoop, limits: Limits, base: str) -> None:
        self.known: Answer | None = None
        self._loop = loop
        self._limits = limits
        self._base = base  # the server's address, for messages
        self._task: BackgroundTask[None, Answer] | None = None
        self._asked_at = 0.0  # monotonic seconds, as below
        self._again_at = math.inf  # when a failure is forgotten

    def result(self, ask: Callable[[], Coroutine[Any, Any, Answer]], patience: float | None = None) -> Answer:
        """Return the answer, at most ``patience`` seconds after the asking began; None: as the limits say.

        Raises what ``ask`` raised, Unreachable while it is still at it, EngineClosed when the loop is closed.
        """
        if self.known is not None:
            return self.known
        if self._task is None or monotonic() >= self._again_at:
            self._asked_at, self._again_at = monotonic(), math.inf

            async def work(sink: Sink[None]) -> Answer:
                return await self._keep(ask())

            self._task = self._loop.send(work)
        seconds = self._limits.patience if patience is None else patience
        try:
            return self._task.wait(max(0.0, self._asked_at + seconds - monotonic()))
        except TimeoutError as error:
            raise Unreachable(
                f"The server at {self._base} has not answered yet. It is loading, overloaded or stuck; try again later."
            ) from error

    async def _keep(self, asking: Coroutine[Any, Any, Answer]) -> Answer:
        try:
            self.known = await asking
        except Exception:  # whatever it was is raised on; a cancelled call says nothing of the server
            now = monotonic()
            self._again_at = now if now - self._asked_at < QUICK_SECONDS else now + self._limits.memory
            raise
        return self.known
