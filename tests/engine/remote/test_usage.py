"""What a run is told of the servers it asks: how long they want it to wait, what they counted, what it costs.

Covers engine/serving/metered_models.py.
"""

from dataclasses import replace
from email.utils import formatdate
from time import time

import pytest

from engine import Engine, ModelChoice, Models, Problem, Sampling
from engine.events import ServerWaiting, TextAdded
from engine.loading import load_models
from engine.models.registry import NetworkPolicy, NetworkRewardModel
from engine.serving.run import RunRequest
from tests.engine.remote.conftest import FAST, SHORT, run_of
from tests.support.generators import texts_of

NAME = "tiny-internvl"


def waits_of(events):
    return [event.wait and event.wait.sentence for event in events if isinstance(event, ServerWaiting)]


@pytest.mark.parametrize("stated", [lambda: "1", lambda: formatdate(time() + 2, usegmt=True)], ids=["seconds", "date"])
def test_a_rate_limit_is_waited_for_and_told(engine, server, stated):
    server.script.answers = [(429, {"retry-after": stated()}, b"{}")]
    events = run_of(engine)
    assert events[-1].error is None
    told = waits_of(events)
    assert told[0] in {f"waiting {seconds} s: the server's rate limit" for seconds in (1, 2, 3)}
    assert told[-1] is None


def test_a_wait_that_is_too_long_is_an_error_that_says_how_long(engine, server):
    server.script.answers = [(429, {"retry-after": "86400"}, b'{"error": {"message": "Quota used up."}}')]
    events = run_of(engine)
    assert "Quota used up. It asks to wait 86,400 s." in str(events[-1].error)
    assert waits_of(events) == []


def test_a_request_waits_as_often_as_the_server_says(server, open_policy):
    """Its own tries were all there was, whatever a server stated: one of a hundred requests under a limit failed."""
    policy = open_policy(limits=replace(FAST, retries=()))
    server.script.answers = [(503, {"retry-after": "0.02"}, b"{}")] * 3
    assert len(texts_of(policy.sample([], "q", SHORT))) == 2


def test_tokens_are_those_that_the_server_counted(engine, server):
    """Two rows of one request, whose prompt of two messages is counted once; each step is a request of its own."""
    events = run_of(engine)
    policy, reward_model = events[-1].usage
    assert (policy.model, policy.requests, policy.counted, policy.read) == (NAME, 1, 1, 2)
    assert policy.written == 4 + 3
    scored = [body for body in server.chats() if "logprobs" in body][-4:]  # before them the server was probed
    assert (reward_model.requests, reward_model.counted, reward_model.written) == (4, 4, 4)
    assert reward_model.read == sum(len(body["messages"]) for body in scored)
    assert policy.cost is reward_model.cost is None


def test_the_next_run_begins_anew(engine):
    assert run_of(engine)[-1].usage == run_of(engine)[-1].usage


def test_a_server_that_counts_nothing_leaves_it_undefined(engine, server):
    server.script.tells_usage = False
    for each in run_of(engine)[-1].usage:
        assert (each.requests > 0, each.counted, each.read, each.written, each.cost) == (True, 0, None, None, None)


def test_a_server_that_refuses_to_count_is_asked_without(engine, server):
    server.script.refuses_usage = True
    first = run_of(engine)[-1]
    assert first.error is None
    assert (first.usage[0].counted, first.usage[0].requests) == (0, 1)
    asked = len([body for body in server.chats() if "stream_options" in body])
    assert run_of(engine)[-1].error is None
    assert len([body for body in server.chats() if "stream_options" in body]) == asked  # it is remembered
    assert server.script.n == "gives"
    assert server.chats()[-5].get("n") == 2  # it is still asked for several at once


def test_a_stopped_run_has_taken_at_least_what_was_counted(server, engine):
    server.script.wait = 0.05
    job = engine.submit(RunRequest(problem=Problem(question="q"), images=(), sampling=Sampling(n=2, max_new_tokens=50)))
    events = []
    for event in job.events():
        events.append(event)
        if isinstance(event, TextAdded):
            job.cancel()
    policy = events[-1].usage[0]
    assert events[-1].stopped
    assert (policy.requests, policy.counted, policy.read, policy.cost) == (1, 0, None, None)


def test_a_price_by_the_models_name_makes_a_cost(server):
    choice = ModelChoice(
        policy=server.address, reward_model=server.address, token_prices=f"{NAME}=1000000/500000,other=1/1"
    )
    with Engine(lambda: load_models(choice)) as engine:
        policy, reward_model = run_of(engine)[-1].usage
    assert policy.cost == pytest.approx(policy.read + policy.written / 2)
    assert reward_model.cost == pytest.approx(reward_model.read + reward_model.written / 2)


def test_a_run_of_local_models_has_no_usage(tiny):
    models = Models(policy=NetworkPolicy(tiny), reward_model=NetworkRewardModel(tiny))
    with Engine(lambda: models) as engine:
        assert run_of(engine)[-1].usage == ()
