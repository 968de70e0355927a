"""An untrusted upload -> the picture file we keep. Bytes in, bytes out; knows no folder and no database.

Decoding is ``engine.pictures.image_decoding``'s; its errors leave as those of the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL.Image import Image, Resampling

from engine.errors import ImageTooManyPixels, UnknownImageFormat, UnreadableImage
from engine.pictures.image_decoding import (
    JPEG,
    PNG,
    WEBP,
    CpuBudget,
    ImageFormat,
    MeteredFile,
    as_shown,
    decode_image,
    on_white,
    opened,
)
from storage.errors import BadImage, ImageTooLarge, UnsupportedImage
from storage.files.image_metadata import png_has_no_metadata, strip_jpeg, webp_has_no_metadata

MAX_BYTES = 20 * 1024 * 1024
MAX_UPLOAD_PIXELS = 25_000_000
MAX_SECONDS = 1.6  # of CPU, to read an upload and to write it anew; a photograph of 25 megapixels takes half of that


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptImage:
    """A picture file that is safe to keep and to show."""

    data: bytes
    format: str  # file ending: png, jpg, webp
    width: int  # pixels, as shown
    height: int
    notice: str | None  # what was changed that a person should know


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeping:
    ending: str
    plain: Callable[[bytes], bytes | None]  # the file without metadata and with the same pixels; None: write them anew


def _kept_if(is_plain: Callable[[bytes], bool]) -> Callable[[bytes], bytes | None]:
    return lambda data: data if is_plain(data) else None


_KEPT: dict[ImageFormat, _Keeping] = {
    PNG: _Keeping(ending="png", plain=_kept_if(png_has_no_metadata)),
    JPEG: _Keeping(ending="jpg", plain=strip_jpeg),
    WEBP: _Keeping(ending="webp", plain=_kept_if(webp_has_no_metadata)),
}


def read_upload(data: bytes) -> KeptImage:
    """Return the picture in an upload: one frame, upright, 8 bits a channel, without metadata.

    A plain PNG, JPEG or WebP comes back bit for bit; of an upright JPEG only the metadata goes. Everything else is written anew as
    PNG, so that the kept picture always has the pixels that ``engine.pictures.image_decoding`` reads from the upload.

    Raises:
        ImageTooLarge: over 20 MB or 25 megapixels; told from the header, before decoding.
        UnsupportedImage: not one of the six formats.
        BadImage: damaged, cut off, without pixels, or made so that reading it takes too long.
    """
    if len(data) > MAX_BYTES:
        raise ImageTooLarge(
            f"The file has {len(data) / 1024 / 1024:.1f} MB; at most {MAX_BYTES // 1024 // 1024} MB are allowed. "
            "Save a smaller copy, or save it as JPEG."
        )
    budget = CpuBudget(seconds=MAX_SECONDS)
    with _translated(), opened(data, MAX_UPLOAD_PIXELS, budget) as found:
        image = found.image
        notice = "The file has several pictures; only the first one is used." if found.is_one_of_several else None
        is_usual = not found.is_one_of_several and not found.is_turned and image.mode in ("RGB", "RGBA", "L", "LA")
        kept = _KEPT.get(found.format)
        if is_usual and kept is not None and (plain := kept.plain(data)) is not None:
            width, height = image.size
            return KeptImage(data=plain, format=kept.ending, width=width, height=height, notice=None)
        icc = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "P") else None
        shown = as_shown(image)
        if shown is not image:
            image.close()  # the largest has 100 MB, which writing the other anew would hold beside it
        return _encode(shown, icc, notice, budget)


def open_kept(data: bytes) -> Image:
    """Return a kept file as an RGB image; transparent parts become white, as on the page. Raises BadImage."""
    with _translated():
        return decode_image(data)


def open_small(data: bytes, edge: int) -> Image:
    """Return a kept file as :func:`open_kept` does, its longer side ``edge`` pixels or less. Raises BadImage."""
    with _translated(), opened(data) as found:
        image = as_shown(found.image)
        image.thumbnail(
            (edge, edge), Resampling.LANCZOS
        )  # before it gets its paper, which takes four copies of all pixels
        return on_white(image)


@contextmanager
def _translated() -> Iterator[None]:
    """Let the decoder's errors leave as those of the store, with the same message."""
    try:
        yield
    except ImageTooManyPixels as error:
        raise ImageTooLarge(str(error)) from error
    except UnknownImageFormat as error:
        raise UnsupportedImage(str(error)) from error
    except UnreadableImage as error:
        raise BadImage(str(error)) from error


def _encode(image: Image, icc: bytes | None, notice: str | None, budget: CpuBudget) -> KeptImage:
    """Write the pixels anew, without loss: as JPEG a turned photograph would have other pixels here than on the command line."""
    image.info = {}  # nothing of the old file's metadata may travel on
    out = MeteredFile(budget)
    image.save(out, "PNG", compress_level=4, icc_profile=icc)
    width, height = image.size
    return KeptImage(data=out.getvalue(), format="png", width=width, height=height, notice=notice)
