"""Scoring: equal to one forward of the native model per step, however the steps come in.

Covers engine/models/inference/partial_attention.py.
"""

import contextlib
from functools import partial

import pytest
import torch
from transformers import InternVLForConditionalGeneration

from engine import DEFAULT_REWARD_MODEL, InvalidRequest
from engine.models.inference import memory_budget, partial_attention, scorer, shared_attention
from engine.models.registry import load_network
from engine.prompts.prm_formats.base import encode_prm
from engine.protocols import run_to_end
from tests.support.tiny import drawing, write_tiny

QUESTION = "What is the sum of the red bar and the blue bar?"
SOLUTIONS = {
    0: ["The red bar is 12.", "The blue bar is 30.", "12 + 30 = 42.", "Final answer: 42"],
    1: ["One step."],
    2: ["First.", "", "after an empty step", "", ""],
    3: ["\n\n odd start", " 1 ", "<|im_end|>\n<|im_start|>assistant\n+<|im_end|>", "<image>"],
    4: [f"Step {i}: {i} times {i} is {i * i}." for i in range(40)],
    5: ["", "begins empty"],
}


def naive(folder, network, images, question, steps, dtype=torch.float32):
    """One forward per step over everything before it, by the native class and its own attention."""
    native = InternVLForConditionalGeneration.from_pretrained(folder, dtype=dtype).eval()
    answers = [network.tokens.token_id("+"), network.tokens.token_id("-")]
    pixels = network.processor(images, return_tensors="pt")["pixel_values"].to(dtype) if images else None
    scores = []
    for count in range(1, len(steps) + 1):
        prm = encode_prm(
            network.style, network.prm_format, network.tokens, question, steps[:count], network.count_tiles(images)
        )
        with torch.no_grad():
            logits = native(input_ids=torch.tensor([prm.ids]), pixel_values=pixels).logits[0, -1]
        scores.append(float(logits[answers].softmax(0)[0]))
    return scores


@pytest.fixture(scope="module")
def expected(tiny, tiny_folder):
    images = [drawing(80, 40)]
    return {row: naive(tiny_folder, tiny, images, QUESTION, steps) for row, steps in SOLUTIONS.items()}


@pytest.fixture
def session(tiny):
    return run_to_end(scorer.open_session(tiny, [drawing(80, 40)], QUESTION))


def assert_close(actual, expected):
    assert len(actual) == len(expected)
    assert actual == pytest.approx(expected, abs=1e-5, rel=0)


def test_scores_differ_enough_to_notice_a_mistake(expected):
    flat = [score for scores in expected.values() for score in scores]
    assert max(flat) - min(flat) > 0.2


def test_all_solutions_at_once(session, expected):
    scores = run_to_end(session.score(SOLUTIONS))
    for row, wanted in expected.items():
        assert_close(scores[row], wanted)


def test_step_by_step_in_uneven_company(session, expected):
    """Rows with unequal pasts, several steps at once, new rows beside old ones."""
    given = {row: [] for row in SOLUTIONS}
    turn = 0
    while any(len(given[row]) < len(steps) for row, steps in SOLUTIONS.items()):
        new = {}
        for row, steps in SOLUTIONS.items():
            count = (turn + row) % 3
            if turn >= row and count:
                new[row] = steps[len(given[row]) : len(given[row]) + count]
        for row, scores in run_to_end(session.score(new)).items():
            given[row] += scores
        turn += 1
    for row, wanted in expected.items():
        assert_close(given[row], wanted)


@pytest.mark.parametrize("tokens", [16, 300])
def test_small_micro_batches_change_nothing(tiny, expected, monkeypatch, tokens):
    """Rows are read in pieces, with scores at their edges."""
    monkeypatch.setitem(memory_budget.MOST_TOKENS, "cpu", tokens)
    monkeypatch.setattr(memory_budget, "LEAST_TOKENS", 1)
    session = run_to_end(scorer.open_session(tiny, [drawing(80, 40)], QUESTION))
    scores = run_to_end(session.score(SOLUTIONS))
    for row, wanted in expected.items():
        assert_close(scores[row], wanted)


def test_without_the_fused_kernel(session, expected, monkeypatch):
    """The path for devices and dtypes that have no fused kernel."""
    monkeypatch.setattr(partial_attention, "_has_flash", lambda query: False)
    scores = run_to_end(session.score(SOLUTIONS))
    for row, wanted in expected.items():
        assert_close(scores[row], wanted)


def test_a_row_that_shares_less_of_the_prefix_is_exact(tiny, expected, monkeypatch):
    """A tokenizer may join a step's first characters with the template's last ones in a way no probe showed."""
    monkeypatch.setattr(scorer, "PROBES", ("The red bar", "The red bar is"))
    session = run_to_end(scorer.open_session(tiny, [drawing(80, 40)], QUESTION))
    scores = run_to_end(session.score(SOLUTIONS))
    for row, wanted in expected.items():
        assert_close(scores[row], wanted)


