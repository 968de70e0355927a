"""One model over several devices: the plan, and whole runs over devices that are pretended (see pretended.py)."""

import pytest
import torch

from engine import LoadError, ModelChoice, Problem, Sampling, Solution, SolutionScored
from engine.events import RunEnded
from engine.model_catalogue.footprint import Quantisation, read_footprint
from engine.models.inference import network as networks
from engine.models.inference import sampler
from engine.models.pair import Memory, load_pair
from engine.models.placement import device_layout as layouts
from engine.models.placement.device_layout import Layout, cut, fit
from engine.models.registry import NetworkRewardModel, Options, choose_devices, load_network
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt
from engine.protocols import Models
from engine.serving.run import RunRequest, run
from tests.engine.models.inference.test_scorer import QUESTION, SOLUTIONS
from tests.support.generators import texts_of
from tests.support.originals import Variant, write_original
from tests.support.pretended_devices import held, pretended_devices
from tests.support.tiny import drawing, write_tiny, write_tiny_qwen, write_tiny_smolvlm

ONE, TWO, THREE = DEVICES = tuple(torch.device("xla", index) for index in range(3))
IMAGES = [drawing(80, 40)]
FAMILIES = {
    "internvl": lambda folder: write_tiny(folder),
    "qwen2.5-vl": lambda folder: write_tiny_qwen(folder, version="2.5"),
    "qwen3-vl": lambda folder: write_tiny_qwen(folder, version="3"),
    "smolvlm": lambda folder: write_tiny_smolvlm(folder),
    "original": lambda folder: write_original(folder, Variant(rope_scaling={"type": "dynamic", "factor": 2.0})),
}


@pytest.mark.parametrize(
    ("layers", "rest", "room", "expected"),
    [
        ([10] * 4, 5, [45], (0, 0, 0, 0)),
        ([10] * 4, 5, [44], None),
        ([10] * 4, 0, [20, 20], (0, 0, 1, 1)),
        ([10] * 4, 20, [30, 30], (0, 1, 1, 1)),  # what is no layer lies with the first ones
        ([10] * 4, 40, [40, 40], (1, 1, 1, 1)),
        ([10] * 4, 41, [40, 60], None),
        ([10] * 6, 0, [60, 60, 60], (0, 0, 1, 1, 2, 2)),  # all are filled alike, though one would do
        ([10] * 6, 0, [20, 40], (0, 0, 1, 1, 1, 1)),
        ([30], 0, [20, 20], None),  # a layer is never cut
        ([], 5, [10], ()),
        ([10], 0, [0, 0], None),
    ],
)
def test_layers_are_cut_by_what_each_device_has_room_for(layers, rest, room, expected):
    assert cut(layers, rest, room) == expected


