"""Pictures of the rows of a file: read, checked and stored, each once an import. Knows paths and bytes; knows no row.

Where the import has processes, the pictures of coming rows are read and checked in them, a few at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from storage.errors import BadFile, BadImage
from storage.files.image_upload import MAX_BYTES, KeptImage, read_upload
from storage.formats.rows import EmbeddedImage, Picture
from storage.store import Store
from storage.transfer.import_processes import ImportProcesses, ProcessEnded

_MOST_REMEMBERED = 200_000  # pictures; 400,000 solutions have four a problem at least
_ALONE = 50  # pictures that are read before processes are worth starting
_Key = str | bytes  # a name, or the digest of a picture in a row


class ImportedPictures:
    """The pictures of one import, by name or by what is in the row."""

    def __init__(self, store: Store, folder: Path, processes: ImportProcesses, *, dry_run: bool) -> None:
        self._store = store
        self._folder = folder.resolve()
        self._processes = processes
        self._dry_run = dry_run
        self._known: dict[_Key, str] = {}
        self._missing: set[_Key] = set()
        self._coming: dict[_Key, Picture] = {}  # of rows ahead, that nobody reads yet
        self._read: dict[_Key, Callable[[], KeptImage]] = {}  # that are read beside
        self._seen = 0  # pictures that were to be read
        self.found = 0  # different names or pictures that can be used

    @property
    def missing(self) -> int:
        """How many different names or pictures cannot be used."""
        return len(self._missing)

    def read_ahead(self, pictures: Iterable[Picture]) -> None:
        """Begin to read the pictures of rows that come next, in their order."""
        if self._processes.count == 0:
            return
        new = {key: each for each in pictures if (key := _key_of(each)) not in self._known}
        self._seen += len(new)
        self._read.clear()  # of rows before, which were refused for another picture
        self._coming = new if self._seen > _ALONE else {}
        self._read_more()

    def add(self, pictures: tuple[Picture, ...]) -> tuple[str, ...]:
        """Return the content addresses of pictures, stored unless this is a dry run. Raises BadFile, BadImage."""
        return tuple(self._add(each) for each in pictures)

    def _add(self, picture: Picture) -> str:
        key = _key_of(picture)
        if (sha := self._known.get(key)) is None:
            try:
                kept = self._kept(key, picture)
            except (BadFile, BadImage):
                if len(self._missing) < _MOST_REMEMBERED:
                    self._missing.add(key)
                raise
            sha = hashlib.sha256(kept.data).hexdigest() if self._dry_run else self._store.images.keep(kept).sha
            if len(self._known) < _MOST_REMEMBERED:
                self._known[key] = sha
            self.found += 1
        return sha

    def _kept(self, key: _Key, picture: Picture) -> KeptImage:
        self._coming.pop(key, None)
        read = self._read.pop(key, None)
        self._read_more()
        if read is None:
            return self._store.images.read(_bytes_of(self._folder, picture))
        try:
            return read()
        except ProcessEnded as error:
            name = repr(picture[:200]) if isinstance(picture, str) else "in the row"
            raise BadImage(
                f"Image {name} ended the process that read it, most likely for want of memory. Save it smaller."
            ) from error

    def _read_more(self) -> None:
        """Have as many of the coming pictures read as the processes take, and one more each."""
        while self._coming and len(self._read) < 2 * self._processes.count:
            key = next(iter(self._coming))
            self._read[key] = self._processes.call(read_kept, self._folder, self._coming.pop(key))


def _key_of(picture: Picture) -> _Key:
    return hashlib.sha256(picture.data).digest() if isinstance(picture, EmbeddedImage) else picture


def read_kept(folder: Path, picture: Picture) -> KeptImage:
    """Return what is kept of a row's picture, which lies beside the rows in a folder (resolved). Raises BadFile, BadImage."""
    return read_upload(_bytes_of(folder, picture))


def _bytes_of(folder: Path, picture: Picture) -> bytes:
    return picture.data if isinstance(picture, EmbeddedImage) else read_picture(folder, picture)


def read_picture(folder: Path, name: str) -> bytes:
    """Return the bytes of a picture that a row names, beside the rows in a folder (resolved). Raises BadFile."""
    try:
        path = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise BadFile(f"Image {name[:200]!r} cannot be read. Put it beside the file of rows.") from error
    if not path.is_relative_to(folder):
        raise BadFile(f"Image {name[:200]!r} points outside the folder of the rows. Put the pictures beside them.")
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one byte more than is taken
    except (OSError, ValueError) as error:
        raise BadFile(f"Image {name[:200]!r} cannot be read. Put it beside the file of rows.") from error
