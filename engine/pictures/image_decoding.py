"""Picture files as the models see them: one frame, upright, RGB with 8 bits a channel, transparent parts white.

The one decoder of uploads, ``engine solve`` and ``engine score``. Bytes in, pixels out; knows no folder and no database. Order
matters, because files may be hostile: the format is told by the first bytes, the size is read from the header, and only then a
pixel is decoded. Pillow's own ``Image.open`` is not used, because it tries every format it knows; the six decoders here are named
one by one. No picture is counted or decoded but the first, and who hands in files of strangers gives a ``CpuBudget``: a small file
can hold millions of parts, each of which costs a little.
"""

from __future__ import annotations

import hashlib
import io
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import ImageFile, ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import Exif, Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from engine.errors import ImageTakesTooLong, ImageTooManyPixels, UnknownImageFormat, UnreadableImage
from engine.pictures.exif_size import named_bytes

MAX_PIXELS = 178_956_970  # Pillow's own limit against decompression bombs; callers may ask for less
MAX_READS = 10_000  # of a stranger's file before its first pixel; usual files take dozens; so many empty parts of a GIF take 13 ms
MAX_METADATA = (
    2  # times the bytes of a file, or of its EXIF part, are read of it: ten thousand tags may name the same megabytes
)
MAX_SCANS = 32  # of a JPEG: each goes over all pixels, 15 ms for 25 megapixels; usual files have 1 or 10
_SAME_BYTES = "Parts of this picture name the same bytes again and again. Save it again, or take a screenshot of it."
_ORIENTATION = 0x0112  # EXIF tag
_TAKEN = "PNG, JPEG, WebP, GIF, BMP or TIFF"


class _CheckedMetadata(ImageFile.ImageFile):
    """A picture whose EXIF tags are looked at before Pillow copies what each of them names."""

    def getexif(self) -> Exif:
        """See the base class. Raises ImageTakesTooLong."""
        named, held = named_bytes(self.info)
        if named > MAX_METADATA * held:
            raise ImageTakesTooLong(_SAME_BYTES)
        return super().getexif()


class _Png(PngImageFile, _CheckedMetadata):
    pass


class _Jpeg(JpegImageFile, _CheckedMetadata):
    pass


class _WebP(WebPImageFile, _CheckedMetadata):
    pass


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """A format that can be decoded."""

    name: str  # for people
    opener: Callable[[io.BytesIO], ImageFile.ImageFile]


PNG = ImageFormat("PNG", _Png)
JPEG = ImageFormat("JPEG", _Jpeg)
WEBP = ImageFormat("WebP", _WebP)
GIF = ImageFormat("GIF", GifImageFile)
BMP = ImageFormat("BMP", BmpImageFile)
TIFF = ImageFormat("TIFF", TiffImageFile)
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"BM", BMP),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedImage:
    """The first frame of a picture file, its pixels as the file holds them."""

    format: ImageFormat
    is_one_of_several: bool  # there are more pictures in the file
    is_turned: bool  # its EXIF orientation says that it is to be shown otherwise than it is stored
    image: Image


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuBudget:
    """The CPU time that one file may take of the thread that made the budget."""

    seconds: float
    started: float = field(default_factory=time.thread_time)  # seconds of CPU that the thread had used by then

    def check(self) -> None:
        """Raise ImageTakesTooLong once the time is used up."""
        if time.thread_time() - self.started > self.seconds:
            raise ImageTakesTooLong(
                f"This picture takes more than {self.seconds:g} seconds to read. Save a smaller copy, upright and with as little "
                "noise as possible, or take a screenshot of it."
            )


class MeteredFile(io.BytesIO):
    """A file in memory that checks a budget at every read and write: decoders and encoders do little between two of them.

    ``most_reads``: where there is a budget, how often it may be read; may be changed at any time. None: without end.
    """

    def __init__(self, budget: CpuBudget | None, data: bytes = b"", most_reads: int | None = None) -> None:
        super().__init__(data)
        self._budget = budget
        self._reads = self._bytes = 0
        self._most_bytes = (MAX_METADATA + 2) * (len(data) + 2**16)  # decoders read the pixels once or twice themselves
        self.most_reads = most_reads

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as any file. Raises ImageTakesTooLong."""
        if self._budget is not None:
            self._budget.check()
            self._reads += 1
            if self.most_reads is not None and self._reads > self.most_reads:
                raise ImageTakesTooLong(
                    f"This picture has more than {self.most_reads} parts before the first pixel. Save it again, or take a "
                    "screenshot of it."
                )
        part = super().read(size)
        self._bytes += len(part)
        if self._budget is not None and self._bytes > self._most_bytes:
            raise ImageTakesTooLong(_SAME_BYTES)
        return part

    def write(self, data: Any, /) -> int:
        """Write as any file. Raises ImageTakesTooLong."""
        if self._budget is not None:
            self._budget.check()
        return super().write(data)


def decode_image(data: bytes) -> Image:
    """Return the picture in a file as RGB, as it is shown: the first frame, upright, transparent parts white.

    More than 8 bits a channel are scaled, never clipped.

    Raises:
        UnknownImageFormat: not one of the six formats.
        ImageTooManyPixels: over ``MAX_PIXELS``; told from the header, before decoding.
        UnreadableImage: damaged, cut off, or without pixels.
    """
    with opened(data) as found:
        return on_white(as_shown(found.image))


@contextmanager
def opened(data: bytes, max_pixels: int = MAX_PIXELS, budget: CpuBudget | None = None) -> Iterator[OpenedImage]:
    """Open a picture file and decode its first frame.

    Raises as :func:`decode_image`, also for what the body does with it, and ImageTakesTooLong where a budget is given.
    """
    kind = _tell_format(data, max_pixels if budget is None else max_pixels // 2)
    try:
        file = MeteredFile(budget, data, MAX_READS)
        with kind.opener(file) as image:
            file.most_reads = None
            _check_size(kind, *image.size, max_pixels)
            _check_scans(kind, data)
            # never n_frames: to count a TIFF's takes a time that grows with their square, 180,000 over 200 seconds
            image.seek(0)
            is_one_of_several = getattr(image, "is_animated", False)
            image.load()
            yield OpenedImage(
                format=kind, is_one_of_several=is_one_of_several, is_turned=_is_turned(image), image=image
            )
    except UnreadableImage:
        raise
    except Exception as error:  # decoders fail in many ways on hostile bytes; each means the same to the person
        raise UnreadableImage(
            f"This {kind.name} file is damaged or cut off and cannot be read. Export or download it again, "
            "or take a screenshot of it."
        ) from error


def as_shown(image: Image) -> Image:
    """Return a picture upright, as L, RGB or RGBA with 8 bits a channel; more bits are scaled, never clipped.

    What is so already comes back itself: a copy of the largest takes 100 MB.
    """
    return _as_eight_bit(ImageOps.exif_transpose(image) if _is_turned(image) else image)


def on_white(image: Image) -> Image:
    """Return a picture as RGB, transparent parts white."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        paper = layered.copy()
        paper.paste((255, 255, 255, 255), (0, 0, *layered.size))
        paper.alpha_composite(layered)
        return paper.convert("RGB")
    return image.convert("RGB")


