"""Sharing over REST: who opens whose runs, queues and pictures, before, meanwhile and afterwards."""

from contextlib import ExitStack

import pytest
from starlette.testclient import TestClient

from engine.domain import Problem, Role, Run, Sampling, Solution, new_id, now
from tests.support.api_accounts import PASSWORD, accounts_api, make_person, sign_in
from tests.visualprm_ui.conftest import png

PEOPLE = {"mei": Role.ANNOTATOR, "tom": Role.ANNOTATOR, "rev": Role.REVIEWER, "ada": Role.ADMIN}
ALL = {*PEOPLE, "guest", "nobody"}


@pytest.fixture
def clients(workbench, identity):
    """Clients of two annotators, a reviewer, an admin, a guest with a cookie and somebody without."""
    api = accounts_api(workbench)
    with ExitStack() as stack:
        made = {
            name: stack.enter_context(TestClient(api, headers={"X-VP": "1"}, raise_server_exceptions=False))
            for name in sorted(ALL)
        }
        for name, role in PEOPLE.items():
            sign_in(workbench.store, made[name], make_person(workbench.store, name, role))
        made["guest"].cookies.set(identity.guest_cookie.name, identity.new_cookie())
        yield made


@pytest.fixture
def run_of(store, clients):
    """A function that makes a run of somebody's, with a picture and a solution."""

    def make(name, **fields):
        sha = clients[name].post("/images", content=png("green")).json()["sha"]
        maker = clients[name].get("/status").json()["annotator"]
        problem = Problem(images=(sha,), question=f"A secret of {name}?")
        run = Run(problem_id=problem.id, sampling=Sampling(n=1), made_by=maker, **fields)
        store.runs.add_problem(problem)
        store.runs.add_run(run)
        solution = Solution(problem_id=problem.id, draw=0, steps=("One.",), policy_model="p")
        store.runs.add_solution(run.id, solution)
        return run.id, sha

    return make


def allowed(clients, method, path):
    """Return who gets an answer; everybody else must get what a made-up id gets."""
    found = {}
    for name, client in clients.items():
        found[name] = client.request(method, path).status_code
    assert set(found.values()) <= {200, 404}, found
    return {name for name, status in found.items() if status == 200}


@pytest.mark.parametrize("maker", ["mei", "guest"])
def test_a_run_its_picture_and_its_list_are_its_makers_until_it_is_shared(clients, run_of, maker):
    run, sha = run_of(maker)
    trusted = {maker, "rev", "ada"}
    assert allowed(clients, "GET", f"/runs/{run}") == trusted
    assert allowed(clients, "GET", f"/images/{sha}") == trusted
    assert allowed(clients, "GET", f"/images/{sha}?edge=64") == trusted
    assert clients[maker].post(f"/runs/{run}/share").json() == {"opens_for": "link", "may_change": True}
    assert allowed(clients, "GET", f"/runs/{run}") == ALL
    assert allowed(clients, "GET", f"/images/{sha}") == ALL
    listed = {name for name, client in clients.items() if run in client.get("/runs").text}
    assert listed == trusted, "the link alone is the key"
    assert clients[maker].delete(f"/runs/{run}/share").json() == {"opens_for": "maker", "may_change": True}
    assert allowed(clients, "GET", f"/runs/{run}") == trusted
    assert allowed(clients, "GET", f"/images/{sha}") == trusted


def test_a_run_with_gold_items_is_shared_once_their_project_is_archived(clients, run_of, store):
    """Whoever labels could do the item there first, and the known labels were put on the list of disagreements."""
    run, _ = run_of("ada")
    (card,) = clients["ada"].get(f"/runs/{run}").json()["cards"]
    made = clients["ada"].post("/projects", json={"title": "Pilot"}).json()
    gold = {"role": "gold", "solutions": [{"solution": card["solution"], "labels": [1]}]}
    assert clients["ada"].post(f"/projects/{made['project']}/gold", json=gold).status_code == 200
    refused = clients["ada"].post(f"/runs/{run}/share")
    assert (refused.status_code, "once that project is archived" in refused.json()["error"]) == (400, True)
    assert "gold" not in refused.json()["error"]  # whoever labels may have made the run
    assert allowed(clients, "GET", f"/runs/{run}") == {"rev", "ada"}
    assert clients["ada"].patch(f"/projects/{made['project']}", json={"archived": True}).status_code == 200
    assert clients["ada"].post(f"/runs/{run}/share").json()["opens_for"] == "link"


