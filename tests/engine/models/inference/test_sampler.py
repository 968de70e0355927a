"""Sampling: equal to transformers' own, and sample i depends on (seed, i) only.

Covers engine/models/inference/token_choice.py.
"""

from dataclasses import replace

import pytest
import torch
from transformers import InternVLForConditionalGeneration, RepetitionPenaltyLogitsProcessor

from engine import DEFAULT_POLICY, BadText, FinishReason, InvalidRequest, Sampling
from engine.models.inference import sampler
from engine.models.inference.token_choice import TokenChooser, penalized, uniforms
from engine.models.registry import load_network
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt
from tests.support.generators import rows_of, texts_of
from tests.support.small_device import Cramped
from tests.support.tiny import drawing, write_tiny

QUESTION = "What is the sum of the red bar and the blue bar?"
PICTURES = {"none": [], "one tile": [drawing()], "tiles": [drawing(80, 40)], "two": [drawing(), drawing(40, 80, 1)]}


@pytest.mark.parametrize("text", ["qwen2", "llama"])
@pytest.mark.parametrize("images", PICTURES.values(), ids=PICTURES)
def test_greedy_equals_generate_token_for_token(tmp_path, text, images):
    assert_greedy_equals_generate(write_tiny(tmp_path, text=text, seed=3), images)


@pytest.mark.skipif(not DEFAULT_POLICY.is_dir(), reason="nano/weights is not there")
def test_the_shipped_policy_equals_generate():
    assert_greedy_equals_generate(DEFAULT_POLICY, [drawing()])


@pytest.mark.parametrize("penalty", [1.5, 0.8])
def test_repetition_penalty_equals_generate(tmp_path, penalty):
    assert_greedy_equals_generate(write_tiny(tmp_path, seed=3), [drawing()], penalty)


def test_repetition_penalty_follows_each_row_through_its_company(tiny):
    """What a row has written counts for it alone, whoever leaves before it."""
    stopping = replace(tiny, stop_ids=frozenset(range(0, 400, 20)))
    sampling = Sampling(n=6, seed=1, temperature=1.0, max_new_tokens=40, repetition_penalty=1.8)
    six = texts_of(sampler.sample(stopping, [drawing()], QUESTION, sampling))
    twenty = texts_of(sampler.sample(stopping, [drawing()], QUESTION, replace(sampling, n=20)))
    unpenalized = texts_of(sampler.sample(stopping, [drawing()], QUESTION, replace(sampling, repetition_penalty=1.0)))
    assert {draw: twenty[draw] for draw in range(6)} == six
    assert six != unpenalized


def assert_greedy_equals_generate(folder, images, penalty=1.0):
    network = load_network(folder)
    native = InternVLForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
    ids = encode(policy_prompt(network.style, QUESTION, network.count_tiles(images)), network.tokens)
    pixels = {"pixel_values": network.processor(images, return_tensors="pt")["pixel_values"]} if images else {}
    given = torch.tensor([ids])
    with torch.no_grad():
        whole = native.generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            **pixels,
            do_sample=False,
            repetition_penalty=penalty,
            max_new_tokens=90,  # beyond the first capacity of the rows' own part
        )[0]
    expected = [token for token in whole[len(ids) :].tolist() if token not in network.stop_ids]
    sampling = Sampling(n=2, temperature=0.0, max_new_tokens=90, repetition_penalty=penalty)
    rows = rows_of(sampler.sample(network, images, QUESTION, sampling))
    for row in rows.values():
        assert "".join(chunk.text for chunk in row) == network.tokens.decode(expected)
        assert row[-1].tokens == len(expected)


def test_sample_depends_on_seed_and_draw_only(tiny):
    sampling = Sampling(n=8, seed=5, max_new_tokens=60)
    eight = texts_of(sampler.sample(tiny, [drawing()], QUESTION, sampling))
    one = texts_of(sampler.sample(tiny, [drawing()], QUESTION, replace(sampling, n=1)))
    many = texts_of(sampler.sample(tiny, [drawing()], QUESTION, replace(sampling, n=20)))
    other = texts_of(sampler.sample(tiny, [drawing()], QUESTION, replace(sampling, seed=6)))
    assert one[0] == eight[0]
    assert {draw: many[draw] for draw in range(8)} == eight
    assert len(set(eight.values())) == 8
    assert not set(eight.values()) & set(other.values())


