"""Kept pictures: addresses, thumbnails, and disks that take nothing more.

Covers storage/files/atomic.py.
"""

import hashlib
import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from storage import DiskError, NotFound, Store
from tests.support.label_events import make_png
from tests.support.pictures import encode


def test_thumbnails_are_small_and_kept(store: Store) -> None:
    sha = store.images.add(make_png(400, 100)).sha
    small = store.images.thumbnail(sha, 150)
    with Image.open(io.BytesIO(small)) as image:
        assert image.size == (160, 40)
    assert (store.data_dir / "thumbnails" / sha[:2] / f"{sha}-160.webp").read_bytes() == small
    assert store.images.thumbnail(sha, 150) == small
    assert store.images.thumbnail(sha, 10**9)
    assert store.images.thumbnail(sha, -1)


def test_pixels_are_told_apart_whatever_the_files_are_and_decoded_once(store: Store) -> None:
    image = Image.frombytes("RGB", (40, 30), bytes(range(240)) * 15)
    one, again = (store.images.add(encode(image, kind, **more)).sha for kind, more in (("PNG", {}), ("BMP", {})))
    other = store.images.add(make_png(40, 30)).sha
    digest = store.images.pixel_digest(one)
    assert (digest == store.images.pixel_digest(again), digest == store.images.pixel_digest(other)) == (True, False)
    store.images.path(one).unlink()
    assert store.images.pixel_digest(one) == digest
    with pytest.raises(NotFound):
        store.images.pixel_digest("a" * 64)


@pytest.mark.parametrize("sha", ["", "../../etc/passwd", "a" * 64, "A" * 64, "a" * 64 + "/..", "é" * 64])
def test_an_unknown_address_leads_nowhere(store: Store, sha: str) -> None:
    for ask in (store.images.path, store.images.open, store.images.size):
        with pytest.raises(NotFound):
            ask(sha)
    with pytest.raises(NotFound):
        store.images.thumbnail(sha, 80)


def test_a_folder_that_cannot_be_written_is_said_so_and_nothing_is_left(store: Store, png: bytes) -> None:
    sha = hashlib.sha256(png).hexdigest()
    store.images.folder.mkdir()
    (store.images.folder / sha[:2]).write_text("a file where a folder should be")
    with pytest.raises(DiskError, match="Free some disk space or check the permissions"):
        store.images.add(png)
    with pytest.raises(NotFound):
        store.images.size(sha)


FULL_DISK = """
import resource, sys
from pathlib import Path
from storage import open_store, DiskError
store = open_store(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
try:
    store.images.add(Path(sys.argv[2]).read_bytes())
except DiskError as error:
    print("refused:", error)
store.close()
"""


def test_a_disk_that_fills_up_half_way_leaves_no_half_picture(tmp_path: Path) -> None:
    big = tmp_path / "big.png"
    big.write_bytes(encode(Image.effect_noise((1500, 1500), 90).convert("RGB"), "PNG"))
    assert big.stat().st_size > 2_000_000
    call = [sys.executable, "-c", FULL_DISK, str(tmp_path / "data"), str(big)]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("refused: Could not write")
    assert not [path for path in (tmp_path / "data" / "images").rglob("*") if path.is_file()]
