"""Labelling over REST: blind, revealed after submission, and refused with a sentence."""

import io
import json
import zipfile

import pytest

from tests.support.api_labelling import event, open_queue, send, submit
from tests.visualprm_ui.conftest import png


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


def test_a_forged_cookie_is_nobody(person, identity):
    client = person()
    client.cookies.clear()
    client.cookies.set(identity.guest_cookie.name, "Imd1ZXN0LTEi.forged")
    assert client.get("/status").json()["annotator"] == "anonymous"