@pytest.mark.parametrize(("n", "first"), [(33, 16), (32, 32), (128, 16)])
def test_of_many_solutions_a_few_are_finished_before_the_others_begin(tiny, n, first):
    """128 were written abreast: a run that was stopped had finished none, and nothing was kept."""
    sampling = Sampling(n=n, seed=5, max_new_tokens=4)
    begun, finished = set(), set()
    for chunks in sampler.sample(tiny, [], QUESTION, sampling):
        begun |= {chunk.draw for chunk in chunks}
        finished |= {chunk.draw for chunk in chunks if chunk.finish is not None}
        if len(finished) == first:
            break
    assert begun == finished == set(range(first))


def test_rows_leave_when_they_end_their_turn(tiny):
    """Stopping tokens end a row at once, and the rows that stay are not disturbed."""
    sampling = Sampling(n=6, seed=1, temperature=1.0, max_new_tokens=50)
    undisturbed = rows_of(sampler.sample(replace(tiny, stop_ids=frozenset()), [drawing()], QUESTION, sampling))
    stopping = replace(tiny, stop_ids=frozenset(range(0, 400, 20)))
    rows = rows_of(sampler.sample(stopping, [drawing()], QUESTION, sampling))
    assert len({len(row) for row in rows.values()}) > 2
    for draw, row in rows.items():
        text = "".join(chunk.text for chunk in row)
        assert "".join(chunk.text for chunk in undisturbed[draw]).startswith(text)
        assert all(chunk.finish is None for chunk in row[:-1])
        assert row[-1].finish in (FinishReason.STOP, FinishReason.LENGTH)


def test_special_tokens_never_appear_in_text(tiny):
    """The random model writes special tokens; people must never see their spelling."""
    texts = texts_of(sampler.sample(tiny, [], QUESTION, Sampling(n=16, temperature=3.0, max_new_tokens=80)))
    assert not any(mark in text for text in texts.values() for mark in ("<|im_", "<img>", "<IMG_CONTEXT>"))


def test_stop_strings_end_a_solution_wherever_tokens_begin(tiny):
    """Cut before the first one, STOP, other rows undisturbed, and nothing shown that is taken back."""
    sampling = Sampling(n=12, seed=2, temperature=1.0, max_new_tokens=60)
    whole = texts_of(sampler.sample(tiny, [drawing()], QUESTION, sampling))
    stop = (whole[0][20:26], whole[3][9:12], "never written at all")
    rows = rows_of(sampler.sample(tiny, [drawing()], QUESTION, replace(sampling, stop=stop)))
    stopped = 0
    for draw, row in rows.items():
        places = [at for word in stop if (at := whole[draw].find(word)) >= 0]
        assert "".join(chunk.text for chunk in row) == whole[draw][: min(places, default=None)]
        stopped += bool(places)
        if places:
            assert row[-1].finish is FinishReason.STOP
            assert row[-1].tokens <= 60
    assert 2 <= stopped < 12


def test_a_begun_stop_string_is_shown_when_the_solution_ends(tiny):
    sampling = Sampling(n=1, seed=2, temperature=1.0, max_new_tokens=30)
    whole = texts_of(sampler.sample(tiny, [drawing()], QUESTION, sampling))[0]
    rows = rows_of(sampler.sample(tiny, [drawing()], QUESTION, replace(sampling, stop=(whole[-5:] + "more",))))
    assert "".join(chunk.text for chunk in rows[0]) == whole
    assert rows[0][-1].finish is not None


def test_one_token_is_enough(tiny):
    rows = rows_of(sampler.sample(tiny, [], QUESTION, Sampling(n=2, max_new_tokens=1)))
    assert [len(row) for row in rows.values()] == [1, 1]


def test_context_ends_a_solution(tmp_path):
    network = load_network(write_tiny(tmp_path, context=128, workbench={"system": None, "policy_prompt": "{question}"}))
    network = replace(network, stop_ids=frozenset())
    rows = rows_of(sampler.sample(network, [], "Hi", Sampling(n=1, max_new_tokens=500)))
    prompt = encode(policy_prompt(network.style, "Hi"), network.tokens)
    assert rows[0][-1].finish is FinishReason.LENGTH
    assert rows[0][-1].tokens == 128 - len(prompt)


def test_too_long_question_is_refused_before_anything_is_computed(tiny):
    network = Cramped(tiny)
    with pytest.raises(InvalidRequest, match=r"too long: it needs \d+ tokens .* at most 4096"):
        list(sampler.sample(network, [drawing()], "word " * 20_000, Sampling()))
    assert network.shapes == []


