"""Imports over REST: looked at before anything is stored, then stored in the background, with what came of it.

Covers visualprm_ui/api/imports.py, visualprm_ui/use_cases/import_jobs.py, visualprm_ui/use_cases/transfer_jobs.py,
visualprm_ui/use_cases/transfer_formats.py, storage/transfer/import_preview.py, storage/transfer/job_folder.py,
storage/transfer/hub_download.py.
"""

import base64
import io
import stat
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from engine.domain import new_id
from storage.transfer.full_export import export_full
from storage.transfer.job_folder import JobFolder, JobState
from tests.support.hub_server import HubServer
from tests.support.transfer_jobs import imported, lines, sent, settled, zipped
from tests.visualprm_ui.conftest import png
from visualprm_ui.use_cases.import_jobs import MOST_UPLOADS

SOLUTION = {"question": "How many?", "answer": "5", "response": {"steps": ["Five."]}, "policy_model": "p"}


def stored(store):
    return len(list(store.runs.iter_problems(None)))


@pytest.fixture
def ada(team):
    return team["ada"]


@pytest.fixture
def empty_project(ada):
    return ada.post("/projects", json={"title": "Geometry"}).json()


def test_a_zip_of_pictures_and_questions_becomes_a_queue(ada, store, empty_project):
    rows = [{**SOLUTION, "image": [f"images/{colour}.png"]} for colour in ("red", "blue", "gone")]
    pictures = {f"round 4/images/{colour}.png": png(colour) for colour in ("red", "blue")}
    found = sent(ada, zipped({"round 4/rows.jsonl": lines(*rows), "__MACOSX/._rows.jsonl": b"x", **pictures}), "r4.zip")
    assert (found["state"], found["title"], found["files"]) == ("ready", "r4.zip", ["round 4/rows.jsonl"])
    assert found["recognised"]["format"] == "solutions"
    assert found["recognised"]["columns"] == ["question", "answer", "response", "policy_model", "image"]
    assert found["recognised"]["missing"] == ["data_source"]
    assert [row["missing"] for row in found["recognised"]["first"]] == [[], [], ["images/gone.png"]]
    report = found["report"]
    assert (report["dry_run"], report["added"], report["unlabelled"], report["errors"]) == (True, 2, 2, 1)
    assert (report["pictures"], report["missing_pictures"]) == (2, 1)
    assert [(bad["line"], "images/gone.png" in bad["reason"]) for bad in found["errors"]] == [(3, True)]
    assert stored(store) == 0
    assert list(store.images.folder.glob("??/*")) == []
    done = imported(ada, found, project=empty_project["project"])
    assert (done["state"], done["report"]["dry_run"], done["report"]["added"]) == ("done", False, 2)
    assert (done["report"]["queue"], done["report"]["queued"]) == (empty_project["queue"], 2)
    task = ada.get(f"/queues/{empty_project['queue']}/next").json()["task"]
    assert (task["question"], len(task["images"])) == ("How many?", 1)
    again = sent(
        ada, zipped({"rows.jsonl": lines(*rows[:2]), **{n.partition("/")[2]: p for n, p in pictures.items()}}), "again"
    )
    assert (again["report"]["added"], again["report"]["unchanged"]) == (0, 2)
    done = imported(ada, again, project=empty_project["project"])
    assert (done["report"]["queued"], done["report"]["total"]) == (0, 2)
    assert (done["report"]["present"], done["report"]["unusable"]) == (2, 0), "why none joined"
    assert done["report"]["data_sources"] == [""], "rows that name none"


