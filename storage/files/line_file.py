"""A file of JSON values that grows by whole lines, one a value. Knows files and JSON.

A process that is killed, or a full disk, may leave a line half written: it stays a line of its own, which is no value.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from storage.files.atomic import translated_disk_errors
from storage.files.private import FILE_MODE
from storage.formats.lines import BadLine, as_json_line, read_values


def append_values(path: Path, values: Iterable[object], what: str) -> None:
    """Append a line for each value, on disk before this returns; the file is made by the first.

    ``what``: the file, for people. Raises DiskError.
    """
    lines = "".join(map(as_json_line, values)).encode()
    handle_flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
    with translated_disk_errors(what), open(os.open(path, handle_flags, FILE_MODE), "ab") as file:
        end = os.fstat(file.fileno()).st_size
        if end and os.pread(file.fileno(), 1, end - 1) != b"\n":
            file.write(b"\n")
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def iter_values(path: Path) -> Iterator[object]:
    """Iterate over the values of a file, the oldest first; one that is not there has none."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        for _, value in read_values(file):
            if not isinstance(value, BadLine):
                yield value
