"""Runs over REST, as they are listed and shown, and what is said of an input before one."""

import threading
from contextlib import ExitStack
from datetime import datetime

from starlette.testclient import TestClient

from engine import Examination
from engine.domain import Role
from storage.backup import backup
from tests.support.api_accounts import accounts_api, make_person, sign_in
from tests.support.scripted import scripted_engine
from tests.support.waiting import awaited
from tests.visualprm_ui.conftest import png
from visualprm_ui.api import build_api
from visualprm_ui.use_cases.workbench import Workbench


def test_runs_are_listed_newest_first(client, run):
    (row,) = client.get("/runs").json()["runs"]
    assert (row["run"], row["answer"], row["n"], row["state"]) == (run.id, "5", 2, "done")
    view = client.get(f"/runs/{run.id}").json()
    assert view["ranking"]["mean"] == [0, 1]


def wait(client, run_id):
    return awaited(
        lambda: client.get(f"/runs/{run_id}").json(), lambda view: view["state"] not in ("queued", "running")
    )


def test_a_run_is_started_as_on_explore(client, store):
    sha = client.post("/images", content=png()).json()["sha"]
    body = {"question": " What? ", "images": [sha], "answer": "5", "sampling": {"n": 2, "seed": 4}}
    view = wait(client, client.post("/runs", json=body).json()["run"])
    assert (view["state"], view["question"], view["images"], view["reference"]) == ("done", "What?", [sha], "5")
    assert [card["answer"] for card in view["cards"]] == ["5", "6"]
    assert (view["sampling"]["n"], view["sampling"]["seed"], view["search"]) == (2, 4, None)
    assert [row["run"] for row in client.get("/runs").json()["runs"]] == [view["run"]]
    assert client.get(f"/runs/{view['run']}/beside").json() == {"independent": None, "is_own": True}
    for wrong, status, said in (
        ({"question": ""}, 400, "Type a question first."),
        ({"question": "?", "sampling": {"n": 129}}, 400, "choose a value from 1 to 128"),
        ({"question": "?", "images": ["ab" * 32]}, 404, "image"),
        ({"question": "?", "tries": 4}, 422, "There is no such field"),
    ):
        refused = client.post("/runs", json=wrong)
        assert (refused.status_code, said in refused.json()["error"]) == (status, True), refused.json()


def test_a_guided_search_is_started_and_compared_with_independent_solutions(store, identity):
    """Three tries of each step write the same, so that one path is kept of two."""
    complete = lambda text, draw: "Final answer: 5" if text else "Read 2.\n\nmore"  # noqa: E731
    with ExitStack() as stack:
        engine = stack.enter_context(scripted_engine(["Guess.\n\nFinal answer: 6"], complete=complete))
        api = build_api(Workbench(store, engine), identity)
        client = stack.enter_context(TestClient(api, headers={"X-VP": "1"}))
        client.cookies.set(identity.guest_cookie.name, identity.new_cookie())
        assert client.get("/status").json()["engine"]["search_refusal"] is None
        search = {"width": 2, "expansions": 3, "how": "last"}
        view = wait(client, client.post("/runs", json={"question": "?", "search": search}).json()["run"])
        assert {**view["search"], "rounds": None} == {**search, "rounds": None}
        assert [[(each["count"], each["is_kept"]) for each in one["tries"]] for one in view["search"]["rounds"]] == [
            [(6, True)],
            [(3, True)],
        ]
        assert (view["finished"], view["cards"][0]["answer"]) == (1, "5")
        other = wait(client, client.post("/runs", json={"question": "?", "sampling": {"n": 2}}).json()["run"])
        beside = client.get(f"/runs/{view['run']}/beside").json()["independent"]
        assert (beside["run"], beside["n"], beside["tokens"]) == (other["run"], 2, other["tokens"])
        assert (beside["answer"], beside["score"], beside["matches"]) == ("6", 0.5, None)
        for wrong, said in (
            ({"search": {}, "sampling": {"n": 4}}, "A search writes as many solutions as it keeps."),
            ({"search": {"width": 129}}, "their product at most 128"),
            ({"search": {}, "sampling": {"temperature": 0.0}}, "Raise the temperature"),
        ):
            refused = client.post("/runs", json={"question": "?", **wrong})
            assert (refused.status_code, said in refused.json()["error"]) == (400, True), refused.json()


def test_what_the_models_say_of_an_input_is_told_before_a_run(client, store):
    shas = [store.images.add(png(colour)).sha for colour in ("red", "blue")]
    asked = {"question": "What?", "images": shas}
    assert client.post("/examination", json=asked).json() == {"refusal": None, "notice": None}
    assert client.post("/examination", json={"question": "", "images": []}).json() == {"refusal": None, "notice": None}
    assert client.post("/examination", json={**asked, "images": ["ab" * 32]}).status_code == 404
    refused = client.post("/examination", json={**asked, "images": shas[:1] * 9})
    assert (refused.status_code, refused.json()) == (
        400,
        {"error": "The question has 9 pictures; the most is 8. Remove some."},
    )


def test_a_monitor_learns_the_engines_state_and_when_the_store_was_backed_up(client, store, tmp_path):
    assert client.get("/health").json() == {"engine": "ready", "last_backup": None}
    backup(store, tmp_path / "copy")
    told = client.get("/health").json()["last_backup"]
    assert datetime.fromisoformat(told) == store.accounts.last_backup()
    with store.database.write() as connection:
        connection.exec_driver_sql("DROP TABLE people_events")
    assert client.get("/health").status_code == 503


def test_a_stranger_has_one_question_looked_at_at_a_time(workbench, monkeypatch):
    """Pictures are decoded for it: a stranger could have had as many decoded at once as the server has threads."""
    entered, gate = threading.Event(), threading.Event()

    def look(*_):
        entered.set()
        gate.wait(60)
        return Examination()

    monkeypatch.setattr(workbench.runs, "examine", look)
    make_person(workbench.store, "ada", Role.ADMIN)
    api = accounts_api(workbench)
    body = {"question": "Which?", "images": []}
    with ExitStack() as stack:
        first, second, person = (stack.enter_context(TestClient(api, headers={"X-VP": "1"})) for _ in range(3))
        sign_in(workbench.store, person, make_person(workbench.store, "mei", Role.ANNOTATOR))
        statuses = []
        asking = threading.Thread(target=lambda: statuses.append(first.post("/examination", json=body).status_code))
        asking.start()
        assert entered.wait(60)
        refused = second.post("/examination", json=body)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        gate.set()
        asking.join()
        assert statuses == [200]
        assert second.post("/examination", json=body).status_code == 200
        assert person.post("/examination", json=body).status_code == 200
