"""Uploaded datasets: streamed to a folder and unpacked within limits, every file readable by its owner only.

Knows zip and tar archives (a tar is what the page makes of a folder) and their limits, and how a file that is neither is told
apart. Does not know rows: those are read by ``storage/formats``.
"""

from __future__ import annotations

import errno
import lzma
import os
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from starlette.concurrency import run_in_threadpool

from storage import BadFile
from storage.files.atomic import translated_disk_errors
from storage.files.private import FILE_MODE
from storage.formats.parquet_files import ENDING as PARQUET
from storage.transfer.import_preview import list_imports

MAX_ARCHIVE = 2 * 2**30  # bytes sent
MAX_UNPACKED = 8 * 2**30  # bytes on disk: an archive must not fill it
MAX_FILES = 200_000
MAX_DEPTH = 100  # nested folders; creating and removing them recurses once per level
_CHUNK = 2**20  # bytes
_UPLOAD = "the upload to the server's folder for temporary files"  # in messages, instead of a path of the server
_MAGIC = b"PK"  # the first bytes of every zip
_PARQUET_MAGIC = b"PAR1"
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257  # of every tar since 1988
_LONGEST_REMARK = 2**16  # bytes that a tar says of one file
_TEXT_ENDINGS = (".csv", ".json", ".jsonl")
_ROW_ENDINGS = (*_TEXT_ENDINGS, PARQUET)
# What reading an archive raises: RuntimeError for a password or a compression that zipfile does not know, ValueError for a name
# that is no text or an offset outside the file; the decompressors raise errors of their own (bzip2 an OSError).
_UNREADABLE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, LookupError, OSError, OverflowError,
    RuntimeError, ValueError,
)  # fmt: skip


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked, of all archives of one import together."""

    files: int
    size: int  # bytes

    def take_files(self, count: int) -> None:
        self.files -= count
        if self.files < 0:
            raise BadFile(f"There are more than {MAX_FILES:,} files in it. Import it in parts.")

    def take_bytes(self, count: int) -> None:
        self.size -= count
        if self.size < 0:
            raise BadFile(f"Unpacked, it is larger than {MAX_UNPACKED // 2**30} GiB. Import it in parts.")


@contextmanager
def upload_folder() -> Iterator[Path]:
    """Make a temporary folder for one upload, removed afterwards. Raises DiskError when the disk is full."""
    with translated_disk_errors(_UPLOAD):
        made = tempfile.TemporaryDirectory(prefix="visualprm-import-")
    with made as folder:
        yield Path(folder)


async def receive(stream: AsyncIterator[bytes], path: Path) -> None:
    """Write an upload to a file. Raises BadFile when it is larger than 2 GiB or empty, DiskError when the disk is full."""
    size = 0
    with _writable_file(path) as out:
        async for chunk in stream:  # outside explained_disk: its errors are the network's
            size += len(chunk)
            if size > MAX_ARCHIVE:
                raise BadFile(
                    f"The upload is larger than {MAX_ARCHIVE // 2**30} GiB. Import it with python -m storage."
                )
            with translated_disk_errors(_UPLOAD):
                await run_in_threadpool(out.write, chunk)
    if size == 0:
        raise BadFile("The upload is empty. Send a file of rows, or a zip of it with the folder of its pictures.")


def unpack(upload: Path, folder: Path, name: str = "") -> Path:
    """Unpack an upload and return the likeliest file or folder to import; see :func:`unpack_all`."""
    unpack_all(upload, folder, name)
    return list_imports(folder)[0]


def unpack_all(upload: Path, folder: Path, name: str = "", tell: Callable[[], None] = lambda: None) -> None:
    """Unpack an archive into a folder; an upload that is none is moved there, under a name that says what it is.

    Args:
        upload: as it was received.
        folder: to be made.
        name: that the file had where it comes from.
        tell: called for every MiB; may raise to end it.

    Raises:
        BadFile: the archive is damaged or too large.
        DiskError: the disk is full.
    """
    with translated_disk_errors(_UPLOAD):
        folder.mkdir()
    budget = _Budget(MAX_FILES, MAX_UNPACKED)
    if _is_tar(upload):  # first: a zip is known by its end, which may be that of the last file in the tar
        _unpack_tar(upload, folder, tell, budget)
        return
    try:
        archive = zipfile.ZipFile(upload) if zipfile.is_zipfile(upload) else None
    except _UNREADABLE as error:
        raise _as_bad_file(error) from error
    if archive is not None:
        with archive:
            _unpack(archive, folder, tell, budget)
    else:
        upload.rename(folder / f"rows{_ending_of(upload, name)}")


def unpack_inside(folder: Path, tell: Callable[[], None] = lambda: None) -> None:
    """Unpack the archives that lie in a folder, and remove them.

    One that has rows goes into a folder of its own name, so that two with pictures of the same names keep theirs apart. One that
    has none is unpacked where it lies: the rows beside it name its pictures.

    Raises:
        BadFile: one is damaged, all together are too large, or a file would take the place of another.
        DiskError: the disk is full.
    """
    budget = _Budget(MAX_FILES, MAX_UNPACKED)
    for path in sorted(each for each in folder.rglob("*") if each.suffix.lower() == ".zip" and each.is_file()):
        try:
            archive = zipfile.ZipFile(path)
        except _UNREADABLE as error:
            raise _as_bad_file(error) from error
        with archive:
            has_rows = any(Path(name).suffix.lower() in _ROW_ENDINGS for name in archive.namelist())
            _unpack(archive, path.with_suffix("") if has_rows else path.parent, tell, budget)
        path.unlink()


def _ending_of(upload: Path, name: str) -> str:
    """Return the ending that says how a file is read. Raises BadFile for a broken archive."""
    with upload.open("rb") as file:
        start = file.read(len(_PARQUET_MAGIC))
    if start.startswith(_MAGIC):
        raise BadFile("The archive is cut off or damaged. Send it again.")
    if start == _PARQUET_MAGIC:
        return PARQUET
    ending = Path(name).suffix.lower()
    return ending if ending in _TEXT_ENDINGS else ".jsonl"


def _unpack(archive: zipfile.ZipFile, folder: Path, tell: Callable[[], None], budget: _Budget) -> None:
    members = [each for each in archive.infolist() if not each.filename.endswith("/")]
    budget.take_files(len(members))
    _check_places(members)
    for member in members:
        with _writable_file(_target(folder, member.filename), member.filename) as out:
            # counted while unpacking: the size that an archive states may be false
            for chunk in _read_chunks(archive, member):
                tell()
                budget.take_bytes(len(chunk))
                with translated_disk_errors(_UPLOAD):
                    out.write(chunk)


def _is_tar(upload: Path) -> bool:
    with upload.open("rb") as file:
        file.seek(_TAR_MAGIC_AT)
        return file.read(len(_TAR_MAGIC)) == _TAR_MAGIC


def _unpack_tar(upload: Path, folder: Path, tell: Callable[[], None], budget: _Budget) -> None:
    """Unpack the files of a tar that is not compressed. Raises BadFile, also for anything in it but files and folders."""
    for name, chunks in _iter_tar(upload):
        budget.take_files(1)
        with _writable_file(_target(folder, name), name) as out:
            for chunk in chunks:
                tell()
                budget.take_bytes(len(chunk))
                with translated_disk_errors(_UPLOAD):
                    out.write(chunk)


def _iter_tar(upload: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Iterate over the files of a tar, each with its parts, to be read before the next one."""
    try:
        with tarfile.open(upload, "r:", errors="strict", tarinfo=_Member) as archive:
            while (member := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # else all stay in memory
                if member.isdir():
                    continue
                if not member.isreg() or member.issparse():
                    raise BadFile(f"The archive has {member.name[:200]!r}, which is not a plain file. Leave it out.")
                yield member.name, _tar_chunks(archive, member)
    except _UNREADABLE as error:
        raise _as_bad_file(error) from error


class _Member(tarfile.TarInfo):
    """What a tar says of one file, refused before it is read whole, and where it leads backwards."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """See ``TarInfo``. Raises BadFile: a size below 0 would have the same file read for ever, a long remark fill the memory."""
        member = super().frombuf(buf, encoding, errors)
        is_remark = not (member.isreg() or member.isdir() or member.issym() or member.islnk() or member.isdev())
        if member.size < 0 or (is_remark and member.size > _LONGEST_REMARK):
            raise BadFile("The archive has a name or comment that is too long. Create it again as a plain zip.")
        return member


def _tar_chunks(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    """Read a file of the archive. Raises BadFile when it is cut off or cannot be read."""
    try:
        source = archive.extractfile(member)
        assert source is not None  # it is a plain file
        while chunk := source.read(_CHUNK):
            yield chunk
    except _UNREADABLE as error:
        raise _as_bad_file(error) from error


def _check_places(members: list[zipfile.ZipInfo]) -> None:
    """Raise BadFile where two files lie on each other: a thousand that are one and the same unpack to a thousand times its size.

    Python looks for it too from 3.11.8 on.
    """
    end = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        if member.header_offset < end:
            raise BadFile(
                f"The archive has {member.filename[:200]!r} in the same place as another file. Create it again as a plain zip."
            )
        end = member.header_offset + member.compress_size


def _target(folder: Path, name: str) -> Path:
    """Return the path that a file of the archive is written to. Raises BadFile for a ``name`` that must not be written."""
    if not name:
        raise BadFile("The archive has a file without a name. It is damaged: send it again.")
    depth = name.count("/")
    if depth > MAX_DEPTH:
        raise BadFile(f"The archive has a file that lies {depth:,} folders deep; the most is {MAX_DEPTH}.")
    target = (folder / name).resolve()
    if not target.is_relative_to(folder.resolve()):
        raise BadFile(f"The archive names a file outside itself: {name[:200]!r}.")
    return target


@contextmanager
def _writable_file(target: Path, name: str = "") -> Iterator[BinaryIO]:
    """Open a file for writing and make its folders. Raises DiskError, and BadFile for a ``name`` that no file can have here."""
    with translated_disk_errors(_UPLOAD):
        out = _open_file(target, name)
    try:
        yield out
    finally:
        with translated_disk_errors(_UPLOAD):
            out.close()  # flushes, which can fail too


def _open_file(target: Path, name: str) -> BinaryIO:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        how = os.O_EXCL if name else os.O_TRUNC  # a file of an archive takes the place of no other
        return open(os.open(target, os.O_WRONLY | os.O_CREAT | how, FILE_MODE), "wb")
    except OSError as error:
        if isinstance(error, FileExistsError) and target.is_file():
            raise BadFile(f"There would be two files {name[:200]!r} in the same place. Rename one of them.") from error
        if isinstance(error, FileExistsError | NotADirectoryError | IsADirectoryError):
            raise BadFile(f"The archive has {name[:200]!r} both as a file and as a folder.") from error
        if error.errno == errno.ENAMETOOLONG:
            raise BadFile(f"The archive has a name that is too long for a file: {name[:200]!r}.") from error
        raise


def _read_chunks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Read a file of the archive. Raises BadFile when it is damaged or cannot be read."""
    try:
        with archive.open(member) as source:
            while chunk := source.read(_CHUNK):
                yield chunk
    except _UNREADABLE as error:
        raise _as_bad_file(error) from error


def _as_bad_file(error: Exception) -> BadFile:
    """Return a BadFile that explains an error of reading an archive."""
    if isinstance(error, RuntimeError):  # a password, or a compression that zipfile does not know
        advice = "Make it again as a plain zip, without a password."
    else:
        advice = "It is damaged: send it again."
    if isinstance(error, UnicodeError):
        reason = "a name in it is not UTF-8 text"
    elif isinstance(error, EOFError):
        reason = "it ends too early"
    else:
        reason = str(error)[:200].rstrip(". ") or type(error).__name__
    return BadFile(f"The archive cannot be unpacked: {reason}. {advice}")
