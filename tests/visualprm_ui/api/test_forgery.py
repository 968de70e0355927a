"""Label events as an attacker would send them: other people's ids, other people's tasks, what only the store may write.

Covers visualprm_ui/api/labels.py.
"""

import time
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from engine.domain import ProjectOptions, Role, Solution
from storage import Selection
from tests.support.api_accounts import accounts_api, make_person, sign_in


@pytest.fixture
def pair(workbench, store):
    """Clients of two annotators."""
    api = accounts_api(workbench)
    made = []
    for name in ("mei", "tom"):
        client = TestClient(api, headers={"X-VP": "1"}, raise_server_exceptions=False)
        made.append(sign_in(store, client.__enter__(), make_person(store, name, Role.ANNOTATOR)))
    yield made
    for client in made:
        client.__exit__(None, None, None)


@pytest.fixture
def queue(store, run):
    """The queue of a project that wants one person for each of its two solutions."""
    project = store.projects.add_project("Once", ProjectOptions(overlap=1))
    (found,) = store.projects.list_queues(project.id)
    store.projects.add_items(found.id, Selection(runs=(run.id,)))
    return found.id


def event(task, kind="label", **fields):
    base = {"uuid": uuid4().hex, "ts": time.time() * 1000, "task": task["id"], "type": kind}
    return {**base, **({"step": 0, "value": 1} if kind == "label" else {}), **fields}


def send(client, *events, **more):
    return client.post("/events", json={"events": list(events), **more})


def take(client, queue):
    return client.get(f"/queues/{queue}/next").json()["task"]


def test_an_event_of_somebody_else_sent_again_does_nothing(pair, queue, store):
    mei, tom = pair
    hers, his = take(mei, queue), take(tom, queue)
    sent = event(hers)
    assert send(mei, sent).json()["acknowledged"] == [sent["uuid"]]
    stolen, own = {**sent, "task": his["id"], "value": -1}, event(his)
    answer = send(tom, sent, stolen, own).json()
    assert answer["acknowledged"] == [own["uuid"]]
    assert [each["uuid"] for each in answer["rejected"]] == [sent["uuid"]] * 2
    assert all("another person's event" in each["reason"] for each in answer["rejected"])
    assert [(each.who, each.label) for each in store.results.get_feed().entries] == [("mei", 1), ("tom", 1)]


def test_who_uses_an_id_first_cannot_make_another_persons_label_look_stored(pair, queue):
    mei, tom = pair
    hers, his = take(mei, queue), take(tom, queue)
    squatted = event(his)
    send(tom, squatted)
    answer = send(mei, {**event(hers), "uuid": squatted["uuid"]}).json()
    assert (answer["acknowledged"], len(answer["rejected"])) == ([], 1)


def test_a_task_given_to_somebody_else_cannot_be_read_labelled_or_revealed(pair, queue, store):
    mei, tom = pair
    hers = take(mei, queue)
    for kind, fields in (("label", {}), ("submit", {}), ("skip", {"reason": "bad_problem"}), ("reopen", {})):
        (refused,) = send(tom, event(hers, kind, **fields)).json()["rejected"]
        assert "was not given to you" in refused["reason"]
    assert tom.get(f"/tasks/{hers['id']}/reveal").status_code == 403
    assert take(tom, queue)["id"] != hers["id"]
    assert take(mei, queue)["labels"] == [None] * len(hers["steps"])


def test_what_only_the_store_may_write_is_refused(pair, queue):
    mei, _tom = pair
    task = take(mei, queue)
    for kind in ("reveal", "return"):
        (refused,) = send(mei, event(task, kind)).json()["rejected"]
        assert "by the store itself only" in refused["reason"]
    assert mei.get(f"/tasks/{task['id']}/reveal").status_code == 403
    assert send(mei, event(task), annotator="tom").status_code == 401


def test_nobody_hoards_solutions_by_asking_for_places_ahead(pair, store, run):
    project = store.projects.add_project("Many", ProjectOptions(overlap=1))
    (queue,) = store.projects.list_queues(project.id)
    problem = store.runs.get_run(run.id).problem
    for number in range(8):
        store.runs.add_solution(None, Solution(problem_id=problem.id, steps=(str(number),), policy_model="p"))
    store.projects.add_items(queue.id, Selection(policy_model="p"))
    mei, tom = pair
    got = [mei.get(f"/queues/{queue.id}/tasks/{place}") for place in (0, 1, 2, 3, 4, 3)]
    assert [each.status_code for each in got] == [200, 200, 200, 200, 404, 200]
    assert [each.json()["task"] is not None for each in (got[0], got[1], got[2], got[3], got[5])] == [
        *[True] * 3,
        *[False] * 2,
    ]
    assert "Finish one of the 3" in got[3].json()["blocked"]["text"]
    assert take(tom, queue.id) is not None
