"""Pictures over REST: sent, shown, scaled, refused."""

import pytest
from starlette.testclient import TestClient

from engine.domain import Role
from tests.support.api_accounts import accounts_api, make_person, sign_in
from tests.visualprm_ui.conftest import png
from visualprm_ui.api import MAX_UPLOAD
from visualprm_ui.api.images import BYTES_A_MINUTE


def test_a_picture_comes_back_as_it_was_and_scaled(client):
    stored = client.post("/images", content=png("red", (300, 200))).json()
    assert (stored["width"], stored["height"]) == (300, 200)
    whole = client.get(f"/images/{stored['sha']}")
    assert whole.content == png("red", (300, 200))
    assert "immutable" in whole.headers["cache-control"]
    small = client.get(f"/images/{stored['sha']}?edge=64")
    assert small.headers["content-type"].startswith("image/")


@pytest.mark.parametrize("data", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", png()[:50]])
def test_what_is_no_picture_is_refused_with_a_sentence(client, data):
    response = client.post("/images", content=data)
    assert response.status_code in (400, 415)
    assert len(response.json()["error"]) > 20


def test_a_file_too_large_is_refused_before_it_is_read_whole(client):
    response = client.post("/images", content=b"x" * (MAX_UPLOAD + 1))
    assert response.status_code == 413
    assert "MB" in response.json()["error"]


def test_a_stranger_is_told_to_wait_once_an_address_has_sent_its_bytes(workbench):
    api = accounts_api(workbench, required=True)
    with TestClient(api, headers={"X-VP": "1"}) as stranger:
        assert stranger.post("/images", content=png()).status_code == 200
        for _ in range(BYTES_A_MINUTE // MAX_UPLOAD):
            assert stranger.post("/images", content=bytes(MAX_UPLOAD)).status_code in (400, 413, 415, 422)
        refused = stranger.post("/images", content=png("red"))
        assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
        sign_in(workbench.store, stranger, make_person(workbench.store, "mei", Role.ANNOTATOR))
        assert stranger.post("/images", content=png("red")).status_code == 200


def test_what_a_stranger_sends_in_vain_is_counted_too(workbench):
    """Files that were too large were read again and again, and never counted."""
    api = accounts_api(workbench, required=True)
    with TestClient(api, headers={"X-VP": "1"}) as stranger:
        for _ in range(BYTES_A_MINUTE // MAX_UPLOAD):
            assert stranger.post("/images", content=bytes(MAX_UPLOAD + 1)).status_code == 413
        assert stranger.post("/images", content=png()).status_code == 429
