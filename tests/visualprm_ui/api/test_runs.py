"""Runs over REST, as they are listed and shown, and what is said of an input before one."""

from datetime import datetime

from storage.backup import backup
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
