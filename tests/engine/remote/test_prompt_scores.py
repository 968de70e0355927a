"""All steps of a solution by one request, where a server gives that; step by step where it does not, or not as it should."""

import base64
import io
import math
from dataclasses import replace

import numpy as np
import pytest

from engine.metering.meter import Meter
from engine.models.registry import NetworkRewardModel
from engine.protocols import run_to_end
from engine.remote import connect
from engine.remote.prompt_scores import IdsPer, PromptScores, read_matrix
from tests.engine.remote.conftest import FAST, judged
from tests.engine.remote.test_contract import STEPS
from tests.engine.test_protocols import IMAGES, QUESTION
from tests.support.openai_server import OpenAIServer
from tests.support.served_models import Scripted, ServedModelInfo

GENERATE = "/inference/v1/generate"
LONG = ["a", "bcd", "", "12345678"]


@pytest.fixture(scope="module", params=IdsPer)
def exact(request, tiny):
    """A served tiny network that scores prompts, and the model on it."""
    with OpenAIServer(ServedModelInfo(tiny), scores_prompts=request.param.value) as server:
        model = connect.open_reward_model(server.address)
        yield server, model
        model.close()


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_scores_equal_those_of_the_same_model_loaded_here(tiny, exact, steps):
    server, model = exact
    server.requests.clear()
    here = run_to_end(NetworkRewardModel(tiny).open_session([], QUESTION))
    there = run_to_end(model.open_session([], QUESTION))
    assert run_to_end(there.score({0: steps}))[0] == pytest.approx(run_to_end(here.score({0: steps}))[0], abs=1e-5)
    asked = [path for path, _body in server.requests if path in (GENERATE, "/v1/chat/completions")]
    assert asked == [GENERATE if len(steps) > 1 else "/v1/chat/completions"]


@pytest.fixture
def many(server):
    """A server that scores prompts, and what it was asked for."""
    server.script.scores_prompts = "place"

    def asked():
        found = [path for path, _body in server.requests]
        return found.count(GENERATE), found.count("/v1/chat/completions")

    return server, asked


def test_steps_that_are_known_are_not_read_again(many, open_reward_model):
    server, asked = many
    session = run_to_end(open_reward_model().open_session([], "q"))
    server.requests.clear()
    assert list(run_to_end(session.score({0: LONG[:1]}))[0]) == judged(LONG[:1])
    assert list(run_to_end(session.score({0: LONG[1:], 1: LONG}))[0]) == judged(LONG[1:])
    assert asked() == (2, 1)  # a single step comes out of the server's cache
    first, second = sorted(
        body["sampling_params"]["prompt_logprob_start"] for path, body in server.requests if path == GENERATE
    )
    assert second > first


def test_pictures_are_asked_about_step_by_step(many, open_reward_model):
    server, asked = many
    session = run_to_end(open_reward_model().open_session(IMAGES, "q"))
    server.requests.clear()
    run_to_end(session.score({0: LONG}))
    assert asked() == (0, len(LONG))


def test_a_run_counts_the_tokens_that_it_sends_itself(many, open_reward_model):
    """The answer to this request has no usage: each of them would leave the whole run uncounted."""
    server, _asked = many
    meter = Meter()
    run_to_end(run_to_end(open_reward_model().metered(meter).open_session([], "q")).score({0: LONG}))
    ((_path, body),) = [each for each in server.requests[-1:] if each[0] == GENERATE]
    usage = meter.usage("m", None)
    assert (usage.requests, usage.counted, usage.read, usage.written) == (1, 1, len(body["token_ids"]), 1)


class Shifted(Scripted):
    """Gives the probabilities of another place."""

    def prompt_logprobs(self, ids, place, wanted):
        return [math.log(0.99), math.log(0.01)]


class Another(Scripted):
    """Its chat template ends the conversation in another way where it goes on."""

    def tokenize(self, body):
        ids = super().tokenize(body)
        return ids if "prompt" in body or len(body["messages"]) < 6 else [ord("x"), *ids]


@pytest.mark.parametrize("backend", [Shifted, Another])
def test_a_server_that_gives_something_else_is_asked_step_by_step(backend):
    with OpenAIServer(backend(), scores_prompts="place") as server:
        model = connect.open_reward_model(server.address, limits=FAST)
        assert model.learn().at_once is None
        session = run_to_end(model.open_session([], "q"))
        assert list(run_to_end(session.score({0: LONG}))[0]) == judged(LONG)
        model.close()


