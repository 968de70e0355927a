"""Models that take turns on a device too small for both: real tiny models, a budget of bytes, parked weights that are gone.

Covers engine/models/pair.py, engine/models/placement/offloading.py, engine/models/placement/quantisation.py,
engine/models/placement/quantised_experts.py.
"""

import gc
import os
import subprocess
import sys
from types import FunctionType, ModuleType

import pytest
import torch

from engine import (
    DEFAULT_POLICY,
    DEFAULT_REWARD_MODEL,
    Engine,
    InvalidRequest,
    LoadError,
    ModelChoice,
    Models,
    Problem,
    RunEnded,
    Sampling,
    Solution,
    StepScored,
    TextAdded,
)
from engine.footprint import Quantisation, read_footprint
from engine.models.pair import Memory, load_pair
from engine.models.placement import offloading
from engine.models.placement.offloading import HostCopy
from engine.models.placement.quantised_experts import separate_experts
from engine.models.placement.turns import Residency
from engine.models.registry import NetworkRewardModel, Options, load_network
from tests.support.tiny import drawing, write_tiny

QUESTION = "What is the sum of the red bar and the blue bar?"
IMAGES = (drawing(60, 40),)


class Shelf:
    """A tenant that writes down its moves."""

    def __init__(self, name, nbytes, moves, *, is_resident=False):
        self.name, self.nbytes, self.is_resident, self._moves = name, nbytes, is_resident, moves

    def to_device(self):
        self.is_resident = True
        self._moves.append(f"+{self.name}")

    def to_host(self):
        self.is_resident = False
        self._moves.append(f"-{self.name}")


class SmallDevice(Memory):
    """Has room for ``capacity`` bytes of weights; counts what was given to it."""

    def __init__(self, capacity):
        self._capacity = capacity
        self.weights = []

    def free(self, device):
        return self._capacity - sum(each.nbytes for each in self.weights if each.is_resident)

    def can_offload(self, device):
        return True

    def capacity(self, device, weights):
        return self._capacity


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("pair")
    return write_tiny(root / "policy"), write_tiny(root / "reward", seed=1)


def test_only_what_does_not_fit_is_parked():
    moves = []
    one, two, three = (Shelf(name, 4, moves) for name in "abc")
    residency = Residency(8, [one, two, three])
    for tenant in (one, two, two, three, one):
        residency.ensure_on_device(tenant)
    assert moves == ["+a", "+b", "-a", "+c", "-b", "+a"]


def test_a_parked_model_is_gone_and_comes_back_the_same(tiny_folder):
    network = load_network(tiny_folder)
    before = [parameter.clone() for parameter in network.model.parameters()]
    weights = HostCopy(network.model)
    weights.to_host()
    weights.to_host()
    assert sum(parameter.nbytes for parameter in network.model.parameters()) == 0
    with pytest.raises(IndexError):
        network.logits(torch.ones(1, 32), [1])
    weights.to_device()
    assert all(torch.equal(a, b) for a, b in zip(before, network.model.parameters(), strict=True))
    assert weights.nbytes == sum(parameter.nbytes for parameter in before) + sum(
        buffer.nbytes for buffer in network.model.buffers()
    )


def events_of(models):
    with Engine(lambda: models) as engine:
        sampling = Sampling(n=3, seed=4, max_new_tokens=40)
        return list(engine.solve(Problem(question=QUESTION), IMAGES, sampling).events())


def outcome(events):
    """Texts and step scores by draw, whatever the order they came in."""
    texts, scores = {}, {}
    for event in events:
        if isinstance(event, TextAdded):
            texts[event.draw] = texts.get(event.draw, "") + event.text
        elif isinstance(event, StepScored):
            scores[event.draw, event.step_score.first] = event.step_score.score
    assert isinstance(events[-1], RunEnded)
    assert events[-1].error is None
    return texts, scores


