"""A SQLite file. Knows SQLite's pragmas and what its errors mean.

SQLite's busy handler sleeps and polls, which is unfair and slow, so it is left to other processes: ``BEGIN IMMEDIATE`` and the busy
timeout. Readers never wait in WAL mode.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from enum import StrEnum
from pathlib import Path

import sqlalchemy
from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from storage.database import connection as base
from storage.errors import BadSetting, DamagedStore, DiskError, StoreError

_WRITES = "visualprm_writes"
_BULK_CACHE = 16_000  # KiB of pages, 2,000 otherwise: ids are hashes, so every row touches pages all over five indexes


class JournalMode(StrEnum):
    """How SQLite keeps a transaction whole."""

    WAL = "wal"  # local disks: readers and the writer do not wait for each other
    DELETE = "delete"  # where the host's disk does not bear WAL (Hugging Face Spaces)


class SQLite(base.Database):
    """One SQLite file, used by many threads."""

    def __init__(self, path: Path, journal_mode: JournalMode | None) -> None:
        super().__init__(path.name)
        self.path = path
        self._is_wal = False
        url = URL.create("sqlite", database=str(path))
        # the connection that was used last first: each keeps pages of its own, up to 2 MB, or 16 where an import used it
        self._engine = create_engine(
            url, pool_size=16, max_overflow=64, pool_timeout=base.BUSY_SECONDS, pool_use_lifo=True
        )
        event.listen(self._engine, "connect", _set_pragmas)
        event.listen(self._engine, "begin", _begin)
        try:
            self._set_journal_mode(journal_mode)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See :class:`~storage.database.connection.Database`."""
        with self._translated_errors(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True, bulk: bool = False) -> Iterator[Connection]:
        """See :class:`~storage.database.connection.Database`. The wait for the disk is saved in journal mode WAL."""
        with self._translated_errors(), self._turn(), self._engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            if bulk:
                connection.connection.execute(f"PRAGMA cache_size=-{_BULK_CACHE}")
            with self._relaxed(connection) if self._is_wal and not durable else nullcontext(), connection.begin():
                yield connection

    def make_durable(self) -> None:
        """See :class:`~storage.database.connection.Database`.

        A checkpoint would do it only where no reader holds it up. What has left the log is on the disk, in the file.
        """
        if self._is_wal:
            try:
                with open(f"{self.path}-wal", "r+b") as log:
                    os.fsync(log.fileno())
            except FileNotFoundError:
                pass  # nothing was written since it was opened
            except OSError as error:
                raise DiskError(f"The log of {self.name} could not be written to the disk ({error}).") from error

    def find_faults(self) -> Iterator[str]:
        """Check every page of the file, and every link between rows."""
        with self.read() as connection:
            lines = [line for (line,) in connection.exec_driver_sql("PRAGMA integrity_check")]
        yield from (f"database: {line}" for line in lines if line != "ok")
        with self.read() as connection:
            links = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        yield from (f"table {row[0]}: row {row[1]} points to a missing row of {row[2]}" for row in links)

    def backup(self, target: Path) -> None:
        """Copy the whole database to ``target`` while others go on reading and writing it."""
        with self._translated_errors():
            source = sqlite3.connect(self.path, timeout=base.BUSY_SECONDS)
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
    def _relaxed(self, connection: Connection) -> Iterator[None]:
        driver = connection.connection.driver_connection
        assert driver is not None  # it has just been checked out
        driver.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            driver.execute("PRAGMA synchronous=FULL")

    def _set_journal_mode(self, mode: JournalMode | None) -> None:
        with self._translated_errors():
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

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except (DatabaseError, sqlite3.DatabaseError) as error:
            text = str(error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error)
            if "locked" in text or "busy" in text:
                raise self._busy() from error
            if "full" in text or "readonly" in text or "disk I/O" in text or "unable to open" in text:
                raise DiskError(
                    f"The database {self.name} could not be read or written ({text}). Nothing was saved; free some disk space "
                    "and check the permissions of the data folder."
                ) from error
            if "malformed" in text or "not a database" in text:
                raise DamagedStore(
                    f"{self.name} is damaged or is not a database ({text}). Restore a backup: python -m storage restore BACKUP."
                ) from error
            if isinstance(error, OperationalError):
                raise StoreError(f"The database {self.name} refused a statement: {text}.") from error
            raise


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
    connection.execute(f"PRAGMA busy_timeout={int(base.BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute(
        "PRAGMA synchronous=FULL"
    )  # an acknowledged label survives a power cut, not only a killed process


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    # a transaction that reads first and writes later cannot wait for the lock without seeing old data: take it at once
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
