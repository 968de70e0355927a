"""Who may delete what over REST, and what they are told before.

Covers visualprm_ui/api/deletion.py, visualprm_ui/use_cases/deletion.py, visualprm_ui/use_cases/workbench.py.
"""

import io
import zipfile

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from engine.domain import Role
from storage import APP
from storage.database import tables
from tests.support.api_accounts import SECRET, accounts_api, make_person, sign_in
from tests.support.api_labelling import event, open_queue, send, submit
from tests.visualprm_ui.conftest import png
from visualprm_ui.access.identity import Identity

NAME = "What is $2 + 3$?"


@pytest.fixture
def clients(workbench, store):
    """Clients of an admin, a reviewer, two annotators, a guest and a script without a cookie."""
    api, made = accounts_api(workbench), {}
    people = {"ada": Role.ADMIN, "rey": Role.REVIEWER, "mei": Role.ANNOTATOR, "tom": Role.ANNOTATOR}
    for name in (*people, "guest", "anonymous"):
        client = TestClient(api, headers={"X-VP": "1"}, raise_server_exceptions=False).__enter__()
        if name in people:
            sign_in(store, client, make_person(store, name, people[name]))
        made[name] = client
    identity = Identity(SECRET)
    made["guest"].cookies.set(identity.guest_cookie.name, identity.new_cookie())
    yield made
    for client in made.values():
        client.__exit__(None, None, None)


def belongs_to(store, name):
    """Let every run be made by somebody."""
    with store.database.write() as connection:
        connection.execute(update(tables.runs).values(made_by=name))


def delete(client, path, **body):
    return client.request("DELETE", path, json=body) if body else client.delete(path)


@pytest.mark.parametrize("maker", ["mei", "guest"])
def test_a_run_without_labels_is_deleted_by_its_maker(clients, store, run, maker):
    belongs_to(store, clients[maker].get("/status").json()["annotator"])
    for other in {"tom", "rey", "guest", "anonymous"} - {maker}:
        for answer in (clients[other].get(f"/runs/{run.id}/deletion"), delete(clients[other], f"/runs/{run.id}")):
            assert (answer.status_code, "somebody else's" in answer.json()["error"]) == (403, True)
    told = clients[maker].get(f"/runs/{run.id}/deletion").json()
    assert (told["name"], told["solutions"], told["pictures"], told["has_labels"]) == (NAME, 2, 1, False)
    assert (told["refusal"], told["export"]) == (None, None)
    assert delete(clients[maker], f"/runs/{run.id}").json()["solutions"] == 2
    gone = clients[maker].get(f"/runs/{run.id}")
    assert (gone.status_code, "was deleted" in gone.json()["error"]) == (404, True)
    assert clients[maker].get("/runs").json()["runs"] == []
    assert clients[maker].get(f"/runs/{run.id}/deletion").status_code == 404


def test_a_run_of_nobody_is_deleted_by_an_admin_only(clients, run):
    for who in ("mei", "rey", "guest", "anonymous"):
        assert delete(clients[who], f"/runs/{run.id}").status_code == 403
    assert delete(clients["ada"], f"/runs/{run.id}").status_code == 200


def test_nobody_owns_what_browsers_without_a_cookie_made(clients, store, run):
    belongs_to(store, "anonymous")
    assert delete(clients["anonymous"], f"/runs/{run.id}").status_code == 403


