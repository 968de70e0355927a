"""Connections and transactions. Knows SQLite's pragmas and what its errors mean; knows no noun and no column.

One writer at a time: a lock of our own puts the threads of this process in line (SQLite's busy handler sleeps and polls, which
is unfair and slow), ``BEGIN IMMEDIATE`` and the busy timeout do the same between processes. Readers never wait in WAL mode.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import sqlalchemy
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from storage.errors import BadSetting, DamagedStore, DiskError, StoreBusy, StoreError

BUSY_SECONDS = 15.0  # how long a writer waits for another process
_WRITES = "visualprm_writes"
Item = TypeVar("Item")
_BUSY = (
    "The database {} was locked by another process, or by a long write, for over {:.0f} s. Nothing was saved; "
    "try again, and close other programs that use this data folder."
)


class JournalMode(StrEnum):
    """How SQLite keeps a transaction whole."""

    WAL = "wal"  # local disks: readers and the writer do not wait for each other
    DELETE = "delete"  # where the host's disk does not bear WAL (Hugging Face Spaces)


class Database:
    """One SQLite file, used by many threads."""

    def __init__(self, path: Path, journal_mode: JournalMode | None) -> None:
        self.path = path
        self._is_wal = False
        self._writing = threading.Lock()  # held for the length of one write transaction
        url = URL.create("sqlite", database=str(path))
        self._engine = create_engine(url, pool_size=16, max_overflow=64, pool_timeout=BUSY_SECONDS)
        event.listen(self._engine, "connect", _set_pragmas)
        event.listen(self._engine, "begin", _begin)
        try:
            self._set_journal_mode(journal_mode)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection whose reads all see one moment of the database."""
        with _translated_errors(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """Give a connection that may write; committed to disk when the block ends, undone when it raises.

        Without ``durable`` the last such commits may be gone after a power cut (not after a killed process), unless a durable one
        followed; in journal mode WAL that saves the wait for the disk. The database stays whole either way.
        """
        with _translated_errors(self.path), self._turn(), self._engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with self._relaxed(connection) if self._is_wal and not durable else nullcontext(), connection.begin():
                yield connection

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

    def backup(self, target: Path) -> None:
        """Copy the whole database to ``target`` while others go on reading and writing it."""
        with _translated_errors(self.path):
            source = sqlite3.connect(self.path, timeout=BUSY_SECONDS)
            copy = sqlite3.connect(target)
            try:
                source.backup(copy)
            finally:
                copy.close()
                source.close()

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this thread's turn to write, no longer than for another process: a line without end would hold up readers."""
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise StoreBusy(_BUSY.format(self.path.name, BUSY_SECONDS))
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _relaxed(self, connection: Connection) -> Iterator[None]:
        driver = connection.connection.driver_connection
        assert driver is not None  # it has just been checked out
        driver.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            driver.execute("PRAGMA synchronous=FULL")

    def _set_journal_mode(self, mode: JournalMode | None) -> None:
        with _translated_errors(self.path):
            raw = self._engine.raw_connection()
            try:
                cursor = raw.cursor()
                now_in = cursor.execute("PRAGMA journal_mode").fetchone()[0]
                if mode is not None and now_in != mode.value:  # asking needs no lock, changing does
                    now_in = cursor.execute(f"PRAGMA journal_mode={mode.value}").fetchone()[0]
            finally:
                raw.close()
        self._is_wal = now_in == JournalMode.WAL.value
        if mode is not None and now_in != mode.value:
            raise StoreError(
                f"SQLite keeps journal mode {now_in!r} for {self.path.name} instead of {mode.value!r}: the disk may be a network "
                "mount. Put the data folder on a local disk, or choose journal mode 'delete'."
            )


def as_journal_mode(name: JournalMode | str | None) -> JournalMode | None:
    """Return the journal mode of this name; None means: leave the file as it is."""
    if name is None:
        return None
    try:
        return JournalMode(name)
    except ValueError:
        known = ", ".join(repr(mode.value) for mode in JournalMode)
        raise BadSetting(f"Journal mode {name!r} is unknown. Choose one of {known}.") from None


def _set_pragmas(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # sqlite3 must not begin transactions on its own: _begin says which kind
    connection.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(
        "PRAGMA synchronous=FULL"
    )  # an acknowledged label survives a power cut, not only a killed process


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    # a transaction that reads first and writes later cannot wait for the lock without seeing old data: take it at once
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError) as error:
        text = str(error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error)
        if "locked" in text or "busy" in text:
            raise StoreBusy(_BUSY.format(path.name, BUSY_SECONDS)) from error
        if "full" in text or "readonly" in text or "disk I/O" in text or "unable to open" in text:
            raise DiskError(
                f"The database {path.name} could not be read or written ({text}). Nothing was saved; free some disk space "
                "and check the permissions of the data folder."
            ) from error
        if "malformed" in text or "not a database" in text:
            raise DamagedStore(
                f"{path.name} is damaged or is not a database ({text}). Restore a backup: python -m storage restore BACKUP."
            ) from error
        if isinstance(error, OperationalError):
            raise StoreError(f"The database {path.name} refused a statement: {text}.") from error
        raise
