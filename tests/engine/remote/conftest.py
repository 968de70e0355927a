"""A real HTTP server in this process, and models opened on it."""

import pytest

from engine import (
    Engine,
    Models,
    Problem,
    RunEnded,
    Sampling,
)
from engine.remote import connect
from engine.remote.client import Limits
from tests.support.openai_server import OpenAIServer
from tests.support.served_models import ServedModelInfo

FAST = Limits(connect=5.0, silence=3.5, question=30.0, retries=(0.01, 0.02))
SHORT = Sampling(n=2, max_new_tokens=24)


@pytest.fixture(scope="module")
def tiny_server(tiny):
    with OpenAIServer(ServedModelInfo(tiny)) as server:
        yield server


@pytest.fixture(scope="module")
def policy(tiny_server):
    model = connect.open_policy(tiny_server.address)
    yield model
    model.close()


@pytest.fixture(scope="module")
def reward_model(tiny_server):
    model = connect.open_reward_model(tiny_server.address)
    yield model
    model.close()


@pytest.fixture
def models(tiny_server):
    """For an engine, which closes them."""
    address = tiny_server.address
    return Models(policy=connect.open_policy(address), reward_model=connect.open_reward_model(address))


@pytest.fixture
def server():
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def engine(server):
    """An engine with both models on the server."""
    policy = connect.open_policy(server.address, limits=FAST)
    reward_model = connect.open_reward_model(server.address, limits=FAST)
    with Engine(lambda: Models(policy=policy, reward_model=reward_model)) as running:
        yield running


@pytest.fixture
def open_policy(server):
    opened = []

    def open_one(source=None, limits=FAST, **more):
        opened.append(connect.open_policy(source or server.address, limits=limits, **more))
        return opened[-1]

    yield open_one
    for model in opened:
        model.close()


@pytest.fixture
def open_reward_model(server):
    opened = []

    def open_one(source=None, limits=FAST, **more):
        opened.append(connect.open_reward_model(source or server.address, limits=limits, **more))
        return opened[-1]

    yield open_one
    for model in opened:
        model.close()


def judged(steps):
    return [pytest.approx(1 / (1 + len(step)), abs=1e-6) for step in steps]


def run_of(engine, n=2):
    """The events of one run, RunEnded last."""
    events = list(engine.solve(Problem(question="q"), (), Sampling(n=n, max_new_tokens=50)).events())
    assert isinstance(events[-1], RunEnded)
    return events
