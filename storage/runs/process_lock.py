"""Which process works on a run, so that the runs of a killed process can be told from those of a living one.

A process holds a lock on a file named in its runs; the kernel drops the lock when the process dies, however it dies. A process
id would not do: ids are used again, and mean nothing in another container.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from typing import IO

from engine.domain import new_id
from storage.files.private import FILE_MODE, make_private_folder


class ProcessLock:
    """This process as the owner of its runs. The lock file is made by the first call of :meth:`claim`."""

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
                file = open(os.open(self._folder / name, os.O_WRONLY | os.O_CREAT, FILE_MODE), "wb")  # noqa: SIM115
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._name, self._file = name, file
            return self._name

    def claim_beside(self) -> int:
        """Claim, and return how many other living processes have claimed."""
        mine = self.claim()
        return sum(self.is_alive(path.name) for path in self._folder.iterdir() if path.name != mine)

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
