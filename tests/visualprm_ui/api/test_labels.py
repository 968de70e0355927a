import io
import json
import time
import zipfile
from uuid import uuid4

import pytest

from tests.visualprm_ui.conftest import png
from visualprm_ui.api import MAX_UPLOAD


def event(task, kind, **fields):
    return {"uuid": uuid4().hex, "ts": time.time() * 1000, "task": task["id"], "type": kind, **fields}


def send(client, *events):
    response = client.post("/events", json={"events": list(events)})
    assert response.status_code == 200, response.text
    return response.json()


def open_queue(client, run):
    queue = client.post(f"/runs/{run.id}/queue").json()["queue"]
    return queue, client.get(f"/queues/{queue}/next").json()["task"]


def submit(client, task, *labels):
    events = [event(task, "label", step=step, value=label) for step, label in enumerate(labels)]
    return send(client, *events, event(task, "submit", seconds=4.0))


def keys_of(value):
    """Every key in a JSON value, at any depth."""
    if isinstance(value, dict):
        return set(value) | {key for child in value.values() for key in keys_of(child)}
    return {key for child in value for key in keys_of(child)} if isinstance(value, list) else set()


def test_a_run_is_labelled_blind_revealed_and_exported(client, run):
    queue, task = open_queue(client, run)
    assert task["steps"] == ["Read 2.", "Add 3.", "Final answer: 5"]
    assert task["labels"] == [None, None, None]
    assert submit(client, task, 1, 0, -1)["rejected"] == []
    revealed = client.get(f"/tasks/{task['id']}/reveal").json()
    assert revealed["scores"] == [0.9, 0.9, 0.9]
    assert revealed["solution_score"] == pytest.approx(0.9)
    second = client.get(f"/queues/{queue}/next").json()
    assert second["progress"] == {"done": 1, "total": 2, "taken_over": 0}
    assert second["task"]["position"] == 1

    archive = zipfile.ZipFile(io.BytesIO(client.get("/export/visualprocessbench").content))
    (row,) = [json.loads(line) for line in archive.read("test.jsonl").decode().splitlines()]
    assert row["response"] == {"steps": task["steps"], "process_correctness": [1, 0, -1]}
    assert row["question"] == "What is $2 + 3$?"
    assert archive.read(row["image"][0]) == png()


def test_no_label_response_holds_a_score_before_submission(client, run):
    queue, task = open_queue(client, run)
    answers = [
        client.get("/queues").json(),
        client.get(f"/queues/{queue}/next").json(),
        client.get(f"/queues/{queue}/tasks/0").json(),
        send(client, event(task, "label", step=0, value=1)),
        client.get("/dataset").json(),
    ]
    for answer in answers:
        assert not {key for key in keys_of(answer) if "score" in key}
    response = client.get(f"/tasks/{task['id']}/reveal")
    assert response.status_code == 403
    assert "ubmit" in response.json()["error"]


def test_one_persons_labels_are_not_shown_to_another(person, run):
    first, second = person(), person()
    queue, task = open_queue(first, run)
    submit(first, task, 1, 1, 1)
    other = second.get(f"/queues/{queue}/tasks/0").json()["task"]
    assert (other["labels"], other["submitted"]) == ([None, None, None], False)
    assert second.get(f"/tasks/{task['id']}/reveal").status_code == 403


def test_an_event_sent_twice_counts_once_and_an_unfinished_submit_is_refused(client, run):
    _, task = open_queue(client, run)
    label = event(task, "label", step=0, value=1)
    assert send(client, label, label)["acknowledged"].count(label["uuid"]) >= 1
    assert send(client, label)["acknowledged"] == [label["uuid"]]
    receipt = send(client, event(task, "submit", seconds=1))
    assert "2" in receipt["rejected"][0]["reason"]


def test_writes_without_the_header_are_refused(person, run):
    client = person()
    del client.headers["X-VP"]
    for path in ("/events", "/images", f"/runs/{run.id}/stop", f"/runs/{run.id}/queue"):
        assert client.post(path).status_code == 403


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


@pytest.mark.parametrize(
    "path", ["/runs/none", "/queues/none/next", "/tasks/none/reveal", "/images/" + "0" * 64, "/queues/none/tasks/0"]
)
def test_an_unknown_address_is_said_to_be_one(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"events": [{"uuid": "x"}]},
        {"events": [{"uuid": "12345678", "ts": 1, "task": "t", "type": "label", "value": 7}]},
        "[]",
    ],
)
def test_a_malformed_batch_is_refused_with_a_sentence(client, body):
    response = client.post("/events", json=body)
    assert response.status_code == 422
    assert response.json()["error"]


def test_runs_are_listed_newest_first(client, run):
    (row,) = client.get("/runs").json()["runs"]
    assert (row["run"], row["answer"], row["n"], row["state"]) == (run.id, "5", 2, "done")
    view = client.get(f"/runs/{run.id}").json()
    assert view["ranking"]["mean"] == [0, 1]


def test_the_dataset_counts_what_is_labelled(client, run):
    _, task = open_queue(client, run)
    assert client.get("/dataset").json()["labelled"] == 0
    submit(client, task, 1, 1, 1)
    summary = client.get("/dataset").json()
    assert (summary["labelled"], summary["solutions"], summary["annotators"]) == (1, 2, 1)
    assert summary["queues"][0]["done"] == 1


def test_nobody_has_labelled_more_than_everybody(client, run):
    """A solution that was skipped counted as labelled by the one who skipped it, and by nobody."""
    _, task = open_queue(client, run)
    send(client, event(task, "skip", reason="bad_problem"))
    (row,) = client.get("/dataset").json()["queues"]
    assert (row["mine"], row["done"], row["skipped"], row["total"]) == (0, 0, 1, 2)


def test_a_forged_cookie_is_nobody(person, identity):
    client = person()
    client.cookies.clear()
    client.cookies.set(identity.guest_cookie.name, "Imd1ZXN0LTEi.forged")
    assert client.get("/status").json()["annotator"] == "anonymous"
