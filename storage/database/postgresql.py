"""A database of a PostgreSQL server. Knows its isolation levels, locks and errors.

The statements read before they write, as SQLite's one lock allows. Here an advisory lock gives the same: taken first in every write
transaction, it makes commits come in the order of ``seq``, and lets each see all that was committed before it. Readers stay free.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors
from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from storage.database import connection as base
from storage.errors import BadSetting, DiskError, StoreError

WRITER_LOCK = 0x56_50_52_4D  # "VPRM": the advisory lock of the one writer
CONNECT_SECONDS = 10
# what the server says when its disk, its memory or the rights of its user do not allow a statement
_DISK = (
    errors.DiskFull,
    errors.OutOfMemory,
    errors.IoError,
    errors.ReadOnlySqlTransaction,
    errors.InsufficientPrivilege,
)


class PostgreSQL(base.Database):
    """One database of a server, used by many threads and many processes."""

    def __init__(self, url: str) -> None:
        parsed = read_url(url)
        super().__init__(parsed.render_as_string(hide_password=True))
        self._engine = create_engine(
            parsed,
            pool_size=16,
            max_overflow=64,
            pool_timeout=base.BUSY_SECONDS,
            pool_pre_ping=True,  # the server may have been restarted
            connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": "visualprm-workbench"},
        )
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """See :class:`~storage.database.connection.Database`."""
        with self._translated_errors(), self._reading.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self, *, durable: bool = True, bulk: bool = False) -> Iterator[Connection]:
        """See :class:`~storage.database.connection.Database`."""
        with self._translated_errors(), self._turn(), self._engine.connect() as connection, connection.begin():
            connection.execute(text(f"SET LOCAL lock_timeout = {int(base.BUSY_SECONDS * 1000)}"))
            if not durable:
                connection.execute(text("SET LOCAL synchronous_commit = off"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})"))
            yield connection

    def make_durable(self) -> None:
        """See :class:`~storage.database.connection.Database`. The log is written in order: what came before this message, too."""
        with self._translated_errors(), self._engine.connect() as connection, connection.begin():
            connection.execute(text("SELECT pg_logical_emit_message(true, 'visualprm', 'durable')"))

    def find_faults(self) -> Iterator[str]:
        """Find nothing: the server checks its pages and links itself."""
        yield from ()

    def close(self) -> None:
        """Close every idle connection."""
        self._engine.dispose()

    @contextmanager
    def hold_connection(self) -> Iterator[Connection]:
        """Give a connection of one's own outside any transaction, for locks that last as long as it."""
        with self._translated_errors():
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            yield connection
        finally:
            connection.invalidate()  # closed, not kept for others: its locks must go
            connection.close()

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
            if isinstance(error.orig, errors.LockNotAvailable | errors.QueryCanceled):
                raise self._busy() from error
            if isinstance(error.orig, _DISK):
                raise DiskError(
                    f"The database {self.name} could not be written ({reason}). Nothing was saved; free some disk space on its "
                    "server, or check the rights of its user."
                ) from error
            if isinstance(error.orig, errors.OperationalError):  # also: no such server, password, database
                raise StoreError(
                    f"The database {self.name} cannot be used ({reason}). Nothing was saved; check that its server runs, and "
                    "--database."
                ) from error
            raise


def read_url(url: str) -> URL:
    """Return a database's address as ``postgresql+psycopg://...``. Raises BadSetting for another kind."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = URL.create("unknown")
    if parsed.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise BadSetting(
            "The database's address must be postgresql://USER:PASSWORD@HOST:PORT/NAME. Leave it out for a SQLite file in the data "
            "folder."
        )
    return parsed.set(drivername="postgresql+psycopg")
