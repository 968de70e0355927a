"""Answers of many solutions, read in processes of their own once a file turns out to be large: it is half the work of an import."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from engine.answers import read_answer

Answers = Sequence[str | None]
_ALONE = 2_000  # texts that are read before processes are worth starting


class AnswerReading:
    """Reads answers here or beside; a context manager that ends the processes it started.

    The processes are started anew, not forked, so that they load little more than ``engine.answers``. A program whose main module
    does more than that when it is imported must ask for none.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._asked = 0
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> AnswerReading:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def ask(self, texts: Sequence[str]) -> Callable[[], Answers]:
        """Begin to read the answers of some texts; the function returned waits for them."""
        self._asked += len(texts)
        if self._processes == 0 or self._asked <= _ALONE or not texts:
            found = read_answers(texts)
            return lambda: found
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=spawn, initializer=_leave_stopping_to_us)
        return self._pool.submit(read_answers, texts).result


def read_answers(texts: Sequence[str]) -> Answers:
    """Return the answer that each text states; None where it states none."""
    return [read_answer(each) for each in texts]


def _leave_stopping_to_us() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
