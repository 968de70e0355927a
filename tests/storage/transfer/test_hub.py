"""The folder for the model hub, opened with the library that its users open it with.

Covers storage/transfer/hub_card.py, storage/formats/parquet.py, storage/formats/parquet_files.py, storage/transfer/hub_push.py,
storage/cli/push.py.
"""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from engine.domain import Label
from storage import Store, open_store
from storage.__main__ import main
from storage.formats.parquet_files import ROWS_A_GROUP
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import export
from storage.transfer.hub_download import download_data_set
from storage.transfer.importing import import_file
from tests.support.format_rows import a_row, read_rows
from tests.support.hub_server import WRITE_TOKEN, HubServer
from tests.support.label_events import make_png
from tests.support.store_labelling import say
from tests.support.store_projects import add_solutions


@pytest.fixture
def hub(store: Store, tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    (folder / "images").mkdir(parents=True)
    for name, width in (("a", 3), ("b", 5)):
        (folder / "images" / f"{name}.png").write_bytes(make_png(width, 4))
    names = ["images/a.png", "images/b.png"]
    rows = [
        a_row(1, -1, 0, image=names, data_source="Name | with *marks*", id=7),
        a_row(1, question="text only", data_source="~~www.a.example~~"),
    ]
    (one, _two) = read_rows(store, folder, rows, "visualprocessbench").solutions
    for who, labels in (("ada", "+-0"), ("bea", "+--")):
        say(store, one, who, labels)
    export(store, tmp_path / "hub", "hub", ExportChoice(license="cc-by-4.0"))
    return tmp_path / "hub"


def test_the_library_of_the_hub_opens_it_with_pictures(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "cache"))
    import datasets  # here: it takes a second

    datasets.disable_progress_bars()
    found = datasets.load_dataset(str(hub), split="train", cache_dir=str(tmp_path / "cache"))
    first, second = found
    assert [picture.size for picture in first["image"]] == [(3, 4), (5, 4)]
    assert first["response"] == {"steps": ["step 0", "step 1", "step 2"], "process_correctness": [1, -1, -1]}
    assert (first["labels_by"], second["labels_by"], second["image"]) == ("people", "file:visualprocessbench", [])
    assert isinstance(found.features["image"].feature, datasets.Image)


def test_the_files_are_as_the_hub_advises(store: Store, tmp_path: Path) -> None:
    for each in add_solutions(store, ROWS_A_GROUP + 1, steps=1):
        say(store, each, "ada", "+")
    export(store, tmp_path / "hub", "hub", ExportChoice())
    (path,) = (tmp_path / "hub" / "data").iterdir()
    assert path.name == "train-00000-of-00001.parquet"
    with pq.ParquetFile(path) as file:
        assert [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)] == [ROWS_A_GROUP, 1]
        assert file.metadata.row_group(0).column(0).has_column_index


