"""Lists that grow by a line: whatever a kill or a full disk left half written, all else is read, and what follows is kept."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage import DiskError
from storage.files.line_file import append_values, iter_values

FIRST, SECOND, THIRD = {"reason": "Zu groß für eine Seite"}, {"reason": "second"}, {"reason": "third"}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_values_come_back_in_order(tmp_path):
    path = tmp_path / "values.jsonl"
    assert list(iter_values(path)) == []
    append_values(path, [FIRST, SECOND], "the list")
    append_values(path, [THIRD], "the list")
    assert list(iter_values(path)) == [FIRST, SECOND, THIRD]
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("left", [1, len('{"reason": "Zu gro') + 1, len('{"reason": "Zu groß fü')])
def test_half_a_line_spoils_neither_what_is_before_nor_what_follows(tmp_path, left):
    path = tmp_path / "values.jsonl"
    append_values(path, [THIRD], "the list")
    whole = path.stat().st_size
    append_values(path, [FIRST], "the list")
    _cut(path, whole + left)
    assert list(iter_values(path)) == [THIRD]
    append_values(path, [SECOND], "the list")
    assert list(iter_values(path)) == [THIRD, SECOND]


def test_a_line_that_the_disk_has_no_room_for_is_told(tmp_path):
    path = tmp_path / "values.jsonl"
    append_values(path, [SECOND], "the list")
    with files_of_at_most(path.stat().st_size + 20), pytest.raises(DiskError, match="the list"):
        append_values(path, [FIRST], "the list")
    assert list(iter_values(path)) == [SECOND]
    append_values(path, [THIRD], "the list")
    assert list(iter_values(path)) == [SECOND, THIRD]


def _cut(path: Path, size: int) -> None:
    with path.open("r+b") as file:
        file.truncate(size)
