"""Which process works on a run, so that the runs of a killed process can be told from those of a living one.

A process holds a lock under a name that stands in its runs, on a file or in a PostgreSQL server; the kernel, or the server, drops
it when the process dies, however it dies. A process id would not do: ids are used again, and mean nothing in another container.
"""

from __future__ import annotations

import fcntl
import os
import threading
import zlib
from abc import ABC, abstractmethod
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from engine.domain import new_id
from storage.database.postgresql import PostgreSQL
from storage.files.private import FILE_MODE, make_private_folder


class ProcessLock(ABC):
    """This process as the owner of its runs."""

    @abstractmethod
    def claim(self) -> str:
        """Return this process's name, and keep its lock from now on."""

    @abstractmethod
    def claim_beside(self) -> int:
        """Claim, and return how many other living processes have claimed."""

    @abstractmethod
    def is_alive(self, name: str) -> bool:
        """Return whether the process of this name still holds its lock."""

    @abstractmethod
    def release(self) -> None:
        """Give the lock up."""


class FileLock(ProcessLock):
    """Locks of files in a folder of one machine. The file is made by the first call of :meth:`claim`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._name: str | None = None
        self._file: IO[bytes] | None = None

    def claim(self) -> str:
        """Return this process's name, and keep its lock from now on."""
        with self._guard:
            if self._name is None:
                make_private_folder(self._folder)
                name = new_id()
                hidden = self._folder / f".{name}"  # until it is locked: another process would take it for a dead one's
                file = open(os.open(hidden, os.O_WRONLY | os.O_CREAT, FILE_MODE), "wb")  # noqa: SIM115
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                hidden.rename(self._folder / name)
                self._name, self._file = name, file
            return self._name

    def claim_beside(self) -> int:
        """Claim, and return how many other living processes have claimed."""
        mine = self.claim()
        others = (path.name for path in self._folder.iterdir() if path.name != mine and not path.name.startswith("."))
        return sum(self.is_alive(name) for name in others)

    def is_alive(self, name: str) -> bool:
        """Return whether the process of this name still holds its lock; the file of a dead one is removed."""
        path = self._folder / name
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        path.unlink(missing_ok=True)
        return False

    def release(self) -> None:
        """Give the lock up."""
        with self._guard:
            if self._file is not None and self._name is not None:
                (self._folder / self._name).unlink(missing_ok=True)
                self._file.close()
                self._file = self._name = None


class ServerLock(ProcessLock):
    """Advisory locks of a PostgreSQL server, held by a connection that is kept for them: processes of several machines see them."""

    SPACE = 0x56_50  # the first number of these locks; the second is made from a process's name

    def __init__(self, database: PostgreSQL) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._name = new_id()
        self._held = ExitStack()
        self._connection: Connection | None = None

    def claim(self) -> str:
        """Return this process's name, and keep its lock from now on. A lock that went with a restarted server is taken again."""
        with self._guard:
            if not self._is_held():
                self._held.close()
                self._connection = self._held.enter_context(self._database.hold_connection())
                self._connection.execute(text("SELECT pg_advisory_lock(:space, :key)"), self._key(self._name))
        return self._name

    def claim_beside(self) -> int:
        """See :class:`ProcessLock`."""
        mine = self._key(self.claim())["key"] % 2**32
        query = "SELECT DISTINCT objid FROM pg_locks WHERE " + self._HELD
        with self._database.read() as connection:
            return sum(int(key) != mine for key in connection.scalars(text(query), {"space": self.SPACE}))

    def is_alive(self, name: str) -> bool:
        """See :class:`ProcessLock`."""
        query = "SELECT count(*) FROM pg_locks WHERE objid = :key AND " + self._HELD
        key = {"space": self.SPACE, "key": self._key(name)["key"] % 2**32}
        with self._database.read() as connection:
            return bool(connection.scalar(text(query), key))

    def release(self) -> None:
        """See :class:`ProcessLock`."""
        with self._guard:
            self._connection = None
            self._held.close()

    # pg_locks shows both numbers without a sign; 2 says that there are two
    _HELD = (
        "locktype = 'advisory' AND classid = :space AND objsubid = 2 AND granted "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )

    def _is_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True

    def _key(self, name: str) -> dict[str, int]:
        key = zlib.crc32(name.encode())
        return {"space": self.SPACE, "key": key - 2**32 if key >= 2**31 else key}
