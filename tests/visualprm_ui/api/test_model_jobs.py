"""Jobs of the loaded models over REST: asked for by a filter or an import, followed, and what failed downloaded.

Covers visualprm_ui/api/model_jobs.py.
"""

import json

import pytest

from storage import Selection
from storage.runs.built_in_benchmark import DATA_SOURCE
from tests.support.model_jobs import add_problem
from tests.support.transfer_jobs import imported, lines, sent, settled


@pytest.fixture
def ada(team):
    """An admin."""
    return team["ada"]


def done(client, **body):
    answer = client.post("/jobs", json=body)
    assert answer.status_code == 200, answer.text
    found = settled(client, f"/jobs/{answer.json()['id']}")
    assert found["state"] == "done", found["message"]
    return found


def test_an_import_is_scored_and_the_solution_shows_every_models_scores(ada, run, store):
    rows = lines(
        {"question": "How many?", "response": {"steps": ["One.", "Two."]}, "data_source": "geo"}, {"question": "And?"}
    )
    found = imported(ada, sent(ada, rows, "rows.jsonl"))
    extent = ada.post("/jobs/extent", json={"kind": "score", "import": found["id"]}).json()
    assert (extent["problems"], extent["solutions"]) == (1, 1)
    assert extent["reward_model"] == {"name": "scripted", "revision": "1"}
    job = done(ada, kind="score", **{"import": found["id"]})
    assert (job["title"], job["by"], job["rows"], job["share"]) == ("rows.jsonl", "ada", 1, 1.0)
    assert (job["report"]["total"], job["report"]["already"], job["failed"]) == (1, 0, 0)
    assert ada.get("/jobs").json()["jobs"] == [job]
    ((solution,),) = (each.solutions for each in store.projects.list_selected(Selection(data_source="geo")))
    (scoring,) = ada.get(f"/solutions/{solution}").json()["scorings"]
    assert (scoring["reward_model"], scoring["revision"], scoring["scores"]) == ("scripted", "1", [0.5, 0.5])
    assert (scoring["score"], scoring["one_pass"], scoring["dtype"]) == (0.5, True, "float32")
    scored = store.runs.get_run(run.id).solutions[0].id  # by "r" when it was sampled
    done(ada, kind="score", runs=[run.id])
    view = ada.get(f"/solutions/{scored}").json()
    assert [each["reward_model"] for each in view["scorings"]] == ["scripted", "r"]
    assert (view["reward_model"], view["scores"]) == ("scripted", [0.5, 0.5, 0.5])
    chosen = ada.get(f"/solutions/{scored}", params={"reward_model": "r"}).json()
    assert (chosen["reward_model"], chosen["scores"]) == ("r", [0.9, 0.9, 0.9])


def test_the_problems_of_an_import_are_sampled_into_a_project(ada):
    rows = lines({"question": "How many?"}, {"question": "And?"})
    found = imported(ada, sent(ada, rows, "problems.jsonl"))
    project = ada.post("/projects", json={"title": "P"}).json()
    body = {"kind": "sample", "import": found["id"], "sampling": {"n": 2, "seed": 3}, "project": project["project"]}
    job = done(ada, **body)
    assert (job["sampling"]["n"], job["sampling"]["seed"], job["sampling"]["temperature"]) == (2, 3, 0.7)
    assert (job["report"]["queue"], job["report"]["queued"]) == (project["queue"], 4)
    assert ada.get("/runs").json()["runs"] == []


def test_what_failed_is_downloaded_whole(ada, store):
    good, _none = add_problem(store, "Q")
    bad, _none = add_problem(store, " ")
    job = done(ada, kind="sample", problems=[good, bad], sampling={"n": 1})
    assert job["title"] == "2 by id"
    assert (job["failed"], job["failures"][0]["problem"]) == (1, bad)
    answer = ada.get(f"/jobs/{job['id']}/failures")
    assert [json.loads(line) for line in answer.text.splitlines()] == job["failures"]
    resumed = ada.post(f"/jobs/{job['id']}/resume").json()
    assert resumed["state"] in ("waiting", "running")
    settled(ada, f"/jobs/{job['id']}")
    assert ada.post(f"/jobs/{job['id']}/cancel").json()["state"] == "done"
    assert ada.delete(f"/jobs/{job['id']}").json() == {}
    assert ada.get(f"/jobs/{job['id']}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "import"}, "not a job of the models"),
        ({"kind": "score", "sampling": {"n": 1}}, "Scoring samples nothing"),
        ({"kind": "score", "data_source": "nowhere"}, "No solution matches"),
        ({"kind": "sample", "sampling": {"n": 999}}, "Solutions is 999"),
        ({"kind": "score", "import": "0" * 32}, "no job"),
        ({"kind": "score", "queue": "gone"}, "no queue"),
        ({"kind": "score", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_request_is_refused_in_words(ada, run, asked, words):
    answer = ada.post("/jobs", json=asked)
    assert answer.status_code in (400, 404, 422)
    assert words in answer.json()["error"]
    assert ada.get("/jobs").json() == {"jobs": []}


def test_everything_is_all_but_the_built_in_benchmark_and_the_number_is_said(ada, store):
    add_problem(store, "Mine", ["a"])
    add_problem(store, "Built in", ["a"], ["b"], source=DATA_SOURCE)
    extent = ada.post("/jobs/extent", json={"kind": "score"}).json()
    assert (extent["problems"], extent["solutions"], extent["benchmark"]) == (1, 1, 2)
    extent = ada.post("/jobs/extent", json={"kind": "sample", "sampling": {"n": 3}}).json()
    assert (extent["problems"], extent["solutions"], extent["benchmark"]) == (1, 3, 1)
    job = done(ada, kind="score")
    assert (job["rows"], job["report"]["total"], job["report"]["benchmark"]) == (1, 1, 2)
    job = done(ada, kind="score", data_source=DATA_SOURCE)
    assert (job["report"]["total"], job["report"]["benchmark"]) == (2, 0)


def test_an_import_without_what_is_asked_for_does_not_stand_for_everything(ada, run):
    found = imported(ada, sent(ada, lines({"question": "And?"}), "problems.jsonl"))
    answer = ada.post("/jobs", json={"kind": "score", "import": found["id"]})
    assert (answer.status_code, "had no solution" in answer.json()["error"]) == (400, True)
    waiting = sent(ada, lines({"question": "Or?"}), "others.jsonl")
    answer = ada.post("/jobs", json={"kind": "sample", "import": waiting["id"]})
    assert "not been imported" in answer.json()["error"]
