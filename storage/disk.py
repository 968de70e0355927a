"""Files that are either whole or absent: written beside their place, forced to disk, then renamed. Knows no format."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.domain import new_id
from storage.errors import BadFile, DiskError


@contextmanager
def explained_disk(what: Path | str) -> Iterator[None]:
    """Turn the operating system's refusals into one that says what could not be written, a path or words, and what to do."""
    try:
        yield
    except OSError as error:
        named = what if isinstance(what, str) else f"{what.name!r} in {str(what.parent)!r}"
        raise DiskError(
            f"Could not write {named}: {error.strerror or error}. "
            "Free some disk space or check the permissions of the folder."
        ) from error


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there with all its bytes, or not at all, whatever happens in between.

    Raises:
        DiskError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    with explained_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f".{path.name}.{new_id()}.tmp")
        try:
            with beside.open("wb") as file:
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
def whole_folder(target: Path, ours: frozenset[str]) -> Iterator[Path]:
    """Give an empty folder to fill; it takes the place of ``target`` when the block ends, and is removed when it raises.

    Args:
        target: new, or an empty folder, or one that holds nothing but the names in ``ours`` (an earlier result).
        ours: names that may be replaced.

    Raises:
        BadFile: ``target`` holds something that is not ours to replace.
        DiskError: the disk is full or the folder cannot be written.
    """
    target = target.resolve()
    with explained_disk(target):
        foreign = sorted({path.name for path in target.iterdir()} - ours) if target.exists() else []
        if foreign:
            raise BadFile(f"{str(target)!r} already holds {foreign[0]!r}. Choose a new or an empty folder.")
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f".{target.name}.{new_id()}.tmp")
        beside.mkdir()
        old = target.with_name(f".{target.name}.{new_id()}.old")
        try:
            yield beside
            if target.exists():
                target.rename(old)
            beside.rename(target)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            if old.exists() and not target.exists():
                old.rename(target)
            raise
        shutil.rmtree(old, ignore_errors=True)
        sync_folder(target.parent)