def test_a_pair_in_turns_gives_what_it_gives_side_by_side(folders):
    policy, reward_model = folders
    choice = ModelChoice()
    together = load_pair(policy, reward_model, choice, None, lambda progress: None)
    assert not together.in_turns
    wanted = outcome(events_of(together))

    size = read_footprint(policy).device_bytes("float32")
    device = SmallDevice(int(size * 1.5))
    in_turns = load_pair(policy, reward_model, choice, None, lambda progress: None, device)
    assert in_turns.in_turns
    moves = []
    for name, model in (("policy", in_turns.policy), ("reward model", in_turns.reward_model)):
        model.weights.to_host()
        model.weights.to_device = recorded(moves, name, model.weights.to_device)
    events = events_of(in_turns)
    assert outcome(events) == wanted
    assert moves == ["policy", "reward model"]
    kinds = [type(event) for event in events if isinstance(event, TextAdded | StepScored)]
    assert kinds == sorted(kinds, key=lambda kind: kind is StepScored), "scored before all was written"


def recorded(moves, name, move):
    def call():
        moves.append(name)
        move()

    return call


def test_models_that_fit_are_served_side_by_side_again(folders):
    policy, reward_model = folders
    tight = load_pair(policy, reward_model, ModelChoice(), None, lambda progress: None, SmallDevice(500_000))
    assert tight.in_turns
    roomy = load_pair(tight.policy, tight.reward_model, ModelChoice(), tight, lambda progress: None, SmallDevice(10**9))
    assert not roomy.in_turns
    assert roomy.policy.weights.is_resident
    assert roomy.reward_model.weights.is_resident


def test_a_model_that_can_never_fit_is_refused_before_it_is_read(folders):
    told = []
    with pytest.raises(LoadError, match=r"take 0\.0 GiB as float32, and cpu has 0\.0 GiB free.*--quantise 4bit"):
        load_pair(folders[0], folders[1], ModelChoice(), None, told.append, SmallDevice(1000))
    assert [(progress.done, progress.total) for progress in told] == [(0, None)]


def test_a_failed_load_puts_the_parked_models_back(folders, tmp_path):
    policy, reward_model = folders
    served = load_pair(policy, reward_model, ModelChoice(), None, lambda progress: None)
    broken = write_tiny(tmp_path / "broken", seed=2)
    (broken / "tokenizer.json").unlink()
    size = read_footprint(policy).device_bytes("float32")
    device = SmallDevice(int(size * 2.2))
    device.weights = [served.policy.weights, served.reward_model.weights]
    parked = []
    for weights in device.weights:
        weights.to_host = recorded(parked, "parked", weights.to_host)
    with pytest.raises(LoadError):
        load_pair(served.policy, broken, ModelChoice(), served, lambda progress: None, device)
    assert parked
    assert all(weights.is_resident for weights in device.weights)
    assert outcome(events_of(served))


def test_progress_names_the_model_and_counts_its_tensors(folders):
    told = []
    load_pair(*folders, ModelChoice(), None, told.append)
    assert list(dict.fromkeys(progress.role.value for progress in told)) == ["policy", "reward_model"]
    last = told[-1]
    assert last.source == str(folders[1])
    assert last.done == last.total == len(load_network(folders[1]).model.state_dict())


def test_the_footprint_is_what_the_weights_take(tiny_folder):
    footprint = read_footprint(tiny_folder)
    network = load_network(tiny_folder)
    assert footprint.parameters == network.card.parameters
    assert footprint.device_bytes("float32") == sum(p.nbytes for p in network.model.parameters())
    assert footprint.device_bytes("bfloat16") == footprint.device_bytes("float32") // 2


@pytest.mark.parametrize("content", [b"", b"\xff" * 16, b"\x04\0\0\0\0\0\0\0nope", b"\x02\0\0\0\0\0\0\0[]"])
def test_a_damaged_weight_file_has_no_footprint(tmp_path, content):
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(LoadError, match="damaged or incomplete"):
        read_footprint(tmp_path)


def test_a_folder_without_weights_has_no_footprint(tmp_path):
    with pytest.raises(LoadError, match=r"no model\*\.safetensors"):
        read_footprint(tmp_path)


def scores_of(reward_model):
    """Step scores of a right and a wrong solution."""
    problem = Problem(question="What is the sum of the red bar and the blue bar?")
    solutions = [
        Solution(problem_id=problem.id, steps=steps, policy_model="")
        for steps in (("The red bar is 12.", "Final answer: 42"), ("The red bar is 99.", "Final answer: 0"))
    ]
    with Engine(lambda: Models(policy=None, reward_model=reward_model)) as engine:
        events = list(engine.score(problem, IMAGES, solutions).events())
    assert events[-1].error is None
    return [event.step_score.score for event in events if isinstance(event, StepScored)]


