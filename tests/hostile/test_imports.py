"""Datasets that an admin was talked into importing: nothing leaves its folder, nothing fills the machine, and every row is read
or refused within seconds.

Covers visualprm_ui/use_cases/dataset_upload.py, visualprm_ui/use_cases/import_jobs.py, storage/transfer/importing.py,
engine/answers/, engine/step_splitter.py.
"""

import json
from uuid import uuid4

import pytest

from tests.hostile.conftest import CPU_SECONDS, MEGABYTES
from tests.support.hostile_archives import ARCHIVES, ROW, ROWS, TEXTS, rows
from tests.support.waiting import awaited

FILES = ARCHIVES | ROWS
LONGER = {"100,000 files": 45, "100,000 bad lines": 8, "a bomb of 1 GB": 8}  # seconds of work that is no fault


@pytest.fixture(scope="module")
def project(admin):
    return admin.post("/api/projects", json={"title": "Hostile"}).json()["project"]


@pytest.mark.parametrize("name", FILES)
def test_no_file_holds_fills_or_leaves_the_server(admin, project, meter, log, data_dir, name):
    before = {path.name for path in data_dir.parent.iterdir()}
    data = FILES[name]()
    with meter.running():
        answer = admin.post(f"/api/projects/{project}/import", content=data)
    assert answer.status_code in (200, 400), answer.text[:300]
    assert "root:" not in answer.text
    assert {path.name for path in data_dir.parent.iterdir()} == before
    assert meter.cpu_seconds < LONGER.get(name, CPU_SECONDS), f"{meter.cpu_seconds} s"
    assert meter.megabytes < MEGABYTES, f"{meter.megabytes} MB"
    assert "Traceback" not in log()


@pytest.mark.parametrize("name", FILES)
def test_no_file_that_is_looked_at_holds_fills_or_leaves_the_server(admin, meter, log, data_dir, name):
    """The same files, read in the background; what was sent is gone once it is removed."""
    before = {path.name for path in data_dir.parent.iterdir()}
    data = FILES[name]()
    with meter.running():
        answer = admin.post(
            "/api/imports", content=data, params={"name": "../../evil.csv" if name in ROWS else "evil.zip"}
        )
        assert answer.status_code == 200, answer.text[:300]
        path = f"/api/imports/{answer.json()['id']}"
        found = awaited(lambda: admin.get(path).json(), lambda job: job["state"] not in ("waiting", "running"))
    assert found["state"] in ("ready", "failed")
    assert "root:" not in json.dumps(found)
    assert str(data_dir) not in json.dumps(found)
    assert {path.name for path in data_dir.parent.iterdir()} == before
    assert admin.delete(path).status_code == 200
    assert list((data_dir / "transfers").iterdir()) == []
    assert meter.cpu_seconds < 2 * LONGER.get(name, CPU_SECONDS), f"{meter.cpu_seconds} s"
    assert meter.megabytes < MEGABYTES, f"{meter.megabytes} MB"
    assert "Traceback" not in log()


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_is_read_slowly(admin, project, meter, log, name):
    text = TEXTS[name]
    steps = {"steps": [text[:500_000], text[500_000:]]}
    label = uuid4().hex  # another row each time
    data = rows({"question": label + text}, {"answer": label + text}, {"response": steps}, {"response": label + text})
    with meter.running():
        answer = admin.post(f"/api/projects/{project}/import", content=data)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.json()["added"] + len(answer.json()["errors"]) == len(data.splitlines())
    assert meter.cpu_seconds < 4 * CPU_SECONDS, f"{meter.cpu_seconds} s for four rows"
    assert meter.megabytes < MEGABYTES, f"{meter.megabytes} MB"
    assert "Traceback" not in log()


def test_what_was_imported_is_still_served(admin, project, meter):
    """Lists and exports hold it all."""
    with meter.running():
        found = admin.get("/api/solutions?limit=200")
        assert found.status_code == 200
        assert admin.get("/api/dataset").status_code == 200
        assert admin.get("/api/projects").status_code == 200
        assert admin.get("/api/export/visualprocessbench").status_code == 200
    assert json.loads(found.text)["solutions"]
    assert ROW["policy_model"] == "p"
    assert meter.cpu_seconds < 15