def test_the_card_tells_what_is_in_it(hub: Path) -> None:
    _none, front, body = (hub / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    card = yaml.safe_load(front)
    assert (card["license"], card["configs"][0]["data_files"][0]["path"]) == ("cc-by-4.0", "data/train-*")
    assert card["dataset_info"]["splits"][0]["num_examples"] == 2
    assert card["dataset_info"]["features"][0] == {"name": "image", "list": "image"}
    assert "2 solutions with 4 labelled steps and 2 pictures." in body
    assert "| correct | 2 | 50.0% |" in body
    assert "Neutral steps: kept as 0." in body
    assert "Version of the guideline people labelled by: 1." in body
    assert "| Name \\| with \\*marks\\* | 1 |" in body
    assert "| \\~\\~www`.`a.example\\~\\~ | 1 |" in body
    assert "2 people, 1 solutions and 3 steps" in body
    assert "| Share of equal pairs | 0.667 |" in body


def test_the_card_of_an_empty_store_says_so(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "hub", "hub")
    body = (tmp_path / "hub" / "README.md").read_text(encoding="utf-8")
    assert "| correct | 0 | undefined: no step |" in body
    assert "none: no person labelled these rows" in body


def test_what_was_written_for_the_hub_is_read_again(hub: Path, tmp_path: Path) -> None:
    with open_store(tmp_path / "other") as other:
        report = import_file(other, hub, None)
        assert (report.format, report.added, report.errors) == ("parquet", 2, ())
        (imported,) = other.runs.get_imported_rows(report.solutions[0])
        assert (imported.labels, imported.kept_fields["id"]) == ((Label.CORRECT, Label.WRONG, Label.WRONG), 7)
        assert imported.image_names == ("images/a.png", "images/b.png")
        (hub / "data" / "train-00000-of-00001.parquet").write_bytes(b"PAR1 no more PAR1")
        with pytest.raises(Exception, match="not a readable Parquet file"):
            import_file(other, hub, "parquet")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    (tmp_path / "there").mkdir()
    with HubServer("lab/geometry", tmp_path / "there", "datasets") as server:
        server.private = None
        server.be_the_hub(monkeypatch)
        yield server


@pytest.mark.sqlite  # the command line opens the files of a folder
def test_a_data_set_is_put_on_the_hub_with_a_token_that_is_kept_nowhere(
    hub: Path, store: Store, server: HubServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(WRITE_TOKEN + "\n"))
    assert main(["push", "lab/geometry", "--license", "mit", "--data-dir", str(store.data_dir), "--json"]) == 0
    out, err = capfd.readouterr()
    report = json.loads(out.splitlines()[-1])
    assert (report["data_set"], report["private"], report["export"]["rows"]) == ("lab/geometry", True, 2)
    assert report["address"] == f"{server.url}/datasets/lab/geometry"
    assert 'license: "mit"' in server.taken["README.md"].decode()
    rows = pq.read_table(io.BytesIO(server.taken["data/train-00000-of-00001.parquet"])).to_pylist()
    assert sorted(row["question"] for row in rows) == sorted(
        row["question"] for row in pq.read_table(next((hub / "data").iterdir())).to_pylist()
    )
    assert server.private
    assert WRITE_TOKEN not in out + err
    assert [
        path for path in store.data_dir.rglob("*") if path.is_file() and WRITE_TOKEN.encode() in path.read_bytes()
    ] == []


class Ended(Exception):
    pass


def test_a_large_file_is_told_while_it_comes_and_can_be_ended(server: HubServer, tmp_path: Path) -> None:
    """Cancelling waited for the whole of a file."""
    server.private = False
    with (server.folder / "rows.jsonl").open("wb") as file:
        file.truncate(40 << 20)
    told: list[float | None] = []

    def tell(_files: int, share: float | None) -> None:
        told.append(share)
        if len(told) == 3:
            raise Ended

    with pytest.raises(Ended):
        download_data_set("lab/geometry", tmp_path / "out", 1 << 30, tell)
    assert told[0] == 0.0
    assert [share is not None and 0 < share < 1 for share in told[1:]] == [True, True]


Push = Callable[..., tuple[int, str]]


@pytest.fixture
def push(
    hub: Path, store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The command, with the status it ends with and all it says."""

    def run(*options: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(WRITE_TOKEN + "\n"))
        status = main(["push", "lab/geometry", "--data-dir", str(store.data_dir), *options])
        return status, "".join(capfd.readouterr())

    return run


@pytest.mark.sqlite
def test_pushed_again_the_rows_of_before_are_gone(hub: Path, server: HubServer, push: Push) -> None:
    """Rows of an earlier export stayed beside the new ones: the hub read both, retracted labels among them."""
    server.private = True
    (server.folder / "data").mkdir()
    (server.folder / "README.md").write_bytes((hub / "README.md").read_bytes())
    (server.folder / "data" / "train-00001-of-00002.parquet").write_bytes(b"of before")
    (server.folder / "notes.txt").write_bytes(b"theirs")
    assert push()[0] == 0
    assert set(server.taken) == {"README.md", "data/train-00000-of-00001.parquet"}
    assert server.deleted == {"data/train-00001-of-00002.parquet"}


@pytest.mark.sqlite
@pytest.mark.parametrize(("is_private", "option", "right"), [(False, (), ("--public",)), (True, ("--public",), ())])
def test_who_may_see_a_data_set_is_never_other_than_asked_for(
    server: HubServer, push: Push, is_private: bool, option: tuple[str, ...], right: tuple[str, ...]
) -> None:
    """Pushed to a public data set, everybody saw what was reported as private."""
    server.private = is_private
    status, said = push(*option)
    assert (status, server.taken) == (2, {})
    assert f"is {'private' if is_private else 'public'} on the model hub" in said
    assert push(*right)[0] == 0


@pytest.mark.sqlite
def test_a_data_set_of_others_is_replaced_only_when_told(server: HubServer, push: Push) -> None:
    server.private = True
    (server.folder / "README.md").write_text("# Birds\n")
    status, said = push()
    assert (status, server.taken, "did not come from this program" in said) == (2, {}, True)
    assert push("--replace")[0] == 0
    assert "README.md" in server.taken


@pytest.mark.parametrize("token", ["", "hf_" + "x" * 30])
def test_a_wrong_token_puts_nothing_there_and_is_not_told(
    hub: Path,
    store: Store,
    server: HubServer,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(token + "\n"))
    assert main(["push", "lab/geometry", "--data-dir", str(store.data_dir)]) == 2
    said = "".join(capfd.readouterr())
    assert "token" in said
    assert token == "" or token not in said
    assert server.taken == {}
    monkeypatch.setattr(sys, "stdin", io.StringIO(WRITE_TOKEN))
    assert main(["push", "../x", "--data-dir", str(store.data_dir)]) == 2
