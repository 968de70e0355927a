"""Files of JSON lines that a long command adds to as it goes, and that it reads again when it is started anew."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.errors import InvalidRequest

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a file."""

    number: int  # 1-based
    values: Values  # of its object


def key_of(identity: object) -> str:
    """Return the text by which rows of different files that mean the same id are found: 1 is not "1"."""
    return json.dumps(identity, sort_keys=True, ensure_ascii=False)


def read_lines(path: Path, failures: list[str]) -> Iterator[Line]:
    """Read a file line by line; what is no object goes to ``failures``, as a sentence with the line's number.

    Raises InvalidRequest where there is no such file.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise InvalidRequest(f"{str(path)!r} cannot be read: {error}.") from error
    with file:
        for number, raw in enumerate(file, start=1):
            try:
                text = raw.decode("utf-8-sig").strip()
                if text:
                    yield Line(number=number, values=_as_object(text))
            except (ValueError, TypeError, RecursionError) as error:
                failures.append(f"line {number}: not a row: {error}")


def _as_object(text: str) -> Values:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError(f"{type(value).__name__}, not an object")
    if re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False)):
        raise ValueError("it holds half a character (a lone surrogate), which is not valid text")
    return value


class Journal:
    """A file of JSON lines that only grows; without a path it is kept in memory only."""

    def __init__(self, path: Path | None, *, writes: bool) -> None:
        """Open the file. With ``writes`` it is made where there is none, and a half-written last line is cut off.

        Raises InvalidRequest where it cannot be read or written.
        """
        self.path = path
        self._file: BinaryIO | None = None
        if path is None:
            return
        try:
            if writes:
                self._file = path.open("ab+")
                _repair(self._file, path)
        except OSError as error:
            raise InvalidRequest(f"{str(path)!r} cannot be written: {error}.") from error

    def lines(self) -> list[Line]:
        """Return what the file holds. A half-written last line is left out; any other bad one raises InvalidRequest."""
        if self.path is None:
            return []
        failures: list[str] = []
        lines = list(read_lines(self.path, failures))
        if failures:
            last = self.path.read_bytes().count(b"\n") + 1
            if len(failures) > 1 or not failures[0].startswith(f"line {last}:"):
                raise InvalidRequest(f"{str(self.path)!r}, {failures[0]}")
            print(f"{str(self.path)!r}: the last line is half-written and left out", file=sys.stderr)
        return lines

    def add(self, rows: Sequence[Values]) -> None:
        """Write rows, and have them on disk before this returns, so that a kill costs none."""
        if self._file is None or not rows:
            return
        text = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
        try:
            self._file.write(text.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise InvalidRequest(f"{str(self.path)!r} cannot be written: {error}.") from error

    def replace(self, rows: Sequence[Values]) -> None:
        """Put these rows in the place of what there is, all or nothing."""
        if self.path is None or self._file is None:
            return
        part = self.path.with_name(self.path.name + ".part")
        with part.open("wb") as file:
            file.writelines(json.dumps(row, ensure_ascii=False, allow_nan=False).encode() + b"\n" for row in rows)
            file.flush()
            os.fsync(file.fileno())
        self._file.close()
        os.replace(part, self.path)
        self._file = self.path.open("ab+")

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def _repair(file: BinaryIO, path: Path) -> None:
    """End the last line: one that is whole gets its newline, any other is cut off."""
    file.seek(0)
    content = file.read()
    start = content.rfind(b"\n") + 1
    if start == len(content):
        return
    try:
        is_whole = isinstance(json.loads(content[start:]), dict)
    except ValueError:
        is_whole = False
    if is_whole:
        file.write(b"\n")
    else:
        file.truncate(start)
        print(f"{str(path)!r}: the last line was half-written and is cut off", file=sys.stderr)
    file.flush()
