"""Served models against a real HTTP server in this process: the contract, exactness, and everything that can go wrong."""

import json
import logging
import math
import socket
import subprocess
import sys
import threading
import time

import pytest

from engine import (
    Engine,
    EngineClosed,
    FinishReason,
    InvalidRequest,
    LoadError,
    ModelChoice,
    Models,
    Problem,
    RunEnded,
    RunStarted,
    Sampling,
    ScoringFailed,
    SolutionFinished,
    SolutionScored,
)
from engine.__main__ import main as engine_main
from engine.errors import ServerError
from engine.loading import load_models
from engine.models.registry import NetworkRewardModel
from engine.remote import opening
from engine.remote.address import System, is_address, read_address
from engine.remote.client import Limits
from tests.engine.openai_server import OpenAIServer, Scripted, Served, last_step
from tests.engine.steppers import finish, rows_of, texts_of
from tests.engine.test_contract import (  # the same tests, with the fixtures below
    HOSTILE,
    IMAGES,
    QUESTION,
    test_a_whole_run,
    test_draws_do_not_depend_on_how_many_there_are,
    test_dropped_rows_start_again,
    test_every_draw_ends_exactly_once,
    test_every_step_gets_a_probability,
    test_hostile_questions_are_sampled,
    test_hostile_texts_are_scored,
    test_sampling_can_be_closed_at_any_step,
    test_scores_do_not_depend_on_how_steps_come_in,
    test_stop_half_way,
    test_two_interleaved_samplings_do_not_disturb_each_other,
)
from tests.engine.tiny import drawing

__all__ = [
    "test_a_whole_run",
    "test_draws_do_not_depend_on_how_many_there_are",
    "test_dropped_rows_start_again",
    "test_every_draw_ends_exactly_once",
    "test_every_step_gets_a_probability",
    "test_hostile_questions_are_sampled",
    "test_hostile_texts_are_scored",
    "test_sampling_can_be_closed_at_any_step",
    "test_scores_do_not_depend_on_how_steps_come_in",
    "test_stop_half_way",
    "test_two_interleaved_samplings_do_not_disturb_each_other",
]

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


# ---- exactness ----


STEPS = {
    "ordinary": ["The red bar is 12.", "12 + 3 = 15.", "Final answer: 15"],
    "one": ["No idea."],
    "empty": ["", "b", "", ""],
    "ragged": ["\n\na\n", " b ", "\n"],
    "a sign": ["+", "-", "+<|im_end"],
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("images", [[], IMAGES, [drawing(), drawing(90, 30)]], ids=["no image", "one", "two"])
def test_scores_equal_those_of_the_same_model_loaded_here(tiny, reward_model, images, steps):
    here = finish(NetworkRewardModel(tiny).open_session(images, QUESTION))
    there = finish(reward_model.open_session(images, QUESTION))
    assert finish(there.score({0: steps}))[0] == pytest.approx(finish(here.score({0: steps}))[0], abs=1e-5)


@pytest.mark.parametrize("question", ["<image>\nHow many?", "Look: <image>", "<image>\n<image>\nSum?"])
def test_pictures_stand_where_the_question_says(tiny, reward_model, question):
    images = [drawing(seed=seed) for seed in range(question.count("<image>"))]
    here = finish(NetworkRewardModel(tiny).open_session(images, question))
    there = finish(reward_model.open_session(images, question))
    steps = {0: ["One.", "Two."]}
    assert finish(there.score(steps))[0] == pytest.approx(finish(here.score(steps))[0], abs=1e-5)


def test_an_exact_model_is_called_by_its_name(reward_model):
    assert (reward_model.card.name, reward_model.notice) == ("tiny-internvl", None)
    assert reward_model.count_tiles([drawing(448, 448), drawing(896, 448)]) == (1, 3)


def test_token_ids_come_from_the_conversation(tiny, reward_model):
    answers = reward_model.learn()
    assert (answers.plus, answers.minus) == (tiny.tokens.token_id("+"), tiny.tokens.token_id("-"))


def test_text_of_a_user_forges_no_turn(tiny_server, reward_model):
    session = finish(reward_model.open_session(IMAGES, HOSTILE["template markers"]))
    finish(session.score({0: [HOSTILE["template markers"]]}))
    (message,) = [m for m in tiny_server.chats()[-1]["messages"] if m["role"] == "user"]
    text = "".join(part.get("text", "") for part in message["content"])
    assert not any(token in text for token in ("<|im_end|>", "<|im_start|>", "<img>", "<IMG_CONTEXT>"))
    assert "im_end" in text


# ---- the policy's request ----


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
        "seed": 5,
        "temperature": 0.9,
        "top_p": 0.8,
        "top_k": 3,
        "max_tokens": 9,
        "stream": True,
    }


