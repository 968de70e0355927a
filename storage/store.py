"""Store: the repositories of one data folder, opened and closed together. Holds no statement and no rule of its own.

Every method of a repository is one transaction (or says why not), takes and returns domain values, and may be called from many
threads at once.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.accounts.repository import AccountRepository
from storage.database.connection import Database, JournalMode, as_journal_mode
from storage.database.migrations import migrate
from storage.files.atomic import translated_disk_errors
from storage.files.private import close_to_others, make_private_file, make_private_folder
from storage.files.repository import ImageRepository
from storage.labelling.image_access import ImageAccess
from storage.labelling.repository import LabellingRepository
from storage.projects.repository import ProjectRepository
from storage.results.repository import ResultRepository
from storage.runs.process_lock import ProcessLock
from storage.runs.repository import RunRepository

DATABASE = "workbench.sqlite3"


log = logging.getLogger(__name__)

DEFAULT_FOLDER = Path("data")  # in the folder that a program is started in


def usable_data_dir(wanted: Path = DEFAULT_FOLDER) -> Path:
    """Return the data folder to use: the one wanted, or one at home where nobody chose and the default cannot be made or written.

    A Space, or a container, runs in a folder that it may not write. The command line finds the same folder again.
    """
    if wanted != DEFAULT_FOLDER or _is_writable(wanted):
        return wanted
    return Path.home() / ".local" / "share" / "visualprm-workbench"


def _is_writable(folder: Path) -> bool:
    try:
        make_private_folder(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def open_store(data_dir: Path, journal_mode: JournalMode | str | None = JournalMode.WAL) -> Store:
    """Open the store in a folder, making it when it is not there, and bring it to the present schema.

    Args:
        data_dir: folder on a local disk (network mounts corrupt SQLite).
        journal_mode: "wal", "delete" (Hugging Face Spaces), or None to leave the file as it is.

    Raises:
        NewerStore: a newer version of the program wrote it.
        DiskError, DamagedStore, StoreBusy, BadSetting: as their names say.
    """
    mode = as_journal_mode(journal_mode)
    with translated_disk_errors(data_dir / DATABASE):
        _close_to_others(data_dir)
    database = Database(data_dir / DATABASE, mode)
    store = Store(data_dir, database)
    try:
        with database.write() as connection:
            migrate(connection)
        store.runs.stop_orphaned_runs()
    except BaseException:
        store.close()
        raise
    return store


def _close_to_others(data_dir: Path) -> None:
    """Make the folder and the database where they are missing, and close both, and what an older version left open, to others."""
    make_private_folder(data_dir)
    make_private_file(data_dir / DATABASE)  # its journals get the mode of the database
    for path in data_dir.iterdir():
        close_to_others(path)


class Store:
    """The truth on disk, by what it is about. Made by :func:`open_store`; a context manager that closes itself."""

    def __init__(self, data_dir: Path, database: Database) -> None:
        self.data_dir = data_dir
        self.database = database  # for storage/backup.py; others use the repositories
        self._owner = ProcessLock(data_dir / "owners")
        self.images = ImageRepository(data_dir, database)
        self.image_access = ImageAccess(database)
        self.accounts = AccountRepository(database)
        self.runs = RunRepository(database, self._owner)
        self.labelling = LabellingRepository(database)
        self.results = ResultRepository(database)
        self.projects = ProjectRepository(database)

    def claim(self) -> int:
        """Let other processes know that this one serves the folder; log and return how many others do so.

        Several may: what they write is whole. But waits after wrong passwords, limits of visitors and runs in progress are each
        process's own.
        """
        others = self._owner.claim_beside()
        if others:
            log.warning(
                "%d other process(es) serve the data folder %s too; runs of one cannot be followed or stopped in another, and each "
                "has limits of its own. Unless that is meant, stop one, or give it another --data-dir.",
                others,
                self.data_dir,
            )
        return others

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files. Runs still working are stopped at the next opening."""
        self._owner.release()
        self.database.close()
