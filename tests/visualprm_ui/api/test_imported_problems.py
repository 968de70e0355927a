"""Pictures and questions become a queue: the loaded models write solutions for imported problems, in a job of theirs.

Covers visualprm_ui/use_cases/import_jobs.py, visualprm_ui/use_cases/import_files.py, visualprm_ui/api/imports.py.
"""

import pytest

from engine import EngineState
from storage import DiskError
from tests.support.transfer_jobs import imported, lines, sent, settled, zipped
from tests.visualprm_ui.conftest import png
from visualprm_ui.use_cases import import_jobs


@pytest.fixture
def ada(team):
    return team["ada"]


@pytest.fixture
def project(ada):
    return ada.post("/projects", json={"title": "Sums"}).json()


def problems(count):
    rows = [{"image": [f"images/{n}.png"], "question": f"How many {n}?", "answer": "5"} for n in range(count)]
    pictures = {f"images/{n}.png": png(size=(60, 40 + n)) for n in range(count)}
    return zipped({"problems.jsonl": lines(*rows), **pictures})


def test_pictures_and_questions_become_a_queue(ada, store, project):
    found = sent(ada, problems(3), "sums.zip")
    assert (found["recognised"]["format"], found["report"]["problems"]) == ("problems", 3)
    done = imported(ada, found, project=project["project"], solutions=2)
    assert done["report"]["sampling_refused"] is None
    job = settled(ada, f"/jobs/{done['report']['sampling']}")
    assert (job["state"], job["kind"], job["sampling"]["n"], job["title"]) == ("done", "sample", 2, "sums.zip")
    assert (job["failed"], job["report"]["queue"], job["report"]["queued"]) == (0, project["queue"], 6)
    task = ada.get(f"/queues/{project['queue']}/next").json()["task"]
    assert (task["total"], task["question"][:8], len(task["images"])) == (6, "How many", 1)
    assert ada.get("/runs").json()["runs"] == []  # whose list of earlier runs is theirs
    again = imported(ada, sent(ada, problems(3), "again.zip"), project=project["project"], solutions=2)
    assert (again["report"]["sampling"], again["report"]["sampling_refused"]) == (None, None)  # all have solutions
    further = imported(ada, sent(ada, problems(4), "more.zip"), project=project["project"], solutions=2)
    job = settled(ada, f"/jobs/{further['report']['sampling']}")
    assert (job["report"]["total"], job["report"]["queued"]) == (1, 2)


def test_an_import_whose_end_was_cut_off_has_its_problems_sampled_once(ada, store, project, workbench, monkeypatch):
    """The job of the models is started before the import is recorded as done."""
    write, fails = import_jobs.write_report, iter([True])

    def cut_off(folder, report, joined):
        if joined and next(fails, False):
            raise DiskError("The disk is full.")
        write(folder, report, joined)

    monkeypatch.setattr(import_jobs, "write_report", cut_off)
    done = imported(ada, sent(ada, problems(2), "sums.zip"), project=project["project"], solutions=1)
    assert (done["state"], len(ada.get("/jobs").json()["jobs"])) == ("failed", 1)
    ada.post(f"/imports/{done['id']}/start")
    done = settled(ada, f"/imports/{done['id']}")
    job = settled(ada, f"/jobs/{done['report']['sampling']}")
    assert (job["report"]["queued"], len(ada.get("/jobs").json()["jobs"])) == (2, 1)


def test_without_a_model_the_problems_come_in_and_the_report_says_what_is_missing(ada, project, workbench):
    workbench.engine.switch(lambda: None)
    assert workbench.engine.wait_ready(10).state is EngineState.EMPTY
    done = imported(ada, sent(ada, problems(1), "sums.zip"), project=project["project"], solutions=2)
    assert (done["state"], done["report"]["added"], done["report"]["sampling"]) == ("done", 1, None)
    assert "No model is loaded" in done["report"]["sampling_refused"]


def test_what_cannot_be_asked_is_refused(ada, project):
    found = sent(ada, problems(1), "sums.zip")
    path = f"/imports/{found['id']}/start"
    assert "name the project" in ada.post(path, json={"solutions": 4}).json()["error"]
    assert ada.post(path, json={"solutions": 4, "project": "none"}).status_code == 404
    assert ada.post(path, json={"solutions": 129, "project": project["project"]}).status_code == 422
    assert ada.get("/jobs").json() == {"jobs": []}