@pytest.mark.parametrize(
    "fault",
    [(502, {}, b""), (503, {}, b""), (302, {"location": "/login"}, b""), None, "hangs"],
    ids=["502", "503", "redirect", "breaks", "hangs"],
)
def test_a_server_that_fails_at_what_is_optional_is_asked_step_by_step(many, open_reward_model, fault):
    """A proxy that did not know the path took the whole reward model down."""
    server, asked = many
    limits = replace(FAST, silence=20.0, question=2.0)
    if fault == "hangs":
        server.script.hangs_at = {GENERATE}
    else:
        server.script.answers_at[GENERATE] = [fault] * 50
    model = open_reward_model(limits=limits)
    assert model.learn(60.0).at_once is None
    assert model.notice is None
    session = run_to_end(model.open_session([], "q"))
    server.requests.clear()
    assert list(run_to_end(session.score({0: LONG}))[0]) == judged(LONG)
    assert asked() == (0, len(LONG))


@pytest.mark.parametrize("answer", ["refused", "nothing", "damaged"])
def test_one_that_no_longer_gives_it_is_asked_step_by_step(many, open_reward_model, monkeypatch, answer):
    server, asked = many
    model = open_reward_model()
    assert model.learn().at_once is not None
    if answer == "refused":
        server.script.scores_prompts = None  # 404
    else:
        monkeypatch.setattr(np, "save", lambda file, values: file.write(b"" if answer == "nothing" else b"\x93NUMPY"))
    session = run_to_end(model.open_session([], "q"))
    server.requests.clear()
    assert list(run_to_end(session.score({0: LONG}))[0]) == judged(LONG)
    assert asked() == (1, len(LONG))


@pytest.mark.parametrize("answer", [(503, {"retry-after": "0.01"}, b"{}"), (503, {}, b"{}"), None])
def test_tokens_of_a_prompt_are_asked_for_again(many, open_reward_model, answer):
    """One 503 or broken connection there failed the scoring, where a request for a step is sent again."""
    server, asked = many
    session = run_to_end(open_reward_model().open_session([], "q"))
    server.requests.clear()
    server.script.answers_at["/tokenize"] = [answer] * 2
    assert list(run_to_end(session.score({0: LONG}))[0]) == judged(LONG)
    assert asked() == (1, 0)
    assert [path for path, _body in server.requests].count("/tokenize") == 3


def test_what_is_no_vllm_is_not_asked(server, open_reward_model):
    server.script.owner = "someone"
    server.script.knows_token_ids = False
    open_reward_model()
    assert GENERATE not in [path for path, _body in server.requests]


HEADER = (7, 8)
KNOWN = PromptScores(plus=1, minus=2, header=HEADER, ids_per=IdsPer.PLACE)


@pytest.mark.parametrize(
    ("ids", "steps", "places"),
    [
        ([0, 7, 8], 1, [2]),
        ([0, 7, 8, 1, 9, 7, 8], 2, [2, 6]),
        ([0, 7, 8, 1, 9, 7, 8], 1, None),  # somebody's words make a header
        ([0, 7, 8, 3, 9, 7, 8], 2, None),  # another answer
        ([0, 7, 8, 1, 9], 1, None),  # no header at the end
        ([], 1, None),
    ],
)
def test_places_stand_before_every_answer(ids, steps, places):
    assert KNOWN.find_places(ids, steps) == places


def npy(values):
    file = io.BytesIO()
    np.save(file, values)
    return base64.b64encode(file.getvalue()).decode()


def test_a_matrix_is_read_as_numpy_writes_it():
    values = np.arange(6, dtype=np.float32).reshape(3, 2)
    assert [list(row) for row in read_matrix(npy(values), rows=3, columns=2)] == values.tolist()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base64!",
        base64.b64encode(b"\x93NUMPY\x01\x00").decode(),
        npy(np.zeros((2, 3), np.float32)),
        npy(np.zeros((3, 2), np.float64)),
        npy(np.zeros((3, 2), ">f4")),
        npy(np.zeros((3, 2), np.float32, order="F")),
        npy(np.zeros((3, 2), np.float32))[:-8],
    ],
)
def test_what_is_no_such_matrix_is_not_read(text):
    assert read_matrix(text, rows=3, columns=2) is None
