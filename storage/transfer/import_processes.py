"""Processes beside an import, which read answers and pictures once a file turns out to be large: that is most of the work.

They are started anew, not forked, so that they hold nothing of the store's. A program whose main module does more than it must
when it is imported must ask for none.

A machine that runs out of memory kills one of them, and with it go the calls in all of them: each is made again, by itself.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import ParamSpec, TypeVar

from storage.errors import StoreError

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class ProcessEnded(StoreError):
    """The process of a call ended before the call did, also where it was the only one."""


class ImportProcesses:
    """A number of processes, started with the first call; a context manager that ends them."""

    def __init__(self, count: int) -> None:
        self.count = count  # 0: nothing may be called
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> ImportProcesses:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def call(
        self, function: Callable[_Parameters, _Result], *arguments: _Parameters.args, **named: _Parameters.kwargs
    ) -> Callable[[], _Result]:
        """Begin to call a function in one of the processes; the function returned waits for what it returns or raises.

        That may be ProcessEnded.
        """
        if self._pool is None:
            self._pool = _start(self.count)
        pool = self._pool
        try:
            wait = pool.submit(function, *arguments, **named).result
        except BrokenProcessPool:  # a process was killed meanwhile
            self._leave(pool)
            return self.call(function, *arguments, **named)

        def wait_or_call_again() -> _Result:
            try:
                return wait()
            except BrokenProcessPool:
                self._leave(pool)
                return _call_alone(function, *arguments, **named)

        return wait_or_call_again

    def _leave(self, pool: ProcessPoolExecutor) -> None:
        if self._pool is pool:
            pool.shutdown()
            self._pool = None  # the next call starts others


def _start(count: int) -> ProcessPoolExecutor:
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=spawn, initializer=_leave_stopping_to_us)


def _call_alone(
    function: Callable[_Parameters, _Result], *arguments: _Parameters.args, **named: _Parameters.kwargs
) -> _Result:
    """Call a function in a process of its own, which is ended with no other's call. Raises ProcessEnded."""
    with _start(1) as pool:
        try:
            return pool.submit(function, *arguments, **named).result()
        except BrokenProcessPool as error:
            raise ProcessEnded(
                "A process that reads rows of the file was ended twice, most likely for want of memory. Free some, "
                "then start the import again: it goes on where it was."
            ) from error


def _leave_stopping_to_us() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
