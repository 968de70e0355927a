"""Who may use what: every route asked by every kind of principal, in both modes, and nothing told that spoils blind labels.

Covers storage/labelling/blinding.py.
"""

import json
import re
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from engine import Loader, ModelChoice
from engine.domain import Cause, Decision, Label, ProjectOptions, Role
from storage import Selection
from tests.support.api_accounts import accounts_api, make_person, sign_in
from visualprm_ui.api import build_api
from visualprm_ui.api.access import NO_COOKIE
from visualprm_ui.use_cases.model_control import ModelControl
from visualprm_ui.use_cases.run_control import RunControl
from visualprm_ui.use_cases.workbench import Workbench

ALLOWED = {  # x-access -> who gets past the door in accounts mode
    "anyone": {"nobody", "guest", "annotator", "reviewer", "admin"},
    "explorer": {"nobody", "guest", "annotator", "reviewer", "admin"},
    "member": {"annotator", "reviewer", "admin"},
    "annotator": {"annotator", "reviewer", "admin"},
    "reviewer": {"reviewer", "admin"},
    "admin": {"admin"},
}
SCORE = r"(?<!\d)0\.[49](?:0\d*)?(?!\d)"  # a score of the run, also 0.90, as a number of its own: 10:50:40.9 is a time
SIGNING_IN = {"/session", "/invitation", "/invitation/accept", "/account/password", "/account/sessions"}


@pytest.fixture
def clients(workbench, identity):
    """A function that gives the clients of every kind of principal by name; with ``people`` they have accounts."""
    with ExitStack() as stack:

        def make(people: bool):
            api = accounts_api(workbench)

            def client():
                made = TestClient(api, headers={"X-VP": "1"}, raise_server_exceptions=False)
                return stack.enter_context(made)

            found = {"nobody": client(), "guest": client()}
            found["guest"].cookies.set(identity.guest_cookie.name, identity.new_cookie())
            for role in Role if people else ():
                person = make_person(workbench.store, role.value, role)
                found[role.value] = sign_in(workbench.store, client(), person)
            return found

        yield make


def routes(client):
    """Every route of the description as method, address that leads nowhere, and who may use it."""
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, route in methods.items():
            for parameter in route.get("parameters", []):
                if parameter["in"] == "path":
                    value = "0" if parameter["schema"]["type"] == "integer" else "none"
                    path = path.replace("{" + parameter["name"] + "}", value)
            yield method, path, route["x-access"]


def test_every_route_lets_in_exactly_those_it_names(clients):
    found = clients(people=True)
    asked = [row for row in routes(found["nobody"]) if row[1] not in SIGNING_IN]
    assert len(asked) > 40
    for method, path, access in asked:
        for who, client in found.items():
            status = client.request(method, path).status_code
            if who in ALLOWED[access]:
                assert status not in (401, 403), f"{who} is kept from {method} {path}: {status}"
            else:
                expected = 401 if who in ("nobody", "guest") else 403
                assert status == expected, f"{who} gets {status} from {method} {path}"


def test_in_open_mode_everyone_may_do_all_but_have_an_account(clients):
    found = clients(people=False)
    for method, path, access in routes(found["nobody"]):
        if path in SIGNING_IN:
            continue
        for who, client in found.items():
            status = client.request(method, path).status_code
            assert (status in (401, 403)) == (access == "member"), f"{who}: {method} {path}: {status}"


def test_a_refusal_is_one_sentence(clients):
    found = clients(people=True)
    assert found["nobody"].get("/queues").json() == {"error": "Sign in first."}
    assert found["annotator"].get("/agreement").json() == {
        "error": "This takes a reviewer; 'annotator' is an annotator."
    }
    assert found["reviewer"].get("/people").json() == {"error": "This takes an admin; 'reviewer' is a reviewer."}
    assert found["admin"].get("/nothing").json() == {"error": "Not Found"}
    assert found["admin"].delete("/queues").json() == {"error": "Method Not Allowed"}


def test_the_manual_names_every_route_and_who_may_use_it(store, engine, identity):
    """It called the list of this machine's models open to anyone, and left a route behind an ellipsis."""
    manual = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
    named = {}
    for cell, access in re.findall(rf"^\| (`[A-Z]+ .*?) \| ({'|'.join(ALLOWED)}) \|", manual, re.MULTILINE):
        for method, path in re.findall(r"`(GET|POST|PATCH|DELETE) ([^`?\[]+)", cell):
            named[method, re.sub(r"\{.*?\}", "{}", path)] = access
    models = ModelControl(engine, Loader(ModelChoice(device="cpu")))  # asked for nothing: only the description is read
    api = build_api(Workbench(store, engine, models=models), identity)
    served = {}
    for path, methods in api.openapi()["paths"].items():
        for method, route in methods.items():
            served[method.upper(), re.sub(r"\{.*?\}", "{}", path).lstrip("/")] = route["x-access"]
    assert named == served