def test_labels_go_only_where_an_admin_asks_for_it_by_name(clients, store, run):
    belongs_to(store, "mei")
    _queue, task = open_queue(clients["tom"], run)
    submit(clients["tom"], task, 1, 0, -1)
    it, hangs = f"/runs/{run.id}", "3 labels of 1 person hang on this run (1 annotation)."
    told = clients["mei"].get(f"{it}/deletion").json()
    assert (told["refusal"], told["export"]) == (f"{hangs} Only an admin can delete it.", None)
    assert (told["tasks"], told["queues"]) == (2, []), "projects may be hidden from whoever made the run"
    for body in ({}, {"labels": True, "name": NAME}):
        refused = delete(clients["mei"], it, **body)
        assert (refused.status_code, refused.json()["error"]) == (403, f"{hangs} Only an admin can delete it.")
    told = clients["ada"].get(f"{it}/deletion").json()
    assert (told["refusal"], told["labels"], told["people"], told["queues"]) == (
        None,
        3,
        1,
        [{"title": NAME, "tasks": 2}],
    )
    with zipfile.ZipFile(io.BytesIO(clients["ada"].get(f"/{told['export']}").content)) as archive:
        assert len(archive.read("test.jsonl").splitlines()) == 1
    for body in ({}, {"labels": True}, {"labels": False, "name": NAME}):
        refused = delete(clients["ada"], it, **body)
        assert (refused.status_code, refused.json()["error"].startswith(hangs)) == (409, True)
    assert delete(clients["ada"], it, labels=True, name="What").status_code == 409
    assert delete(clients["ada"], it, label=True).status_code == 422
    assert delete(clients["ada"], it, labels=True, name=told["name"]).status_code == 200
    assert clients["ada"].get(it).status_code == 404
    log = clients["ada"].get("/log?limit=1").json()
    (line,) = log["entries"]
    assert (line["by"], line["kind"], line["detail"]) == (
        "ada",
        "deleted",
        f"run {run.id}: 2 solutions, 3 labels of 1 person",
    )
    assert clients["ada"].get(f"/log?before={log['next']}").json()["entries"][0]["kind"] == "joined"
    assert clients["rey"].get("/log").status_code == 403


def test_an_event_for_a_deleted_task_is_answered_so_that_others_go_on(clients, store, run):
    _queue, task = open_queue(clients["tom"], run)
    delete(clients["ada"], f"/runs/{run.id}")
    late = event(task, "label", step=0, value=1)
    receipt = send(clients["tom"], late)
    assert receipt["acknowledged"] == []
    assert [(each["uuid"], "was deleted" in each["reason"]) for each in receipt["rejected"]] == [(late["uuid"], True)]
    assert clients["tom"].get(f"/queues/{task['queue']}/next").status_code == 404


def test_problems_and_pictures_are_deleted_by_admins(clients, store, run):
    result = store.runs.get_run(run.id)
    (sha,) = result.problem.images
    for path in (f"/problems/{run.problem_id}", f"/images/{sha}"):
        for who, status in (("mei", 403), ("rey", 403), ("guest", 401), ("anonymous", 401)):
            assert clients[who].get(f"{path}/deletion").status_code == status
            assert delete(clients[who], path).status_code == status
    assert clients["rey"].get(f"/solutions/{result.solutions[0].id}").json()["problem"] == run.problem_id
    told = clients["ada"].get(f"/images/{sha}/deletion").json()
    assert (told["name"], told["problems"], told["runs"]) == (sha[:12], 1, 1)
    assert delete(clients["ada"], f"/problems/{run.problem_id}").json()["pictures"] == 1
    for path in (f"/images/{sha}", f"/images/{sha}?edge=80", f"/problems/{run.problem_id}/deletion"):
        assert clients["ada"].get(path).status_code == 404
    again = store.images.add(png())
    assert delete(clients["ada"], f"/images/{again.sha}").json()["problems"] == 0
    assert clients["ada"].get(f"/images/{again.sha}").status_code == 404


def test_pictures_of_the_examples_stay(clients, store, run):
    """A run of an example took its picture with it: the example failed until the next start."""
    (sha,) = store.runs.get_run(run.id).problem.images
    store.images.add(png(), APP)
    refusal = "This picture belongs to the examples on Explore, which come with the app: it stays."
    assert clients["ada"].get(f"/images/{sha}/deletion").json()["refusal"] == refusal
    assert delete(clients["ada"], f"/images/{sha}").json() == {"error": refusal}
    assert delete(clients["ada"], f"/runs/{run.id}").json()["pictures"] == 0
    assert clients["guest"].get(f"/images/{sha}").status_code == 200


def test_an_export_of_nothing_that_is_there_is_refused(clients):
    assert clients["ada"].get("/export/visualprocessbench?kind=run&of=nope").status_code == 404
    assert clients["ada"].get("/export/visualprocessbench?kind=run").status_code == 400
    assert clients["ada"].get("/export/visualprocessbench?kind=queue&of=x").status_code == 422
