"""What a served policy asks and how it reads the answer.

Covers engine/remote/messages.py.
"""

import threading

import pytest

from engine import (
    FinishReason,
    Sampling,
)
from engine.remote import connect
from engine.step_splitter import StepSplitter
from tests.engine.remote.conftest import SHORT
from tests.engine.test_protocols import IMAGES
from tests.support.generators import rows_of, texts_of
from tests.support.openai_server import OpenAIServer
from tests.support.served_models import Scripted, Thinking

FIRST_OF_SEED_5 = 4207629804908544  # from its SHA-256, the same everywhere and always


def test_what_is_sent(server, open_policy):
    sampling = Sampling(n=2, seed=5, temperature=0.9, top_p=0.8, top_k=3, max_new_tokens=9)
    texts_of(open_policy().sample(IMAGES, "How many?", sampling))
    (body,) = server.chats()
    system, user = body["messages"]
    assert (system["role"], system["content"].startswith("你是书生")) == ("system", True)
    assert [part["type"] for part in user["content"]] == ["image_url", "text"]
    assert user["content"][0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert user["content"][1]["text"].startswith("Your task is to answer the question below.")
    assert user["content"][1]["text"].endswith("How many?")
    sent = {key: body[key] for key in ("model", "n", "seed", "temperature", "top_p", "top_k", "max_tokens", "stream")}
    assert sent == {
        "model": "tiny-internvl",
        "n": 2,
        "seed": FIRST_OF_SEED_5,
        "temperature": 0.9,
        "top_p": 0.8,
        "top_k": 3,
        "max_tokens": 9,
        "stream": True,
    }


SPECIAL = Sampling(n=1, repetition_penalty=1.2, stop=("\n\n", "Question:"))


@pytest.mark.parametrize("owner", ["vllm", "someone"])
def test_a_penalty_and_stop_texts_are_sent_to_whoever_is_asked_for_them(server, open_policy, owner):
    server.script.owner = owner
    texts_of(open_policy().sample([], "How many?", SPECIAL))
    (body,) = server.chats()
    assert (body["repetition_penalty"], body["stop"]) == (1.2, ["\n\n", "Question:"])


def test_unknown_models_get_no_system_message_and_no_unknown_field(server, open_policy):
    server.script.models, server.script.owner = ["qwen2.5-vl"], "someone"
    texts_of(open_policy(server.base).sample([], "How many?", SHORT))
    (body,) = server.chats()
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert not {"top_k", "min_p", "repetition_penalty", "stop", "return_token_ids"} & set(body)


@pytest.mark.parametrize(("option", "roles"), [("internvl", ["system", "user"]), ("none", ["user"])])
def test_the_address_says_which_system_message(server, open_policy, option, roles):
    texts_of(open_policy(f"{server.address}?system={option}").sample([], "How many?", SHORT))
    assert [message["role"] for message in server.chats()[0]["messages"]] == roles


@pytest.mark.parametrize("n", ["refuses", "ignores"])
def test_servers_without_n_are_asked_once_a_draw(server, open_policy, n):
    policy = open_policy()
    sampling = Sampling(n=5, seed=3, max_new_tokens=50)
    expected = texts_of(policy.sample([], "How many?", sampling))
    server.script.n = n
    server.requests.clear()
    assert texts_of(policy.sample([], "How many?", sampling)) == expected
    first = server.chats()[0]["seed"]
    asked = sorted(body["seed"] for body in server.chats() if "n" not in body)
    assert asked == [first + draw for draw in range(n == "ignores", 5)]
    server.requests.clear()
    assert texts_of(policy.sample([], "How many?", sampling)) == expected
    assert len(server.chats()) == 5  # a refusal is remembered


def test_neighbouring_seeds_share_no_draw(server, open_policy):
    """Seeds 0 and 1 were once asked with 0 to 7 and 1 to 8."""
    policy = open_policy()
    server.script.n = "refuses"
    for seed in (0, 1, 2**63 - 1, 0):
        texts_of(policy.sample([], "How many?", Sampling(n=8, seed=seed, max_new_tokens=9)))
    asked = [body["seed"] for body in server.chats() if "n" not in body]
    runs = [sorted(asked[start : start + 8]) for start in range(0, 32, 8)]
    assert runs[3] == runs[0]
    assert len({seed for run in runs for seed in run}) == 24
    assert all(0 <= seed <= 2**53 for seed in asked)


def test_tokens_and_finish_reasons(open_policy):
    rows = rows_of(open_policy().sample([], "How many?", Sampling(n=2, max_new_tokens=3)))
    assert [(chunks[-1].tokens, chunks[-1].finish) for _, chunks in sorted(rows.items())] == [
        (3, FinishReason.LENGTH),
        (2, FinishReason.STOP),
    ]


ODD = "a\u2028b\u2029c\x85d\x0be\x0cf \u200b\ud7ff🙂 \\frac{1}{2}\r\n\r\nEnd "


@pytest.mark.parametrize("separator", ["\n\n", "\r\n\r\n", "\n"])
def test_text_is_exactly_what_was_streamed(separator):
    """httpx's own lines end at U+2028, U+0085 and others, which servers write raw inside JSON."""
    with OpenAIServer(Scripted(ODD), escapes=False, separator=separator) as server:
        policy = connect.open_policy(server.address)
        assert texts_of(policy.sample([], "q", Sampling(n=1))) == {0: ODD}
        policy.close()


def test_a_slow_stream_never_holds_the_worker(server, open_policy):
    server.script.gate = threading.Event()
    generator = open_policy().sample([], "q", Sampling(n=1))
    assert [next(generator) for _ in range(5)] == [()] * 5
    server.script.gate.set()
    assert texts_of(generator) == {0: "One bar.\n\nFinal answer: 1"}


def test_closing_the_generator_closes_the_connection():
    with OpenAIServer(Scripted("word " * 5000), wait=0.005) as server:
        policy = connect.open_policy(server.address)
        generator = policy.sample([], "q", Sampling(n=4, max_new_tokens=100_000))
        while not next(generator):
            pass
        generator.close()
        assert server.broken.wait(60)
        assert server.events < 2000
        policy.close()


def told_by(policy, sampling, question="How many?"):
    """Thought and text of every draw, as a run puts them together."""
    found = {}
    for draw, chunks in rows_of(policy.sample([], question, sampling)).items():
        splitter = StepSplitter(draw)
        for chunk in chunks:
            splitter.take(chunk)
        splitter.end(chunks[-1].finish)
        solution = splitter.solution(problem_id="p", policy_model="m", seconds=1.0)
        found[draw] = (solution.thought, solution.steps, solution.answer, solution.finish)
    return found


WHOLE = ("Is it 5? Final answer: 5", ("Two bars.", "Final answer: 2"), "2", FinishReason.STOP)
SOLVED = "Two bars.\n\nFinal answer: 2"


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
@pytest.mark.parametrize("owner", ["vllm", "someone"])
def test_a_thought_that_the_server_tells_apart_is_a_thought(field, owner):
    with OpenAIServer(Thinking(WHOLE[0], SOLVED), reasoning=field, owner=owner) as server:
        policy = connect.open_policy(server.address)
        assert told_by(policy, Sampling(n=2, max_new_tokens=50)) == {0: WHOLE, 1: WHOLE}
        cut = (WHOLE[0].removesuffix(" 5"), (), None, FinishReason.LENGTH)
        assert told_by(policy, Sampling(n=1, max_new_tokens=5)) == {0: cut}
        policy.close()


@pytest.mark.parametrize("opening", ["", "<think>\n"])
@pytest.mark.parametrize("owner", ["vllm", "someone"])
def test_a_thought_in_the_text_is_told_apart(opening, owner):
    """Servers without a reasoning parser send it as it is written: without its first mark where the template wrote that."""
    text = f"{'' if opening else '<think>'}{WHOLE[0]}\n</think>\n\n{SOLVED}"
    with OpenAIServer(Scripted(text, opening=opening), owner=owner) as server:
        policy = connect.open_policy(server.address)
        assert told_by(policy, Sampling(n=2, max_new_tokens=50)) == {0: WHOLE, 1: WHOLE}
        policy.close()


def test_a_thought_that_the_template_began_and_nothing_ended_leaves_no_steps():
    with OpenAIServer(Scripted(WHOLE[0], opening="<think>\n")) as server:
        policy = connect.open_policy(server.address)
        (cut,) = told_by(policy, Sampling(n=1, max_new_tokens=3)).values()
        assert cut == ("Is it 5?", (), None, FinishReason.LENGTH)
        policy.close()