def test_what_is_not_shared_is_told_as_what_does_not_exist(clients, run_of):
    run, sha = run_of("mei")
    for method, path in (
        ("GET", "/runs/{}"),
        ("GET", "/runs?before={}"),
        ("POST", "/runs/{}/stop"),
        ("GET", "/runs/{}/share"),
        ("POST", "/runs/{}/share"),
        ("DELETE", "/runs/{}/share"),
        ("POST", "/runs/{}/queue"),
    ):
        said = []
        for run_id in (run, new_id()):
            answer = clients["tom"].request(method, path.format(run_id))
            said.append((answer.status_code, answer.text.replace(run_id, "RUN")))
        assert said[0] == said[1], path
        assert said[0][0] == 404
    assert "ask whoever made the run to share it" in clients["tom"].get(f"/runs/{run}").json()["error"]
    said = [clients["tom"].get(f"/images/{each}").text.replace(each, "SHA") for each in (sha, "0" * 64)]
    assert said[0] == said[1]


def test_its_maker_and_admins_share_a_run_and_nobody_else(clients, run_of):
    run, _ = run_of("mei", shared_at=now())
    for name in ("tom", "rev", "guest", "nobody"):
        assert clients[name].get(f"/runs/{run}/share").json() == {"opens_for": "link", "may_change": False}
        for method in ("POST", "DELETE"):
            assert clients[name].request(method, f"/runs/{run}/share").status_code == 403
    assert clients["ada"].delete(f"/runs/{run}/share").json() == {"opens_for": "maker", "may_change": True}
    assert clients["mei"].get(f"/runs/{run}/share").json() == {"opens_for": "maker", "may_change": True}


def test_a_shared_run_says_nothing_of_its_maker(clients, run_of):
    run_of("mei")
    run, _ = run_of("mei", shared_at=now())
    for path in (f"/runs/{run}", f"/runs/{run}/share", "/runs"):
        assert "mei" not in clients["guest"].get(path).text.replace("A secret of mei?", "")


def test_the_queue_of_a_run_is_open_to_whoever_may_open_the_run_and_label(clients, run_of):
    run, sha = run_of("mei")
    assert clients["tom"].post(f"/runs/{run}/queue").status_code == 404
    queue = clients["mei"].post(f"/runs/{run}/queue").json()["queue"]
    listed = lambda: {  # noqa: E731
        name for name in PEOPLE if queue in clients[name].get("/queues").text + clients[name].get("/dataset").text
    }
    assert listed() == {"mei", "rev", "ada"}
    assert clients["tom"].get(f"/queues/{queue}/next").status_code == 404
    clients["mei"].post(f"/runs/{run}/share")
    assert listed() == set(PEOPLE)
    assert clients["tom"].post(f"/runs/{run}/queue").json()["queue"] == queue
    assert clients["tom"].get(f"/queues/{queue}/next").json()["task"]["images"][0]["sha"] == sha


def test_without_accounts_everybody_opens_everything(client, person, store):
    problem = Problem(question="?")
    store.runs.add_problem(problem)
    run = Run(problem_id=problem.id, sampling=Sampling(), made_by="guest-0")
    store.runs.add_run(run)
    assert client.get(f"/runs/{run.id}").status_code == 200
    assert client.get(f"/runs/{run.id}/share").json() == {"opens_for": "everybody", "may_change": True}
    sha = client.post("/images", content=png("blue")).json()["sha"]
    assert person().get(f"/images/{sha}").status_code == 200


def test_what_a_guest_made_becomes_the_persons_who_signs_in(clients, run_of, store):
    """A guest who tried the app and then took their account lost what they had made."""
    run, sha = run_of("guest")
    working = store.runs.get_run(run).run
    body = {"name": make_person(store, "lea", Role.ANNOTATOR).name, "password": PASSWORD}
    assert clients["guest"].post("/session", json=body).status_code == 200
    assert [each["run"] for each in clients["guest"].get("/runs").json()["runs"]] == [run]
    assert clients["guest"].get(f"/images/{sha}").status_code == 200
    store.runs.update_run(working)  # as the thread does that works on it, when it ends
    assert len(clients["guest"].get("/runs").json()["runs"]) == 1
    clients["guest"].delete("/session")
    assert clients["guest"].get("/runs").json()["runs"] == []
    assert clients["mei"].get(f"/runs/{run}").status_code == 404


def test_an_invitation_takes_a_guests_runs_along_and_a_second_sign_in_takes_nothing(clients, run_of, store):
    run, _sha = run_of("guest")
    clients["mei"].post("/images", content=png("green"))  # both have sent the same picture
    token = store.accounts.invite("ada", Role.ANNOTATOR).token
    body = {"token": token, "name": "new", "password": PASSWORD}
    assert clients["guest"].post("/invitation/accept", json=body).status_code == 200
    assert clients["guest"].get(f"/runs/{run}").status_code == 200
    other = make_person(store, "other", Role.ANNOTATOR)
    assert clients["guest"].post("/session", json={"name": other.name, "password": PASSWORD}).status_code == 200
    assert clients["guest"].get("/runs").json()["runs"] == []
