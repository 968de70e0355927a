"""Servers that do what no honest one does: drip, never end, send the wrong rows, text nothing can store, JSON without a bottom.

Covers engine/remote/client.py, engine/remote/json_access.py.
"""

import json

import pytest

from engine import Sampling, SolutionFinished
from engine.errors import ServerError
from engine.protocols import run_to_end
from engine.remote import client
from tests.engine.remote.conftest import SHORT, run_of
from tests.support.generators import rows_of, texts_of

DEEP = b"[" * 100_000


def stream(*choices, end=b"data: [DONE]\n\n"):
    return b"".join(b"data: %s\n\n" % json.dumps({"choices": [choice]}).encode() for choice in choices) + end


def choice(text, index=0, finish=None):
    return {"index": index, "delta": {"content": text}, "finish_reason": finish}


def test_an_answer_that_drips_is_given_up(server, open_reward_model):
    """A byte now and then kept a request alive for ever: each reset the clock."""
    session = run_to_end(open_reward_model().open_session([], "q"))
    server.script.drip = 0.05
    server.script.answers = [(200, {}, b" " * 1000)]
    with pytest.raises(ServerError, match=r"no answer for 3\.5 seconds"):
        run_to_end(session.score({0: ["abc"]}))


def test_comments_that_keep_a_stream_open_are_no_progress(server, open_policy):
    server.script.drip = 0.01
    server.script.answers = [(200, {}, b": wait\n\n" * 1000)]
    with pytest.raises(ServerError, match=r"no answer for 3\.5 seconds"):
        texts_of(open_policy().sample([], "q", SHORT))


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_without_end_is_given_up(server, open_reward_model, monkeypatch, status):
    monkeypatch.setattr(client, "MOST_BYTES", 1 << 20)
    session = run_to_end(open_reward_model().open_session([], "q"))
    server.script.answers = [(status, {}, b"x" * (3 << 20))]
    with pytest.raises(ServerError, match="more than 1 MiB at once"):
        run_to_end(session.score({0: ["abc"]}))


def test_an_event_without_end_is_given_up(server, open_policy, monkeypatch):
    monkeypatch.setattr(client, "MOST_BYTES", 1 << 20)
    server.script.answers = [(200, {}, b"data: " + b"x" * (3 << 20))]
    with pytest.raises(ServerError, match="more than 1 MiB at once"):
        texts_of(open_policy().sample([], "q", SHORT))


def test_text_far_beyond_what_was_asked_for_is_given_up(server, open_policy):
    server.script.answers = [(200, {}, stream(*[choice("x" * 1000)] * 100))]
    with pytest.raises(ServerError, match="far more than the 24 tokens asked for"):
        texts_of(open_policy().sample([], "q", Sampling(n=1, max_new_tokens=24)))


def test_a_finished_row_is_not_written_on_and_nothing_more_is_waited_for(server, open_policy):
    more = stream(choice("a", finish="stop"), choice("b"), choice("c", finish="stop"), end=b": and on\n\n" * 5)
    server.script.answers = [(200, {}, more)]
    chunks = rows_of(open_policy().sample([], "q", Sampling(n=1)))[0]
    assert ["".join(chunk.text for chunk in chunks), sum(chunk.finish is not None for chunk in chunks)] == ["a", 1]


@pytest.mark.parametrize("index", [7, -1, "0", 1e300, None, True, []])
def test_rows_nobody_asked_for_are_ignored(server, open_policy, index):
    honest = [choice("a", 0, "stop"), choice("b", 1, "stop")]
    server.script.answers = [(200, {}, stream(choice("", index), *honest))]
    texts = texts_of(open_policy().sample([], "q", SHORT))
    assert texts == {0: "a", 1: "b"}


def test_halves_of_surrogate_pairs_can_be_stored(engine, server):
    """They are valid in JSON and in Python, and in no database and no answer of ours."""
    server.script.answers = [(200, {}, stream(choice("a\ud800b", 0, "stop"), choice("c", 1, "stop")))]
    events = run_of(engine)
    assert events[-1].error is None
    steps = [event.solution.steps for event in events if isinstance(event, SolutionFinished)]
    assert sorted(steps) == [("a?b",), ("c",)]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_json_without_a_bottom_is_an_error_not_a_crash(server, open_policy, open_reward_model, status):
    session = run_to_end(open_reward_model().open_session([], "q"))
    server.script.answers = [(status, {}, DEEP)]
    with pytest.raises(ServerError):
        run_to_end(session.score({0: ["abc"]}))
    server.script.answers = [(status, {}, b"data: " + DEEP + b"\n\n")] * 3
    with pytest.raises(ServerError):
        texts_of(open_policy().sample([], "q", SHORT))


def test_a_redirect_is_shown_in_part(server, open_policy):
    server.script.answers = [(302, {"location": "http://elsewhere.example/" + "x" * 20_000}, b"")]
    with pytest.raises(ServerError, match="redirects are not followed") as caught:
        texts_of(open_policy().sample([], "q", SHORT))
    assert len(str(caught.value)) < 500
