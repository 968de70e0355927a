"""ImageRepository: pictures as files named by the SHA-256 of their bytes, and small copies of them.

What is kept of an upload is decided in ``storage/files/image_upload.py``.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL.Image import Image
from sqlalchemy import Connection, select

from engine.domain import now
from engine.pictures.image_decoding import pixel_digest
from storage.database import tables
from storage.database.connection import Database
from storage.errors import BadImage, DiskError, NotFound
from storage.files.atomic import write_atomically
from storage.files.image_upload import KeptImage, open_kept, open_small, read_upload

ENDINGS = ("png", "jpg", "webp")
KEPT_DIGESTS = 10_000  # of pixels, in memory; about 200 bytes each
EDGES = (80, 160, 320, 640, 1280)  # pixels; other sizes are rounded up, so that asking cannot fill the disk
APP = "app:examples"  # the uploader of pictures that come with the app; nobody may have such a name
NOBODYS = "anonymous"  # stands for the uploader of pictures that everybody may see who knows their hash
_SHA = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """A picture in the store."""

    sha: str  # SHA-256 of the stored bytes, lower-case hexadecimal
    width: int  # pixels
    height: int
    notice: str | None  # what was changed that a person should know


def no_image(sha: str) -> NotFound:
    """Return the error about a picture that is not there, or not there for whoever asks."""
    return NotFound(f"There is no image {sha!r} in this data folder.")


class ImageRepository:
    """The pictures of one store. They are decoded one at a time, however many are asked for: one can take 200 MB."""

    def __init__(self, data_dir: Path, database: Database) -> None:
        self.folder = data_dir / "images"
        self.thumbnails = data_dir / "thumbnails"
        self._database = database
        self._decoding = threading.Lock()
        self._digests: dict[str, str] = {}  # of pixels, by hash: what has a hash never changes

    def add(self, data: bytes, uploader: str | None = None) -> StoredImage:
        """Store a picture; the same picture again is a no-op.

        Args:
            data: the bytes of its file.
            uploader: whose it is, several people's where they send the same; ``NOBODYS``: everybody's; None: it came with a file.

        Raises:
            BadImage: it cannot be used; the message tells a person what would work.
            DiskError: it could not be written; nothing is left behind.
        """
        return self.keep(self.read(data), uploader)

    def read(self, data: bytes) -> KeptImage:
        """Return what is kept of a picture's file, and store nothing. Raises BadImage."""
        with self._decoding:
            return read_upload(data)

    def keep(self, picture: KeptImage, uploader: str | None = None) -> StoredImage:
        """Store a picture as ``read_upload`` returned it, as :meth:`add` does. Raises DiskError."""
        sha = hashlib.sha256(picture.data).hexdigest()
        path = self.folder / sha[:2] / f"{sha}.{picture.format}"
        if not path.exists():
            write_atomically(path, picture.data)
        with self._database.write() as connection:
            table = tables.images
            if connection.scalar(select(table.c.sha).where(table.c.sha == sha)) is None:
                connection.execute(
                    table.insert().values(
                        sha=sha,
                        format=picture.format,
                        width=picture.width,
                        height=picture.height,
                        size=len(picture.data),
                        created_at=now(),
                    )
                )
            if uploader is not None:
                _note_upload(connection, sha, uploader)
        if not path.exists():  # tidied away since it was looked for
            write_atomically(path, picture.data)
        return StoredImage(sha=sha, width=picture.width, height=picture.height, notice=picture.notice)

    def remove_unnamed(self, shas: Collection[str]) -> None:
        """Remove the files and thumbnails of those of the pictures that the database does not name."""
        for sha in shas:
            with self._database.write() as connection:  # looked for within it: somebody may have uploaded it again
                if connection.scalar(select(tables.images.c.sha).where(tables.images.c.sha == sha)) is None:
                    for folder in (self.folder, self.thumbnails):
                        for path in (folder / sha[:2]).glob(f"{sha}[.-]*"):
                            path.unlink(missing_ok=True)

    def path(self, sha: str) -> Path:
        """Return where the picture's file is; its ending tells its format. Raises NotFound."""
        if _SHA.fullmatch(sha):  # an address comes from the network: it must not lead anywhere else
            for ending in ENDINGS:
                path = self.folder / sha[:2] / f"{sha}.{ending}"
                if path.is_file():
                    return path
        raise no_image(sha)

    def open(self, sha: str) -> Image:
        """Return the picture in RGB, transparent parts white. Raises NotFound."""
        return self._read(sha, open_kept)

    def pixel_digest(self, sha: str) -> str:
        """Return what tells the picture's pixels from those of others, whatever their files are; each is decoded once.

        Raises NotFound, BadImage.
        """
        if (known := self._digests.get(sha)) is None:
            known = pixel_digest(self.open(sha))
            while len(self._digests) >= KEPT_DIGESTS:
                self._digests.pop(next(iter(self._digests), ""), None)  # the oldest
            self._digests[sha] = known
        return known

    def _read(self, sha: str, decode: Callable[[bytes], Image]) -> Image:
        path = self.path(sha)
        try:
            with self._decoding:
                return decode(path.read_bytes())
        except (OSError, BadImage) as error:
            raise BadImage(f"The stored image {sha!r} is damaged. Restore it from a backup.") from error

    def size(self, sha: str) -> tuple[int, int]:
        """Return the picture's width and height in pixels. Raises NotFound."""
        table = tables.images.c
        with self._database.read() as connection:
            row = connection.execute(select(table.width, table.height).where(table.sha == sha)).one_or_none()
        if row is None:
            raise no_image(sha)
        return row.width, row.height

    def thumbnail(self, sha: str, edge: int) -> bytes:
        """Return the picture as WebP, its longer side ``edge`` pixels (rounded up to one of ``EDGES``) or less.

        Made once and kept on disk; where that fails (disk full) it is made again each time. Raises NotFound.
        """
        rounded = next((each for each in EDGES if each >= edge), EDGES[-1])
        cached = self.thumbnails / sha[:2] / f"{sha}-{rounded}.webp"
        self.path(sha)  # refuses what is no address of ours
        if cached.is_file():
            return cached.read_bytes()
        small = self._read(sha, partial(open_small, edge=rounded))
        out = io.BytesIO()
        small.save(out, "WEBP", quality=85)
        try:
            write_atomically(cached, out.getvalue())
        except DiskError:
            return out.getvalue()
        return out.getvalue()


def _note_upload(connection: Connection, sha: str, uploader: str) -> None:
    """Record once that a picture is this person's."""
    uploads = tables.image_uploads
    theirs = select(uploads.c.sha).where(uploads.c.sha == sha, uploads.c.uploader == uploader)
    if connection.execute(theirs).first() is None:
        connection.execute(uploads.insert().values(sha=sha, uploader=uploader, at=now()))
