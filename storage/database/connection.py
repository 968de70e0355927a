"""Connections and transactions of a database, whichever it is. Knows no noun and no column.

One writer at a time: a lock of our own puts the threads of this process in line, and the database does the same between
processes. Whoever reads before they write therefore decides on what is true at that moment.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

from sqlalchemy import Connection

from storage.errors import StoreBusy

BUSY_SECONDS = 15.0  # how long a writer waits for its turn
Item = TypeVar("Item")


class Database(ABC):
    """One database, used by many threads."""

    def __init__(self, name: str) -> None:
        self.name = name  # for people; without a password
        self._writing = threading.Lock()  # held for the length of one write transaction

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """Give a connection whose reads all see one moment of the database."""

    @abstractmethod
    def write(self, *, durable: bool = True, bulk: bool = False) -> AbstractContextManager[Connection]:
        """Give a connection that may write; committed to disk when the block ends, undone when it raises.

        Args:
            durable: without it the last such commits may be gone after a power cut (not after a killed process), unless a durable
                one or :meth:`make_durable` followed; where the database can, that saves the wait for the disk. The database
                stays whole either way.
            bulk: one of many transactions of many rows each: the connection may take more memory from here on.
        """

    @abstractmethod
    def make_durable(self) -> None:
        """Wait until all that was committed is on the disk."""

    @abstractmethod
    def find_faults(self) -> Iterator[str]:
        """Iterate over what is damaged, as the database itself can tell."""

    @abstractmethod
    def close(self) -> None:
        """Close every idle connection."""

    def iter_pages(self, read_page: Callable[[Connection, int], tuple[Iterable[Item], int | None]]) -> Iterator[Item]:
        """Iterate over what ``read_page`` returns page by page, each in a read transaction of its own.

        Args:
            read_page: takes a connection and the number of the last row before the page (0 at first); returns the page and
                the number of its last row, None at the end.
        """
        after: int | None = 0
        while after is not None:
            with self.read() as connection:
                page, after = read_page(connection, after)
            yield from page

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this thread's turn to write, no longer than for another process: a line without end would hold up readers."""
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise self._busy()
        try:
            yield
        finally:
            self._writing.release()

    def _busy(self) -> StoreBusy:
        return StoreBusy(
            f"The database {self.name} was locked by another process, or by a long write, for over {BUSY_SECONDS:.0f} s. Nothing "
            "was saved; try again, and close other programs that use this data folder."
        )