@pytest.mark.parametrize("quantisation", [Quantisation.NF4, Quantisation.INT8])
def test_quantised_weights_take_what_was_estimated_and_score_alike(quantisation):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: pip install bitsandbytes")
    plain, small = (
        load_network(DEFAULT_REWARD_MODEL, Options(device="cpu", quantisation=each))
        for each in (Quantisation.NONE, quantisation)
    )
    assert small.card.dtype == f"{quantisation} float32"
    assert small.card.parameters == plain.card.parameters
    estimate = read_footprint(DEFAULT_REWARD_MODEL).device_bytes("float32", quantisation)
    taken = sum(parameter.nbytes for parameter in small.model.parameters())
    assert taken == pytest.approx(estimate, rel=0.05)
    assert estimate < 0.6 * read_footprint(DEFAULT_REWARD_MODEL).device_bytes("float32")
    wanted, given = (scores_of(NetworkRewardModel(network)) for network in (plain, small))
    assert given != wanted
    assert given == pytest.approx(wanted, abs=0.25)  # 0.23 was the largest of 264 differences in 4 bits
    untouched = "model.vision_tower", "model.multi_modal_projector", "lm_head"
    for name, parameter in small.model.named_parameters():
        if name.startswith(untouched):
            assert parameter.dtype is torch.float32, name


@pytest.mark.parametrize("quantisation", [Quantisation.NF4, Quantisation.INT8])
def test_the_experts_of_a_mixture_are_quantised_too(tmp_path, quantisation):
    """They are joined in one tensor, which no layer of bitsandbytes holds: three times what was estimated stayed in memory."""
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: pip install bitsandbytes")
    folder = write_tiny(tmp_path, text="qwen3_moe")
    plain, small = (
        load_network(folder, Options(device="cpu", quantisation=each)) for each in (Quantisation.NONE, quantisation)
    )
    footprint = read_footprint(folder)
    estimate = footprint.device_bytes("float32", quantisation)
    assert NetworkRewardModel(small).weights.nbytes == pytest.approx(estimate, rel=0.05)
    assert estimate < 0.6 * footprint.device_bytes("float32")
    wanted, given = (scores_of(NetworkRewardModel(network)) for network in (plain, small))
    assert given != wanted
    if quantisation is Quantisation.INT8:  # four bits send tokens of a random mixture to other experts
        assert given == pytest.approx(wanted, abs=0.1)


def test_experts_one_by_one_compute_what_transformers_own_do(tmp_path):
    network = load_network(write_tiny(tmp_path, text="qwen3_moe"))
    layer = network.model.get_decoder().layers[0]
    hidden = torch.randn(1, 30, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = layer.mlp(hidden)
        separate_experts(layer, lambda matrix: matrix)
        assert torch.allclose(layer.mlp(hidden), expected, atol=1e-6)


def test_experts_of_another_form_are_refused_by_name(tmp_path):
    layer = load_network(write_tiny(tmp_path, text="qwen3_moe")).model.get_decoder().layers[0]
    layer.mlp.experts.is_transposed = True  # as gpt_oss's
    with pytest.raises(LoadError, match=r"mlp\.experts\.gate_up_proj.*cannot be quantised"):
        separate_experts(layer, lambda matrix: matrix)


@pytest.mark.parametrize("quantisation", [Quantisation.NF4, Quantisation.INT8])
def test_quantised_models_leave_nothing_behind_when_parked_and_score_the_same_afterwards(quantisation):
    """bitsandbytes keeps scales beside the weights: left behind, they would fill the device and be on the wrong one later."""
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: pip install bitsandbytes")
    network = load_network(DEFAULT_REWARD_MODEL, Options(device="cpu", quantisation=quantisation))
    model = NetworkRewardModel(network)
    held = sum({tensor.data_ptr(): tensor.nbytes for tensor in tensors_below(network.model)}.values())
    assert model.weights.nbytes == held
    for _ in range(2):
        model.weights.to_host()
        assert [tensor.shape for tensor in tensors_below(network.model) if tensor.numel()] == []
        model.weights.to_device()
    wanted = scores_of(model)
    model.weights.to_host()
    assert [tensor.shape for tensor in tensors_below(network.model) if tensor.numel()] == []
    model.weights.to_device()
    assert scores_of(model) == wanted
    assert sum({tensor.data_ptr(): tensor.nbytes for tensor in tensors_below(network.model)}.values()) == held


def tensors_below(module):
    """Every tensor that a module holds in any way, except what its host copy keeps."""
    seen, waiting, found = set(), [module], []
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, type | ModuleType | FunctionType):
            continue
        seen.add(id(thing))
        if isinstance(thing, torch.Tensor):
            found.append(thing)
        waiting += gc.get_referents(thing)
    return found


