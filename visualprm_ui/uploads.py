"""Uploaded data sets: taken to disk piece by piece, unpacked with limits, imported, gone again.

Knows zip archives and limits; what a row means is ``storage/formats``'.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from storage import BadFile
from storage.formats import visualprocessbench

MAX_ARCHIVE = 2 * 2**30  # bytes sent
MAX_UNPACKED = 8 * 2**30  # bytes on disk: an archive must not fill it
MAX_FILES = 200_000
_PIECE = 2**20


@contextmanager
def upload_folder() -> Iterator[Path]:
    """Give a folder for one upload; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="visualprm-import-") as folder:
        yield Path(folder)


async def receive(stream: AsyncIterator[bytes], path: Path) -> None:
    """Write an upload to a file. Raises BadFile when it is larger than 2 GiB or empty."""
    size = 0
    with path.open("wb") as out:
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
    """
    folder.mkdir()
    if not zipfile.is_zipfile(upload):
        rows = folder / f"{visualprocessbench.NAME}.jsonl"
        upload.rename(rows)
        return rows
    try:
        with zipfile.ZipFile(upload) as archive:
            _unpack(archive, folder)
    # zipfile's own words for a compression it does not know, and for a password
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise BadFile(f"The archive cannot be unpacked: {error}. Make it again, without a password.") from error
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
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("wb") as out:
            # counted while unpacking: the size an archive states may be a lie
            while piece := source.read(_PIECE):
                left -= len(piece)
                if left < 0:
                    raise BadFile(f"Unpacked, the archive is larger than {MAX_UNPACKED // 2**30} GiB.")
                out.write(piece)
