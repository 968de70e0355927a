"""Changing the models of a running app through REST, with real tiny models, while somebody labels.

Covers visualprm_ui/use_cases/model_control.py.
"""

import pytest
from starlette.testclient import TestClient

from engine import Engine, Loader, ModelChoice, Problem, Sampling
from tests.support.tiny import write_tiny
from visualprm_ui.access.accounts import Accounts
from visualprm_ui.access.identity import Identity
from visualprm_ui.api import build_api
from visualprm_ui.use_cases.model_control import ModelControl
from visualprm_ui.use_cases.workbench import Workbench


@pytest.fixture(scope="module")
def models_dir(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    write_tiny(root / "writer")
    write_tiny(root / "first-prm", seed=1)
    write_tiny(root / "second-prm", seed=2)
    return root


@pytest.fixture
def engine(models_dir):
    """A real engine in place of the scripted one, and its loader."""
    loader = Loader(ModelChoice(policy=models_dir / "writer", reward_model=models_dir / "first-prm", device="cpu"))
    with Engine(loader.load) as engine:
        engine.loader = loader
        yield engine


@pytest.fixture
def client_for(store, engine, identity, models_dir):
    """A function that gives a REST client of a new person."""
    workbench = Workbench(store, engine, models=ModelControl(engine, engine.loader, models_dir))

    def new(identity=identity):
        api = build_api(workbench, identity)
        client = TestClient(api, headers={"X-VP": "1"}, raise_server_exceptions=False)
        client.cookies.set(identity.guest_cookie.name, identity.new_cookie())
        return client

    return new


@pytest.fixture
def settled(engine):
    """A function that gives the answer once nothing is being loaded."""

    def wait(client):
        engine.wait_ready(30)
        answer = client.get("/models").json()
        assert answer["state"] != "loading"
        return answer

    return wait


def test_it_says_what_is_served_and_what_could_be(client_for, models_dir, settled):
    client = client_for()
    answer = settled(client)
    assert (answer["state"], answer["message"], answer["progress"], answer["in_turns"]) == ("ready", None, None, False)
    assert answer["reward_model"] | {"revision": None} == {
        "source": str(models_dir / "first-prm"),
        "name": "first-prm",
        "revision": None,
        "family": "internvl",
        "path": "fast",
        "parameters": answer["policy"]["parameters"],
        "dtype": "float32",
        "device": "cpu",
        "bytes": answer["policy"]["bytes"],
        "resident": True,
    }
    available = client.get("/models/available").json()
    assert {"policy": "OpenGVLab/InternVL2_5-8B", "reward_model": "OpenGVLab/VisualPRM-8B"} in available["pairs"]
    assert available["free_bytes"] > 0
    listed = {model["name"]: model for model in available["models"]}
    assert (listed["writer"]["path"], listed["writer"]["uses"]) == ("fast", ["policy", "judge"])
    assert listed["second-prm"]["uses"] == ["policy", "prm"]
    assert {"writer", "first-prm", "second-prm", "nano-policy"} <= set(listed)
    assert listed["second-prm"]["role"] == "reward_model"
    assert listed["writer"]["role"] == "policy"
    assert listed["writer"]["fits"] == ["none", "8bit", "4bit"]
    assert listed["writer"]["parameters"] == answer["policy"]["parameters"]


def test_the_reward_model_is_switched_while_somebody_labels(client_for, store, run, models_dir, settled):
    operator, annotator = client_for(), client_for()
    settled(operator)
    queue = annotator.post(f"/runs/{run.id}/queue").json()["queue"]
    task = annotator.get(f"/queues/{queue}/next").json()["task"]
    changed = operator.post("/models", json={"action": "switch", "reward_model": str(models_dir / "second-prm")})
    assert changed.status_code == 200
    saved = 0
    while operator.get("/models").json()["state"] == "loading" or saved < 3:
        event = {"uuid": f"change-{saved:04}", "ts": 1.0, "task": task["id"], "type": "label", "step": 0, "value": 1}
        answer = annotator.post("/events", json={"events": [event]}).json()
        assert (len(answer["acknowledged"]), answer["rejected"]) == (1, [])
        saved += 1
    answer = settled(operator)
    assert (answer["policy"]["name"], answer["reward_model"]["name"]) == ("writer", "second-prm")
    assert annotator.get(f"/queues/{queue}/next").json()["task"]["labels"][0] == 1


def test_a_model_that_cannot_be_loaded_leaves_the_others(client_for, models_dir, settled):
    client = client_for()
    settled(client)
    client.post("/models", json={"action": "switch", "policy": "no/such/folder/at all"})
    answer = settled(client)
    assert answer["state"] == "ready"
    assert "no/such/folder/at all" in answer["message"]
    assert answer["policy"]["source"] == str(models_dir / "writer")


def test_after_an_unload_labelling_goes_on_and_a_load_brings_the_models_back(client_for, run, settled):
    client = client_for()
    settled(client)
    client.post("/models", json={"action": "unload"})
    answer = settled(client)
    assert (answer["state"], answer["policy"], answer["reward_model"]) == ("empty", None, None)
    assert client.get("/status").json()["engine"]["state"] == "empty"
    assert client.post(f"/runs/{run.id}/queue").status_code == 200
    client.post("/models", json={"action": "load"})
    assert settled(client)["reward_model"]["name"] == "first-prm"


def test_who_is_no_administrator_may_look_only(client_for, store, settled):
    guest = client_for(Identity("secret", Accounts(store.accounts, required=True)))
    assert guest.get("/models").json()["may_operate"] is False
    assert guest.get("/models/available").status_code == 401
    assert guest.post("/models", json={"action": "unload"}).status_code == 401
    assert settled(guest)["state"] == "ready"


def test_only_who_may_operate_the_models_is_told_of_folders(client_for, store, models_dir, settled):
    """One failed change, and every guest was told the server's folder until the next one."""
    operator, guest = client_for(), client_for(Identity("secret", Accounts(store.accounts, required=True)))
    settled(operator)
    missing = str(models_dir / "missing")
    operator.post("/models", json={"action": "switch", "policy": missing})
    assert missing in settled(operator)["message"]
    assert missing in operator.get("/status").json()["engine"]["message"]
    seen = settled(guest)
    assert (seen["state"], seen["message"]) == ("ready", None)
    assert (seen["policy"]["source"], seen["policy"]["name"]) == ("writer", "writer")
    assert str(models_dir) not in guest.get("/models").text + guest.get("/status").text


def test_a_foreign_page_changes_nothing(client_for):
    client = client_for()
    assert client.post("/models", json={"action": "unload"}, headers={"X-VP": "0"}).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"action": "explode"}, 422),
        ({}, 422),
        ({"action": "switch", "policy": " "}, 400),
        ({"action": "switch", "policy": "x" * 2000}, 400),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(client_for, body, status):
    assert client_for().post("/models", json=body).status_code == status


def test_a_change_that_waits_for_a_run_can_be_cancelled(client_for, engine, models_dir, settled):
    client = client_for()
    before = settled(client)
    run = engine.solve(Problem(question="How many?"), (), Sampling(n=64, temperature=2.0, max_new_tokens=2000))
    next(run.events())
    body = {"action": "switch", "reward_model": str(models_dir / "second-prm")}
    assert client.post("/models", json=body).json()["state"] == "loading"
    assert client.post("/models", json={"action": "cancel"}).status_code == 200
    run.cancel()
    answer = settled(client)
    assert answer["message"].endswith("was cancelled.")
    assert (answer["state"], answer["reward_model"]) == ("ready", before["reward_model"])
    assert settled(client_for())["message"] == answer["message"]
