"""A thread with an event loop of its own: network work runs there, so that the engine's worker never waits for it for long.

The worker polls a :class:`BackgroundTask`; cancelling one cancels its task at once, which closes its connections. Knows no HTTP.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine, Generator, Sequence
from concurrent.futures import CancelledError, Future
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from engine.errors import EngineClosed

POLL_SECONDS = 0.02  # how long one turn of the worker waits; as long as one forward step of a large model

Item = TypeVar("Item")
Result = TypeVar("Result")
Sink = Callable[[Item], None]


class BackgroundTask(Generic[Item, Result]):
    """A coroutine running on the background loop: yields items as they arrive and ends with a result."""

    def __init__(self, future: Future[Result], items: SimpleQueue[Item]) -> None:
        self._future = future
        self._items = items

    def stream(self) -> Generator[tuple[Item, ...], None, Result]:
        """Yield the items of each poll, often none; return the result or raise the error. Closing it cancels the task."""
        try:
            while True:
                is_last = self._future.done()  # asked first: nothing comes after it
                if found := self._take(0 if is_last else POLL_SECONDS):
                    yield found
                elif is_last:
                    return self.wait(0)
                else:
                    yield ()
        finally:
            self._future.cancel()

    @property
    def is_over(self) -> bool:
        """Whether the work has ended, was cancelled or has failed."""
        return self._future.done()

    def cancel(self) -> None:
        """Cancel the work at once; what is over stays as it is. Never blocks."""
        self._future.cancel()

    def wait(self, seconds: float) -> Result:
        """Return the result, waiting for it without cancelling anything. Raises TimeoutError, or what the work raised."""
        try:
            return self._future.result(seconds)
        except CancelledError as error:
            raise EngineClosed("The connection to the server was closed.") from error

    def _take(self, seconds: float) -> tuple[Item, ...]:
        found: list[Item] = []
        try:
            if seconds:
                found.append(self._items.get(timeout=seconds))
            while True:
                found.append(self._items.get_nowait())
        except Empty:
            return tuple(found)


class BackgroundLoop:
    """An event loop on a daemon thread of its own, running until it is closed or garbage-collected."""

    def __init__(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """``last`` runs before the thread ends; it must not keep a reference to this object."""
        self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_turn, args=(self._loop,), name="remote", daemon=True)
        thread.start()
        self._finish = weakref.finalize(self, _stop, self._loop, thread, last)

    def send(self, work: Callable[[Sink[Item]], Coroutine[Any, Any, Result]]) -> BackgroundTask[Item, Result]:
        """Start a coroutine that emits items through its argument. Raises EngineClosed after :meth:`close`."""
        if not self._finish.alive:
            raise EngineClosed("The connection to the server was closed.")
        items: SimpleQueue[Item] = SimpleQueue()
        future = asyncio.run_coroutine_threadsafe(work(items.put), self._loop)
        return BackgroundTask(future, items)

    def close(self) -> None:
        """Cancel all tasks, run ``last``, and end the thread. May be called twice."""
        self._finish()


async def together(work: Sequence[Coroutine[Any, Any, Result]]) -> list[Result]:
    """Run all coroutines concurrently and return their results; the first error cancels the others and is raised unchanged."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


async def _wind_down(last: Callable[[], Coroutine[Any, Any, None]]) -> None:
    loop = asyncio.get_running_loop()
    try:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await last()
        await loop.shutdown_default_executor()
    finally:
        loop.stop()


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


def _stop(
    loop: asyncio.AbstractEventLoop, thread: threading.Thread, last: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    asyncio.run_coroutine_threadsafe(_wind_down(last), loop)
    if threading.current_thread() is not thread:
        thread.join(timeout=5)
