"""Servers that are down, slow, wrong or killed: a clear message, partial results kept, the next request served.

Covers engine/remote/client.py, engine/remote/errors.py.
"""

import math

import pytest

from engine import (
    FinishReason,
    InvalidRequest,
    Sampling,
    ScoringFailed,
    SolutionFinished,
    SolutionScored,
)
from engine.errors import ServerError
from engine.protocols import run_to_end
from engine.remote import connect
from tests.engine.remote.conftest import FAST, SHORT, judged, run_of
from tests.support.generators import texts_of
from tests.support.served_models import last_step


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, {}, b'{"error": {"message": "EngineCore encountered an issue."}}'), "HTTP 500: EngineCore encountered"),
        ((500, {}, b"Internal Server Error"), "HTTP 500: Internal Server Error."),
        ((500, {}, b"<html><body>nginx</body></html>"), "HTTP 500: it gave no reason."),
        ((404, {}, b'{"message": "The model does not exist."}'), "does not exist. It serves 'tiny-internvl'"),
        (
            (302, {"location": "http://elsewhere.example/v1"}, b""),
            "elsewhere.example/v1', and redirects are not followed",
        ),
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


BUSY = {429: "limits how often it is asked", 503: "is overloaded or still starting"}


@pytest.mark.parametrize("status", BUSY)
def test_a_busy_server_is_asked_again(server, open_policy, open_reward_model, status):
    policy, reward_model = open_policy(), open_reward_model()
    server.script.answers = [(status, {"retry-after": "0"}, b"{}")]
    assert len(texts_of(policy.sample([], "q", SHORT))) == 2
    server.script.answers = [(status, {}, b"{}")] * 2
    assert list(run_to_end(run_to_end(reward_model.open_session([], "q")).score({0: ["abc"]}))[0]) == judged(["abc"])
    server.script.answers = [(status, {}, b"{}")] * 3
    with pytest.raises(ServerError, match=f"{BUSY[status]} \\(HTTP {status}\\)"):
        texts_of(policy.sample([], "q", Sampling(n=1)))


def test_a_500_is_not_asked_again(server, open_policy):
    policy = open_policy()
    server.script.answers = [(500, {}, b"{}")]
    with pytest.raises(ServerError):
        texts_of(policy.sample([], "q", SHORT))
    assert len(server.chats()) == 1


FAULTS = {
    "never answers": ({"hang": True}, "gave no answer for 3.5 seconds"),
    "HTTP 500": ({"answers": [(500, {}, b"{}")]}, "HTTP 500"),
    "serves another model now": ({"models": ["other"]}, "does not exist. It serves 'other'"),
    "killed while writing": ({"drop_after": 4}, "broke the connection"),
    "error while writing": ({"error_after": 4}, "EngineCore died"),
    "garbage while writing": ({"garbage_after": 4}, "not JSON; it begins"),
}


@pytest.mark.parametrize(("fault", "says"), FAULTS.values(), ids=FAULTS)
def test_whatever_a_server_does_the_run_keeps_what_there_is_and_the_next_one_is_served(engine, server, fault, says):
    healthy = {name: getattr(server.script, name) for name in fault}
    for name, value in fault.items():
        setattr(server.script, name, value)
    events = run_of(engine)
    assert isinstance(events[-1].error, ServerError)
    assert says in str(events[-1].error)
    solutions = {e.solution.draw: e.solution for e in events if isinstance(e, SolutionFinished)}
    assert sorted(solutions) == [0, 1]
    assert FinishReason.CANCELLED in {solution.finish for solution in solutions.values()}
    if any(name.endswith("_after") for name in fault):  # solution 1 has "Two.\n\nFinal " by then
        assert solutions[1].steps[0] == "Two."
    for name, value in healthy.items():
        setattr(server.script, name, value)
    assert run_of(engine)[-1].error is None


