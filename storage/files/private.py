"""Files and folders that only their owner may read: what people and models said is nobody else's on a shared machine."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FOLDER_MODE, FILE_MODE = 0o700, 0o600


def make_private_folder(path: Path) -> None:
    """Make a folder and those above it that are missing; it is closed to others, also where it was there and open."""
    for parent in (*reversed(path.parents), path):
        if not parent.is_dir():
            parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
    close_to_others(path)


def make_private_file(path: Path) -> None:
    """Make an empty file that is closed to others; one that is there keeps its bytes and is closed."""
    if not path.exists():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE))
    close_to_others(path)


def close_to_others(path: Path) -> None:
    """Take the permissions of all but the owner. Where that cannot be (another's file, a disk that is read-only or knows no
    permissions) they stay: a store that cannot be closed is still one to be read.
    """
    with suppress(OSError):
        if path.stat().st_mode & 0o077:
            path.chmod(FOLDER_MODE if path.is_dir() else FILE_MODE)


def close_all_to_others(folder: Path) -> None:
    """Close a folder and everything in it."""
    for path in (folder, *folder.rglob("*")):
        close_to_others(path)
