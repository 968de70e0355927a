"""Files that are either whole or absent: written beside their place, forced to disk, then renamed. Knows no format."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.domain import new_id
from storage.errors import BadFile, DiskError
from storage.files.private import FILE_MODE, make_private_folder


@contextmanager
def translated_disk_errors(what: Path | str) -> Iterator[None]:
    """Turn the operating system's refusals into one that says what could not be written, a path or words, and what to do."""
    try:
        yield
    except OSError as error:
        named = what if isinstance(what, str) else f"{what.name!r} in {str(what.parent)!r}"
        raise DiskError(
            f"Could not write {named}: {error.strerror or error}. "
            "Free some disk space or check the permissions of the folder."
        ) from error


def write_atomically(path: Path, data: bytes) -> None:
    """Write a private file so that it is there with all its bytes, or not at all, whatever happens in between.

    Raises:
        DiskError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    with translated_disk_errors(path):
        make_private_folder(path.parent)
        beside = path.with_name(f".{path.name}.{new_id()}.tmp")
        try:
            with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Force a folder's list of names to disk, so that a rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def atomic_folder(target: Path, ours: frozenset[str], last: str) -> Iterator[Path]:
    """Give an empty folder to fill; it becomes ``target`` when the block ends, and is removed when it raises.

    Args:
        target: new, or an empty folder, or one that holds nothing but the names in ``ours`` (an earlier result).
        ours: names that may be replaced.
        last: the name without which the result is none: where names come into place one by one, it comes after all others.

    Raises:
        BadFile: ``target`` holds something that is not ours to replace, or is a mount with an earlier result.
        DiskError: the disk is full or the folder cannot be written.
    """
    target = target.resolve()
    with translated_disk_errors(target):
        held = {path.name for path in target.iterdir()} if target.exists() else None
        foreign = sorted((held or set()) - ours)
        if foreign:
            raise BadFile(f"{str(target)!r} already holds {foreign[0]!r}. Choose a new or an empty folder.")
        with _beside(target, replaces=bool(held)) if held != set() else _inside(target, last) as folder:
            yield folder


@contextmanager
def _beside(target: Path, *, replaces: bool) -> Iterator[Path]:
    """Fill a folder beside ``target`` and let it take the place of that in one move."""
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.with_name(f".{target.name}.{new_id()}.tmp")
    folder.mkdir()
    old = target.with_name(f".{target.name}.{new_id()}.old")
    try:
        yield folder
        if replaces:
            _set_aside(target, old)
        folder.rename(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        if old.exists() and not target.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)
    sync_folder(target.parent)


def _set_aside(target: Path, old: Path) -> None:
    try:
        target.rename(old)
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        raise BadFile(
            f"{str(target)!r} is a mount point, which cannot be moved, so the earlier result in it cannot be replaced. "
            "Choose a new folder inside it, or empty it first."
        ) from error


@contextmanager
def _inside(target: Path, last: str) -> Iterator[Path]:
    """Fill a hidden folder in ``target`` and move its names out: a mount (a container's volume) cannot itself be replaced."""
    folder = target / f".{new_id()}.tmp"
    folder.mkdir()
    moved: list[Path] = []
    try:
        yield folder
        if written := sorted({path.name for path in target.iterdir()} - {folder.name}):
            raise BadFile(
                f"In the meantime something else wrote {written[0]!r} into {str(target)!r}. Choose another folder."
            )
        for name in sorted(path.name for path in folder.iterdir() if path.name != last):
            moved.append((folder / name).rename(target / name))
        sync_folder(target)  # on disk before the name that makes them a result
        moved.append((folder / last).rename(target / last))
    except BaseException:
        for path in (folder, *moved):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise
    folder.rmdir()
    sync_folder(target)
