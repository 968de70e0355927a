"""Picture files as the models see them, whoever hands them in."""

import io
import struct
import zlib

import pytest
from PIL import Image

from engine.errors import ImageTooManyPixels, InvalidRequest, UnknownImageFormat, UnreadableImage
from engine.pictures.image_decoding import decode_image, opened, pixel_digest

WHITE = (255, 255, 255)
EXIF_ORIENTATION, TURNED_RIGHT = 0x0112, 6


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def sixteen_bits(*values):
    image = Image.new("I;16", (len(values), 1))
    for at, value in enumerate(values):
        image.putpixel((at, 0), value)
    return image


def grey_and_clear(mode, clear):
    """Two pixels: one of the value that is transparent, one of another."""
    image = Image.new(mode, (2, 1), clear)
    image.putpixel((1, 0), 1 if mode == "1" else 40)
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_six_formats_are_told_by_their_first_bytes(kind):
    image = decode_image(encode(Image.new("RGB", (5, 3), (255, 255, 0)), kind))
    assert (image.mode, image.size) == ("RGB", (5, 3))
    assert all(abs(got - wanted) < 6 for got, wanted in zip(image.getpixel((2, 1)), (255, 255, 0), strict=True))


@pytest.mark.parametrize(
    "image",
    [Image.new("RGBA", (2, 2), (0, 0, 0, 0)), Image.new("LA", (2, 2), (0, 0))],
    ids=["colour", "grey"],
)
def test_transparent_parts_are_white(image):
    """``engine solve`` made them black: a drawing of black lines became a black square."""
    assert decode_image(encode(image, "PNG")).getpixel((0, 0)) == WHITE


def test_half_transparent_parts_are_mixed_with_white():
    image = decode_image(encode(Image.new("RGBA", (1, 1), (0, 0, 0, 51)), "PNG"))
    assert image.getpixel((0, 0)) == (204, 204, 204)


@pytest.mark.parametrize(("mode", "clear"), [("L", 10), ("1", 0)])
def test_a_grey_that_stands_for_transparency_is_white(mode, clear):
    image = decode_image(encode(grey_and_clear(mode, clear), "PNG", transparency=clear))
    assert image.getpixel((0, 0)) == WHITE
    assert image.getpixel((1, 0)) == (WHITE if mode == "1" else (40, 40, 40))


def test_a_palette_colour_that_stands_for_transparency_is_white():
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.putpixel((1, 0), 1)
    image = decode_image(encode(palette, "GIF", transparency=0))
    assert [image.getpixel((at, 0)) for at in range(2)] == [WHITE, (200, 100, 50)]


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_clipped(kind):
    """``engine solve`` clipped them: everything above 255 was white."""
    image = decode_image(encode(sixteen_bits(0, 257, 32768, 65535), kind))
    assert [image.getpixel((at, 0))[0] for at in range(4)] == [0, 1, 128, 255]


def test_a_transparent_value_of_sixteen_bits_is_no_value_of_eight():
    image = decode_image(encode(sixteen_bits(200, 51400), "PNG", transparency=200))
    assert [image.getpixel((at, 0))[0] for at in range(2)] == [1, 200]


def test_a_photo_is_upright():
    photo = Image.new("RGB", (40, 20), WHITE)
    photo.paste((255, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = TURNED_RIGHT
    image = decode_image(encode(photo, "PNG", exif=exif))
    assert image.size == (20, 40)
    assert image.getpixel((10, 5)) == (255, 0, 0)
    with opened(encode(photo, "PNG", exif=exif)) as found:
        assert (found.is_turned, found.image.size) == (True, (40, 20))


def test_the_first_of_several_pictures_is_taken():
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_image(data).getpixel((1, 1)) == (255, 0, 0)
    with opened(data) as found:
        assert found.is_one_of_several


@pytest.mark.parametrize(
    ("data", "says"), [(b"", "empty"), (b"%PDF-1.7", "PDF"), (b"\x00\x00\x00\x18ftypheic", "HEIC")]
)
def test_other_files_are_named(data, says):
    with pytest.raises(UnknownImageFormat, match=rf"{says}.*PNG, JPEG"):
        decode_image(data)


def test_a_cut_off_file_is_unreadable():
    data = encode(Image.effect_noise((64, 64), 90), "PNG")
    with pytest.raises(UnreadableImage, match="damaged or cut off"):
        decode_image(data[: len(data) // 2])


def test_what_fails_while_a_file_is_open_is_told_as_a_damaged_file():
    with pytest.raises(UnreadableImage, match="PNG file is damaged"), opened(encode(Image.new("L", (2, 2)), "PNG")):
        raise SyntaxError("broken chunk")


def test_a_bomb_is_refused_before_it_is_decoded():
    """Its pixels are missing: decoding it would say that it is cut off."""
    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", len(header)) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    with pytest.raises(ImageTooManyPixels, match="20000 x 20000 = 400 megapixels"):
        decode_image(b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + b"\x00" * 4)
    small = encode(Image.new("L", (9, 9)), "PNG")
    with pytest.raises(ImageTooManyPixels), opened(small, max_pixels=80):
        pass


def test_a_picture_that_cannot_be_read_is_a_request_that_cannot_be_served():
    assert issubclass(UnreadableImage, InvalidRequest)


def test_pixels_are_told_apart_and_files_are_not():
    image = grey_and_clear("L", 7)
    files = [encode(image, kind) for kind in ("PNG", "BMP")]
    assert files[0] != files[1]
    assert len({pixel_digest(decode_image(each)) for each in files}) == 1
    turned = image.transpose(Image.Transpose.ROTATE_90)
    others = [turned, Image.new("L", image.size, 7)]
    assert len({pixel_digest(each) for each in (image, *others)}) == 3
