"""What all families share: nobody reads what the last layer leaves out, and damaged weights are never passed over.

Covers engine/models/inference/long_prompts.py.
"""

import math
from dataclasses import replace

import pytest
import torch
from torch.nn.modules.module import register_module_forward_pre_hook

from engine import BadPicture, BadText, Sampling
from engine.errors import OutOfMemory
from engine.models.inference import long_prompts, memory_budget, sampler, scorer
from engine.models.inference.shared_attention import only_read
from engine.models.registry import NetworkPolicy, load_network
from engine.protocols import run_to_end
from tests.engine.models.placement.test_device_layout import FAMILIES
from tests.support.generators import texts_of
from tests.support.originals import Variant, write_original
from tests.support.tiny import drawing

IMAGES = [drawing(80, 40)]
QUESTION = "What is the sum of the red bar and the blue bar?"
SOLUTIONS = {
    0: ["The red bar is 12.", "The blue bar is 30.", "12 + 30 = 42."],
    1: ["One step."],
    2: ["First.", "", "after an empty step"],
}
GREEDY = Sampling(n=2, temperature=0, max_new_tokens=12)
LAST_LAYER = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.down_proj")


class Everywhere:
    """An ``AttentionContext`` that says everything is read."""

    read = None

    def __init__(self, attend) -> None:
        self._attend = attend

    def __getattr__(self, name):
        return getattr(self._attend, name)


class Full:
    """A ``Network`` that computes the last layer everywhere."""

    def __init__(self, network) -> None:
        self._network = network

    def __getattr__(self, name):
        return getattr(self._network, name)

    def forward(self, embeddings, positions, attend):
        return self._network.forward(embeddings, positions, Everywhere(attend))

    def read(self, ids, pictures, attend):
        return self._network.read(ids, pictures, Everywhere(attend))


class Unread(Full):
    """A ``Network`` whose hidden states are no numbers wherever nobody is to read them."""

    spoilt = 0  # hidden states so far

    def forward(self, embeddings, positions, attend):
        return self._spoil(self._network.forward(embeddings, positions, attend), attend.read)

    def read(self, ids, pictures, attend):
        return self._spoil(self._network.read(ids, pictures, attend), attend.read)

    def _spoil(self, hidden, read):
        if read is None:
            return hidden
        unread = torch.ones(hidden.shape[:2], dtype=torch.bool).scatter(1, read, False)
        self.spoilt += int(unread.sum())
        return hidden.masked_fill(unread[..., None], math.nan)


@pytest.fixture(params=FAMILIES)
def network(request, tmp_path):
    FAMILIES[request.param](tmp_path)
    return load_network(tmp_path)


