"""Uploaded data sets: taken to disk piece by piece, unpacked with limits, imported, gone again.

Knows zip archives and limits; what a row means is ``storage/formats``'.
"""

from __future__ import annotations

import errno
import lzma
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool

from storage import BadFile
from storage.disk import explained_disk
from storage.formats import visualprocessbench

MAX_ARCHIVE = 2 * 2**30  # bytes sent
MAX_UNPACKED = 8 * 2**30  # bytes on disk: an archive must not fill it
MAX_FILES = 200_000
_PIECE = 2**20
_MAGIC = b"PK"  # what every zip begins with
# What reading an archive raises: zipfile has RuntimeError for a password and NotImplementedError for a compression it does not
# know, the decompressors have words of their own (bzip2's are an OSError).
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, NotImplementedError,
)  # fmt: skip


@contextmanager
def upload_folder() -> Iterator[Path]:
    """Give a folder for one upload; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="visualprm-import-") as folder:
        yield Path(folder)


async def receive(stream: AsyncIterator[bytes], path: Path) -> None:
    """Write an upload to a file. Raises BadFile when it is larger than 2 GiB or empty, DiskError when there is no room for it."""
    size = 0
    with explained_disk(path), path.open("wb") as out:
        async for piece in stream:
            size += len(piece)
            if size > MAX_ARCHIVE:
                raise BadFile(
                    f"The upload is larger than {MAX_ARCHIVE // 2**30} GiB. Import it with python -m storage."
                )
            await run_in_threadpool(out.write, piece)
    if size == 0:
        raise BadFile("The upload is empty. Send a zip of test.jsonl and images/, or test.jsonl itself.")


def unpack(upload: Path, folder: Path) -> Path:
    """Return the file or folder to import: the unpacked archive, or the upload itself where it is none.

    Raises:
        BadFile: the archive is damaged, too large, or has no test.jsonl.
        DiskError: there is no room to unpack it.
    """
    folder.mkdir()
    if not zipfile.is_zipfile(upload):
        with upload.open("rb") as file:
            if file.read(len(_MAGIC)) == _MAGIC:
                raise BadFile("The archive is cut off or damaged. Send it again.")
        rows = folder / f"{visualprocessbench.NAME}.jsonl"
        upload.rename(rows)
        return rows
    try:
        archive = zipfile.ZipFile(upload)
    except _UNREADABLE as error:
        raise _bad(error) from error
    with archive:
        _unpack(archive, folder)
    found = sorted(folder.rglob("test.jsonl"), key=lambda path: len(path.parts))
    if not found:
        raise BadFile("There is no test.jsonl in the archive. Zip the folder that an export makes.")
    return found[0]


def _unpack(archive: zipfile.ZipFile, folder: Path) -> None:
    members = [each for each in archive.infolist() if not each.is_dir()]
    if len(members) > MAX_FILES:
        raise BadFile(f"The archive has {len(members):,} files; the most is {MAX_FILES:,}. Import it in parts.")
    left = MAX_UNPACKED
    for member in members:
        target = (folder / member.filename).resolve()
        if not target.is_relative_to(folder.resolve()):
            raise BadFile(f"The archive names a file outside itself: {member.filename!r}.")
        with explained_disk(target), _made(target, member.filename) as out:
            # counted while unpacking: the size an archive states may be a lie
            for piece in _pieces(archive, member):
                left -= len(piece)
                if left < 0:
                    raise BadFile(f"Unpacked, the archive is larger than {MAX_UNPACKED // 2**30} GiB.")
                out.write(piece)


def _made(target: Path, name: str) -> BinaryIO:
    """Open a file to be written, with its folders. Raises BadFile for a ``name`` that no file can have here."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("wb")
    except OSError as error:
        if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
            raise BadFile(f"The archive has {name[:200]!r} both as a file and as a folder.") from error
        if error.errno == errno.ENAMETOOLONG:
            raise BadFile(f"The archive has a name that is too long for a file: {name[:200]!r}.") from error
        raise


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Read a file of the archive. Raises BadFile when it is damaged or cannot be read."""
    try:
        with archive.open(member) as source:
            while piece := source.read(_PIECE):
                yield piece
    except _UNREADABLE as error:
        raise _bad(error) from error


def _bad(error: Exception) -> BadFile:
    return BadFile(f"The archive cannot be unpacked: {str(error)[:200]}. Make it again, without a password.")