def test_stream_is_the_same_however_many_numbers_are_drawn():
    assert torch.equal(uniforms(7, 3, 10), uniforms(7, 3, 1000)[:10])
    assert not torch.equal(uniforms(7, 3, 10), uniforms(7, 4, 10))
    assert not torch.equal(uniforms(7, 3, 10), uniforms(8, 3, 10))


def test_stream_never_changes():
    """Pinned: a stored seed must give the same solutions with next year's libraries."""
    expected = [0.4821286018761155, 0.7241355726248441, 0.05025403948627161]
    assert uniforms(7, 3, 3).tolist() == pytest.approx(expected, abs=1e-15)


def choose(logits, **sampling):
    """The first token of as many rows as there are rows of logits (B, vocabulary)."""
    chooser = TokenChooser(Sampling(**sampling))
    for row in range(len(logits)):
        chooser.join(row, seed=0, draw=row, prompt=(), longest=1)
    return chooser.choose(logits, range(len(logits)), [0] * len(logits))


def chosen(logits, **sampling):
    tokens = choose(torch.tensor(logits).expand(2000, -1), **sampling)
    return torch.bincount(torch.tensor(tokens), minlength=len(logits)) / 2000


def test_frequencies_follow_the_softmax():
    logits = [0.0, 1.0, 2.0, -1.0]
    expected = torch.tensor(logits).softmax(0)
    assert torch.allclose(chosen(logits, temperature=1.0), expected, atol=0.03)
    sharper = (torch.tensor(logits) / 0.5).softmax(0)
    assert torch.allclose(chosen(logits, temperature=0.5), sharper, atol=0.03)


def test_top_k_and_top_p_cut_the_tail():
    logits = [0.0, 1.0, 2.0, -1.0]  # probabilities 0.087, 0.237, 0.644, 0.032
    assert (chosen(logits, temperature=1.0, top_k=2) > 0).tolist() == [False, True, True, False]
    assert (chosen(logits, temperature=1.0, top_p=0.5) > 0).tolist() == [False, False, True, False]
    assert (chosen(logits, temperature=1.0, top_p=0.8) > 0).tolist() == [False, True, True, False]


@pytest.mark.parametrize("penalty", [0.5, 1.0, 1.7])
def test_repetition_penalty_is_that_of_transformers(penalty):
    torch.manual_seed(0)
    scores, ids = torch.randn(5, 50), torch.randint(0, 50, (5, 20))
    seen = torch.zeros(5, 50, dtype=torch.bool).scatter(1, ids, True)
    expected = RepetitionPenaltyLogitsProcessor(penalty)(ids, scores)
    assert torch.equal(penalized(scores, seen, penalty), expected)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_logits_that_are_no_numbers_are_an_error(temperature, bad):
    with pytest.raises(BadText, match="computed no number for its next word"):
        choose(torch.tensor([[0.0, 1.0, 2.0], [0.0, bad, 1.0]]), temperature=temperature)


def test_impossible_tokens_are_never_chosen():
    logits = [float("-inf"), 0.0, float("-inf"), 0.0, float("-inf")]
    assert (chosen(logits, temperature=1.0) > 0).tolist() == [False, True, False, True, False]


def test_temperature_zero_is_greedy():
    assert chosen([0.0, 1.0, 2.0, -1.0], temperature=0.0).tolist() == [0, 0, 1, 0]


@pytest.mark.parametrize(
    "sampling",
    [{"temperature": 1e-40}, {"temperature": 1e-46}, {"top_p": 1e-46}, {"temperature": 1e-46, "top_p": 1e-46}],
)
def test_what_is_nearly_zero_picks_the_likeliest_token(sampling):
    """They passed the checks of the limits, left no probability, and chose the index behind the vocabulary."""
    logits = torch.tensor([[0.0, 2.0, 1.0, -3.0], [5.0, 2.0, 1.0, -3.0]])
    assert choose(logits, **sampling) == [1, 0]


def test_a_token_behind_the_vocabulary_is_never_chosen():
    chooser = TokenChooser(Sampling())
    nothing = torch.full((1, 4), float("-inf"))  # what is left when every token was excluded
    assert chooser._drawn(nothing, torch.tensor([0.5], dtype=torch.float64)).tolist() <= [3]