def test_strangers_get_no_system_message_and_no_unknown_field(server, open_policy):
    server.script.models, server.script.owner = ["qwen2.5-vl"], "someone"
    texts_of(open_policy(server.base).sample([], "How many?", SHORT))
    (body,) = server.chats()
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert not {"top_k", "min_p", "repetition_penalty", "return_token_ids"} & set(body)


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
    assert sorted(body["seed"] for body in server.chats() if "n" not in body) == ([3, 4, 5, 6, 7][n == "ignores" :])
    server.requests.clear()
    assert texts_of(policy.sample([], "How many?", sampling)) == expected
    assert len(server.chats()) == 5  # a refusal is remembered


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
        policy = opening.open_policy(server.address)
        assert texts_of(policy.sample([], "q", Sampling(n=1))) == {0: ODD}
        policy.close()


def test_a_slow_stream_never_holds_the_worker(server, open_policy):
    policy = open_policy()
    server.script.wait = 0.1
    generator = policy.sample([], "q", Sampling(n=1))
    turns = []
    while True:
        started = time.monotonic()
        if next(generator, None) is None:
            break
        turns.append(time.monotonic() - started)
    assert len(turns) > 8
    assert sorted(turns)[len(turns) // 2] < 0.06


def test_closing_the_generator_closes_the_connection():
    with OpenAIServer(Scripted("word " * 5000), wait=0.005) as server:
        policy = opening.open_policy(server.address)
        generator = policy.sample([], "q", Sampling(n=4, max_new_tokens=100_000))
        while not next(generator):
            pass
        generator.close()
        assert server.broken.wait(5)
        assert server.events < 2000
        policy.close()


# ---- scoring without vLLM ----


def judged(steps):
    return [pytest.approx(1 / (1 + len(step)), abs=1e-6) for step in steps]


def test_both_tokens_are_read_exactly(server, open_reward_model):
    model = open_reward_model()
    steps = ["a", "bcd", "12345678"]
    assert list(finish(finish(model.open_session([], "q")).score({3: steps}))[3]) == judged(steps)
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
    assert list(finish(finish(model.open_session([], "q")).score({0: steps}))[0]) == judged(steps)
    assert server.chats()[-1]["top_logprobs"] == 20


def test_given_token_ids_need_no_tokenizer(server, open_reward_model):
    server.script.has_tokenize = False
    model = open_reward_model(f"{server.address}?plus=43&minus=45")
    assert model.card.name == "tiny-internvl"
    assert list(finish(finish(model.open_session([], "q")).score({0: ["abc"]}))[0]) == judged(["abc"])


class Shy(Scripted):
    """Says what it thinks of a step by the step's first letter: p, m or none of the two are likely."""

    def logprobs(self, body):
        said = last_step(body)[0]
        values = {f"token_id:{token}": -4.0 for token in range(64, 128)}
        return {**values, "token_id:43": -0.5 if said == "p" else -9.0, "token_id:45": -0.5 if said == "m" else -9.0}


def test_a_missing_token_is_bounded_and_two_are_an_error():
    with OpenAIServer(Shy(), knows_token_ids=False) as server:
        model = opening.open_reward_model(server.address, limits=FAST)
        session = finish(model.open_session([], "q"))
        bound = 1 / (1 + math.exp(-3.5))
        assert finish(session.score({0: ["plus", "minus"]}))[0] == pytest.approx((bound, 1 - bound))
        with pytest.raises(InvalidRequest, match="Neither '\\+' nor '-' is among the 20"):
            finish(session.score({1: ["neither"]}))
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


def test_400_steps(server, open_reward_model):
    steps = [f"Step {index}." for index in range(400)]  # 400 requests, the last with 400 turns
    scores = finish(finish(open_reward_model(limits=None).open_session([], "q")).score({0: steps}))[0]
    assert list(scores) == judged(steps)


# ---- failures ----


def end_of(models, n=2, **more):
    with Engine(lambda: models) as engine:
        events = list(engine.solve(Problem(question="q"), (), Sampling(n=n, max_new_tokens=50), **more).events())
        assert isinstance(events[-1], RunEnded)
        return events, engine


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, {}, b'{"error": {"message": "EngineCore encountered an issue."}}'), "HTTP 500: EngineCore encountered"),
        ((500, {}, b"Internal Server Error"), "HTTP 500: Internal Server Error."),
        ((500, {}, b"<html><body>nginx</body></html>"), "HTTP 500: it gave no reason."),
        ((404, {}, b'{"message": "The model does not exist."}'), "does not exist. It serves 'tiny-internvl'"),
        ((302, {"location": "http://elsewhere.example/v1"}, b""), "elsewhere.example/v1', which is not followed"),
        ((403, {}, b"{}"), "asks for an API key, and none is set"),
        ((400, {}, b'{"detail": "bad temperature"}'), "HTTP 400: bad temperature."),
        ((422, {}, b'{"detail": [{"msg": "Input should be positive"}]}'), "HTTP 422: Input should be positive."),
        ((413, {}, b""), "HTTP 413: it gave no reason."),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, tuple) else None,
)
def test_refusals_are_told_and_the_next_request_is_served(server, open_policy, answer, says):
    policy = open_policy()
    server.script.answers = [answer]
    with pytest.raises(ServerError) as caught:
        texts_of(policy.sample([], "q", Sampling(n=1)))
    assert says in str(caught.value)
    assert server.base in str(caught.value)
    assert len(texts_of(policy.sample([], "q", SHORT))) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(server, open_policy, open_reward_model, status):
    policy, reward_model = open_policy(), open_reward_model()
    server.script.answers = [(status, {"retry-after": "0"}, b"{}")]
    assert len(texts_of(policy.sample([], "q", SHORT))) == 2
    server.script.answers = [(status, {}, b"{}")] * 2
    assert list(finish(finish(reward_model.open_session([], "q")).score({0: ["abc"]}))[0]) == judged(["abc"])
    server.script.answers = [(status, {}, b"{}")] * 3
    with pytest.raises(ServerError, match=f"overloaded or still starting \\(HTTP {status}\\)"):
        texts_of(policy.sample([], "q", Sampling(n=1)))