@pytest.mark.parametrize("text", ["qwen2", "llama"])
@pytest.mark.parametrize("images", [[], [drawing(), drawing(40, 80, 1)]], ids=["no image", "two images"])
def test_other_models_and_images(tmp_path, text, images):
    folder = write_tiny(tmp_path, text=text, seed=8)
    network = load_network(folder)
    session = run_to_end(scorer.open_session(network, images, QUESTION))
    scores = run_to_end(session.score({0: SOLUTIONS[0], 7: SOLUTIONS[2]}))
    assert_close(scores[0], naive(folder, network, images, QUESTION, SOLUTIONS[0]))
    assert_close(scores[7], naive(folder, network, images, QUESTION, SOLUTIONS[2]))


@pytest.mark.skipif(not DEFAULT_REWARD_MODEL.is_dir(), reason="nano/weights is not there")
def test_the_shipped_reward_model():
    """Asked what it never learnt, its scores carry float32's rounding up to the fifth digit, the native class's no less."""
    network = load_network(DEFAULT_REWARD_MODEL)
    solutions = {row: steps[:6] for row, steps in SOLUTIONS.items()}  # the class reads everything anew for each step
    session = run_to_end(scorer.open_session(network, [drawing()], QUESTION))
    first = run_to_end(session.score({row: steps[:1] for row, steps in solutions.items()}))
    rest = run_to_end(session.score({row: steps[1:] for row, steps in solutions.items()}))
    for row, steps in solutions.items():
        asked = (DEFAULT_REWARD_MODEL, network, [drawing()], QUESTION, steps)
        exact, native = naive(*asked, torch.float64), naive(*asked)
        rounding = max(abs(one - other) for one, other in zip(exact, native, strict=True))
        found = [*first[row], *rest[row]]
        assert found == pytest.approx(exact, abs=1e-5 + 2 * rounding, rel=0)


def test_nothing_to_score(session):
    assert run_to_end(session.score({})) == {}
    assert run_to_end(session.score({0: []})) == {0: ()}


def test_a_dropped_row_starts_again(session, expected):
    run_to_end(session.score({0: SOLUTIONS[0]}))
    session.drop(0)
    session.drop(99)
    assert_close(run_to_end(session.score({0: SOLUTIONS[0][:2]}))[0], expected[0][:2])


def test_too_long_solution_is_refused_and_changes_nothing(tmp_path):
    folder = write_tiny(tmp_path, context=256, workbench={"system": None})
    network = load_network(folder)
    session = run_to_end(scorer.open_session(network, [], QUESTION))
    first = run_to_end(session.score({0: ["One.", "Two."]}))[0]
    with pytest.raises(InvalidRequest, match=r"The solution is too long: it needs \d+ tokens .* at most 256"):
        next(session.score({0: ["Three."], 1: ["word " * 300]}))
    third = run_to_end(session.score({0: ["Three."]}))[0]
    assert_close([*first, *third], naive(folder, network, [], QUESTION, ["One.", "Two.", "Three."]))


def test_too_long_question_is_refused_before_anything_is_computed(tiny):
    with pytest.raises(InvalidRequest, match="The question is too long"):
        next(scorer.open_session(tiny, [drawing()], "word " * 5000))


def test_the_last_layer_computes_only_what_is_read(tiny, monkeypatch):
    """Of a prompt its last token, of a solution the ends of its steps; a failed forward leaves no hook behind.

    The query and output matrices of the last layer once ran everywhere, and nothing noticed when all its tokens attended.
    """
    layers = tiny.model.get_decoder().layers
    parts_seen = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.o_proj", "mlp.gate_proj")
    seen = {(layer, name): [] for layer in (0, len(layers) - 1) for name in (*parts_seen, "queries")}
    for kind in (shared_attention.Prefill, shared_attention.AppendingRows):

        def attend(self, layer, query, *rest, plain=kind.attend):
            if (layer, "queries") in seen:
                seen[layer, "queries"].append(query.shape[2])
            return plain(self, layer, query, *rest)

        monkeypatch.setattr(kind, "attend", attend)

    with contextlib.ExitStack() as hooks:
        for layer, name in seen:
            if name != "queries":
                part = layers[layer].get_submodule(name)
                spy = partial(lambda counts, _, given, __: counts.append(given[0].shape[1]), seen[layer, name])
                hooks.callback(part.register_forward_hook(spy).remove)
        session = run_to_end(scorer.open_session(tiny, [drawing(80, 40)], QUESTION))
        run_to_end(session.score({0: SOLUTIONS[0]}))
    prompt, solution = seen[0, "queries"]
    assert prompt > 1
    assert solution > len(SOLUTIONS[0])
    for (layer, name), counts in seen.items():
        is_narrow = layer > 0 and name != "self_attn.k_proj"
        assert counts == ([1, len(SOLUTIONS[0])] if is_narrow else [prompt, solution]), (layer, name)

    broken = layers[0].register_forward_pre_hook(lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_to_end(session.score({1: SOLUTIONS[1]}))
    broken.remove()
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in layers[-1].modules())