def test_a_queue_that_is_not_there_is_said_to_be_so(clients):
    """It was answered as one that nobody has labelled."""
    reviewer = clients(people=True)["reviewer"]
    for path in ("agreement", "disagreements", "causes", "solutions", "feed"):
        answer = reviewer.get(f"/{path}?queue=nope")
        assert (answer.status_code, answer.json()["error"].split(".")[0]) == (404, "There is no queue 'nope'"), path


def test_a_misspelt_field_is_an_error(clients):
    """It was dropped: the person stayed as they were, the label was cleared, the decision belonged to no queue."""
    admin = clients(people=True)["admin"]
    change = {"uuid": uuid4().hex, "ts": 1.0, "task": "t", "type": "label", "step": 0, "valu": 1}
    for method, path, body, where in (
        ("PATCH", "/people/annotator", {"rol": "reviewer"}, "rol"),
        ("POST", "/solutions/none/decision", {"labels": [1], "cause": "slip", "queu": "q"}, "queu"),
        ("POST", "/events", {"events": [change]}, "events.0.valu"),
        ("POST", "/projects", {"title": "P", "options": {"overlapp": 2}}, "options.overlapp"),
    ):
        answer = admin.request(method, path, json=body)
        assert (answer.status_code, answer.json()) == (422, {"error": f"{where}: There is no such field."})


def event(task, kind, **fields):
    return {"uuid": uuid4().hex, "ts": time.time() * 1000, "task": task["id"], "type": kind, **fields}


def label_all(client, queue):
    """Label every task of a queue as neutral."""
    while task := client.get(f"/queues/{queue}/next").json()["task"]:
        events = [event(task, "label", step=step, value=0) for step in range(len(task["steps"]))]
        note = event(task, "note", text="SECRET NOTE")
        sent = client.post("/events", json={"events": [*events, note, event(task, "submit", seconds=3)]}).json()
        assert sent["rejected"] == []


@pytest.fixture
def labelled(store, clients, run):
    """A run in a blind project that a reviewer has labelled and decided, a fellow annotator too; clients by name."""
    found = clients(people=True)
    project = store.projects.add_project("Blind", ProjectOptions(review_share=1.0, split_size=2))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(runs=(run.id,)))
    label_all(found["reviewer"], queue.id)
    for solution in store.runs.get_run(run.id).solutions:
        labels = (Label.NEUTRAL,) * len(solution.steps)
        decision = Decision(solution_id=solution.id, labels=labels, by="reviewer", cause=Cause.SLIP, note="SECRET NOTE")
        store.results.add_decision(decision)
    found["queue"] = queue.id
    return found


def every_get(client, names):
    """Every answer that a client gets from a GET route, with all ids that exist put into the addresses."""
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        if "get" not in methods:
            continue
        wanted = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        addresses = [path]
        for part in wanted:
            addresses = [each.replace("{" + part + "}", str(value)) for each in addresses for value in names[part]]
        for address in addresses:
            yield address, client.get(address)


def test_no_answer_to_an_annotator_holds_a_score_or_another_persons_label(labelled, store, run):
    """The named requirement: neither on the page nor in any response of the API, before the own submission."""
    solutions = [each.id for each in store.runs.get_run(run.id).solutions]
    client = labelled["annotator"]
    first = client.get(f"/queues/{labelled['queue']}/next").json()["task"]
    tasks = [first["id"], *(each.task_id for each in store.projects.list_sample(labelled["queue"], 0))]
    names = {
        "run_id": [run.id],
        "project_id": ["none"],  # an id that is asked for would stand in the refusal
        "annotator": ["none"],  # admins only
        "import_id": ["none"],  # admins only
        "export_id": ["none"],
        "job_id": ["none"],
        "evaluation_id": ["none"],  # reviewers only
        "sampling_id": ["none"],
        "title": ["2x4"],  # of a search of an evaluation
        "queue_id": [labelled["queue"]],
        "task_id": tasks,
        "position": [0, 1],
        "number": [0],
        "solution_id": solutions,
        "problem_id": [run.problem_id],
        "sha": list(store.runs.get_run(run.id).problem.images),
    }
    seen = 0
    for address, answer in every_get(client, names):
        if answer.headers["content-type"].startswith("image/"):
            continue
        seen += answer.status_code == 200
        text = answer.text if address != "/docs" else ""
        for secret in (SCORE, "SECRET NOTE", '"reviewer"'):
            assert not re.search(secret, text), f"{address} tells {secret}"
        if answer.status_code == 200 and "json" in answer.headers["content-type"]:
            assert no_labels(answer.json()), f"{address} tells labels"
    assert seen >= 7
    # and the reviewer, who may see them, does
    assert set(re.findall(SCORE, labelled["reviewer"].get(f"/runs/{run.id}").text)) == {"0.9", "0.4"}