def test_the_first_picture_of_a_row_is_seen_small_where_it_can_be_used(ada, store):
    rows = [{**SOLUTION, "image": [f"images/{name}.png"]} for name in ("red", "damaged", "../../secret")]
    pictures = {
        "images/red.png": png("red", (300, 200)),
        "images/damaged.png": png("red")[:40],
        "secret.png": png("red"),
    }
    found = sent(ada, zipped({"rows.jsonl": lines(*rows), **pictures}), "r.zip")
    small, *others = (row["thumbnail"] for row in found["recognised"]["first"])
    assert others == [None, None]
    with Image.open(io.BytesIO(base64.b64decode(small.removeprefix("data:image/webp;base64,")))) as picture:
        assert (picture.format, picture.size) == ("WEBP", (96, 64))
        assert picture.convert("RGB").getpixel((50, 30))[0] > 240
    assert list(store.images.folder.glob("??/*")) == []


def test_problems_alone_are_recognised_and_stored(ada, store):
    found = sent(ada, lines({"question": "1 + 1?", "answer": "2"}, {"question": "2 + 2?"}), "questions.jsonl")
    assert (found["recognised"]["format"], found["report"]["problems"]) == ("problems", 2)
    assert [row["steps"] for row in found["recognised"]["first"]] == [None, None]
    assert imported(ada, found)["report"]["problems"] == 2
    assert stored(store) == 2


@pytest.mark.parametrize("kind", ["csv", "parquet", "json"])
def test_other_names_of_columns_are_mapped(ada, store, kind):
    """An uploaded CSV or Parquet file was renamed to .jsonl, and every line of it refused."""
    values = {"prompt": ["1 + 1?", "2 + 2?"], "gt": ["2", "4"], "output": ["So 2.", "So 4."], "gen": ["m", "m"]}
    out = io.BytesIO()
    if kind == "parquet":
        pq.write_table(pa.table(values), out)
    elif kind == "csv":
        out.write(b"prompt,gt,output,gen\n1 + 1?,2,So 2.,m\n2 + 2?,4,So 4.,m\n")
    else:
        rows = zip(*values.values(), strict=True)
        out.write(b"[" + b",".join(lines(dict(zip(values, row, strict=True))).strip() for row in rows) + b"]")
    found = sent(ada, out.getvalue(), f"Mine.{kind.upper()}")
    assert (found["state"], found["recognised"]["format"], found["report"]) == ("ready", None, None)
    assert found["recognised"]["columns"] == list(values)
    assert "no known format" in found["recognised"]["title"]
    refused = ada.post(f"/imports/{found['id']}/start")
    assert (refused.status_code, "Choose its format or columns" in refused.json()["error"]) == (400, True)
    columns = {"question": "prompt", "answer": "gt", "response": "output", "policy_model": "gen"}
    changed = ada.patch(f"/imports/{found['id']}", json={"columns": columns})
    assert changed.status_code == 200
    found = settled(ada, f"/imports/{found['id']}")
    read_as = "parquet" if kind == "parquet" else "solutions"
    assert (found["recognised"]["format"], found["report"]["added"], found["columns"]) == (read_as, 2, columns)
    assert found["recognised"]["first"][0]["policy_model"] == "m"
    assert imported(ada, found)["report"]["added"] == 2
    assert stored(store) == 2


def test_a_format_can_be_overruled_and_labels_be_somebodys(ada, store):
    row = {**SOLUTION, "image": [], "data_source": "d", "response": {"steps": ["Five."], "process_correctness": [1]}}
    found = sent(ada, lines(row), "test.jsonl", source="lab")
    assert (found["recognised"]["format"], found["source"]) == ("visualprocessbench", "lab")
    assert found["report"]["sources"] == {"d": {"solutions": 1, "correct": 1, "wrong": 0}}
    ada.patch(f"/imports/{found['id']}", json={"format": "trl"})
    found = settled(ada, f"/imports/{found['id']}")
    assert (found["format"], found["report"]["added"], found["report"]["errors"], found["source"]) == (
        "trl",
        0,
        1,
        "lab",
    )
    ada.patch(f"/imports/{found['id']}", json={"format": None})
    assert imported(ada, settled(ada, f"/imports/{found['id']}"))["report"]["added"] == 1
    (listed,) = store.results.list_solutions().items
    assert [each.source for each in listed.file_labels] == ["lab"]


