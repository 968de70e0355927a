"""A real HTTP server in this process, and models opened on it."""

import socket

import pytest

from engine import (
    Engine,
    Models,
    Problem,
    RunEnded,
    Sampling,
)
from engine.remote import opening
from engine.remote.client import Limits
from tests.engine.openai_server import OpenAIServer, Served

FAST = Limits(connect=1.0, silence=0.6, question=5.0, retries=(0.01, 0.02))
SHORT = Sampling(n=2, max_new_tokens=24)


@pytest.fixture(scope="module")
def tiny_server(tiny):
    with OpenAIServer(Served(tiny)) as server:
        yield server


@pytest.fixture(scope="module")
def policy(tiny_server):
    model = opening.open_policy(tiny_server.address)
    yield model
    model.close()


@pytest.fixture(scope="module")
def reward_model(tiny_server):
    model = opening.open_reward_model(tiny_server.address)
    yield model
    model.close()


@pytest.fixture(scope="module")
def models(policy, reward_model):
    return Models(policy=policy, reward_model=reward_model)


@pytest.fixture
def server():
    with OpenAIServer() as running:
        yield running


@pytest.fixture
def open_policy(server):
    opened = []

    def open_one(source=None, limits=FAST, **more):
        opened.append(opening.open_policy(source or server.address, limits=limits, **more))
        return opened[-1]

    yield open_one
    for model in opened:
        model.close()


@pytest.fixture
def open_reward_model(server):
    opened = []

    def open_one(source=None, limits=FAST, **more):
        opened.append(opening.open_reward_model(source or server.address, limits=limits, **more))
        return opened[-1]

    yield open_one
    for model in opened:
        model.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def judged(steps):
    return [pytest.approx(1 / (1 + len(step)), abs=1e-6) for step in steps]


def end_of(models, n=2, **more):
    with Engine(lambda: models) as engine:
        events = list(engine.solve(Problem(question="q"), (), Sampling(n=n, max_new_tokens=50), **more).events())
        assert isinstance(events[-1], RunEnded)
        return events, engine