def test_a_500_is_not_asked_again(server, open_policy):
    policy = open_policy()
    server.script.answers = [(500, {}, b"{}")]
    with pytest.raises(ServerError):
        texts_of(policy.sample([], "q", SHORT))
    assert len(server.chats()) == 1


@pytest.mark.parametrize("fault", ["drop_after", "error_after"])
def test_a_server_killed_while_writing_keeps_what_was_written(open_policy, open_reward_model, server, fault):
    models = Models(policy=open_policy(), reward_model=open_reward_model())
    setattr(server.script, fault, 4)  # solution 1 has "Two.\n\nFinal " by then
    events, _ = end_of(models)
    assert isinstance(events[-1].error, ServerError)
    assert "broke the connection" in str(events[-1].error) or "EngineCore died" in str(events[-1].error)
    solutions = {e.solution.draw: e.solution for e in events if isinstance(e, SolutionFinished)}
    assert solutions[1].steps[0] == "Two."
    assert {solution.finish for solution in solutions.values()} == {FinishReason.CANCELLED, FinishReason.STOP} or {
        solution.finish for solution in solutions.values()
    } == {FinishReason.CANCELLED}
    setattr(server.script, fault, None)
    events, _ = end_of(models)
    assert events[-1].error is None


def test_an_error_while_scoring_keeps_the_solutions(open_policy, open_reward_model, server):
    models = Models(policy=open_policy(), reward_model=open_reward_model())
    logprobs = server.backend.logprobs
    server.backend.logprobs = lambda body: {}  # the server's own code fails: the connection just ends
    events, _ = end_of(models)
    assert isinstance(events[-1].error, ServerError)
    assert len([e for e in events if isinstance(e, SolutionFinished)]) == 2
    server.backend.logprobs = logprobs
    events, _ = end_of(models)
    assert events[-1].error is None
    assert len([e for e in events if isinstance(e, SolutionScored)]) == 2