def test_of_several_files_one_is_chosen(ada):
    found = sent(ada, zipped({"b.jsonl": lines(SOLUTION), "a.csv": b"question\nWhy?\n"}), "two.zip")
    assert (found["files"], found["recognised"]["format"]) == (["a.csv", "b.jsonl"], "problems")
    ada.patch(f"/imports/{found['id']}", json={"file": "b.jsonl"})
    assert settled(ada, f"/imports/{found['id']}")["recognised"]["format"] == "solutions"
    ada.patch(f"/imports/{found['id']}", json={"file": "../secret"})
    failed = settled(ada, f"/imports/{found['id']}")
    assert (failed["state"], failed["message"].startswith("There is no '../secret'")) == ("failed", True)


def test_the_report_has_every_bad_line(ada):
    found = sent(ada, lines(*[{**SOLUTION, "response": {"steps": []}}] * 250), "bad.jsonl")
    assert (found["report"]["errors"], len(found["errors"])) == (250, 100)
    answer = ada.get(f"/imports/{found['id']}/report")
    assert [bad["line"] for bad in answer.json()["errors"]] == list(range(1, 251))
    assert "attachment" in answer.headers["Content-Disposition"]


def test_what_cannot_be_read_is_said_and_nothing_is_left(ada, store):
    for content, word in (
        (b"PK\3\4damaged", "damaged"),
        (zipped({"readme.txt": b"x"}), "no rows"),
        (b"PAR1x", "Parquet"),
    ):
        failed = sent(ada, content, "it")
        assert (failed["state"], word in failed["message"]) == ("failed", True), failed
        assert str(store.data_dir) not in failed["message"]
    assert ada.post("/imports", content=b"").status_code == 400
    assert ada.post("/imports", content=b"{}", params={"source": " x"}).status_code == 400
    assert ada.post("/imports", content=b"{}", params={"project": "none"}).status_code == 404
    for found in ada.get("/imports").json()["imports"]:
        assert ada.delete(f"/imports/{found['id']}").status_code == 200
    assert list((store.data_dir / "transfers").iterdir()) == []
    for missing in ("none", "0" * 32, "../../x"):
        assert ada.get(f"/imports/{missing}").status_code == 404


