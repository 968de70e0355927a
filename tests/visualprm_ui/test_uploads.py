"""Uploaded archives: whatever is wrong with one is said as its fault, and a full disk as the disk's."""

import io
import resource
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from storage import BadFile, DiskError
from visualprm_ui.uploads import unpack

NAME = "test.jsonl"
ROW = b"{}\n" + bytes(range(256)) * 60
HEAD = 30 + len(NAME)  # bytes before a file's data


def archive(compression: int = zipfile.ZIP_DEFLATED, *names: str) -> bytearray:
    """An archive with ROW under each name."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as out:
        for name in names or (NAME,):
            out.writestr(name, ROW)
    return bytearray(made.getvalue())


def damaged(compression: int) -> bytearray:
    """An archive whose data was spoilt on the way."""
    made = archive(compression)
    for place in range(HEAD + 3, HEAD + 25):
        made[place] ^= 0xFF
    return made


def stated(local: int, central: int, value: bytes) -> bytearray:
    """An archive with a field of its one file set to ``value``, in both places that have it."""
    made = archive()
    listing = made.index(b"PK\x01\x02")
    made[local : local + len(value)] = made[listing + central : listing + central + len(value)] = value
    return made


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (damaged(zipfile.ZIP_STORED), "Bad CRC"),
        (damaged(zipfile.ZIP_DEFLATED), "cannot be unpacked: Error -3"),
        (damaged(zipfile.ZIP_BZIP2), "cannot be unpacked: Invalid data"),
        (damaged(zipfile.ZIP_LZMA), "cannot be unpacked"),
        (archive()[:-30], "cut off or damaged"),
        (stated(8, 10, struct.pack("<H", 99)), "compression method is not supported"),
        (stated(6, 8, struct.pack("<H", 1)), "encrypted, password required.*without a password"),
        (archive(8, f"{'a' * 300}/{NAME}"), "too long for a file"),
        (archive(8, "a", f"a/{NAME}"), "both as a file and as a folder"),
        (archive(8, f"a/{NAME}", "a"), "both as a file and as a folder"),
    ],
    ids=["stored", "deflate", "bzip2", "lzma", "cut off", "compression", "password", "long name", "folder", "file"],
)
def test_what_is_wrong_with_an_archive_is_said(tmp_path, content, words):
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    with pytest.raises(BadFile, match=words) as refused:
        unpack(upload, tmp_path / "rows")
    assert str(tmp_path) not in str(refused.value)


def test_a_full_disk_is_not_blamed_on_the_archive(tmp_path):
    upload = tmp_path / "upload"
    upload.write_bytes(archive())
    with no_room_beyond(4096), pytest.raises(DiskError, match="Free some disk space"):
        unpack(upload, tmp_path / "rows")
    assert unpack(upload, tmp_path / "again").read_bytes() == ROW


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Let no file become larger: the write fails in the kernel, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
