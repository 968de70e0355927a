"""Store: the repositories of one data folder, opened and closed together. Holds no statement and no rule of its own.

Every method of a repository is one transaction (or says why not), takes and returns domain values, and may be called from many
threads at once.
"""

from __future__ import annotations

import logging
import os
import shlex
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

from storage.accounts.repository import AccountRepository
from storage.database.connection import Database
from storage.database.migrations import has_schema, migrate
from storage.database.postgresql import PostgreSQL
from storage.database.sqlite import JournalMode, SQLite, as_journal_mode
from storage.errors import BadSetting
from storage.files.atomic import translated_disk_errors
from storage.files.private import close_to_others, make_private_file, make_private_folder
from storage.files.repository import ImageRepository
from storage.labelling.image_access import ImageAccess
from storage.labelling.repository import LabellingRepository
from storage.projects.repository import ProjectRepository
from storage.results.repository import ResultRepository
from storage.runs.process_lock import FileLock, ProcessLock, ServerLock
from storage.runs.repository import RunRepository

DATABASE = "workbench.sqlite3"
MOVED = "moved-to.txt"  # in a data folder whose SQLite file was moved to another database: its address


log = logging.getLogger(__name__)

DEFAULT_FOLDER = Path("data")  # in the folder that a program is started in


def usable_data_dir(wanted: Path = DEFAULT_FOLDER) -> Path:
    """Return the data folder to use: the one wanted, or one at home where nobody chose and the default cannot be made or written.

    A Space, or a container, runs in a folder that it may not write. The command line finds the same folder again. No folder is
    made: a command where there is no store leaves nothing behind.
    """
    if wanted != DEFAULT_FOLDER or _is_writable(wanted):
        return wanted
    return Path.home() / ".local" / "share" / "visualprm-workbench"


def _is_writable(folder: Path) -> bool:
    if folder.exists():
        return os.access(folder, os.W_OK)
    try:
        Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent)).rmdir()  # the rights alone promise too much to root
    except OSError:
        return False
    return True


def open_store(
    data_dir: Path, journal_mode: JournalMode | str | None = JournalMode.WAL, *, database: str | None = None
) -> Store:
    """Open the store in a folder, making it when it is not there, and bring it to the present schema.

    Args:
        data_dir: folder of the pictures, and of the database unless that is on a server. For SQLite it must be on a local disk,
            as network mounts corrupt it.
        journal_mode: of SQLite: "wal", "delete" (Hugging Face Spaces), or None to leave the file as it is.
        database: ``postgresql://USER:PASSWORD@HOST:PORT/NAME``; None: a SQLite file in the folder.

    Raises:
        NewerStore: a newer version of the program wrote it.
        StoreError: the database's server cannot be used.
        DiskError, DamagedStore, StoreBusy, BadSetting: as their names say.
    """
    mode = as_journal_mode(journal_mode)
    with translated_disk_errors(data_dir / DATABASE):
        make_private_folder(data_dir)
        if database is None:
            _refuse_moved(data_dir)
            make_private_file(data_dir / DATABASE)  # its journals get the mode of the database
        _close_to_others(data_dir)
    store = _connect(data_dir, mode, database)
    try:
        with store.database.write() as connection:
            migrate(connection)
        store.runs.stop_orphaned_runs()
    except BaseException:
        store.close()
        raise
    return store


def open_unchanged(data_dir: Path, *, database: str | None = None) -> Store | None:
    """Open the store in a folder to read it only: no schema is made or changed, and no run is stopped.

    Args:
        data_dir: folder of the pictures, and of the database unless that is on a server.
        database: see :func:`open_store`.

    Returns:
        None where there is no store yet.

    Raises:
        OlderStore, NewerStore: another version of the program wrote it.
        StoreError, DamagedStore, StoreBusy, BadSetting: see :func:`open_store`.
    """
    if database is None:
        _refuse_moved(data_dir)
        if not (data_dir / DATABASE).is_file():
            return None
    store = _connect(data_dir, None, database)
    try:
        with store.database.read() as connection:
            is_there = has_schema(connection)
    except BaseException:
        store.close()
        raise
    if is_there:
        return store
    store.close()
    return None


def _connect(data_dir: Path, mode: JournalMode | None, database: str | None) -> Store:
    if database is None:
        return Store(data_dir, SQLite(data_dir / DATABASE, mode), FileLock(data_dir / "owners"))
    server = PostgreSQL(database)
    return Store(data_dir, server, ServerLock(server))


def _refuse_moved(data_dir: Path) -> None:
    if (data_dir / MOVED).exists():
        raise BadSetting(
            f"The store of {str(data_dir)!r} was moved to {(data_dir / MOVED).read_text()}. Name it with --database (or "
            f"VISUALPRM_DATABASE). To go on with the file that was left here instead, delete {MOVED}."
        )


def _close_to_others(data_dir: Path) -> None:
    """Close to others what an older version left open."""
    for path in data_dir.iterdir():
        close_to_others(path)


class Store:
    """The truth on disk, by what it is about. Made by :func:`open_store`; a context manager that closes itself."""

    def __init__(self, data_dir: Path, database: Database, owner: ProcessLock) -> None:
        self.data_dir = data_dir
        self.database = database  # for storage/backup.py; others use the repositories
        self._owner = owner
        self.images = ImageRepository(data_dir, database)
        self.image_access = ImageAccess(database)
        self.accounts = AccountRepository(database)
        self.runs = RunRepository(database, self._owner)
        self.labelling = LabellingRepository(database)
        self.results = ResultRepository(database)
        self.projects = ProjectRepository(database)

    @property
    def command_options(self) -> str:
        """The options by which a command of ``python -m storage`` opens this store, for a shell; "" where it does by itself.

        The address of a database's server stays in its variable: it holds a password.
        """
        options = [] if self.data_dir == DEFAULT_FOLDER else [f"--data-dir {shlex.quote(str(self.data_dir))}"]
        if not isinstance(self.database, SQLite):
            options.append('--database "$VISUALPRM_DATABASE"')
        return " ".join(options)

    def claim(self) -> int:
        """Let other processes know that this one serves the folder; log and return how many others do so.

        Several may: what they write is whole, wrong passwords are counted together, and each shows and stops the others' runs.
        But models and limits of visitors are each process's own.
        """
        others = self.other_processes()
        if others:
            log.warning(
                "%d other process(es) serve the data folder %s too; each has models and limits of its own. Unless that is meant, "
                "stop one, or give it another --data-dir.",
                others,
                self.data_dir,
            )
        return others

    def other_processes(self) -> int:
        """Return how many other living processes serve this store, and let them know of this one."""
        return self._owner.claim_beside()

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
