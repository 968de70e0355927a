"""Pictures and questions become a queue: a model writes solutions for imported problems, behind what people wait for.

Covers visualprm_ui/api/samplings.py, visualprm_ui/use_cases/sampling_jobs.py.
"""

import json

import pytest

from engine.domain import RunState
from tests.support.transfer_jobs import imported, lines, sent, settled, zipped
from tests.visualprm_ui.conftest import png


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
    sampling = settled(ada, f"/samplings/{done['report']['sampling']}")
    assert (sampling["state"], sampling["problems"], sampling["n"], sampling["title"]) == ("done", 3, 2, "sums.zip")
    assert sampling["report"] == {"queue": project["queue"], "runs": 3, "queued": 6, "passed_over": {}}
    task = ada.get(f"/queues/{project['queue']}/next").json()["task"]
    assert (task["total"], task["question"][:8], len(task["images"])) == (6, "How many", 1)
    runs = store.runs.list_runs()
    assert [(each.run.state, each.run.made_by, each.run.shared_at) for each in runs] == [
        (RunState.DONE, "ada", None)
    ] * 3
    again = imported(ada, sent(ada, problems(3), "again.zip"))
    assert again["report"]["sampling"] is None


def test_it_goes_on_with_the_first_problem_that_is_not_done(ada, store, project, workbench):
    done = imported(ada, sent(ada, problems(3), "sums.zip"), project=project["project"], solutions=1)
    job = settled(ada, f"/samplings/{done['report']['sampling']}")
    folder = store.data_dir / "transfers" / job["id"]
    runs = (folder / "runs.json").read_text()
    assert ada.post(f"/samplings/{job['id']}/resume").status_code == 400
    (folder / ".cancel").touch()  # as if somebody had ended it, and the server had been killed then
    record = (folder / "job.json").read_text()
    (folder / "job.json").write_text(record.replace('"state": "done"', '"state": "running"'))
    assert settled(ada, f"/samplings/{job['id']}")["state"] == "cancelled"
    assert ada.post(f"/samplings/{job['id']}/resume").status_code == 200
    assert settled(ada, f"/samplings/{job['id']}")["report"] == job["report"]
    assert (folder / "runs.json").read_text() == runs
    assert len(store.runs.list_runs()) == 3


def test_a_run_that_fails_ends_the_job_which_goes_on_with_its_problem(ada, store, project, workbench, monkeypatch):
    """A server of models that went away at the third problem had the 997 others passed over for good."""
    follow, failures = workbench.runs.follow, iter([False, True])

    def failing(run_id):
        views = list(follow(run_id))
        yield {**views[-1], "state": "failed", "message": "Out of memory."} if next(failures, False) else views[-1]

    monkeypatch.setattr(workbench.runs, "follow", failing)
    done = imported(ada, sent(ada, problems(3), "sums.zip"), project=project["project"], solutions=1)
    job = settled(ada, f"/samplings/{done['report']['sampling']}")
    assert (job["state"], job["message"], job["report"]["queued"]) == ("failed", "Out of memory.", 1)
    assert job["report"]["passed_over"] == {}
    ada.post(f"/samplings/{job['id']}/resume")
    job = settled(ada, f"/samplings/{job['id']}")
    assert (job["state"], job["report"]["queued"]) == ("done", 3)


def test_a_run_that_ended_before_a_kill_is_queued_and_not_made_again(ada, store, project):
    done = imported(ada, sent(ada, problems(2), "sums.zip"), project=project["project"], solutions=1)
    job = settled(ada, f"/samplings/{done['report']['sampling']}")
    folder = store.data_dir / "transfers" / job["id"]
    runs = json.loads((folder / "runs.json").read_text())
    last = json.loads((folder / "begun.json").read_text())
    del runs[last["problem"]]
    (folder / "runs.json").write_text(json.dumps(runs))
    (folder / "job.json").write_text((folder / "job.json").read_text().replace('"state": "done"', '"state": "failed"'))
    ada.post(f"/samplings/{job['id']}/resume")
    assert settled(ada, f"/samplings/{job['id']}")["state"] == "done"
    assert len(store.runs.list_runs()) == 2
    assert json.loads((folder / "runs.json").read_text())[last["problem"]] == last["run"]


def test_what_cannot_be_asked_is_refused(ada, project):
    found = sent(ada, problems(1), "sums.zip")
    path = f"/imports/{found['id']}/start"
    assert "Name the project" in ada.post(path, json={"solutions": 4}).json()["error"]
    assert ada.post(path, json={"solutions": 4, "project": "none"}).status_code == 404
    assert ada.post(path, json={"solutions": 65, "project": project["project"]}).status_code == 422
    assert ada.get("/samplings").json() == {"samplings": []}
