"""Store: the repositories of one data folder, opened and closed together. Holds no statement and no rule of its own.

Every method of a repository is one transaction (or says why not), takes and returns domain values, and may be called from many
threads at once.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from storage.accounts.repository import AccountRepository
from storage.database.connection import Database, JournalMode, as_journal_mode
from storage.database.migrations import migrate
from storage.files.atomic import translated_disk_errors
from storage.files.private import close_to_others, make_private_file, make_private_folder
from storage.files.repository import ImageRepository
from storage.labelling.repository import LabellingRepository
from storage.projects.repository import ProjectRepository
from storage.results.repository import ResultRepository
from storage.runs.process_lock import ProcessLock
from storage.runs.repository import RunRepository

DATABASE = "workbench.sqlite3"


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
        self.accounts = AccountRepository(database)
        self.runs = RunRepository(database, self._owner)
        self.labelling = LabellingRepository(database)
        self.results = ResultRepository(database)
        self.projects = ProjectRepository(database)

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
