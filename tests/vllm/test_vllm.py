"""What docs/deployment.md promises of a vLLM server, on a real one: the same scores, streamed samples, prompt cancelling."""

import time
from dataclasses import replace

import pytest

from engine import Engine, FinishReason, InvalidRequest, ModelChoice, Sampling, SolutionFinished
from engine.errors import ServerError
from engine.loading import load_models
from engine.models.registry import Options, load_reward_model
from engine.protocols import run_to_end
from engine.remote import connect
from tests.engine.remote.conftest import run_of
from tests.support.generators import rows_of, texts_of
from tests.support.originals import EDGE
from tests.support.tiny import drawing
from tests.vllm.conftest import MEASURED
from tests.vllm.server import CONTEXT

pytestmark = pytest.mark.vllm

QUESTION = "What is the sum of the red bar and the blue bar?"
STEPS = {
    "ordinary": ["The red bar is 12.", "12 + 3 = 15.", "Final answer: 15"],
    "one": ["No idea."],
    "empty": ["", "b", "", ""],
    "ragged": ["\n\na\n", " b ", "\n"],
    "a sign": ["+", "-", "+<|im_end"],
    "twelve": [f"Step {index}: the sum is {index}." for index in range(12)],
}
TILE = drawing(EDGE, EDGE)  # one tile, nothing to resize
IMAGES = {"none": [], "one tile": [TILE], "two": [TILE, drawing(EDGE, EDGE, 1)], "resized": [drawing(100, 60)]}
GREEDY = Sampling(n=1, temperature=0, max_new_tokens=24)
EXACT, RESIZED = 1e-5, 1e-4  # torchvision's resize, which vLLM uses, is one pixel value off Pillow's here and there


def difference(here, there, images, steps):
    """The largest difference between two models' scores of one solution."""
    ours, theirs = (
        run_to_end(run_to_end(model.open_session(images, QUESTION)).score({0: steps}))[0] for model in (here, there)
    )
    assert len(ours) == len(theirs) == len(steps)
    return max(abs(a - b) for a, b in zip(ours, theirs, strict=True))


def text_of(model, images, sampling):
    """The one text a model writes, without the marks for bytes that are no text, of which vLLM writes fewer."""
    return texts_of(model.sample(images, QUESTION, sampling))[0].replace("\ufffd", "")


def test_the_converted_folder_is_read_exactly(reward_model):
    assert (reward_model.notice, reward_model.card.name) == (None, "tiny-internvl")
    answers = reward_model.learn()
    assert answers.is_asked_for
    assert None not in (answers.plus, answers.minus)


@pytest.mark.parametrize("kind", IMAGES)
def test_scores_are_those_of_the_model_loaded_here(local_reward_model, reward_model, folder, kind):
    found = {case: difference(local_reward_model, reward_model, IMAGES[kind], steps) for case, steps in STEPS.items()}
    MEASURED.append(f"{folder.parent.name}: image {kind}: P(+) differs by at most {max(found.values()):.1e}")
    limit = RESIZED if kind == "resized" else EXACT
    assert {case: value for case, value in found.items() if value > limit} == {}


def test_the_tile_limit_of_a_request_is_kept(server, folder):
    wide = [drawing(EDGE * 4, EDGE, 2)]
    here = load_reward_model(folder, Options(device="cpu", dtype="float32", max_tiles=2))
    two, twelve = (connect.open_reward_model(server.address, max_tiles=most) for most in (2, 12))
    assert difference(here, two, wide, STEPS["ordinary"]) <= RESIZED
    assert difference(here, twelve, wide, STEPS["ordinary"]) > RESIZED
    two.close()
    twelve.close()