def no_labels(value):
    """Whether no list called labels holds a label."""
    if isinstance(value, dict):
        labels = value.get("labels")
        has_some = isinstance(labels, list) and any(label is not None for label in labels)
        return not has_some and all(map(no_labels, value.values()))
    return all(map(no_labels, value)) if isinstance(value, list) else True


def test_a_blinded_run_opens_with_ones_own_submission(labelled, run):
    client = labelled["annotator"]
    refusal = client.get(f"/runs/{run.id}")
    assert refusal.status_code == 403
    assert "blind" in refusal.json()["error"]
    assert client.get("/runs").json()["runs"][0]["answer"] is None
    label_all(client, labelled["queue"])
    assert client.get(f"/runs/{run.id}").status_code == 200
    assert client.get("/runs").json()["runs"][0]["answer"] == "5"


def test_a_guest_who_may_be_an_annotator_signed_out_sees_no_run_that_is_labelled_blind(labelled, run):
    label_all(labelled["annotator"], labelled["queue"])
    assert labelled["guest"].get(f"/runs/{run.id}").status_code == 403


def test_gold_looks_like_any_other_task(labelled, store, run):
    """A task's answer has the same keys whatever its role, and no word of gold."""
    client = labelled["annotator"]
    answer = json.dumps(client.get(f"/queues/{labelled['queue']}/next").json())
    assert "gold" not in answer
    assert "known" not in answer


def test_no_answer_to_an_annotator_names_the_project(labelled, store, run):
    """Where gold comes and which work is reviewed follow from the project's id."""
    (project,) = store.projects.list_projects()
    client = labelled["annotator"]
    task = client.get(f"/queues/{labelled['queue']}/next").json()["task"]
    names = {
        "run_id": [run.id],
        "project_id": ["none"],  # an id that is asked for would stand in the refusal
        "annotator": ["none"],  # admins only
        "import_id": ["none"],  # admins only
        "export_id": ["none"],
        "job_id": ["none"],
        "evaluation_id": ["none"],  # reviewers only
        "sampling_id": ["none"],
        "title": ["2x4"],
        "queue_id": [labelled["queue"]],
        "task_id": [task["id"]],
        "position": [0, 1],
        "number": [0],
        "solution_id": [each.id for each in store.runs.get_run(run.id).solutions],
        "problem_id": [run.problem_id],
        "sha": list(store.runs.get_run(run.id).problem.images),
    }
    for address, answer in every_get(client, names):
        assert project.id not in answer.text, address


def test_counts_of_everybody_are_for_reviewers(labelled):
    """A count that stands still when a solution is submitted would tell that it is gold, which others had before."""
    for who, everybody in (("annotator", False), ("reviewer", True), ("admin", True)):
        answer = labelled[who].get("/dataset").json()
        assert (answer["annotators"] is not None) == everybody
        assert all((row["done"] is not None) == everybody for row in answer["queues"])
    client = labelled["annotator"]
    task = client.get(f"/queues/{labelled['queue']}/next").json()["task"]
    skip = event(task, "skip", reason="bad_problem")
    assert client.post("/events", json={"events": [skip]}).json()["rejected"] == []
    label_all(client, labelled["queue"])
    answer = client.get("/dataset").json()  # what was skipped is done and not labelled
    (row,) = (row for row in answer["queues"] if row["queue"] == labelled["queue"])
    assert (answer["labelled"], row["mine"], row["skipped"]) == (1, 1, 1)


def test_a_look_at_the_run_ends_the_blind_labels(labelled, store, run):
    client = labelled["annotator"]
    label_all(client, labelled["queue"])
    assert client.get(f"/queues/{labelled['queue']}/tasks/0").json()["task"]["revealed"] is False
    assert client.get(f"/runs/{run.id}").status_code == 200
    assert client.get(f"/queues/{labelled['queue']}/tasks/0").json()["task"]["revealed"] is True


