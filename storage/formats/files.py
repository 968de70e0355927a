"""Files of rows, whatever they are: JSON Lines, one JSON list, CSV, Parquet. Knows files and their rows' values, no format.

A row is given with its number from 1: the line in JSON Lines, the line its record begins on in CSV, else its place.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from storage.errors import BadFile
from storage.formats import fields, parquet_files
from storage.formats.lines import MAX_LINE, BadLine, read_values

ROWS = "test.jsonl"
_ENDINGS = (".jsonl", ".json", ".csv")
_CHUNK = 2**20  # bytes
RowT = TypeVar("RowT")
Numbered = tuple[int, object | BadLine]


def find_rows(path: Path) -> Path:
    """Return the file of rows that a path means, or the folder of several Parquet files; raises BadFile.

    Of a folder that is ``test.jsonl`` in it, else its Parquet files, else its only file of rows.
    """
    if not path.is_dir():
        if path.is_file():
            return path
        raise BadFile(f"There is no file {str(path)!r}. Give the path of {ROWS}, or of the folder that holds it.")
    if (path / ROWS).is_file():
        return path / ROWS
    if parquet_files.parts(path):
        return path
    found = sorted(each for each in path.iterdir() if each.suffix in _ENDINGS and each.is_file())
    if len(found) == 1:
        return found[0]
    if found:
        raise BadFile(f"{str(path)!r} holds {len(found)} files of rows. Give one of them, e.g. {found[0].name!r}.")
    raise BadFile(
        f"There is no file {str(path / ROWS)!r}. Give the path of the rows, or of the folder that holds them."
    )


def list_rows(folder: Path) -> tuple[Path, ...]:
    """Return what :class:`RowFile` can read in a folder and those below it, the likeliest first.

    Each ``test.jsonl`` comes before other files, what lies higher before what lies deeper. Parquet files of one folder are one.
    """
    found: set[Path] = set()
    for path in folder.rglob("*"):
        names = path.relative_to(folder).parts
        if any(each.startswith((".", "__MACOSX")) for each in names) or not path.is_file():
            continue
        if path.suffix in _ENDINGS:
            found.add(path)
        elif path.suffix == parquet_files.ENDING:
            found.add(path.parent)
    return tuple(sorted(found, key=lambda each: (each.name != ROWS, len(each.parts), str(each))))


class RowFile:
    """A file of rows being read. A context manager; iterating gives each row once."""

    def __init__(self, path: Path) -> None:
        self.path = path  # as find_rows returns it
        self.folder = path if path.is_dir() else path.parent  # what paths of pictures are relative to
        self._parts = parquet_files.parts(path)
        self._file: BinaryIO | None = None if self._parts else path.open("rb")
        self._read_rows = 0
        self._size = parquet_files.count_rows(self._parts) if self._parts else path.stat().st_size

    def __enter__(self) -> RowFile:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()

    def __iter__(self) -> Iterator[Numbered]:
        if self._file is None:
            return self._counted(parquet_files.read_values(self._parts))
        if self.is_text:
            return _read_csv(self._file)
        return _read_array(self._file) if _holds_array(self._file) else read_values(self._file)

    @property
    def is_parquet(self) -> bool:
        """Whether the rows are Parquet's."""
        return bool(self._parts)

    @property
    def is_text(self) -> bool:
        """Whether every value is text or null."""
        return not self._parts and self.path.suffix == ".csv"

    @property
    def share(self) -> float:
        """How much of the file has been read, in [0, 1]."""
        done = self._read_rows if self._file is None or self._file.closed else self._file.tell()
        return min(1.0, done / self._size) if self._size else 1.0

    def _counted(self, values: Iterator[Numbered]) -> Iterator[Numbered]:
        for self._read_rows, value in values:
            yield self._read_rows, value


def read_rows(path: Path, as_row: Callable[[object], RowT]) -> Iterator[tuple[int, RowT | BadLine]]:
    """Read a file row by row, with the number of each; a bad one is given as such.

    Args:
        path: as :func:`find_rows` returns it.
        as_row: what makes a row of a value; raises BadValue.
    """
    with RowFile(path) as file:
        for number, value in file:
            try:
                yield number, value if isinstance(value, BadLine) else as_row(value)
            except fields.BadValue as error:
                yield number, BadLine(line=number, reason=str(error))


def _holds_array(file: BinaryIO) -> bool:
    """Return whether the file is one JSON list: it begins with a bracket."""
    start = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    return start.startswith(b"[")


def _read_array(file: BinaryIO) -> Iterator[Numbered]:
    """Yield the items of a JSON list without holding the whole; behind a bad one nothing can be read."""
    decoder = json.JSONDecoder()
    text = io.TextIOWrapper(file, encoding="utf-8-sig")
    held, at, number, is_open = "", 0, 0, False
    try:
        while True:
            at = _skip_space(held, at, "," if number else "")
            if at == len(held) and (more := text.read(_CHUNK)):
                held, at = held[at:] + more, 0
                continue
            if not is_open:
                is_open, at = True, at + 1  # the bracket that makes it a list
                continue
            if held[at : at + 1] == "]":
                return
            number += 1
            value, held, at = _next_item(decoder, text, held[at:])
            yield number, value
            if isinstance(value, BadLine):
                return
    except UnicodeDecodeError as error:
        yield number + 1, BadLine(line=number + 1, reason=f"The list is not UTF-8 text: {error.reason}.")
    finally:
        text.detach()


def _next_item(decoder: json.JSONDecoder, text: io.TextIOWrapper, held: str) -> tuple[object, str, int]:
    """Return an item of a list or why there is none, the text that is held then, and where it goes on."""
    while True:
        more = ""
        try:
            value, end = decoder.raw_decode(held)
            if end < len(held) or not (more := text.read(_CHUNK)):
                return value, held, end
        except (ValueError, RecursionError) as error:
            if len(held) > MAX_LINE or not (more := text.read(_CHUNK)):
                reason = f"The item is not JSON ({str(error)[:80]}), so nothing behind it can be read."
                return BadLine(line=1, reason=reason), "", 0
        held += more


def _skip_space(held: str, at: int, also: str) -> int:
    while at < len(held) and (held[at] in " \t\r\n" or held[at] in also):
        at += 1
    return at


def _read_csv(file: BinaryIO) -> Iterator[Numbered]:
    """Yield the records as objects by the names in the first line; empty cells are null."""
    csv.field_size_limit(MAX_LINE)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    reader = csv.reader(text, strict=True)
    number = 1
    try:
        names = next(reader, [])
        while True:
            number = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if not cells:
                continue
            if len(cells) != len(names):
                yield number, BadLine(line=number, reason=f"The line has {len(cells)} cells, the header {len(names)}.")
            else:
                yield number, {name: cell or None for name, cell in zip(names, cells, strict=True)}
    except (csv.Error, UnicodeDecodeError) as error:
        yield number, BadLine(line=number, reason=f"The line is not CSV in UTF-8: {error}. Nothing after it was read.")
    finally:
        text.detach()
