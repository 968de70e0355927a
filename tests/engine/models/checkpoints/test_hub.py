"""Downloads from the model hub: a real client in its own process against a real HTTP server; bytes are told, a cancel ends it.

Covers engine/models/checkpoints/download_process.py.
"""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from engine import Engine, EngineState, Loader, LoadError, ModelChoice, Models
from engine.cli.options import progress_line
from engine.loading import load_models
from engine.model_catalogue.model_choice import LoadUnit
from engine.models.checkpoints.hub import Checkpoint, locate
from tests.support.hub_server import COMMIT, HubServer, etag
from tests.support.tiny import write_tiny
from tests.support.waiting import awaited

NAME = "someone/tiny"
BALLAST = 4 << 20  # bytes of a file beside the weights, so that a download lasts


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = write_tiny(tmp_path_factory.mktemp("hub") / "tiny")
    save_file({"x": torch.zeros(BALLAST // 4)}, folder / "ballast.safetensors")
    (folder / "merges.txt").write_text("a b\n")  # of a tokenizer in its slow form
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04pickle")
    (folder / "modeling_evil.py").write_text("raise SystemExit('code of a checkpoint was run')")
    return folder


@pytest.fixture
def hub(folder, tmp_path, monkeypatch):
    with HubServer(NAME, folder) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_HUB_OFFLINE", "0")
        monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
        yield server


def wanted(folder):
    return [file for file in folder.iterdir() if file.suffix in (".json", ".safetensors", ".txt")]


def total_of(folder):
    return sum(file.stat().st_size for file in wanted(folder))


def whole_blobs(cache):
    return {path.name for path in cache.rglob("blobs/*") if path.suffix != ".incomplete"}


def test_bytes_are_told_from_the_first_to_the_last(hub, folder):
    hub.pause = 0.02
    told = []
    found = locate(NAME, lambda done, total: told.append((done, total)))
    assert (found.name, found.revision, found.folder.name) == (NAME, COMMIT, COMMIT)
    assert {file.suffix for file in found.folder.iterdir()} == {".json", ".safetensors", ".txt"}, (
        "no pickle and no code"
    )
    known = [(done, total) for done, total in told if total is not None]
    assert {total for _, total in known} == {total_of(folder)}
    assert [done for done, _ in known] == sorted(done for done, _ in known)
    assert any(0 < done < total for done, total in known)
    hub.sent.clear()
    assert locate(NAME) == found
    assert hub.sent == {}, "what is there is not sent again"


def test_a_folder_is_not_looked_for_on_the_hub(folder):
    assert locate(folder) == Checkpoint(folder=folder)
    assert locate("no/such folder") == Checkpoint(folder=Path("no/such folder"))


def test_a_name_the_hub_does_not_have_is_an_error_with_what_to_do(hub):
    with pytest.raises(
        LoadError, match=r"'no/body' is not a folder here, and the model hub could not supply it: .*downloaded"
    ):
        locate("no/body")


def test_a_hub_that_is_down_is_an_error(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(LoadError, match="could not supply it"):
        locate(NAME)


def test_a_model_of_the_hub_is_loaded_with_its_name_and_commit(hub, folder):
    (folder / "ballast.safetensors").unlink()
    told = []
    models = load_models(ModelChoice(policy=None, reward_model=NAME), report=told.append)
    card = models.reward_model.card
    assert (card.name, card.revision) == (NAME, COMMIT)
    assert told[-1].unit is LoadUnit.TENSORS
    save_file({"x": torch.zeros(BALLAST // 4)}, folder / "ballast.safetensors")


def test_a_download_can_be_cancelled_and_what_was_whole_is_kept(hub, folder, tmp_path):
    hub.pause = 0.5  # half a minute for the ballast alone
    loader = Loader(ModelChoice())
    with Engine(loader.load) as engine:
        engine.wait_ready()
        before = engine.status().reward_model
        engine.switch(loader.change(reward_model=NAME))
        awaited(lambda: whole_blobs(tmp_path) and loader.progress.unit is LoadUnit.BYTES and loader.progress.total)
        assert loader.progress.total == total_of(folder)
        loader.cancel()
        status = engine.wait_ready()
        assert sum(hub.sent.values()) < total_of(folder), "it was cancelled before the last byte"
        assert (status.state, status.reward_model) == (EngineState.READY, before)
        assert status.message == f"Loading {NAME!r} was cancelled."
        assert loader.choice == ModelChoice()
    whole = whole_blobs(tmp_path)
    assert whole, "what was whole is kept"
    assert not [*tmp_path.rglob("blobs/*.incomplete")], "begun files are never used again"
    hub.pause = 0.0
    hub.sent.clear()
    locate(NAME)
    assert hub.sent.keys() == {file.name for file in wanted(folder) if etag(file) not in whole}


def test_a_loading_that_waits_for_its_turn_can_be_cancelled():
    loader = Loader(ModelChoice())
    load = loader.change(policy=None)
    loader.cancel()
    with pytest.raises(LoadError, match="was cancelled"):
        load()
    assert isinstance(loader.change(policy=None)(), Models), "the next one is loaded"


@pytest.mark.parametrize(
    ("unit", "done", "total", "line"),
    [
        (LoadUnit.BYTES, 3 << 30, 12 << 30, "downloading a/b: 3.00 of 12.00 GiB (25 %)"),
        (LoadUnit.BYTES, 0, 0, "downloading a/b: 0.00 of 0.00 GiB (0 %)"),
        (LoadUnit.BYTES, 0, None, "downloading a/b"),
        (LoadUnit.TENSORS, 120, 600, "loading a/b: 120 of 600 tensors (20 %)"),
    ],
)
def test_progress_as_a_line(unit, done, total, line):
    assert progress_line("a/b", unit, done, total) == line
