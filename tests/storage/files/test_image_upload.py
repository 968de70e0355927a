"""Uploads of every kind, checked by their pixels."""

import hashlib
import io
import struct
import zlib

import pytest
from PIL import Image

from engine.pictures.image_decoding import decode_image
from storage import BadImage, ImageTooLarge, Store, UnsupportedImage
from tests.support.label_events import make_png
from tests.support.pictures import encode, noisy, stored


def png_header(width: int, height: int, rows: bytes = b"", depth: int = 8) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    start = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", start) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        make_png(3, 2),
        encode(Image.new("RGBA", (3, 2), (1, 2, 3, 40)), "PNG"),
        encode(Image.new("L", (3, 2), 77), "PNG"),
        encode(Image.new("RGB", (30, 20), (9, 8, 7)), "JPEG"),
        encode(Image.new("RGB", (30, 20), (9, 8, 7)), "JPEG", progressive=True),
        encode(Image.new("RGB", (30, 20), (9, 8, 7)), "WEBP"),
        encode(Image.new("RGB", (30, 20), (9, 8, 7)), "WEBP", lossless=True),
    ],
    ids=["png", "png-alpha", "png-grey", "jpeg", "jpeg-progressive", "webp", "webp-lossless"],
)
def test_a_plain_picture_is_kept_bit_for_bit(store: Store, data: bytes) -> None:
    image = store.images.add(data)
    assert stored(store, data) == data
    assert image.sha == hashlib.sha256(data).hexdigest()
    assert image.notice is None
    assert store.images.add(data) == image
    assert store.images.size(image.sha) == (image.width, image.height) == store.images.open(image.sha).size


def test_one_pixel_is_a_picture(store: Store) -> None:
    sha = store.images.add(make_png(1, 1, (5, 6, 7))).sha
    assert store.images.open(sha).getpixel((0, 0)) == (5, 6, 7)
    assert store.images.thumbnail(sha, 160)


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "GIF"])
def test_other_formats_become_png(store: Store, kind: str) -> None:
    sha = store.images.add(encode(Image.new("RGB", (4, 3), (10, 200, 30)), kind)).sha
    assert store.images.path(sha).suffix == ".png"
    assert store.images.open(sha).getpixel((1, 1)) == (10, 200, 30)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_clipped(store: Store, kind: str) -> None:
    grey = Image.new("I;16", (4, 1))
    for at, value in enumerate((0, 257, 32768, 65535)):
        grey.putpixel((at, 0), value)
    image = store.images.open(store.images.add(encode(grey, kind)).sha)
    assert [image.getpixel((at, 0)) for at in range(4)] == [(0,) * 3, (1,) * 3, (128,) * 3, (255,) * 3]


def test_sixteen_bit_colour_is_scaled(store: Store) -> None:
    row = b"\x00" + struct.pack(">6H", 0, 32768, 65535, 25700, 257, 1000)
    sha = store.images.add(png_header(2, 1, row, depth=16)).sha
    assert store.images.path(sha).read_bytes()[24] == 8
    image = store.images.open(sha)
    assert image.getpixel((0, 0)) == (0, 128, 255)
    assert image.getpixel((1, 0))[:2] == (100, 1)


@pytest.mark.parametrize(("mode", "values"), [("F", (0.0, 0.5, 1.0)), ("I", (0, 32768, 65535)), ("I", (0, 128, 255))])
def test_wide_pixels_are_scaled(store: Store, mode: str, values: tuple[float, ...]) -> None:
    wide = Image.new(mode, (3, 1))
    for at, value in enumerate(values):
        wide.putpixel((at, 0), value)
    image = store.images.open(store.images.add(encode(wide, "TIFF")).sha)
    assert [image.getpixel((at, 0))[0] for at in range(3)] == [0, 128, 255]


def test_cmyk_becomes_rgb(store: Store) -> None:
    red = encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=100)
    image = store.images.open(store.images.add(red).sha)
    assert all(abs(got - wanted) < 6 for got, wanted in zip(image.getpixel((8, 8)), (255, 0, 0), strict=True))


def test_a_palette_with_a_transparent_colour_keeps_it(store: Store) -> None:
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.putpixel((1, 0), 1)
    data = stored(store, encode(palette, "PNG", transparency=0))
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == "RGBA"
        assert (image.getpixel((0, 0))[3], image.getpixel((1, 0))) == (0, (200, 100, 50, 255))


def test_transparent_parts_are_white_for_the_model(store: Store) -> None:
    clear = encode(Image.new("RGBA", (2, 2), (0, 0, 0, 0)), "PNG")
    assert store.images.open(store.images.add(clear).sha).getpixel((0, 0)) == (255, 255, 255)