def test_a_score_that_is_no_number_fails_its_row_alone(open_policy, open_reward_model, server):
    logprobs = server.backend.logprobs

    def broken(body):
        is_bad = last_step(body) == "Two."
        return dict.fromkeys(logprobs(body), math.nan) if is_bad else logprobs(body)

    server.backend.logprobs = broken
    events, _ = end_of(Models(policy=open_policy(), reward_model=open_reward_model()))
    assert [event.draw for event in events if isinstance(event, ScoringFailed)] == [1]
    assert [event.draw for event in events if isinstance(event, SolutionScored)] == [0]


@pytest.mark.parametrize("begin", [b"not json", b"<html>", b'{"choices": ', b""])
def test_what_is_no_json_is_named(open_reward_model, server, begin):
    model = open_reward_model()
    session = finish(model.open_session([], "q"))
    server.script.answers = [(200, {}, begin)]
    with pytest.raises(ServerError, match="no JSON"):
        finish(session.score({0: ["abc"]}))
    assert list(finish(session.score({0: ["abc"]}))[0]) == judged(["abc"])


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"1", b'{"choices": [{"logprobs": null}]}', b'{"choices": "x"}'])
def test_json_of_another_shape_is_an_error_not_a_crash(open_reward_model, server, answer):
    session = finish(open_reward_model().open_session([], "q"))
    server.script.answers = [(200, {}, answer)]
    with pytest.raises(ServerError, match="no log-probabilities"):
        finish(session.score({0: ["abc"]}))


@pytest.mark.parametrize(
    "stream", [b"data: {bad\n\n", b"data: [DONE]\n\n", b"", b'data: {"choices": []}\n\n', b"data: 3\n\n"]
)
def test_a_stream_of_another_shape_is_an_error_not_a_crash(open_policy, server, stream):
    policy = open_policy()
    server.script.answers = [(200, {}, stream)]
    with pytest.raises(ServerError, match=r"no JSON|stopped in the middle"):
        texts_of(policy.sample([], "q", SHORT))


def test_a_silent_server_is_given_up(server, open_policy, open_reward_model):
    policy, reward_model = open_policy(), open_reward_model()
    server.script.hang = True
    started = time.monotonic()
    with pytest.raises(ServerError, match=r"no answer for 0\.6 seconds"):
        texts_of(policy.sample([], "q", SHORT))
    with pytest.raises(ServerError, match=r"no answer for 0\.6 seconds"):
        finish(finish(reward_model.open_session([], "q")).score({0: ["a", "b"]}))
    assert time.monotonic() - started < 5


def test_too_long_is_an_invalid_request_and_fails_alone(server, open_policy, open_reward_model):
    too_long = (400, {}, b'{"message": "This model\'s maximum context length is 4096 tokens."}')
    policy = open_policy()
    server.script.answers = [too_long]
    with pytest.raises(InvalidRequest, match="maximum context length is 4096"):
        texts_of(policy.sample([], "q", SHORT))
    reward_model = open_reward_model()
    server.script.answers = [too_long]
    session = finish(reward_model.open_session([], "q"))
    with pytest.raises(InvalidRequest):
        finish(session.score({0: ["abc"]}))
    server.script.answers = []
    assert list(finish(session.score({0: ["abc"]}))[0]) == judged(["abc"])  # the row had not changed


