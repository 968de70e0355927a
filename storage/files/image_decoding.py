"""An untrusted upload -> the picture file we keep. Pure: bytes in, bytes out; knows no folder and no database.

Order matters: bytes counted, kind told by the first bytes, size read from the header, and only then a pixel decoded. Pillow's
own ``Image.open`` is not used, because it tries every format it knows; the six decoders here are named one by one.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from dataclasses import dataclass

from PIL import ImageFile, ImageOps
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from storage.errors import BadImage, ImageTooLarge, UnsupportedImage
from storage.files.image_metadata import is_plain_png, is_plain_webp, plain_jpeg

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 25_000_000
_JPEG_SIDE = 65_500  # pixels; JPEG cannot hold longer sides
_TAKEN = "PNG, JPEG, WebP, GIF, BMP or TIFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture file that is safe to keep and to show."""

    data: bytes
    format: str  # file ending: png, jpg, webp
    width: int  # pixels, as shown
    height: int
    notice: str | None  # what was changed that a person should know


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    name: str
    opener: Callable[[io.BytesIO], ImageFile.ImageFile]
    plain: Callable[[bytes], bytes | None]  # the file without metadata and with the same pixels; None: write them anew
    ending: str  # of a plain file


def _never(_data: bytes) -> None:
    return None


def _kept_if(is_plain: Callable[[bytes], bool]) -> Callable[[bytes], bytes | None]:
    return lambda data: data if is_plain(data) else None


_PNG = _Kind(name="PNG", opener=PngImageFile, plain=_kept_if(is_plain_png), ending="png")
_JPEG = _Kind(name="JPEG", opener=JpegImageFile, plain=plain_jpeg, ending="jpg")
_WEBP = _Kind(name="WebP", opener=WebPImageFile, plain=_kept_if(is_plain_webp), ending="webp")
_GIF = _Kind(name="GIF", opener=GifImageFile, plain=_never, ending="")
_BMP = _Kind(name="BMP", opener=BmpImageFile, plain=_never, ending="")
_TIFF = _Kind(name="TIFF", opener=TiffImageFile, plain=_never, ending="")


def decode(data: bytes) -> Picture:
    """Return the picture in an upload: one frame, upright, 8 bits a channel, without metadata.

    A plain PNG, JPEG or WebP comes back bit for bit; of an upright JPEG only the metadata goes, its pixels stay as they are.

    Raises:
        ImageTooLarge: over 20 MB or 25 megapixels; told from the header, before decoding.
        UnsupportedImage: not one of the six formats.
        BadImage: damaged, cut off, or without pixels.
    """
    if len(data) > MAX_BYTES:
        raise ImageTooLarge(
            f"The file has {len(data) / 1024 / 1024:.1f} MB; at most {MAX_BYTES // 1024 // 1024} MB can be taken. "
            "Save it smaller or as JPEG."
        )
    kind = _tell_kind(data)
    try:
        return _decode(kind, data)
    except BadImage:
        raise
    except Exception as error:  # decoders fail in many ways on hostile bytes; each means the same to the person
        raise BadImage(
            f"This {kind.name} file is damaged or cut off and cannot be read. Export or download it again, "
            "or take a screenshot of it."
        ) from error


def open_rgb(data: bytes, ending: str) -> Image:
    """Return a kept file as an RGB image; transparent parts become white, as on the page."""
    kind = {each.ending: each for each in (_PNG, _JPEG, _WEBP)}[ending]
    with kind.opener(io.BytesIO(data)) as image:
        return _flattened(image)


def _decode(kind: _Kind, data: bytes) -> Picture:
    with kind.opener(io.BytesIO(data)) as image:
        _check_size(kind, *image.size)
        frames = getattr(image, "n_frames", 1)
        notice = f"The file has {frames} pictures; only the first one is used." if frames > 1 else None
        image.seek(0)
        image.load()
        turned = image.getexif().get(0x0112, 1) not in (0, 1)
        is_usual = frames == 1 and not turned and image.mode in ("RGB", "RGBA", "L", "LA")
        if is_usual and (plain := kind.plain(data)) is not None:
            width, height = image.size
            return Picture(data=plain, format=kind.ending, width=width, height=height, notice=None)
        icc = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "P") else None
        upright = ImageOps.exif_transpose(image)
        shown = _as_eight_bit(upright)
        return _encode(shown, kind, icc, notice)


def _encode(image: Image, kind: _Kind, icc: bytes | None, notice: str | None) -> Picture:
    image.info = {}  # nothing of the old file's metadata may travel on
    out = io.BytesIO()
    if kind is _JPEG and image.mode in ("RGB", "L") and max(image.size) <= _JPEG_SIDE:
        ending = "jpg"
        image.save(out, "JPEG", quality=95, subsampling=0, icc_profile=icc)
    else:
        ending = "png"
        image.save(out, "PNG", compress_level=4, icc_profile=icc)
    width, height = image.size
    return Picture(data=out.getvalue(), format=ending, width=width, height=height, notice=notice)


def _check_size(kind: _Kind, width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise BadImage(f"This {kind.name} file says it is {width} x {height} pixels, so there is nothing to see in it.")
    if width * height > MAX_PIXELS:
        raise ImageTooLarge(
            f"The image has {width} x {height} = {width * height / 1e6:.0f} megapixels; at most "
            f"{MAX_PIXELS / 1e6:.0f} can be taken. Scale it down first."
        )


def _as_eight_bit(image: Image) -> Image:
    """Return the picture as L, RGB or RGBA with 8 bits a channel; more bits are scaled, never clipped."""
    if image.mode in ("L", "RGB", "RGBA"):
        return image if image.mode != "RGB" or "transparency" not in image.info else image.convert("RGBA")
    if image.mode.startswith("I") or image.mode == "F":
        return _scaled(image)
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
        raise BadImage("This image has more than one channel of more than 16 bits. Save it with 8 bits a channel.")
    # 32-bit pictures do not say which value is white: take the smallest usual one that holds them all
    white = next(top for top in (1.0, 255.0, 65535.0, max(high, 1.0)) if high <= top and (top > 1 or image.mode == "F"))
    scale = 255.0 / white
    return image.convert("F").point(lambda value: value * scale + 0.5).convert("L")


def _flattened(image: Image) -> Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        paper = layered.copy()
        paper.paste((255, 255, 255, 255), (0, 0, *layered.size))
        paper.alpha_composite(layered)
        return paper.convert("RGB")
    return image.convert("RGB")


def _tell_kind(data: bytes) -> _Kind:
    starts: tuple[tuple[bytes, _Kind], ...] = (
        (b"\x89PNG\r\n\x1a\n", _PNG),
        (b"\xff\xd8\xff", _JPEG),
        (b"GIF87a", _GIF),
        (b"GIF89a", _GIF),
        (b"BM", _BMP),
        (b"II*\x00", _TIFF),
        (b"MM\x00*", _TIFF),
    )
    for start, kind in starts:
        if data.startswith(start):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        _check_size(_WEBP, *_webp_size(data))  # its decoder makes room for the whole canvas at once
        return _WEBP
    raise UnsupportedImage(f"{_name_of_other(data)} Upload a {_TAKEN} picture.")


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
    raise BadImage("This WebP file is cut off before it says its size. Export or download it again.")


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