def test_files_are_readable_by_their_owner_only_and_go_once_they_are_imported(ada, store):
    found = sent(ada, zipped({"a/rows.jsonl": lines(SOLUTION)}), "rows.zip")
    folder = store.data_dir / "transfers" / found["id"]
    files = {path: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*") if path.is_file()}
    assert {"upload", "rows.jsonl", "job.json", "report.json"} <= {path.name for path in files}
    assert set(files.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    imported(ada, found)
    assert {path.name for path in folder.rglob("*")} & {"upload", "rows", "rows.jsonl"} == set()


def test_what_is_done_is_done(ada):
    found = imported(ada, sent(ada, lines(SOLUTION), "rows.jsonl"))
    assert ada.post(f"/imports/{found['id']}/cancel").json()["state"] == "done"
    assert ada.post(f"/imports/{found['id']}/start").status_code == 400
    assert ada.patch(f"/imports/{found['id']}", json={"format": "trl"}).status_code == 400


def test_an_import_that_had_ended_when_its_server_was_killed_keeps_its_report(ada, store):
    """It was done again without its file, and called failed."""
    found = imported(ada, sent(ada, lines(SOLUTION), "rows.jsonl"))
    jobs = JobFolder(store.data_dir / "transfers")
    jobs.save(replace(jobs.get(found["id"]), state=JobState.RUNNING))
    again = settled(ada, f"/imports/{found['id']}")
    assert (again["state"], again["message"], again["report"]) == ("done", None, found["report"])


def test_an_import_can_be_removed_while_its_file_is_read(ada, store):
    """Closing the dialog meanwhile left it there, and twenty of them kept everybody from importing."""
    answer = ada.post("/imports", content=lines(*[SOLUTION] * 20_000), params={"name": "long.jsonl"})
    path = f"/imports/{answer.json()['id']}"
    assert ada.delete(path).status_code == 200
    assert ada.get(path).status_code == 404
    assert ada.get("/imports").json()["imports"] == []


def test_files_that_are_being_received_count_too(ada, store):
    jobs = JobFolder(store.data_dir / "transfers")
    for _each in range(MOST_UPLOADS):
        jobs.make(new_id())
    refused = ada.post("/imports", content=lines(SOLUTION))
    assert (refused.status_code, f"{MOST_UPLOADS} files are waiting" in refused.json()["error"]) == (400, True)


def test_everything_of_another_store_goes_into_no_project_and_says_what_it_did_not_count(
    ada, store, empty_project, tmp_path
):
    export_full(store, tmp_path / "full")
    files = {each.relative_to(tmp_path).as_posix(): each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    found = sent(ada, zipped({name: data for name, data in files.items() if name.startswith("full/")}), "full.zip")
    assert (found["recognised"]["format"], found["report"]["errors"]) == ("full", 0)
    assert (found["report"]["solutions"], found["report"]["pictures"]) == (None, None)
    refused = ada.post(f"/imports/{found['id']}/start", json={"project": empty_project["project"]})
    assert (refused.status_code, "without choosing a project" in refused.json()["error"]) == (400, True)
    assert imported(ada, found)["report"]["problems"] is None


def test_a_data_set_of_the_hub_is_fetched_only_when_it_is_asked_for(ada, store, tmp_path, monkeypatch):
    folder = tmp_path / "repository"
    (folder / "data").mkdir(parents=True)
    (folder / "test.jsonl").write_bytes(lines({**SOLUTION, "image": ["images/red.png"]}))
    (folder / "images.zip").write_bytes(zipped({"images/red.png": png("red")}))
    for name in ("run.py", "dataset_infos.json", "model.pkl"):
        (folder / name).write_bytes(b"{}")
    with HubServer("lab/geometry", folder, "datasets") as hub:
        hub.be_the_hub(monkeypatch)
        monkeypatch.setenv("HF_TOKEN", "hf_" + "o" * 30)  # of whoever runs the server, who may read more
        answer = ada.post("/imports/hub", json={"dataset": "lab/geometry"})
        assert answer.status_code == 200
        found = settled(ada, f"/imports/{answer.json()['id']}")
        assert (found["state"], found["title"], found["files"]) == ("ready", "lab/geometry", ["test.jsonl"]), found[
            "message"
        ]
        assert (found["report"]["added"], found["report"]["pictures"], found["errors"]) == (1, 1, [])
        assert set(hub.sent) == {"test.jsonl", "images.zip"}
        assert hub.readers == {""}
        assert found["other_files"] == 1  # the picture, and no note of the hub's client
        monkeypatch.setattr("storage.transfer.hub_download.MOST_FILES", 1)
        many = settled(ada, f"/imports/{ada.post('/imports/hub', json={'dataset': 'lab/geometry'}).json()['id']}")
        assert (many["state"], "has 2 files" in many["message"]) == ("failed", True)
        unknown = settled(ada, f"/imports/{ada.post('/imports/hub', json={'dataset': 'lab/none'}).json()['id']}")
        assert (unknown["state"], "could not supply 'lab/none'" in unknown["message"]) == ("failed", True)
    assert imported(ada, found)["report"]["added"] == 1
    offline = settled(ada, f"/imports/{ada.post('/imports/hub', json={'dataset': 'lab/geometry'}).json()['id']}")
    assert (offline["state"], "that this machine is online" in offline["message"]) == ("failed", True)
    assert ada.post("/imports/hub", json={"dataset": "../../etc"}).status_code == 400
