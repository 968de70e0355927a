"""Is the store sound, a copy of it, and a copy put back. Knows files and SQLite's own checks; knows no noun's rules."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from storage import saving, seats, tables
from storage.disk import whole_folder
from storage.errors import BadFile, DamagedStore, NotFound
from storage.people import COMMAND_LINE
from storage.store import DATABASE, Store, open_store

IMAGES = "images"
_NAMES = frozenset((DATABASE, IMAGES))


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check looked at and what it found."""

    solutions: int
    events: int
    annotations: int
    images: int
    faults: tuple[str, ...]  # empty when all is well


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup copied."""

    images: int
    bytes: int  # database and pictures together


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreReport:
    """What a restore copied, and what it ended."""

    images: int
    bytes: int  # database and pictures together
    ended_sessions: int
    ended_tokens: int
    ended_invitations: int


def check(store: Store) -> CheckReport:
    """Look at every page of the database, every link between rows, every draft's events and every picture's bytes."""
    faults: list[str] = []
    with store.database.read() as connection:
        for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
            if line != "ok":
                faults.append(f"database: {line}")
        for row in connection.exec_driver_sql("PRAGMA foreign_key_check"):
            faults.append(f"table {row[0]}: row {row[1]} points to a missing row of {row[2]}")
        shas = list(connection.scalars(select(tables.images.c.sha).order_by(tables.images.c.sha)))
        solutions, events, annotations = (
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (tables.solutions, tables.events, tables.annotations)
        )
        for task_id, who in saving.find_odd_drafts(connection):
            faults.append(f"draft of task {task_id} by {who!r}: its events lead to another one")
        faults += [
            f"queue {queue_id}: its seats are not those its drafts take"
            for queue_id in seats.find_odd_seats(connection)
        ]
    for sha in shas:
        try:
            found = hashlib.sha256(store.images.path(sha).read_bytes()).hexdigest()
        except NotFound:
            faults.append(f"image {sha}: its file is missing")
            continue
        if found != sha:
            faults.append(f"image {sha}: its file has other bytes than were stored")
    return CheckReport(
        solutions=solutions, events=events, annotations=annotations, images=len(shas), faults=tuple(faults)
    )


def backup(store: Store, target: Path) -> BackupReport:
    """Copy the store to a folder while others use it; an earlier backup there is replaced once the new one is whole.

    The database goes first: a picture is always stored before the row that names it, so the copy misses none.

    Raises:
        BadFile: the folder holds something that is no backup.
        DiskError: it cannot be written.
    """
    with whole_folder(target, _NAMES) as folder:
        store.database.backup(folder / DATABASE)
        return _copy_images(store.images.folder, folder)


def restore(source: Path, data_dir: Path) -> RestoreReport:
    """Put a backup back as a new data folder.

    A backup knows nothing of the sessions, tokens and invitations that were ended after it: none that it holds works any more.
    Passwords, roles and deactivated accounts are again what they were.

    Raises:
        BadFile: ``source`` is no backup, or ``data_dir`` holds something already.
        DamagedStore: the backup's database is damaged.
        NewerStore: a newer version of the program made it.
    """
    if not (source / DATABASE).is_file():
        raise BadFile(f"{str(source)!r} is no backup: it has no {DATABASE}.")
    if (data_dir / DATABASE).exists():
        raise BadFile(f"{str(data_dir)!r} holds a store already. Stop the program and move that folder away first.")
    with whole_folder(data_dir, frozenset()) as folder:
        shutil.copyfile(source / DATABASE, folder / DATABASE)
        _require_whole(folder / DATABASE)
        copied = _copy_images(source / IMAGES, folder)
        with open_store(folder, journal_mode=None) as store:
            ended = store.sign_in.end_access(COMMAND_LINE)
    return RestoreReport(
        images=copied.images,
        bytes=copied.bytes,
        ended_sessions=ended.sessions,
        ended_tokens=ended.tokens,
        ended_invitations=ended.invitations,
    )


def _copy_images(source: Path, folder: Path) -> BackupReport:
    images = size = 0
    for path in source.glob("??/*"):
        if not path.name.startswith("."):  # a picture being written just now
            place = folder / IMAGES / path.parent.name
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place / path.name)
            images, size = images + 1, size + path.stat().st_size
    return BackupReport(images=images, bytes=size + (folder / DATABASE).stat().st_size)


def _require_whole(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        raise DamagedStore(f"The backup's database is damaged ({answer}). Choose an earlier backup.")
