"""Models in 8 and 4 bits: what they take, how they score, and that experts of a mixture are made smaller too.

Covers engine/models/placement/quantised_experts.py.
"""

import gc
import os
import subprocess
import sys
from types import FunctionType, ModuleType

import pytest
import torch

from engine import (
    DEFAULT_REWARD_MODEL,
    Engine,
    LoadError,
    Models,
    Problem,
    Solution,
    StepScored,
)
from engine.model_catalogue.footprint import Quantisation, read_footprint
from engine.models.placement.quantised_experts import separate_experts
from engine.models.registry import NetworkRewardModel, Options, load_network
from tests.support.tiny import drawing, write_tiny

IMAGES = (drawing(60, 40),)


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


def test_quantising_without_the_package_says_how_to_get_it(tiny_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)  # Python's own way to say that it is not installed
    with pytest.raises(LoadError, match="pip install bitsandbytes"):
        load_network(tiny_folder, Options(quantisation=Quantisation.NF4))


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