def pixel_digest(image: Image) -> str:
    """Return what tells a picture's pixels from those of others, however their files are written."""
    return hashlib.sha256(repr((image.mode, image.size)).encode() + image.tobytes()).hexdigest()


def _is_turned(image: Image) -> bool:
    return image.getexif().get(_ORIENTATION, 1) not in (0, 1)


def _check_size(kind: ImageFormat, width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise UnreadableImage(
            f"This {kind.name} file says it is {width} x {height} pixels, so there is nothing to see in it."
        )
    if width * height > max_pixels:
        raise ImageTooManyPixels(
            f"The image has {width} x {height} = {width * height / 1e6:.0f} megapixels; at most "
            f"{max_pixels / 1e6:.0f} are allowed{' in a WebP file' if kind is WEBP else ''}. Scale it down first."
        )


def _check_scans(kind: ImageFormat, data: bytes) -> None:
    if kind is JPEG and data.count(b"\xff\xda") > MAX_SCANS:
        raise ImageTakesTooLong(
            f"This JPEG file has more than {MAX_SCANS} scans. Save it again, or take a screenshot of it."
        )


def _as_eight_bit(image: Image) -> Image:
    if image.mode in ("1", "L", "RGB") and "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    if image.mode.startswith("I") or image.mode == "F":
        scaled = _scaled(image)
        scaled.info.pop("transparency", None)  # a value of the unscaled channel, which no 8-bit pixel has
        return scaled
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "P" or image.mode in ("LA", "PA", "La", "RGBa"):
        has_alpha = "transparency" in image.info or image.mode != "P"
        return image.convert("RGBA" if has_alpha else "RGB")
    return image.convert("RGB")


def _scaled(image: Image) -> Image:
    if image.mode.startswith("I;16"):
        return image.convert("I").point([round(value / 257) for value in range(65536)], "L")
    low, high = image.getextrema()
    if not isinstance(low, int | float) or not isinstance(high, int | float):
        raise UnreadableImage(
            "This image has more than one channel of more than 16 bits. Save it with 8 bits a channel."
        )
    # 32-bit pictures do not say which value is white: take the smallest usual one that holds them all
    white = next(top for top in (1.0, 255.0, 65535.0, max(high, 1.0)) if high <= top and (top > 1 or image.mode == "F"))
    scale = 255.0 / white
    return image.convert("F").point(lambda value: value * scale + 0.5).convert("L")


def _tell_format(data: bytes, webp_pixels: int) -> ImageFormat:
    """Tell it by the first bytes. ``webp_pixels``: fewer for uploads, as the decoder of WebP holds four pictures at once."""
    for start, kind in _SIGNATURES:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        _check_size(WEBP, *_webp_size(data), webp_pixels)  # its decoder makes room for the whole canvas at once
        return WEBP
    raise UnknownImageFormat(f"{_name_of_other(data)} Use a {_TAKEN} picture.")


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L" and len(data) >= 25:
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and len(data) >= 30:
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise UnreadableImage("This WebP file is cut off before its size is stated. Export or download it again.")


def _name_of_other(data: bytes) -> str:
    head = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data:
        return "The file is empty."
    if head.startswith(b"%pdf"):
        return "This is a PDF document, not a picture: export the page as PNG, or take a screenshot of it."
    if b"<svg" in head:
        return "This is an SVG drawing: open it and export it as PNG."
    if head.startswith((b"<!doctype html", b"<html", b"<?xml", b"<script")):
        return "This is a web page or XML text, not a picture."
    if data[4:8] == b"ftyp":
        return "This is a HEIC or AVIF photo or a video: export it as JPEG."
    if data.startswith(b"PK\x03\x04"):
        return "This is an archive or an office document, not a picture."
    return "This file is not a picture we can read."