def scores_of(network, turns):
    """Score every solution in so many turns, a few steps of each at a time."""
    session = run_to_end(scorer.open_session(network, IMAGES, QUESTION))
    scores = {row: [] for row in SOLUTIONS}
    for turn in range(turns):
        new = {
            row: steps[turn * len(steps) // turns : (turn + 1) * len(steps) // turns]
            for row, steps in SOLUTIONS.items()
        }
        for row, found in run_to_end(session.score(new)).items():
            scores[row] += found
    return scores


@pytest.mark.parametrize("turns", [1, 3], ids=["at once", "step by step"])
@pytest.mark.parametrize("tokens", [16, 4096], ids=["in pieces", "whole"])
def test_scores_follow_from_what_is_read_alone(network, monkeypatch, turns, tokens):
    monkeypatch.setitem(memory_budget.MOST_TOKENS, "cpu", tokens)
    monkeypatch.setattr(memory_budget, "LEAST_TOKENS", 1)
    unread = Unread(network)
    expected, found = scores_of(Full(network), turns), scores_of(unread, turns)
    for row, steps in SOLUTIONS.items():
        assert len(expected[row]) == len(steps)
        assert found[row] == pytest.approx(expected[row], abs=1e-5, rel=0)
    assert unread.spoilt > 0


def test_texts_follow_from_what_is_read_alone(network):
    unread = Unread(network)
    texts = [texts_of(sampler.sample(each, IMAGES, QUESTION, GREEDY)) for each in (Full(network), unread)]
    assert texts[0] == texts[1]
    assert unread.spoilt > 0


@pytest.mark.parametrize("name", LAST_LAYER)
def test_a_damaged_last_layer_is_not_passed_over(network, name):
    """It is computed at few places only, and all of these are read."""
    spoil(network.model.get_decoder().layers[-1].get_submodule(name).weight)
    assert all(map(math.isnan, (score for scores in scores_of(network, 1).values() for score in scores)))
    with pytest.raises(BadText):
        texts_of(sampler.sample(network, IMAGES, QUESTION, GREEDY))


def test_damaged_eyes_are_told_at_every_picture(network):
    """They were told by what came of them, after everything else was computed; a text alone is still served."""
    text = {id(weight) for part in (network.model.get_decoder(), network.model.lm_head) for weight in part.parameters()}
    eyes = [weight for weight in network.model.parameters() if id(weight) not in text]
    policy = NetworkPolicy(network)
    for weight in (eyes[0], eyes[-1]):  # vision tower and projector
        whole = weight.detach().clone()
        spoil(weight)
        for _ in range(2):
            with pytest.raises(BadPicture, match=r"computed no number for the picture.*may be damaged\.$"):
                texts_of(policy.sample(IMAGES, QUESTION, GREEDY))
            with pytest.raises(BadPicture, match=network.card.name):
                scores_of(network, 1)
        assert len(texts_of(policy.sample([], QUESTION, GREEDY))) == GREEDY.n
        weight.data.copy_(whole)
    assert len(texts_of(policy.sample(IMAGES, QUESTION, GREEDY))) == GREEDY.n


def test_float32_is_advised_to_smaller_dtypes_only(tiny):
    """It was advised to models that were float32 already."""
    half = replace(tiny, card=replace(tiny.card, dtype="float16"))
    whole = tiny.model.model.multi_modal_projector.linear_2.bias.detach().clone()
    spoil(tiny.model.model.multi_modal_projector.linear_2.bias)
    try:
        with pytest.raises(BadPicture, match=r"or the dtype too small: try float32\.$"):
            half.encode_pictures(IMAGES)
        with pytest.raises(BadPicture, match=r"may be damaged\.$"):
            tiny.encode_pictures(IMAGES)
    finally:
        tiny.model.model.multi_modal_projector.linear_2.bias.data.copy_(whole)


def test_memory_that_runs_out_while_pictures_are_checked_is_named(tiny, monkeypatch):
    """torch's own error came out of the check for numbers."""

    def full(_):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    monkeypatch.setattr(torch.Tensor, "isfinite", full)
    with pytest.raises(OutOfMemory, match="use a smaller picture"):
        tiny.encode_pictures(IMAGES)


class Experts(torch.nn.Module):
    """A feed-forward part that also says which experts it chose, as some mixtures do."""

    def forward(self, hidden):
        return 2 * hidden, "chosen"


def test_a_part_that_returns_more_than_hidden_states_is_narrowed():
    """gpt_oss's experts return a tuple; every prompt failed on it."""
    layer = torch.nn.ModuleDict({"mlp": Experts()})
    hidden = torch.arange(1.0, 7.0).reshape(1, 3, 2)
    with only_read(layer, torch.tensor([[1]])):
        output, chosen = layer["mlp"](hidden)
    assert output.tolist() == [[[0, 0], [6, 8], [0, 0]]]
    assert chosen == "chosen"
    assert layer["mlp"](hidden)[0].equal(2 * hidden)


def test_a_part_of_another_name_is_computed_everywhere():
    """Granite's experts are no ``mlp``; every prompt failed on the missing name."""
    layer = torch.nn.ModuleDict({"block_sparse_moe": torch.nn.Identity()})
    hidden = torch.ones(1, 3, 2)
    with only_read(layer, torch.tensor([[1]])):
        assert layer["block_sparse_moe"](hidden).equal(hidden)


def test_a_prompt_that_is_read_whole_asks_at_its_scores_alone(tmp_path, monkeypatch):
    """Beyond the native length the last layer was computed everywhere."""
    write_original(tmp_path, Variant(rope_scaling={"type": "dynamic", "factor": 2.0}, context=64))
    network = load_network(tmp_path)
    last, asked = len(network.model.get_decoder().layers) - 1, []
    plain = long_prompts._Whole.attend

    def attend(self, layer, query, *rest):
        if layer == last:
            asked.append(query.shape[2])
        return plain(self, layer, query, *rest)

    monkeypatch.setattr(long_prompts._Whole, "attend", attend)
    steps = [f"Step {i}: {i} times {i} is {i * i}." for i in range(20)]
    whole, narrow = (
        run_to_end(run_to_end(scorer.open_session(each, [], QUESTION)).score({0: steps}))[0]
        for each in (Full(network), network)
    )
    assert len(asked) == 2
    assert asked[0] > asked[1] == len(steps)
    assert narrow == pytest.approx(whole, abs=1e-5, rel=0)


def spoil(weight):
    """Make one number of a matrix none."""
    weight.data.view(-1)[0] = math.nan


@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_go_through_the_vision_tower_one_by_one(family, tmp_path):
    """Qwen-VL and SmolVLM read all of a problem's pictures in one batch, which ten large ones have no memory for."""
    FAMILIES[family](tmp_path / "model")
    network = load_network(tmp_path / "model")
    largest = 0

    def note(module, given):
        nonlocal largest
        largest = max([largest, *(part.numel() for part in given if isinstance(part, torch.Tensor))])

    images = [drawing(80, 40, seed) for seed in range(5)]
    hook = register_module_forward_pre_hook(note)
    one, of_one = network.encode_pictures(images[:1]), largest
    five = network.encode_pictures(images)
    hook.remove()
    assert largest == of_one > 0
    assert five.tiles == 5 * one.tiles
    assert five.grids == 5 * one.grids
    assert torch.equal(five.features[: len(one.features)], one.features)
    assert not torch.equal(five.features[-len(one.features) :], one.features)
