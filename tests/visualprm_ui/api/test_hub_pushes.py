"""An export put on the model hub over REST: with a token that is given then, and is nowhere afterwards.

Covers visualprm_ui/api/hub_pushes.py, visualprm_ui/use_cases/hub_pushes.py.
"""

import errno
import io
import logging
import threading
import zipfile

import pyarrow.parquet as pq
import pytest

from tests.support.hub_server import WRITE_TOKEN, HubServer
from tests.support.transfer_jobs import settled


@pytest.fixture
def ada(team, labelled):
    return team["ada"]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    with HubServer("lab/geometry", tmp_path / "there", "datasets") as server:
        server.private = None
        server.be_the_hub(monkeypatch)
        yield server


def prepared(client, name="hub"):
    answer = client.post("/exports", json={"format": name})
    return settled(client, f"/exports/{answer.json()['id']}")["id"]


def pushed(client, export, token=WRITE_TOKEN, **options):
    path = f"/exports/{export}/push"
    answer = client.post(path, json={"name": "lab/geometry", "token": token, **options})
    assert answer.status_code == 200, answer.text
    return settled(client, path)


def test_an_export_is_put_there_and_the_token_is_nowhere(ada, store, hub, caplog):
    caplog.set_level(logging.DEBUG)
    done = pushed(ada, prepared(ada))
    assert (done["state"], done["address"]) == ("done", f"{hub.url}/datasets/lab/geometry")
    assert hub.private
    assert set(hub.taken) == {"README.md", "data/train-00000-of-00001.parquet"}
    assert pq.read_table(io.BytesIO(hub.taken["data/train-00000-of-00001.parquet"])).num_rows == 2
    kept = [each for each in store.data_dir.rglob("*") if each.is_file() and WRITE_TOKEN.encode() in each.read_bytes()]
    assert kept == []
    assert WRITE_TOKEN not in str(done) + "".join(each.getMessage() for each in caplog.records if each.name != "hub")
    assert not list((store.data_dir / "transfers").glob("*/push-*"))


def test_what_the_hub_refuses_is_said_without_the_token(ada, hub):
    failed = pushed(ada, prepared(ada), token="hf_" + "x" * 30)
    assert failed["state"] == "failed"
    assert "did not accept 'lab/geometry'" in failed["message"]
    assert "x" * 30 not in failed["message"]
    assert hub.taken == {}


def test_only_a_made_export_for_the_hub_goes_there(ada, team, hub):
    export, body = prepared(ada), {"name": "lab/geometry", "token": WRITE_TOKEN}
    assert ada.get(f"/exports/{export}/push").status_code == 404
    assert ada.post("/exports/0/push", json=body).status_code == 404
    other = prepared(ada, "trl")
    assert "Only an export for the model hub" in ada.post(f"/exports/{other}/push", json=body).json()["error"]
    for wrong, sentence in (({"name": "no owner"}, "does not name a data set"), ({"token": " "}, "is not a token")):
        answer = ada.post(f"/exports/{export}/push", json=body | wrong)
        assert (answer.status_code, sentence in answer.json()["error"]) == (400, True)
    assert hub.taken == {}


def test_an_export_that_is_removed_meanwhile_still_arrives(ada, hub, monkeypatch):
    begun, go_on = threading.Event(), threading.Event()

    def push(folder, *_):
        begun.set()
        assert go_on.wait(30)
        return str(sorted(each.name for each in folder.iterdir()))

    monkeypatch.setattr("visualprm_ui.use_cases.hub_pushes.push_folder", push)
    export = prepared(ada)
    ada.post(f"/exports/{export}/push", json={"name": "lab/geometry", "token": WRITE_TOKEN})
    assert begun.wait(30)
    assert ada.delete(f"/exports/{export}").status_code == 200
    go_on.set()
    assert settled(ada, f"/exports/{export}/push")["address"] == "['README.md', 'data']"


def test_one_export_is_on_its_way_once(ada, hub, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr("visualprm_ui.use_cases.hub_pushes.push_folder", lambda *_: go_on.wait(30) and "there")
    export, body = prepared(ada), {"name": "lab/geometry", "token": WRITE_TOKEN}
    try:
        assert ada.post(f"/exports/{export}/push", json=body).json()["state"] == "running"
        assert "is being pushed" in ada.post(f"/exports/{export}/push", json=body).json()["error"]
    finally:
        go_on.set()
    assert settled(ada, f"/exports/{export}/push")["address"] == "there"


def archive_of(store):
    (archive,) = (store.data_dir / "transfers").glob("*/*.zip")
    return archive


def test_an_archive_that_is_gone_or_damaged_is_not_found(ada, store, hub):
    """Removed between the look-up and the opening, an export was an error of the server."""
    export, body = prepared(ada), {"name": "lab/geometry", "token": WRITE_TOKEN}
    archive_of(store).write_bytes(b"no archive")
    damaged = ada.post(f"/exports/{export}/push", json=body)
    assert (damaged.status_code, "cannot be read" in damaged.json()["error"]) == (404, True)
    archive_of(store).unlink()
    gone = ada.post(f"/exports/{export}/push", json=body)
    assert (gone.status_code, "was removed" in gone.json()["error"]) == (404, True)


def test_only_a_disk_is_told_to_be_full(ada, store, hub, monkeypatch):
    """A report that was not in the archive, and a lost connection, asked people to make room on the disk."""
    export = prepared(ada)
    with zipfile.ZipFile(archive_of(store), "w") as bare:
        bare.writestr("README.md", "Rows.")
    assert pushed(ada, export)["state"] == "done"

    def push(*_):
        raise ConnectionResetError("reset")

    monkeypatch.setattr("visualprm_ui.use_cases.hub_pushes.push_folder", push)
    assert "disk" not in pushed(ada, export)["message"]

    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("zipfile.ZipFile.extractall", fill)
    assert pushed(ada, export)["message"] == (
        "The export could not be unpacked: No space left on device. Make room on the disk, then try again."
    )