def test_an_upload_has_the_pixels_that_a_command_reads(store: Store) -> None:
    """The command line made transparent pictures black and 16-bit ones white."""
    grey = Image.new("I;16", (2, 1), 32768)
    clear = Image.new("LA", (2, 2), (0, 0))
    for data in (
        encode(grey, "PNG"),
        encode(clear, "PNG"),
        encode(Image.new("L", (2, 2), 9), "PNG", transparency=9),
        encode(Image.new("L", (2, 2), 9), "TIFF"),
        encode(Image.effect_noise((9, 9), 50).convert("RGBA"), "WEBP", lossless=True),
        encode(Image.effect_noise((9, 9), 50).convert("RGB"), "JPEG"),
        *(encode(noisy(), kind, exif=turned(side)) for kind in ("JPEG", "PNG") for side in (2, 3, 6, 7)),
        encode(noisy("L"), "JPEG", exif=turned(8)),
        encode(noisy("CMYK"), "JPEG"),
        encode(noisy("RGBA"), "TIFF"),
        encode(palette_with_a_hole(), "PNG", transparency=0),
        encode(palette_with_a_hole(), "GIF", transparency=0),
        encode(noisy(), "GIF", save_all=True, append_images=[Image.new("RGB", (48, 40))]),
        encode(noisy(), "PNG", save_all=True, append_images=[Image.new("RGB", (48, 40))]),
        encode(noisy(), "WEBP", save_all=True, lossless=True, append_images=[Image.new("RGB", (48, 40))]),
        encode(Image.new("I;16", (2, 1), 40000), "TIFF"),
        encode(noisy("1"), "BMP"),
    ):
        kept = store.images.open(store.images.add(data).sha)
        assert (kept.size, kept.tobytes()) == (decode_image(data).size, decode_image(data).tobytes())


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_rotated_photo_is_turned_and_its_place_forgotten(store: Store, kind: str) -> None:
    photo = Image.new("RGB", (40, 20), (255, 255, 255))
    photo.paste((255, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the stored left side is the shown top
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    options = {"lossless": True} if kind == "WEBP" else {}
    image = store.images.add(encode(photo, kind, exif=exif, **options))
    assert (image.width, image.height) == (20, 40)
    shown = store.images.open(image.sha)
    assert shown.getpixel((10, 5))[1] < 20
    assert shown.getpixel((10, 35))[1] > 235
    with Image.open(store.images.path(image.sha)) as kept:
        assert dict(kept.getexif()) == {}


def turned(side: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = side
    return exif


def palette_with_a_hole() -> Image.Image:
    palette = noisy().quantize(8)
    palette.putpixel((0, 0), 0)
    return palette


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_several_pictures_the_first_is_used_and_said_so(store: Store, kind: str) -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    options = {"lossless": True} if kind == "WEBP" else {}
    image = store.images.add(encode(frames[0], kind, save_all=True, append_images=frames[1:], **options))
    assert image.notice == "The file has several pictures; only the first one is used."
    assert store.images.open(image.sha).getpixel((3, 3)) == (250, 0, 0)
    with Image.open(store.images.path(image.sha)) as kept:
        assert getattr(kept, "n_frames", 1) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "SVG"),
        (b"<!DOCTYPE html><html></html>", "web page"),
        (b"%PDF-1.7", "PDF"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"PK\x03\x04aaaa", "archive"),
        (b"\x00" * 100, "not a picture"),
        ("Ünïcode".encode(), "not a picture"),
    ],
)
def test_what_is_no_picture_is_named(store: Store, data: bytes, says: str) -> None:
    with pytest.raises(UnsupportedImage, match=says) as raised:
        store.images.add(data)
    assert "PNG, JPEG" in str(raised.value)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_a_cut_off_file_says_so(store: Store, kind: str, share: float) -> None:
    noise = Image.effect_noise((64, 64), 90).convert("RGB")
    data = encode(noise, kind)
    with pytest.raises(BadImage, match=r"cut off|not a picture"):
        store.images.add(data[: int(len(data) * share)])
    assert not list(store.images.folder.rglob("*.*"))


def test_a_decompression_bomb_is_refused_before_it_is_decoded(store: Store) -> None:
    """Its pixels are missing: decoding it would say that it is cut off."""
    bomb = png_header(12_000, 12_000, b"\x00" * 12_000)
    assert len(bomb) < 10_000
    with pytest.raises(ImageTooLarge, match="12000 x 12000 = 144 megapixels"):
        store.images.add(bomb)


def test_a_huge_webp_canvas_is_refused_before_it_is_made(store: Store) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    data = encode(Image.new("RGB", (2, 2)), "WEBP", exif=exif)
    assert data[12:16] == b"VP8X"
    with pytest.raises(ImageTooLarge):
        store.images.add(data[:24] + b"\xfe\x3f\x00\xfe\x3f\x00" + data[30:])


def test_too_many_bytes_and_no_pixels(store: Store) -> None:
    with pytest.raises(ImageTooLarge, match=r"20\.0 MB"):
        store.images.add(b"\x89PNG\r\n\x1a\n" + b"\x00" * 20 * 1024 * 1024)
    with pytest.raises(BadImage):
        store.images.add(png_header(0, 5))


def test_a_png_whose_depth_lies_is_damaged(store: Store) -> None:
    with pytest.raises(BadImage, match="damaged"):
        store.images.add(png_header(4, 4, b"\x00\x01", depth=7))
