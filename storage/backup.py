"""Checking a store, backing it up and restoring a backup. Knows files and SQLite's own checks; no rule of what is stored.

A backup is a SQLite file with pictures beside it, of whichever database the store has.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from storage import moving
from storage.accounts.people import COMMAND_LINE
from storage.database import tables
from storage.database.sqlite import SQLite
from storage.errors import BadFile, DamagedStore, NotFound
from storage.files.atomic import atomic_folder
from storage.files.private import close_all_to_others
from storage.labelling import event_log, slots, task_removal
from storage.progress import OnProgress, tell_nobody
from storage.store import DATABASE, Store, open_store

IMAGES = "images"
SECRET = "secret"  # signs guests' cookies; visualprm_ui/access/identity.py makes it
DRAFTS_A_TRANSACTION = 500  # drafts replayed in one transaction
_NAMES = frozenset((DATABASE, IMAGES, SECRET))


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
    missing_images: int  # the database names them and the backup lacks them
    ended_sessions: int
    ended_tokens: int
    ended_invitations: int


def check(store: Store, on_progress: OnProgress | None = None) -> CheckReport:
    """Check every page of the database, every link between rows, every draft's events and every picture's bytes.

    In many short transactions: in journal mode DELETE nobody can save while one reads. ``on_progress``: told of each picture.
    """
    tell = on_progress or tell_nobody
    faults = list(store.database.find_faults())
    with store.database.read() as connection:
        shas = list(connection.scalars(select(tables.images.c.sha).order_by(tables.images.c.sha)))
        solutions, events, annotations = (
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (tables.solutions, tables.events, tables.annotations)
        )
        queues = slots.list_project_queues(connection)
    faults += [
        f"draft of task {task} by {who!r}: its events lead to another one" for task, who in _inconsistent_drafts(store)
    ]
    for queue_id in queues:
        with store.database.read() as connection:
            if not slots.counts_match_drafts(connection, queue_id):
                faults.append(f"queue {queue_id}: its slots are not those its drafts take")
            if not task_removal.lists_are_whole(connection, queue_id):
                faults.append(
                    f"queue {queue_id}: its gaps, or the numbers of an assignment list, are not those of its tasks"
                )
    for done, sha in enumerate(shas, start=1):
        tell(done, done / len(shas))
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


def _inconsistent_drafts(store: Store) -> Iterator[tuple[str, str]]:
    after: tuple[str, str] | None = ("", "")
    while after is not None:
        with store.database.read() as connection:
            found, after = event_log.find_inconsistent_drafts(connection, after, DRAFTS_A_TRANSACTION)
        yield from found


def backup(
    store: Store, target: Path, unchanged: Path | None = None, on_progress: OnProgress | None = None
) -> BackupReport:
    """Copy the store to a folder while others use it; an earlier backup there is replaced once the new one is whole.

    The database goes first: a picture is always stored before the row that names it, so the copy misses none. The copy holds the
    secret that guests' cookies are signed with: without it they would be strangers to their own work after a restore. The store's
    log notes the backup, after which ``store.accounts.last_backup()`` tells of it.

    Args:
        store: what is copied.
        target: the folder.
        unchanged: an earlier backup. Pictures never change, so that those it has too are linked where the disk can.
        on_progress: told of each picture.

    Raises:
        BadFile: the folder holds something that is no backup of this store.
        DiskError: it cannot be written.
    """
    _require_no_other(store, target)
    with atomic_folder(target, _NAMES, last=DATABASE) as folder:
        if isinstance(store.database, SQLite):
            store.database.backup(folder / DATABASE)
        else:
            moving.copy_to_file(store.database, folder / DATABASE)
        _copy_secret(store.data_dir, folder)
        report = _copy_images(store.images.folder, folder, unchanged, on_progress)
        close_all_to_others(folder)
    store.accounts.note_backup(COMMAND_LINE, f"{report.images} pictures, {report.bytes} bytes")
    return report


def restore(source: Path, data_dir: Path, on_progress: OnProgress | None = None) -> RestoreReport:
    """Put a backup, or a copied data folder, back as a new data folder.

    What SQLite had not yet moved into the database file of a copied data folder comes along. A backup knows nothing of the
    sessions, tokens and invitations that were ended after it: none that it holds works any more. Passwords, roles and deactivated
    accounts are again what they were. ``on_progress``: told of each picture.

    Raises:
        BadFile: ``source`` is no backup, or ``data_dir`` holds something already.
        DamagedStore: the backup's database is damaged.
        NewerStore: a newer version of the program made it.
    """
    if not (source / DATABASE).is_file():
        raise BadFile(f"{str(source)!r} is not a backup: it has no {DATABASE}.")
    if (data_dir / DATABASE).exists():
        raise BadFile(f"{str(data_dir)!r} holds a store already. Stop the program and move that folder away first.")
    with atomic_folder(data_dir, frozenset(), last=DATABASE) as folder:
        _copy_database(source, folder)
        _require_whole(folder / DATABASE)
        _copy_secret(source, folder)
        copied = _copy_images(source / IMAGES, folder, on_progress=on_progress)
        with open_store(folder, journal_mode=None) as store:
            ended = store.accounts.end_all_access(COMMAND_LINE)
            missing = _count_missing(store)
        close_all_to_others(folder)
    return RestoreReport(
        images=copied.images,
        bytes=copied.bytes,
        missing_images=missing,
        ended_sessions=ended.sessions,
        ended_tokens=ended.tokens,
        ended_invitations=ended.invitations,
    )


def _copy_database(source: Path, folder: Path) -> None:
    """Copy the database and the journals that lie beside it, which the first opening of the copy works in."""
    shutil.copyfile(source / DATABASE, folder / DATABASE)
    for name in _journals(DATABASE):
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)


def _journals(database: str) -> tuple[str, str]:
    """Return the files in which SQLite may leave committed or half-done work: the log of mode WAL, the journal of DELETE.

    The third one, "-shm", is only an index of the log and is made anew.
    """
    return f"{database}-wal", f"{database}-journal"


def _copy_secret(source: Path, folder: Path) -> None:
    if (source / SECRET).is_file():
        (folder / SECRET).touch(mode=0o600)  # whatever the mode of the original is: it signs cookies
        (folder / SECRET).write_bytes((source / SECRET).read_bytes())


def _require_no_other(store: Store, target: Path) -> None:
    """Refuse to replace the data or the backup of another store, or this one's data: they look like an earlier backup."""
    mine, theirs = (folder / SECRET for folder in (store.data_dir, target))
    is_other = theirs.is_file() and not (mine.is_file() and mine.read_bytes() == theirs.read_bytes())
    if is_other or target.resolve() == store.data_dir.resolve():
        raise BadFile(f"{str(target)!r} holds the data of a store, or another one's backup. Choose a new folder.")


