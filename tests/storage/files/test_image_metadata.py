"""What a picture tells of its maker is dropped, and no pixel with it."""

import io
import struct

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from storage import BadImage, Store
from storage.files.image_metadata import strip_jpeg
from tests.support.label_events import make_png
from tests.support.pictures import encode, noisy, stored


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def with_segments(data: bytes, *segments: bytes) -> bytes:
    """A JPEG with more segments behind its first one, JFIF."""
    at = 4 + int.from_bytes(data[4:6], "big")
    return data[:at] + b"".join(segments) + data[at:]


ICC = b"ICC_PROFILE\x00\x01\x01" + b"p" * 40


SECRETS = (
    segment(0xFE, b"at home"),
    segment(0xE1, b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00 at home"),
    segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00<x:xmpmeta>at home</x:xmpmeta>"),
    segment(0xED, b"Photoshop 3.0\x00 at home"),
    segment(0xE2, b"MPF\x00 at home"),
    segment(0xE0, b"JFXX\x00\x10 at home"),
)


@pytest.mark.parametrize("secret", SECRETS, ids=["comment", "exif", "xmp", "photoshop", "mpf", "jfxx"])
@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGB", {}),
        ("L", {}),
        ("RGB", {"progressive": True}),
        ("L", {"progressive": True}),
        ("RGB", {"quality": 60, "restart_marker_blocks": 1}),
        ("RGB", {"subsampling": 0, "keep_rgb": True}),
    ],
    ids=["colour", "grey", "progressive", "grey-progressive", "restarts", "rgb"],
)
def test_a_jpeg_loses_its_metadata_and_no_pixel(
    store: Store, secret: bytes, mode: str, options: dict[str, object]
) -> None:
    """For a comment its pixels were encoded a second time, so that an exported benchmark had other pictures than it came with."""
    plain = encode(noisy(mode), "JPEG", **options)
    image = store.images.add(with_segments(plain, secret) + b"<script>at home</script>")
    assert store.images.path(image.sha).read_bytes() == plain
    assert image.notice is None


def test_what_colours_mean_stays_with_a_jpeg(store: Store) -> None:
    plain = with_segments(encode(noisy(), "JPEG"), segment(0xE2, ICC))
    assert stored(store, with_segments(plain, SECRETS[0])) == plain
    rgb = encode(noisy(), "JPEG", keep_rgb=True)  # told by Adobe's segment
    assert b"Adobe" in rgb
    with Image.open(io.BytesIO(stored(store, rgb[:2] + SECRETS[0] + rgb[2:]))) as kept:
        assert kept.tobytes() == Image.open(io.BytesIO(rgb)).tobytes()


def test_a_remark_between_the_scans_of_a_jpeg_goes_too(store: Store) -> None:
    plain = encode(noisy(), "JPEG", progressive=True)
    second = plain.rfind(b"\xff\xda")
    assert second > plain.find(b"\xff\xda")
    assert stored(store, plain[:second] + SECRETS[0] + plain[second:]) == plain


def test_an_odd_jpeg_is_written_anew(store: Store) -> None:
    """Fill bytes, a small picture inside JFIF, odd lengths: readers disagree on such files, so nothing of them is kept."""
    plain = encode(noisy(), "JPEG")
    thumbnail = b"JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x01\x01 at home"[:14] + b"at home"[:3]
    for odd in (
        plain[:2] + b"\xff" + plain[2:],
        plain[:2] + segment(0xE0, thumbnail) + plain[20:],
        with_segments(plain, segment(0xEE, b"Adobe\x00\x64\x00\x00\x00\x00\x01 at home")),
        with_segments(plain, b"\xff\xd0"),
    ):
        try:
            kept = stored(store, odd)
        except BadImage:
            continue
        assert kept not in (odd, plain)
        assert b"at home" not in kept


def test_no_bytes_of_a_jpeg_break_the_reading_of_its_segments() -> None:
    data = with_segments(encode(noisy(), "JPEG", progressive=True), *SECRETS)
    for end in range(len(data)):
        assert strip_jpeg(data[:end]) is None
    for at in range(2, min(len(data), 1500)):
        for value in (0, 0xD9, 0xDA, 0xFF):
            kept = strip_jpeg(data[:at] + bytes((value,)) + data[at + 1 :])
            assert kept is None or len(kept) <= len(data)


def test_metadata_without_rotation_is_dropped_too(store: Store) -> None:
    secret = PngInfo()
    secret.add_text("Comment", "at home, 48.85 N")
    assert b"at home" not in stored(store, encode(Image.new("RGB", (5, 5)), "PNG", pnginfo=secret))
    assert b"at home" not in stored(store, encode(Image.new("RGB", (5, 5)), "JPEG", comment=b"at home"))
    for data in (make_png(5, 5), encode(Image.new("RGB", (5, 5)), "JPEG"), encode(Image.new("RGB", (5, 5)), "WEBP")):
        assert b"at home" not in stored(store, data + b"<script>at home</script>")