@pytest.mark.parametrize("quantisation", [Quantisation.NF4, Quantisation.INT8])
def test_quantised_models_take_turns(quantisation):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: pip install bitsandbytes")
    folders = DEFAULT_POLICY, DEFAULT_REWARD_MODEL
    choice = ModelChoice(quantisation=quantisation)
    texts, scores = outcome(events_of(load_pair(*folders, choice, None, lambda progress: None)))
    size = read_footprint(DEFAULT_POLICY).device_bytes("float32", quantisation)
    models = load_pair(*folders, choice, None, lambda progress: None, SmallDevice(int(size * 1.5)))
    assert models.in_turns
    texts_in_turns, scores_in_turns = outcome(events_of(models))
    assert texts_in_turns == texts
    # other batches sum in another order, which four bits answer with more: 1.3e-5 was seen; a wrong weight moves scores by 1e-2
    close = 5e-5 if quantisation is Quantisation.NF4 else 1e-5
    assert scores_in_turns == pytest.approx(scores, abs=close), "read in other batches"
    assert [models.policy.weights.is_resident, models.reward_model.weights.is_resident] == [False, True]


def test_quantising_without_the_package_says_how_to_get_it(tiny_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)  # Python's own way to say that it is not installed
    with pytest.raises(LoadError, match="pip install bitsandbytes"):
        load_network(tiny_folder, Options(quantisation=Quantisation.NF4))


def test_an_unknown_input_is_refused_before_a_model_is_moved(folders):
    models = load_pair(*folders, ModelChoice(), None, lambda progress: None, SmallDevice(500_000))
    models.policy.weights.to_host()
    with pytest.raises(InvalidRequest, match="too long"):
        next(models.policy.sample((), "word " * 9000, Sampling()))
    assert not models.policy.weights.is_resident


# What bitsandbytes does as it is imported, on CPUs with AVX512-BF16 only.
ASKING = """
try:
    from kernels import get_kernel
except ImportError:
    pass
else:
    get_kernel("kernels-community/quantization-bitsandbytes")
"""


@pytest.mark.parametrize("stand_in", [None, ASKING], ids=["bitsandbytes", "on every CPU"])
def test_no_code_is_taken_from_the_hub_where_the_package_for_it_is_installed(tmp_path, stand_in):
    """Importing bitsandbytes downloaded compiled code and ran it."""
    if stand_in is None:
        pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed: pip install bitsandbytes")
    else:
        (tmp_path / "bitsandbytes.py").write_text(stand_in)
    (tmp_path / "kernels.py").write_text("def get_kernel(*_, **__):\n    raise SystemExit('asked the hub for code')\n")
    code = (
        "from engine.models.placement.quantisation import import_bitsandbytes\n"
        "import_bitsandbytes()\n"
        "import kernels; print(kernels.__file__)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}."},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == str(tmp_path / "kernels.py")
    assert "kernels" not in run.stderr


class OnCard:
    """A tensor that says it is on a GPU, whose copy is pinned as the allocator would or would not."""

    is_cuda = True

    def __init__(self, count, limit=None):
        self._host = torch.zeros(count, dtype=torch.uint8)
        self._host.pin_memory = lambda: self._pinned(limit)

    def to(self, device):
        return self._host

    def _pinned(self, limit):
        if limit is not None:
            raise RuntimeError("cudaHostAlloc: out of memory")
        return "pinned"


def test_copies_are_pinned_where_that_takes_little_more_than_their_size(caplog):
    """Pinned memory comes in powers of two: 723 MB of embeddings took a gibibyte, and too much of it ended the loading."""
    assert offloading._on_host(OnCard(1 << 20)) == "pinned"
    assert offloading._on_host(OnCard(900_000)) == "pinned"
    assert offloading._on_host(OnCard(600_000)).nbytes == 600_000
    assert offloading._on_host(OnCard(1 << 20, limit=0)).nbytes == 1 << 20
    assert "no pinned memory" in caplog.text