def test_as_few_devices_as_have_room_the_emptiest_first(tiny_folder):
    footprint = read_footprint(tiny_folder)
    size = footprint.device_bytes("float32")
    assert len(footprint.layers) == 3
    assert sum(layer.parameters for layer in footprint.layers) < footprint.parameters

    def laid_out(*rooms, quantisation=Quantisation.NONE):
        return fit(footprint, "float32", quantisation, DEVICES, dict(zip(DEVICES, rooms, strict=True)).get)

    assert laid_out(size, size, size + 1) == Layout(home=THREE)
    found = laid_out(size // 2, size - 1, size // 2)
    assert (found.home, len(found.layers)) == (TWO, 3)
    assert str(found) == "xla:1, xla:0"
    assert laid_out(size // 4, size // 4, size // 4) is None
    assert laid_out(size // 4, size // 4, None) == Layout(home=ONE), "where nobody says, nothing is spread"
    assert laid_out(0, int(size * 0.8), 0, quantisation=Quantisation.NF4) == Layout(home=TWO)


@pytest.mark.parametrize("name", ["cuda:0,cuda:0", "cpu,cuda:0", "gpu0"])
def test_devices_that_cannot_be_meant_are_refused(name):
    with pytest.raises(LoadError, match=repr(name)):
        choose_devices(name)


def scores_of(network):
    problem = Problem(question=QUESTION)
    given = tuple(Solution(problem_id=problem.id, steps=tuple(s), policy_model="") for s in SOLUTIONS.values())
    request = RunRequest(problem=problem, images=tuple(IMAGES), solutions=given)
    models = Models(policy=None, reward_model=NetworkRewardModel(network))
    events = [event for events in run(request, models, lambda: False) for event in events]
    assert isinstance(events[-1], RunEnded)
    assert events[-1].error is None
    return {e.draw: [s.score for s in e.scoring.step_scores] for e in events if isinstance(e, SolutionScored)}


def all_of(network):
    """What a model writes for several rows of unlike lengths, and how it scores."""
    sampling = Sampling(n=4, seed=2, temperature=1.0, max_new_tokens=32, repetition_penalty=1.1)
    return texts_of(sampler.sample(network, IMAGES, QUESTION, sampling)), scores_of(network)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_model_over_several_devices_writes_and_scores_as_on_one(tmp_path, family):
    folder = tmp_path / "model"
    FAMILIES[family](folder)
    layers = len(read_footprint(folder).layers)
    spread = Layout(home=ONE, layers=(ONE, TWO, THREE)[:layers])
    texts, scores = all_of(load_network(folder))
    with pretended_devices():
        network = load_network(folder, Options(dtype="float32", layout=spread))
        assert network.card.device == ", ".join(map(str, spread.layers))
        assert network.model.lm_head.weight.device == ONE
        ids = encode(policy_prompt(network.style, QUESTION, network.count_tiles(IMAGES)), network.tokens)
        prefix, hidden = networks.prefill(network, ids, network.encode_pictures(IMAGES))
        assert tuple(key.device for key in prefix.keys) == spread.layers
        assert set(prefix.bytes_by_device) == set(spread.layers)
        assert hidden.device == ONE
        spread_texts, spread_scores = all_of(network)
    assert spread_texts == texts
    assert spread_scores.keys() == scores.keys()
    for draw, expected in scores.items():
        assert spread_scores[draw] == pytest.approx(expected, abs=2e-6), "other batches and kernels round otherwise"


def test_a_state_that_is_not_carried_over_is_noticed(tmp_path, monkeypatch):
    folder = write_tiny(tmp_path / "model")
    monkeypatch.setattr(layouts, "_input_mover", lambda device: lambda module, given, named: None)
    with pretended_devices():
        network = load_network(folder, Options(dtype="float32", layout=Layout(home=ONE, layers=(ONE, TWO, TWO))))
        with pytest.raises(RuntimeError, match="tensors are on"):
            texts_of(sampler.sample(network, IMAGES, QUESTION, Sampling(n=1)))


class Devices(Memory):
    """Pretended devices with so much room, less what tensors take of it."""

    def __init__(self, *rooms):
        self._rooms = dict(zip(DEVICES, rooms, strict=False))

    def free(self, device):
        return self._rooms[device] - held(device)


def test_two_models_that_fit_no_single_device_together_lie_on_two(tmp_path):
    folders = write_tiny(tmp_path / "policy"), write_tiny(tmp_path / "reward", seed=1)
    size = read_footprint(folders[0]).device_bytes("float32")
    choice = ModelChoice(device="xla:0,xla:1", dtype="float32")
    with pretended_devices():
        models = load_pair(*folders, choice, None, lambda progress: None, Devices(size * 1.5, size * 1.4))
        assert not models.in_turns
        assert models.policy.weights.devices == {ONE}
        assert models.reward_model.weights.devices == {TWO}
        assert (models.policy.card.device, models.reward_model.card.device) == ("xla:0", "xla:1")


def test_a_model_too_large_for_each_device_is_spread_and_the_other_goes_where_room_is_left(tmp_path):
    folders = write_tiny(tmp_path / "policy"), write_tiny(tmp_path / "reward", seed=1)
    size = read_footprint(folders[0]).device_bytes("float32")
    choice = ModelChoice(device="xla:0,xla:1,xla:2", dtype="float32")
    with pretended_devices():
        room = Devices(size * 0.9, size * 0.9, size * 0.9)
        models = load_pair(*folders, choice, None, lambda progress: None, room)
        assert models.policy.weights.devices == {ONE, TWO}
        assert models.reward_model.weights.devices == {TWO, THREE}
        assert models.policy.weights.nbytes == models.reward_model.weights.nbytes
        assert held(ONE) + held(TWO) + held(THREE) == 2 * models.policy.weights.nbytes


def test_what_all_devices_have_no_room_for_says_what_each_has(tmp_path):
    folder = write_tiny(tmp_path / "policy")
    choice = ModelChoice(device="xla:0,xla:1", dtype="float32")
    with pretended_devices(), pytest.raises(LoadError, match=r"xla:0 has 0\.0 GiB free and xla:1 has 0\.0 GiB free"):
        load_pair(folder, folder, choice, None, lambda progress: None, Devices(1000, 1000))


def test_a_spread_model_does_not_take_turns(tmp_path):
    folders = write_tiny(tmp_path / "policy"), write_tiny(tmp_path / "reward", seed=1)
    size = read_footprint(folders[0]).device_bytes("float32")
    choice = ModelChoice(device="xla:0,xla:1", dtype="float32")
    with pretended_devices(), pytest.raises(LoadError, match="several GPUs cannot take turns"):
        load_pair(*folders, choice, None, lambda progress: None, Devices(size, size))
