"""Pictures of the rows of a file: read, checked and stored, each once an import. Knows paths and bytes; knows no row."""

from __future__ import annotations

import hashlib
from pathlib import Path

from storage.errors import BadFile, BadImage
from storage.files.image_upload import MAX_BYTES, read_upload
from storage.formats.rows import EmbeddedImage, Picture
from storage.store import Store

_MOST_REMEMBERED = 200_000  # pictures; 400,000 solutions have four a problem at least


class ImportedPictures:
    """The pictures of one import, by name or by what is in the row."""

    def __init__(self, store: Store, folder: Path, *, dry_run: bool) -> None:
        self._store = store
        self._folder = folder.resolve()
        self._dry_run = dry_run
        self._known: dict[str | bytes, str] = {}
        self._missing: set[str | bytes] = set()
        self.found = 0  # different names or pictures that can be used

    @property
    def missing(self) -> int:
        """How many different names or pictures cannot be used."""
        return len(self._missing)

    def add(self, pictures: tuple[Picture, ...]) -> tuple[str, ...]:
        """Return the content addresses of pictures, stored unless this is a dry run. Raises BadFile, BadImage."""
        return tuple(self._add(each) for each in pictures)

    def _add(self, picture: Picture) -> str:
        key = hashlib.sha256(picture.data).digest() if isinstance(picture, EmbeddedImage) else picture
        if (sha := self._known.get(key)) is None:
            try:
                data = picture.data if isinstance(picture, EmbeddedImage) else read_picture(self._folder, picture)
                sha = _sha_of(data) if self._dry_run else self._store.images.add(data).sha
            except (BadFile, BadImage):
                if len(self._missing) < _MOST_REMEMBERED:
                    self._missing.add(key)
                raise
            if len(self._known) < _MOST_REMEMBERED:
                self._known[key] = sha
            self.found += 1
        return sha


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


def _sha_of(data: bytes) -> str:
    """Return the address that a picture would be stored under; raises BadImage."""
    return hashlib.sha256(read_upload(data).data).hexdigest()