def test_an_error_while_scoring_keeps_the_solutions(engine, server):
    logprobs = server.backend.logprobs
    server.backend.logprobs = lambda body: {}  # the server's own code fails: the connection just ends
    events = run_of(engine)
    assert isinstance(events[-1].error, ServerError)
    assert len([e for e in events if isinstance(e, SolutionFinished)]) == 2
    server.backend.logprobs = logprobs
    events = run_of(engine)
    assert events[-1].error is None
    assert len([e for e in events if isinstance(e, SolutionScored)]) == 2


def test_a_score_that_is_no_number_fails_its_row_alone(engine, server):
    logprobs = server.backend.logprobs

    def broken(body):
        is_bad = last_step(body) == "Two."
        return dict.fromkeys(logprobs(body), math.nan) if is_bad else logprobs(body)

    server.backend.logprobs = broken
    events = run_of(engine)
    assert [event.draw for event in events if isinstance(event, ScoringFailed)] == [1]
    assert [event.draw for event in events if isinstance(event, SolutionScored)] == [0]


@pytest.mark.parametrize("begin", [b"not json", b"<html>", b'{"choices": ', b""])
def test_what_is_no_json_is_named(open_reward_model, server, begin):
    model = open_reward_model()
    session = run_to_end(model.open_session([], "q"))
    server.script.answers = [(200, {}, begin)]
    with pytest.raises(ServerError, match="not JSON"):
        run_to_end(session.score({0: ["abc"]}))
    assert list(run_to_end(session.score({0: ["abc"]}))[0]) == judged(["abc"])


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"1", b'{"choices": [{"logprobs": null}]}', b'{"choices": "x"}'])
def test_json_of_another_shape_is_an_error_not_a_crash(open_reward_model, server, answer):
    session = run_to_end(open_reward_model().open_session([], "q"))
    server.script.answers = [(200, {}, answer)]
    with pytest.raises(ServerError, match="no log-probabilities"):
        run_to_end(session.score({0: ["abc"]}))


@pytest.mark.parametrize(
    "stream", [b"data: {bad\n\n", b"data: [DONE]\n\n", b"", b'data: {"choices": []}\n\n', b"data: 3\n\n"]
)
def test_a_stream_of_another_shape_is_an_error_not_a_crash(open_policy, server, stream):
    policy = open_policy()
    server.script.answers = [(200, {}, stream)]
    with pytest.raises(ServerError, match=r"not JSON|stopped in the middle"):
        texts_of(policy.sample([], "q", SHORT))


def test_a_silent_server_is_given_up(server, open_policy, open_reward_model):
    policy, reward_model = open_policy(), open_reward_model()
    server.script.hang = True
    with pytest.raises(ServerError, match=r"no answer for 3\.5 seconds"):
        texts_of(policy.sample([], "q", SHORT))
    with pytest.raises(ServerError, match=r"no answer for 3\.5 seconds"):
        run_to_end(run_to_end(reward_model.open_session([], "q")).score({0: ["a", "b"]}))


def test_too_long_is_an_invalid_request_and_fails_alone(server, open_policy, open_reward_model):
    too_long = (400, {}, b'{"message": "This model\'s maximum context length is 4096 tokens."}')
    policy = open_policy()
    server.script.answers = [too_long]
    with pytest.raises(InvalidRequest, match="maximum context length is 4096"):
        texts_of(policy.sample([], "q", SHORT))
    reward_model = open_reward_model()
    server.script.answers = [too_long]
    session = run_to_end(reward_model.open_session([], "q"))
    with pytest.raises(InvalidRequest):
        run_to_end(session.score({0: ["abc"]}))
    server.script.answers = []
    assert list(run_to_end(session.score({0: ["abc"]}))[0]) == judged(["abc"])  # the row had not changed


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
        connect.open_policy(source.format(base=server.base, root=server.base.removesuffix("/v1")), limits=FAST)
    assert says in str(caught.value)
