"""Small files that cost a lot: each is refused or read within two seconds of CPU, and one is decoded at a time.

Covers engine/pictures/image_decoding.py, storage/files/image_upload.py and storage/files/image_metadata.py.
"""

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image

from engine.errors import ImageTakesTooLong
from engine.pictures.image_decoding import CpuBudget, MeteredFile, decode_image, opened
from storage import BadImage, Store
from storage.files import repository
from storage.files.image_metadata import strip_jpeg
from storage.files.image_upload import read_upload
from tests.support.hostile_pictures import chunk, gif, jpeg, jpeg_of_scans, png, tiff, turned_noise
from tests.support.pictures import encode

SECONDS = 2.0  # of CPU, that one visitor may hold the server


def read_metered(data: bytes) -> tuple[float, str]:
    """Return the CPU seconds that an upload took, and what became of it."""
    assert len(data) < 20 * 2**20
    started = time.thread_time()
    try:
        outcome = read_upload(data).notice or "kept"
    except BadImage as error:
        outcome = str(error)
    return time.thread_time() - started, outcome


@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_a_tiff_of_150_000_directories_is_read_at_once(compression):
    """To count them took over 200 seconds of CPU: Pillow's n_frames grows with their square."""
    seconds, outcome = read_metered(tiff(150_000, compression))
    assert outcome == "The file has several pictures; only the first one is used."
    assert seconds < SECONDS / 4


@pytest.mark.parametrize(
    "make",
    [
        lambda: png(chunk(b"tEXt") * 1_500_000),
        lambda: png(chunk(b"IDAT") * 1_500_000),
        lambda: gif(b"!\xfe\x00" * 6_000_000),
        lambda: gif(b"!\xfe" + b"\x01a" * 9_000_000 + b"\0"),
        lambda: gif(frames=500_000),
        lambda: jpeg(4_000_000),
        lambda: jpeg_of_scans(3000),
        turned_noise,
    ],
    ids=["png-text", "png-rows", "gif-remarks", "gif-blocks", "gif-frames", "jpeg-remarks", "jpeg-scans", "noise"],
)
def test_a_file_of_many_parts_takes_two_seconds_at_most(make):
    """The comment of a GIF took minutes, each of its blocks being put behind all others."""
    seconds, outcome = read_metered(make())
    assert seconds < SECONDS
    assert outcome.startswith(
        (
            "This picture takes more than",
            "This picture has more than",
            "This JPEG file has more",
            "The file has several",
        )
    )


def test_parts_before_the_first_pixel_are_refused_by_their_number():
    """Five people with such files kept the interpreter busy, and everybody's labels waited for three seconds."""
    with pytest.raises(ImageTakesTooLong, match="more than 10000 parts"):
        _open(gif(b"!\xfe\x00" * 20_000))
    assert _open(gif(b"!\xfe" + b"\xff" + b"a" * 255 + b"\0")) == (8, 8)
    assert _open(gif(b"!\xfe\x00" * 3_000)) == (8, 8)


def _open(data):
    with opened(data, budget=CpuBudget(seconds=1000.0)) as found:
        return found.image.size


def test_scans_are_refused_by_their_number_and_usual_ones_read():
    with pytest.raises(ImageTakesTooLong, match="more than 32 scans"):
        decode_image(jpeg_of_scans(40))
    assert decode_image(jpeg_of_scans(0)).size == (64, 64)


def test_a_jpeg_of_too_many_parts_is_not_kept_as_it_is():
    assert strip_jpeg(jpeg(2**14)) is None
    assert strip_jpeg(jpeg(9)) == jpeg(0)


def test_a_budget_ends_reading_and_writing():
    spent = CpuBudget(seconds=-1.0)
    for use in (lambda file: file.read(1), lambda file: file.write(b"x")):
        with pytest.raises(ImageTakesTooLong):
            use(MeteredFile(spent, b"abc"))
    assert MeteredFile(CpuBudget(seconds=60.0), b"abc").read() == b"abc"
    assert isinstance(MeteredFile(None), io.BytesIO)


def test_one_picture_is_decoded_at_a_time(store: Store, monkeypatch):
    """Forty at once, of 25 megapixels each, took 4 GB."""
    guard, inside, most = threading.Lock(), 0, 0

    def counted(read):
        def count(data):
            nonlocal inside, most
            with guard:
                inside += 1
                most = max(most, inside)
            try:
                return read(data)
            finally:
                with guard:
                    inside -= 1

        return count

    for name in ("read_upload", "open_kept"):
        monkeypatch.setattr(repository, name, counted(getattr(repository, name)))
    pictures = [encode(Image.effect_noise((900, 900 + at), 50), "BMP") for at in range(6)]
    with ThreadPoolExecutor(6) as pool:
        for image in pool.map(store.images.add, pictures):
            pool.submit(store.images.open, image.sha)
    assert most == 1
