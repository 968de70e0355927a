"""Writers of exports: rows and their pictures into the files of a format. Knows files and formats; chooses nothing.

A writer is made in an empty folder, takes rows one by one, and is closed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from storage.formats import parquet, visualprocessbench
from storage.formats.files import ROWS
from storage.formats.lines import as_json_line
from storage.formats.parquet_files import ParquetWriter, solution_schema
from storage.formats.rows import EmbeddedImage, Picture, Row
from storage.formats.visualprocessbench import IMAGES
from storage.results.annotations import AnnotatedSolution
from storage.store import Store
from storage.transfer.image_names import ImageNames
from storage.transfer.registry import Format

LABELS_BY = parquet.LABELS_BY  # the field that says whose labels a row has, where an export writes everybody's
DATA = "data"  # folder of Parquet files
_REMEMBERED = 200_000  # places of pictures
_SHARD = 500 * 2**20  # bytes of one Parquet file, as the hub advises


class Writer(Protocol):
    """Writes the rows of one export."""

    @property
    def images(self) -> int:
        """Pictures written, each counted once."""

    def pictures_of(self, shas: Sequence[str], wanted: Sequence[str]) -> tuple[Picture, ...]:
        """Return pictures as a row holds them; ``wanted``: the names that a file had for them."""

    def add(self, row: Row, labelled: AnnotatedSolution | None, whose: str | None) -> None:
        """Write a row.

        Args:
            row: what is written.
            labelled: the solution it is about; None: a problem alone.
            whose: labels it has, where the row is to say so.

        Raises:
            CannotHold: the format has no place for it; nothing was written.
        """

    def close(self) -> None:
        """Write what is held back."""


class _PictureNames:
    """Pictures of an export by the names they have in it, and where each comes from."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._names = ImageNames()
        self._places: dict[str, Path] = {}

    def of(self, shas: Sequence[str], wanted: Sequence[str]) -> list[tuple[str, Path]]:
        """Return the names of pictures, in order, and their files."""
        found = []
        for place, sha in enumerate(shas):
            if (stored := self._places.get(sha)) is None:
                stored = self._store.images.path(sha)
                if len(self._places) < _REMEMBERED:
                    self._places[sha] = stored
            found.append((self._names.name_of(stored, wanted[place] if place < len(wanted) else None), stored))
        return found


class JsonLinesWriter:
    """One JSON object a line, with the pictures beside it."""

    def __init__(self, store: Store, folder: Path, format_: Format) -> None:
        self._folder = folder
        self._format = format_
        self._names = _PictureNames(store)
        self._written: set[str] = set()
        self._waiting: dict[str, Path] = {}  # name of a picture of the next row -> its file
        if format_.has_pictures:
            (folder / IMAGES).mkdir()
        self._file = (folder / rows_name(format_.name)).open("w", encoding="utf-8", newline="\n")

    @property
    def images(self) -> int:
        """See :class:`Writer`."""
        return len(self._written)

    def pictures_of(self, shas: Sequence[str], wanted: Sequence[str]) -> tuple[Picture, ...]:
        """See :class:`Writer`."""
        if not self._format.has_pictures or not shas:
            return ()
        found = self._names.of(shas, wanted)
        self._waiting = dict(found)
        return tuple(name for name, _path in found)

    def add(self, row: Row, labelled: AnnotatedSolution | None, whose: str | None) -> None:
        """See :class:`Writer`."""
        value = dict(self._format.as_value(row))
        value.pop(LABELS_BY, None)  # what an earlier export said of its labels is not true of these
        self._file.write(as_json_line(value if whose is None else value | {LABELS_BY: whose}))
        for name in row.image:
            if isinstance(name, str) and name not in self._written:
                self._written.add(name)
                (self._folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._waiting[name], self._folder / name)

    def close(self) -> None:
        """See :class:`Writer`."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()


class ParquetFolder:
    """Parquet files with the pictures in their rows."""

    def __init__(self, store: Store, folder: Path, split: str) -> None:
        self._folder = folder / DATA
        self._folder.mkdir()
        self._split = split
        self._names = _PictureNames(store)
        self._shown: set[str] = set()
        self._paths: list[Path] = []
        self._writer = self._next()

    @property
    def images(self) -> int:
        """See :class:`Writer`."""
        return len(self._shown)

    def pictures_of(self, shas: Sequence[str], wanted: Sequence[str]) -> tuple[Picture, ...]:
        """See :class:`Writer`."""
        found = self._names.of(shas, wanted)
        self._shown |= {name for name, _path in found}
        return tuple(EmbeddedImage(data=path.read_bytes(), path=name) for name, path in found)

    def add(self, row: Row, labelled: AnnotatedSolution | None, whose: str | None) -> None:
        """See :class:`Writer`."""
        self._writer.add({**parquet.as_value(row), LABELS_BY: whose})
        if self._paths[-1].stat().st_size > _SHARD:
            self._writer.close()
            self._writer = self._next()

    def close(self) -> None:
        """Write what is held back, and name each file after how many there are."""
        self._writer.close()
        for number, path in enumerate(self._paths):
            path.rename(self._folder / f"{self._split}-{number:05d}-of-{len(self._paths):05d}.parquet")

    def _next(self) -> ParquetWriter:
        self._paths.append(self._folder / f"{self._split}-{len(self._paths):05d}.parquet")
        return ParquetWriter(self._paths[-1], solution_schema())


def rows_name(name: str) -> str:
    """Return the name of the file of rows of a format of JSON Lines."""
    return ROWS if name == visualprocessbench.NAME else f"{name}.jsonl"
