"""Runs over REST, as they are listed and shown, and what is said of an input before one."""

import threading
from contextlib import ExitStack
from datetime import datetime

from starlette.testclient import TestClient

from engine import Examination
from engine.domain import Role
from storage.backup import backup
from tests.support.api_accounts import accounts_api, make_person, sign_in
from tests.visualprm_ui.conftest import png


def test_runs_are_listed_newest_first(client, run):
    (row,) = client.get("/runs").json()["runs"]
    assert (row["run"], row["answer"], row["n"], row["state"]) == (run.id, "5", 2, "done")
    view = client.get(f"/runs/{run.id}").json()
    assert view["ranking"]["mean"] == [0, 1]


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
        assert entered.wait(10)
        refused = second.post("/examination", json=body)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        gate.set()
        asking.join()
        assert statuses == [200]
        assert second.post("/examination", json=body).status_code == 200
        assert person.post("/examination", json=body).status_code == 200
