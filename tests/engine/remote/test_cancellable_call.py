"""Servers that are down, slow or late when they are first needed: nobody waits long, and who comes later is served.

Covers engine/loading.py, engine/remote/background_loop.py, engine/remote/server.py.
"""

import contextlib
import logging
import re
import socket
from select import select

import pytest

from benchmarks.app_process import free_port
from engine import Engine, ModelChoice, RunStarted
from engine.errors import ServerError
from engine.loading import load_models
from engine.protocols import run_to_end
from engine.remote import background_loop, connect
from engine.remote.address import read_address
from engine.remote.client import Limits
from engine.remote.reward_model import RemoteRewardModel
from engine.remote.server import Server
from tests.engine.remote.conftest import SHORT, run_of
from tests.support.generators import texts_of
from tests.support.openai_server import OpenAIServer
from tests.support.waiting import awaited


@pytest.fixture
def silent():
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


def test_a_server_may_start_after_the_app(caplog):
    port = free_port()
    source = f"http://127.0.0.1:{port}/v1#tiny-internvl"
    caplog.set_level(logging.INFO)
    models = load_models(ModelChoice(policy=source, reward_model=source))
    assert "does not answer" in caplog.text
    with Engine(lambda: models) as engine:
        for _ in range(3):
            error = run_of(engine)[-1].error
            assert isinstance(error, ServerError)
            assert f"http://127.0.0.1:{port}/v1 does not answer" in str(error)
        assert "retry" not in caplog.text, "whoever asks waits for a server that is not there"
        with OpenAIServer(port=port):
            # a refusal that came late, as on a busy machine, is remembered for some seconds
            events = awaited(lambda: run_of(engine), lambda found: found[-1].error is None)
    (first,) = [event for event in events if isinstance(event, RunStarted)]
    assert (first.record.policy_model, first.record.reward_model) == ("tiny-internvl", "tiny-internvl")


SLOW_FAILURE = (
    0.6  # seconds until a question is given up: long enough to be remembered (engine/remote/cancellable_call.py)
)


def limits(**changed):
    return Limits(**({"question": SLOW_FAILURE, "patience": 0.1, "greeting": 10.0, "memory": 60.0} | changed))


def policy_at(listening, limits):
    return connect.open_policy(f"http://127.0.0.1:{listening.getsockname()[1]}/v1#m", limits=limits)


def test_a_failure_is_remembered_and_costs_nobody_anything(silent):
    policy = policy_at(silent, limits())
    ask_twenty_times(policy, f"gave no answer for {SLOW_FAILURE} seconds")
    assert connections_at(silent) == 1
    policy.close()


def test_who_asks_meanwhile_is_told_so_at_once_and_the_asking_goes_on(silent, monkeypatch):
    policy = policy_at(silent, limits(question=30.0, greeting=0.1))
    wait, waits = background_loop.BackgroundTask.wait, []
    monkeypatch.setattr(
        background_loop.BackgroundTask, "wait", lambda self, seconds: (waits.append(seconds), wait(self, seconds))[1]
    )
    ask_twenty_times(policy, "has not answered yet")
    assert waits == [0.0] * 20  # patience was used up when the policy was opened
    assert select([silent], [], [], 20)[0], "the question arrives, late on a busy machine"
    assert connections_at(silent) == 1
    policy.close()


def test_a_forgotten_failure_is_asked_about_again(silent):
    policy = policy_at(silent, limits(memory=0.0))
    with pytest.raises(ServerError, match="has not answered yet"):
        texts_of(policy.sample([], "q", SHORT))
    assert connections_at(silent) == 2
    policy.close()


def test_a_server_that_comes_to_life_is_used(silent):
    port = silent.getsockname()[1]
    source = f"http://127.0.0.1:{port}/v1#tiny-internvl"
    model = connect.open_reward_model(source, limits=limits(memory=0.0, patience=10.0))
    silent.close()
    with OpenAIServer(port=port):
        assert run_to_end(run_to_end(model.open_session([], "q")).score({0: ["abc"]}))[0] == pytest.approx((0.25,))
    model.close()


def test_an_answer_that_came_late_is_kept(server):
    server.script.wait = 0.5
    connection = Server(read_address(server.address), limits=Limits(patience=0.1))
    connection.identify(5.0)
    model = RemoteRewardModel(connection)
    with pytest.raises(ServerError, match="has not answered yet"):
        model.learn()
    assert model.learn(5.0).is_asked_for
    assert len(server.chats()) == 1
    model.close()


def ask_twenty_times(policy, says):
    """Make twenty requests that all end with an error that says this."""
    for _ in range(20):
        with pytest.raises(ServerError, match=re.escape(says)):
            texts_of(policy.sample([], "q", SHORT))


def connections_at(listening):
    """Accept and close every connection that waits; say how many there were."""
    listening.setblocking(False)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            listening.accept()[0].close()
            count += 1
    return count