def test_a_server_may_start_after_the_app(caplog):
    port = free_port()
    source = f"http://127.0.0.1:{port}/v1#tiny-internvl"
    with caplog.at_level(logging.WARNING):
        models = load_models(ModelChoice(policy=source, reward_model=source))
    assert "does not answer" in caplog.text
    events, _ = end_of(models)
    assert isinstance(events[-1].error, ServerError)
    assert f"http://127.0.0.1:{port}/v1 does not answer" in str(events[-1].error)
    with OpenAIServer(port=port):
        events, _ = end_of(models)
    assert events[-1].error is None
    (started,) = [event for event in events if isinstance(event, RunStarted)]
    assert (started.record.policy_model, started.record.reward_model) == ("tiny-internvl", "tiny-internvl")
    models.policy.close()
    models.reward_model.close()


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("{base}#other", "has no model 'other'; it serves 'tiny-internvl', 'second'"),
        ("{base}", "serves several models or none: 'tiny-internvl', 'second'"),
        ("{root}/elsewhere#x", "Does the address end with /v1?"),
    ],
)
def test_a_wrong_name_is_an_error_at_once(server, source, says):
    server.script.models.append("second")
    with pytest.raises(ServerError) as caught:
        opening.open_policy(source.format(base=server.base, root=server.base.removesuffix("/v1")), limits=FAST)
    assert says in str(caught.value)


# ---- the key ----


@pytest.mark.parametrize(
    ("key", "says"), [(None, "asks for an API key, and none is set"), ("wrong", "refuses the API key")]
)
def test_a_missing_or_wrong_key_is_told(server, key, says):
    server.script.api_key = "s3cret"
    with pytest.raises(ServerError, match=says) as caught:
        opening.open_policy(server.address, api_key=key, limits=FAST)
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
        ("http://host:port/v1", "is no address"),
        ("http://me:s3cret@host/v1", "holds a user or a password"),
        ("http://host/v1?key=1#m", "has a query"),
        ("http://host/v1#m?colour=red", "unknown options ['colour']"),
        ("http://host/v1#m?system=polite", "system is 'polite'"),
        ("http://host/v1#m?plus=1", "give both token ids"),
        ("http://host/v1#m?plus=a&minus=b", "'a' is no token id"),
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
    policy, reward_model = opening.open_policy(server.address), opening.open_reward_model(server.address)
    generator = policy.sample(IMAGES, "q", SHORT)
    next(generator)
    next(generator)
    assert len(remote_threads() - before) == 2
    for model in (policy, reward_model, policy):
        model.close()
    assert remote_threads() == before
    with pytest.raises(EngineClosed):
        texts_of(generator)


def test_a_refused_model_leaves_no_thread(server):
    before = remote_threads()
    with pytest.raises(ServerError):
        opening.open_reward_model(f"{server.base}#other", limits=FAST)
    assert remote_threads() == before


# ---- through the door ----


def test_served_and_loaded_models_mix(server, tiny_folder):
    models = load_models(ModelChoice(policy=server.address, reward_model=tiny_folder))
    events, _ = end_of(models)
    assert events[-1].error is None
    assert len([event for event in events if isinstance(event, SolutionScored)]) == 2
    models.policy.close()
    models = load_models(ModelChoice(policy=None, reward_model=server.address))
    assert (models.policy, models.reward_model.card.name) == (None, "tiny-internvl")
    models.reward_model.close()


def test_the_command_line_takes_an_address(server, tmp_path):
    rows, scores = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows.write_text(json.dumps({"id": 1, "image": None, "question": "q", "response": {"steps": ["abc"]}}))
    arguments = ["score", "--reward-model", server.address, "--input", str(rows), "--output", str(scores)]
    assert engine_main(arguments) == 0
    assert json.loads(scores.read_text())["score"] == pytest.approx(0.25)


def test_without_an_address_no_http_library_is_loaded(tiny_folder):
    code = (
        "import sys; from engine.loading import ModelChoice, load_models; "
        f"load_models(ModelChoice(policy=None, reward_model={str(tiny_folder)!r})); "
        "sys.exit('engine.remote.client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
