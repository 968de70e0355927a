"""A project and the labels that people give in it over REST."""

import time
from uuid import uuid4

OPTIONS = {"split_size": 2, "review_share": 1.0, "overlap": 2}


def label_all(client, queue, value):
    while task := client.get(f"/queues/{queue}/next").json()["task"]:
        base = {"ts": time.time() * 1000, "task": task["id"]}
        events = [
            {**base, "uuid": uuid4().hex, "type": "label", "step": step, "value": value if step == 0 else 1}
            for step in range(len(task["steps"]))
        ]
        events.append({**base, "uuid": uuid4().hex, "type": "submit", "seconds": 6})
        assert client.post("/events", json={"events": events}).json()["rejected"] == []


def shown(item):
    """What a verdict says of the work it is about."""
    return {name: item[name] for name in ("task", "name", "labels")}


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