def test_a_look_at_other_scores_counts_as_one_at_the_run_without_making_its_view(labelled, run, monkeypatch):
    """The whole view of the run, its curve too, was made and thrown away."""

    def view(*_):
        raise AssertionError

    monkeypatch.setattr(RunControl, "view", view)
    client = labelled["annotator"]
    assert client.get(f"/runs/{run.id}/other-scores").status_code == 403
    label_all(client, labelled["queue"])
    assert client.get(f"/runs/{run.id}/other-scores").status_code == 200
    assert client.get(f"/queues/{labelled['queue']}/tasks/0").json()["task"]["revealed"] is True


def test_scores_of_what_is_still_to_be_labelled_blind_do_not_come_out_through_another_project(labelled, store, run):
    """A second project that is not blind, or labels that were submitted there, showed them."""
    project = store.projects.add_project("Open", ProjectOptions(blind=False))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(runs=(run.id,)))
    tasks = {
        who: labelled[who].get(f"/queues/{queue.id}/next").json()["task"]["id"]
        for who in ("annotator", "reviewer", "admin")
    }
    reveal = f"/tasks/{tasks['annotator']}/reveal"
    client = labelled["annotator"]
    refusal = client.get(reveal)
    assert refusal.status_code == 403
    assert "another queue" in refusal.json()["error"]
    for who in ("reviewer", "admin"):
        assert labelled[who].get(f"/tasks/{tasks[who]}/reveal").status_code == 200
    label_all(client, queue.id)
    assert client.get(reveal).status_code == 403
    label_all(client, labelled["queue"])
    assert client.get(reveal).json()["scores"] == [0.9, 0.9, 0.9]
    reopen = event(client.get(f"/queues/{labelled['queue']}/tasks/0").json()["task"], "reopen")
    assert client.post("/events", json={"events": [reopen]}).json()["rejected"] == []
    assert client.get(reveal).status_code == 200  # seen once, they are not hidden any more


def test_an_archived_project_keeps_no_scores_back(labelled, store, run):
    (blind,) = store.projects.list_projects()
    project = store.projects.add_project("Open", ProjectOptions(blind=False))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(runs=(run.id,)))
    client = labelled["annotator"]
    task = client.get(f"/queues/{queue.id}/next").json()["task"]
    assert client.get(f"/tasks/{task['id']}/reveal").status_code == 403
    labelled["admin"].patch(f"/projects/{blind.id}", json={"archived": True})
    assert client.get(f"/tasks/{task['id']}/reveal").status_code == 200


def test_a_queue_of_a_run_keeps_scores_back_from_those_who_have_begun_it(labelled, run):
    """Somebody else's *Label these* is no duty of an annotator: their own submission shows them the scores."""
    assert labelled["admin"].post(f"/runs/{run.id}/queue").status_code == 200
    client = labelled["annotator"]
    label_all(client, labelled["queue"])
    task = client.get(f"/queues/{labelled['queue']}/tasks/0").json()["task"]["id"]
    assert client.get(f"/tasks/{task}/reveal").status_code == 200


def test_a_browser_that_keeps_no_cookie_cannot_label_and_is_told_the_way_out(clients, run):
    """All of them were "anonymous": they got the same task and undid each other's labels."""
    found = clients(people=False)
    browser = {"Sec-Fetch-Site": "same-origin"}
    queue = found["guest"].post(f"/runs/{run.id}/queue").json()["queue"]
    task = found["guest"].get(f"/queues/{queue}/next", headers=browser).json()["task"]
    body = {"events": [event(task, "label", step=0, value=1)]}
    for method, path, sent in (
        ("GET", f"/queues/{queue}/next", None),
        ("GET", f"/queues/{queue}/tasks/0", None),
        ("POST", "/events", body),
    ):
        answer = found["nobody"].request(method, path, json=sent, headers=browser)
        assert (answer.status_code, answer.json()) == (403, {"error": NO_COOKIE}), path
        assert answer.headers["x-vp-way-out"] == "own-tab"
        assert found["nobody"].request(method, path, json=sent).status_code == 200, "a script without a cookie"
    assert found["guest"].post("/events", json=body, headers=browser).status_code == 200
    assert found["nobody"].get("/queues", headers=browser).status_code == 200


def test_changes_of_the_guest_before_are_refused_with_a_way_out_that_is_not_signing_in(clients):
    guest = clients(people=False)["guest"]
    answer = guest.post("/events", json={"events": [], "annotator": "guest-before"})
    assert (answer.status_code, answer.headers["x-vp-way-out"]) == (401, "reload")
    admin = clients(people=True)["admin"]
    answer = admin.post("/events", json={"events": [], "annotator": "guest-before"})
    assert (answer.status_code, answer.headers.get("x-vp-way-out")) == (401, None)