def _count_missing(store: Store) -> int:
    """Count the pictures that the database names and the folder lacks."""
    with store.database.read() as connection:
        shas = connection.scalars(select(tables.images.c.sha)).all()
    return len(set(shas) - {path.stem for path in store.images.folder.glob("??/*")})


def _copy_images(
    source: Path, folder: Path, unchanged: Path | None = None, on_progress: OnProgress | None = None
) -> BackupReport:
    tell = on_progress or tell_nobody
    images = size = 0
    paths = list(source.glob("??/*"))
    for done, path in enumerate(paths, start=1):
        tell(done, done / len(paths))
        if not path.name.startswith("."):  # a picture being written just now
            target = folder / IMAGES / path.parent.name
            target.mkdir(parents=True, exist_ok=True)
            earlier = None if unchanged is None else unchanged / IMAGES / path.parent.name / path.name
            if earlier is None or not _link(earlier, target / path.name):
                shutil.copyfile(path, target / path.name)
            images, size = images + 1, size + path.stat().st_size
    return BackupReport(images=images, bytes=size + (folder / DATABASE).stat().st_size)


def _link(earlier: Path, target: Path) -> bool:
    """Give a picture of an earlier backup a second name; return whether that was possible and it has the bytes that its name says.

    A damaged one would otherwise be all that the later backups have.
    """
    try:
        with earlier.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != target.stem:
                return False
        os.link(earlier, target)
    except OSError:  # it has none, or the disk cannot link
        return False
    return True


def _require_whole(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            answer = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        answer = str(error)
    if answer != "ok":
        raise DamagedStore(f"The backup's database is damaged ({answer}). Choose an earlier backup.")
