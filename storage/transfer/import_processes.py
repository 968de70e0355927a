"""Processes beside an import, which read answers and pictures once a file turns out to be large: that is most of the work.

They are started anew, not forked, so that they hold nothing of the store's. A program whose main module does more than it must
when it is imported must ask for none.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


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
        """Begin to call a function in one of the processes; the function returned waits for what it returns or raises."""
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.count, mp_context=spawn, initializer=_leave_stopping_to_us)
        return self._pool.submit(function, *arguments, **named).result


def _leave_stopping_to_us() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
