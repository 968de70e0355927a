"""Pictures that strangers hand in to hold or fill the server: each is answered within two seconds of its CPU time.

Covers engine/pictures/image_decoding.py, storage/files/image_upload.py, visualprm_ui/api/images.py.
"""

import pytest

from tests.hostile.conftest import CPU_SECONDS, MEGABYTES
from tests.support.hostile_pictures import HOSTILE, USUAL

ANSWERS = {200, 400, 413, 415}


@pytest.mark.parametrize("name", [*HOSTILE, *USUAL])
def test_no_picture_holds_or_fills_the_server(stranger, meter, log, name):
    """One TIFF took 200 seconds."""
    data = (HOSTILE | USUAL)[name]()
    assert len(data) < 20 * 2**20
    client = stranger()
    with meter.running():
        answer = client.post("/api/images", content=data)
    assert answer.status_code == 200 if name in USUAL else answer.status_code in ANSWERS
    assert answer.headers["content-type"] == "application/json"
    assert meter.cpu_seconds < CPU_SECONDS, f"{meter.cpu_seconds} s"
    assert meter.megabytes < MEGABYTES, f"{meter.megabytes} MB"
    assert "Traceback" not in log()
    if answer.status_code == 200:
        sha = answer.json()["sha"]
        assert client.get(f"/api/images/{sha}").headers["content-type"].startswith("image/")


def test_a_thumbnail_is_no_second_chance(stranger, meter):
    """It decodes the kept picture again."""
    client = stranger()
    sha = client.post("/api/images", content=USUAL["png of 25 megapixels with an alpha channel"]()).json()["sha"]
    with meter.running():
        assert client.get(f"/api/images/{sha}?edge=1024").status_code == 200
    assert meter.cpu_seconds < CPU_SECONDS
    assert meter.megabytes < MEGABYTES


def test_a_picture_too_large_is_not_read_to_its_end(stranger, meter):
    with meter.running():
        answer = stranger().post("/api/images", content=bytes(30 << 20))
    assert answer.status_code == 413
    assert meter.megabytes < MEGABYTES
