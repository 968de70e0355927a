"""From an address to a model: the key, the spelling, closing, and the door local models share.

Covers engine/remote/address.py.
"""

import json
import logging
import subprocess
import sys
import threading

import pytest

from benchmarks.app_process import free_port
from engine import (
    Engine,
    EngineClosed,
    LoadError,
    ModelChoice,
    RunStarted,
    SolutionScored,
)
from engine.__main__ import main as engine_main
from engine.errors import ServerError
from engine.loading import load_models
from engine.remote import connect
from engine.remote.address import System, is_address, read_address
from tests.engine.remote.conftest import FAST, SHORT, run_of
from tests.engine.test_protocols import IMAGES
from tests.support.generators import texts_of
from tests.support.openai_server import OpenAIServer


@pytest.mark.parametrize(
    ("key", "says"), [(None, "asks for an API key, and none is set"), ("wrong", "refuses the API key")]
)
def test_a_missing_or_wrong_key_is_told(server, key, says):
    server.script.api_key = "s3cret"
    with pytest.raises(ServerError, match=says) as caught:
        connect.open_policy(server.address, api_key=key, limits=FAST)
    assert "VISUALPRM_API_KEY" in str(caught.value)
    assert "wrong" not in str(caught.value)


def test_the_key_is_sent_and_nowhere_shown(server, open_policy, caplog):
    server.script.api_key = "s3cret"
    with caplog.at_level(logging.DEBUG):
        policy = open_policy(api_key="s3cret")
        assert len(texts_of(policy.sample([], "q", SHORT))) == 2
        server.script.answers = [(500, {}, b'{"message": "key s3cret failed"}')]
        with pytest.raises(ServerError, match="key \\*\\*\\* failed"):
            texts_of(policy.sample([], "q", SHORT))
    ours = [record.getMessage() for record in caplog.records]
    assert not any("s3cret" in message for message in ours)
    assert "s3cret" not in repr(ModelChoice(api_key="s3cret"))


def test_the_key_does_not_follow_a_redirect(server, open_policy):
    with OpenAIServer() as elsewhere:
        policy = open_policy(api_key="s3cret")
        server.script.answers = [(307, {"location": f"{elsewhere.base}/chat/completions"}, b"")]
        with pytest.raises(ServerError, match="not followed"):
            texts_of(policy.sample([], "q", SHORT))
        assert elsewhere.requests == []


def test_nothing_of_the_environment_is_used(server, open_policy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{free_port()}")
    assert len(texts_of(open_policy().sample([], "q", SHORT))) == 2


# ---- addresses ----


@pytest.mark.parametrize(
    ("source", "base", "model"),
    [
        ("http://host:8000/v1#m", "http://host:8000/v1", "m"),
        ("http://host:8000", "http://host:8000/v1", None),
        ("https://host/", "https://host/v1", None),
        ("HTTPS://host/api/v1/#OpenGVLab/VisualPRM-8B", "https://host/api/v1", "OpenGVLab/VisualPRM-8B"),
        ("http://[::1]:8000/v1#m", "http://[::1]:8000/v1", "m"),
    ],
)
def test_addresses(source, base, model):
    address = read_address(source)
    assert (address.base, address.model, address.system) == (base, model, System.AUTO)
    assert is_address(source)


@pytest.mark.parametrize("source", ["nano/weights/policy", "OpenGVLab/VisualPRM-8B", "httpfolder", None])
def test_no_addresses(source):
    assert not is_address(source)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("http://", "names no host"),
        ("http://host:port/v1", "is not an address"),
        ("http://me:s3cret@host/v1", "holds a user or a password"),
        ("http://host/v1?key=1#m", "has a query"),
        ("http://host/v1#m?colour=red", "unknown options ['colour']"),
        ("http://host/v1#m?system=polite", "system is 'polite'"),
        ("http://host/v1#m?plus=1", "give both token ids"),
        ("http://host/v1#m?plus=a&minus=b", "'a' is not a token id"),
        ("http://host/v1#m?plus", "cannot be read"),
    ],
)
def test_bad_addresses_are_named(source, says):
    with pytest.raises(LoadError) as caught:
        read_address(source)
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value)


def remote_threads():
    return {thread.ident for thread in threading.enumerate() if thread.name == "remote"}