def test_eight_solutions_are_streamed_together(policy):
    rows = rows_of(policy.sample([TILE], QUESTION, Sampling(n=8, seed=3, max_new_tokens=40)))
    assert sorted(rows) == list(range(8))
    for chunks in rows.values():
        assert [chunk.finish is not None for chunk in chunks] == [False] * (len(chunks) - 1) + [True]
        assert chunks[-1].tokens == 40 or chunks[-1].finish is FinishReason.STOP
    assert max(len(chunks) for chunks in rows.values()) > 4
    texts = ["".join(chunk.text for chunk in rows[draw]) for draw in range(8)]
    assert len(set(texts)) == 8
    alone = texts_of(policy.sample([TILE], QUESTION, Sampling(n=1, seed=3, max_new_tokens=40)))
    assert alone == {0: texts[0]}  # whatever n


def test_the_most_likely_text_is_that_of_the_model_loaded_here(local_policy, policy):
    for images in IMAGES["none"], IMAGES["one tile"], IMAGES["two"]:
        assert text_of(policy, images, GREEDY) == text_of(local_policy, images, GREEDY)


def test_a_repetition_penalty_makes_text_less_repetitive(local_policy, policy):
    strict = replace(GREEDY, repetition_penalty=1.5)
    text = text_of(policy, [], strict)
    assert text == text_of(local_policy, [], strict)
    assert text != text_of(policy, [], GREEDY)


def test_a_solution_ends_before_a_stop_text(policy):
    text = text_of(policy, [], GREEDY)
    stop = next(character for character in reversed(text) if character.isascii())
    rows = rows_of(policy.sample([], QUESTION, replace(GREEDY, stop=("never written", stop))))
    assert "".join(chunk.text for chunk in rows[0]).replace("\ufffd", "") == text[: text.index(stop)]
    assert rows[0][-1].finish is FinishReason.STOP


def test_closing_a_sampling_frees_the_server_at_once(server, policy):
    generator = policy.sample([TILE], QUESTION, Sampling(n=8, max_new_tokens=CONTEXT // 2))
    while not next(generator):
        pass
    assert server.metric("vllm:num_requests_running") >= 1
    generator.close()
    started = time.monotonic()
    while server.metric("vllm:num_requests_running"):
        assert time.monotonic() - started < 5
        time.sleep(0.05)
    freed = time.monotonic() - started
    written = server.metric("vllm:generation_tokens_total")
    text_of(policy, [], replace(GREEDY, max_new_tokens=4))  # the server has gone on: what it writes now is this alone
    assert server.metric("vllm:generation_tokens_total") - written <= 4
    MEASURED.append(f"closing 8 streams freed the server after {freed:.2f} s")


def test_a_prompt_too_long_says_so_and_the_next_one_is_served(policy, reward_model):
    with pytest.raises(InvalidRequest, match="too long for the model"):
        texts_of(policy.sample([], "bar " * CONTEXT, Sampling(n=2, max_new_tokens=8)))
    session = run_to_end(reward_model.open_session([], QUESTION))
    with pytest.raises(InvalidRequest, match="too long for the model"):
        run_to_end(session.score({0: ["bar " * CONTEXT]}))
    assert len(run_to_end(session.score({0: ["One.", "Two."]}))[0]) == 2


def test_a_wrong_model_name_is_an_error_at_once(server):
    with pytest.raises(ServerError, match="has no model 'other'; it serves 'tiny-internvl'"):
        connect.open_policy(f"{server.root}/v1#other")


def test_a_whole_run(server):
    with Engine(lambda: load_models(ModelChoice(policy=server.address, reward_model=server.address))) as engine:
        events = run_of(engine, n=4)
    assert events[-1].error is None
    assert len([event for event in events if isinstance(event, SolutionFinished)]) == 4


def test_a_killed_server_costs_nothing_that_was_written(server):
    """The last test of this server."""
    policy = connect.open_policy(server.address)
    generator = policy.sample([], QUESTION, Sampling(n=4, max_new_tokens=CONTEXT // 2))
    written = 0
    while written < 8:
        written += len(next(generator))
    server.kill()
    with pytest.raises(ServerError, match="broke the connection"):
        texts_of(generator)
    with pytest.raises(ServerError, match="does not answer"):
        texts_of(policy.sample([], QUESTION, Sampling(n=1)))
    policy.close()
