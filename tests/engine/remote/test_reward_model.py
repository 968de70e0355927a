"""Scores of servers with more and with less than vLLM offers; what is approximate says so.

Covers engine/remote/probe.py.
"""

import math

import pytest

from engine import (
    InvalidRequest,
    ServerError,
)
from engine.protocols import run_to_end
from engine.remote import connect
from tests.engine.remote.conftest import FAST, judged
from tests.support.openai_server import OpenAIServer
from tests.support.served_models import Scripted, last_step


def test_both_tokens_are_read_exactly(server, open_reward_model):
    model = open_reward_model()
    steps = ["a", "bcd", "12345678"]
    assert list(run_to_end(run_to_end(model.open_session([], "q")).score({3: steps}))[3]) == judged(steps)
    body = server.chats()[-1]
    sent = {key: body[key] for key in ("max_tokens", "logprobs", "top_logprobs", "logprob_token_ids", "temperature")}
    assert sent == {
        "max_tokens": 1,
        "logprobs": True,
        "top_logprobs": 0,
        "logprob_token_ids": [43, 45],
        "temperature": 0.0,
    }


@pytest.mark.parametrize(
    "lacks", [{"knows_token_ids": False}, {"has_tokenize": False}, {"owner": "x", "has_tokenize": False}]
)
def test_other_servers_are_approximate_and_say_so(server, open_reward_model, lacks):
    for name, value in lacks.items():
        setattr(server.script, name, value)
    model = open_reward_model()
    assert model.card.name == "tiny-internvl (approximate)"
    assert "approximate" in model.notice
    steps = ["a", "bcd"]
    assert list(run_to_end(run_to_end(model.open_session([], "q")).score({0: steps}))[0]) == judged(steps)
    assert server.chats()[-1]["top_logprobs"] == 20


def test_given_token_ids_need_no_tokenizer(server, open_reward_model):
    server.script.has_tokenize = False
    model = open_reward_model(f"{server.address}?plus=43&minus=45")
    assert model.card.name == "tiny-internvl"
    assert list(run_to_end(run_to_end(model.open_session([], "q")).score({0: ["abc"]}))[0]) == judged(["abc"])


class Shy(Scripted):
    """Says what it thinks of a step by the step's first letter: p, m or none of the two are likely."""

    def logprobs(self, body):
        said = last_step(body)[0]
        values = {f"token_id:{token}": -4.0 for token in range(64, 128)}
        return {**values, "token_id:43": -0.5 if said == "p" else -9.0, "token_id:45": -0.5 if said == "m" else -9.0}


def test_a_missing_token_is_bounded_and_two_are_an_error():
    with OpenAIServer(Shy(), knows_token_ids=False) as server:
        model = connect.open_reward_model(server.address, limits=FAST)
        session = run_to_end(model.open_session([], "q"))
        bound = 1 / (1 + math.exp(-3.5))
        assert run_to_end(session.score({0: ["plus", "minus"]}))[0] == pytest.approx((bound, 1 - bound))
        with pytest.raises(InvalidRequest, match="Neither '\\+' nor '-' is among the 20"):
            run_to_end(session.score({1: ["neither"]}))
        model.close()


def test_another_chat_template_is_noticed(open_reward_model, server):
    tokenize = server.backend.tokenize
    server.backend.tokenize = lambda body: tokenize(body) if "prompt" in body else [1, *tokenize(body), 2]
    model = open_reward_model()
    assert model.card.name.endswith("(approximate)")
    assert "chat template" in model.notice


def test_a_first_token_of_every_prompt_is_no_other_template(open_reward_model, server):
    tokenize = server.backend.tokenize
    server.backend.tokenize = lambda body: tokenize(body) if "prompt" in body else [1, *tokenize(body)]
    assert open_reward_model().notice is None


def test_a_connection_that_breaks_is_asked_again(server, open_reward_model):
    """One of 400 requests whose connection was reset failed the whole solution."""
    session = run_to_end(open_reward_model().open_session([], "q"))
    server.script.drops = 2
    assert list(run_to_end(session.score({0: ["a", "bcd"]}))[0]) == judged(["a", "bcd"])
    server.script.drops = 1 + len(FAST.retries)
    asked = len(server.chats())
    with pytest.raises(ServerError, match="broke the connection"):
        run_to_end(session.score({0: ["e"]}))
    assert len(server.chats()) - asked == 1 + len(FAST.retries)


@pytest.mark.slow
def test_400_steps(server, open_reward_model):
    steps = [f"Step {index}." for index in range(400)]  # 400 requests, the last with 400 turns
    scores = run_to_end(run_to_end(open_reward_model(limits=None).open_session([], "q")).score({0: steps}))[0]
    assert list(scores) == judged(steps)