def test_closing_ends_the_thread(server):
    before = remote_threads()
    policy, reward_model = connect.open_policy(server.address), connect.open_reward_model(server.address)
    generator = policy.sample(IMAGES, "q", SHORT)
    next(generator)
    next(generator)
    assert len(remote_threads() - before) == 2
    for model in (policy, reward_model, policy):
        model.close()
    assert remote_threads() - before == set()  # one of a test before may have ended meanwhile
    with pytest.raises(EngineClosed):
        texts_of(generator)


def test_closing_an_engine_ends_its_models_connections(server):
    before = remote_threads()
    choice = ModelChoice(policy=server.address, reward_model=server.address)
    with Engine(lambda: load_models(choice)) as engine:
        assert run_of(engine)[-1].error is None
        assert len(remote_threads() - before) == 2
    assert remote_threads() - before == set()  # one of a test before may have ended meanwhile


def test_why_scores_are_approximate_is_told_with_the_run(server):
    server.script.knows_token_ids = False
    choice = ModelChoice(policy=server.address, reward_model=server.address)
    with Engine(lambda: load_models(choice)) as engine:
        (started,) = [event for event in run_of(engine) if isinstance(event, RunStarted)]
    assert started.record.out_of_distribution is None
    assert started.notice == started.record.notice == started.record.approximate
    assert "likeliest tokens only" in started.notice


def test_a_refused_model_leaves_no_thread(server):
    before = remote_threads()
    with pytest.raises(ServerError):
        connect.open_reward_model(f"{server.base}#other", limits=FAST)
    assert remote_threads() - before == set()  # one of a test before may have ended meanwhile


# ---- through the door ----


def test_served_and_loaded_models_mix(server, tiny_folder):
    with Engine(lambda: load_models(ModelChoice(policy=server.address, reward_model=tiny_folder))) as engine:
        events = run_of(engine)
    assert events[-1].error is None
    assert len([event for event in events if isinstance(event, SolutionScored)]) == 2
    models = load_models(ModelChoice(policy=None, reward_model=server.address))
    assert (models.policy, models.reward_model.card.name) == (None, "tiny-internvl")
    models.reward_model.close()


def test_prices_are_read_of_served_models_only(server, tiny_folder):
    """A price that cannot be read kept every model from being loaded, also on a machine that asks no server."""
    load_models(ModelChoice(policy=None, reward_model=tiny_folder, token_prices="a=1"))
    with pytest.raises(LoadError, match="NAME=READ/WRITTEN"):
        load_models(ModelChoice(policy=None, reward_model=server.address, token_prices="a=1"))


def test_the_command_line_takes_an_address(server, tmp_path):
    rows, scores = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows.write_text(json.dumps({"id": 1, "image": None, "question": "q", "response": {"steps": ["abc"]}}))
    arguments = ["score", "--reward-model", server.address, "--input", str(rows), "--output", str(scores)]
    assert engine_main(arguments) == 0
    assert json.loads(scores.read_text())["score"] == pytest.approx(0.25)


@pytest.mark.slow
def test_without_an_address_no_http_library_is_loaded(tiny_folder):
    code = (
        "import sys; from engine.loading import ModelChoice, load_models; "
        f"load_models(ModelChoice(policy=None, reward_model={str(tiny_folder)!r})); "
        "sys.exit('engine.remote.client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["Qwen-VL-PRM-7B", "MM-PRM-8B", "OpenGVLab/InternVL3-8B"])
def test_a_served_model_that_is_asked_in_another_way_than_visualprm_is_refused(server, open_reward_model, name):
    """It once was asked VisualPRM's way all the same, and its scores were called exact."""
    server.script.models = [name]
    with pytest.raises(LoadError, match=f"{name}.*prm_format=judge"):
        open_reward_model(server.base)
    assert open_reward_model(server.base, prm_format="visualprm").card.name.startswith(name)
    server.script.models = ["VisualPRM-on-InternVL3"]
    assert open_reward_model(server.base).card.name.startswith("VisualPRM")


@pytest.mark.parametrize("prm_format", ["mm-prm", "qwen-vl-prm", "no-such-format"])
def test_a_prm_format_that_a_server_cannot_be_asked_by_is_refused(server, prm_format):
    with pytest.raises(LoadError, match="only be asked in 'visualprm'"):
        load_models(ModelChoice(policy=None, reward_model=server.address, prm_format=prm_format))
