"""Checkpoints that are damaged or made to do harm: each is refused with a sentence, and nothing of it is run.

Covers engine/models/checkpoints/weights.py.
"""

import json
import math
import pickle
import re
import shutil

import pytest
import torch
from safetensors.torch import load_file

from engine import LoadError
from engine.model_catalogue.catalogue import Machine, list_models
from engine.models.registry import load_network
from tests.support.originals import Variant, write_original
from tests.support.tiny import write_tiny, write_tiny_qwen, write_tiny_smolvlm

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
DEEP = "[" * 100_000 + "]" * 100_000
WRITERS = {
    "internvl": write_tiny,
    "qwen": write_tiny_qwen,
    "smolvlm": write_tiny_smolvlm,
    "original": lambda folder: write_original(folder, Variant()),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    root = tmp_path_factory.mktemp("whole")
    for name, write in WRITERS.items():
        write(root / name)
    return root


@pytest.fixture(params=WRITERS)
def folder(request, whole, tmp_path):
    return shutil.copytree(whole / request.param, tmp_path / request.param)


def text_section(folder):
    return "llm_config" if folder.name == "original" else "text_config"


def change(folder, section, **fields):
    config = json.loads((folder / "config.json").read_text())
    (config if section is None else config[section]).update(fields)
    (folder / "config.json").write_text(json.dumps(config))


class Harm:
    """What a pickle may hold: a call that is made when it is read."""

    def __init__(self, witness):
        self.witness = str(witness)

    def __reduce__(self):
        return (open, (self.witness, "w"))


def test_pickled_weights_are_never_read(folder, tmp_path):
    (folder / WEIGHTS).unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Harm(tmp_path / "ran")))
    with pytest.raises(LoadError, match=r"safetensors"):
        load_network(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "name", ["weights.bin", "../weights.safetensors", "/tmp/weights.safetensors", "..\\w.safetensors", ""]
)
def test_an_index_names_safetensors_files_of_its_folder_only(folder, tmp_path, name):
    tensors = load_file(folder / WEIGHTS)
    shutil.move(folder / WEIGHTS, tmp_path / "weights.safetensors")
    torch.save(tensors, folder / "weights.bin")
    (folder / INDEX).write_text(json.dumps({"weight_map": dict.fromkeys(tensors, name)}))
    (folder / "model-1.safetensors").write_bytes((tmp_path / "weights.safetensors").read_bytes())
    with pytest.raises(LoadError, match="not a safetensors file in this folder"):
        load_network(folder)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("config.json", DEEP),
        ("config.json", "[]"),
        ("config.json", "\xff"),
        ("generation_config.json", "{"),
        ("generation_config.json", '{"eos_token_id": "x"}'),
        ("generation_config.json", '{"eos_token_id": [1e400]}'),
        (WEIGHTS, "\x08\0\0\0\0\0\0\0[[[[[[[["),
        (WEIGHTS, ""),
    ],
)
def test_a_damaged_file_is_an_error_of_loading(folder, file, content):
    (folder / file).write_text(content, encoding="latin-1")
    with pytest.raises(LoadError):
        load_network(folder)


@pytest.mark.parametrize("content", ["{", "[1]"])
def test_rules_for_pictures_that_cannot_be_read_are_an_error(folder, content):
    if folder.name == "original":
        pytest.skip("its config.json has them")
    (folder / "preprocessor_config.json").write_text(content)
    with pytest.raises(LoadError):
        load_network(folder)


@pytest.mark.parametrize(
    "fields",
    [
        {"num_attention_heads": 0},
        {"num_attention_heads": 3},
        {"hidden_size": "big"},
        {"hidden_size": None},
        {"hidden_size": 1 << 20},
        {"vocab_size": 1 << 40},
        {"max_position_embeddings": -1},
        {"max_position_embeddings": "x"},
        {"num_hidden_layers": 10**9, "layer_types": None},
        {"rope_parameters": {"rope_type": "nonsense", "rope_theta": 1.0}, "rope_scaling": {"type": "nonsense"}},
        {"hidden_act": "__import__"},
    ],
    ids=lambda fields: ",".join(f"{name}={value}"[:40] for name, value in fields.items()),
)
def test_a_text_model_that_cannot_be_is_refused_before_it_fills_the_memory(folder, fields):
    change(folder, text_section(folder), **fields)
    with pytest.raises(LoadError):
        load_network(folder)


@pytest.mark.parametrize("kind", ["linear", "dynamic"])
@pytest.mark.parametrize("factor", [0, -1, math.nan, math.inf, 1e300, None, False, "2.0", "abc", [2]])
def test_positions_stretched_by_nothing_are_refused_by_the_name_of_the_field(folder, kind, factor):
    """0 loaded and then refused every prompt; -1 loaded with a warning; what is no number failed without naming its field."""
    rope = {"rope_type": kind, "type": kind, "rope_theta": 10000.0, "factor": factor}
    change(folder, text_section(folder), rope_parameters=rope, rope_scaling=rope)
    with pytest.raises(LoadError, match=re.escape(f"factor {factor!r} in rope_parameters (or rope_scaling)")):
        load_network(folder)


@pytest.mark.parametrize("kind", ["linear", "dynamic"])
def test_positions_stretched_by_nobody_knows_how_much_are_refused(folder, kind):
    rope = {"rope_type": kind, "type": kind, "rope_theta": 10000.0}
    change(folder, text_section(folder), rope_parameters=rope, rope_scaling=rope)
    with pytest.raises(LoadError, match=re.escape("says no factor in rope_parameters (or rope_scaling)")):
        load_network(folder)


def test_positions_shrunk_to_nothing_are_refused_by_the_name_of_the_field(folder):
    """They loaded with room for no token."""
    rope = {"rope_type": "linear", "type": "linear", "rope_theta": 10000.0, "factor": 1e-9}
    change(folder, text_section(folder), rope_parameters=rope, rope_scaling=rope)
    with pytest.raises(LoadError, match="factor 1e-09 in rope_parameters"):
        load_network(folder)


@pytest.mark.parametrize("factor", [0, None])
def test_a_factor_that_nothing_reads_is_passed_over(tmp_path, factor):
    """Such a folder was refused."""
    write_tiny(tmp_path)
    rope = {"rope_type": "default", "rope_theta": 10000.0, "factor": factor}
    change(tmp_path, "text_config", rope_parameters=rope, rope_scaling=rope)
    assert load_network(tmp_path).context == 4096


def test_a_text_model_that_is_left_out_is_not_made_up(folder):
    """transformers' own default has 7 billion parameters, which it would have filled with random numbers."""
    change(folder, None, **{text_section(folder): None})
    with pytest.raises(LoadError, match=r"parameters, and its files hold|has no 'llm_config'|cannot be loaded"):
        load_network(folder)


@pytest.mark.parametrize("fields", [{"patch_size": 0}, {"hidden_size": -4}])
def test_a_vision_tower_that_cannot_be_is_refused(folder, fields):
    change(folder, "vision_config", **fields)
    with pytest.raises(LoadError):
        load_network(folder)


def test_weights_that_are_quantised_already_are_refused_with_what_to_do(folder):
    change(folder, None, quantization_config={"quant_method": "awq", "bits": 4})
    with pytest.raises(LoadError, match=r"quanti[sz]"):
        load_network(folder)


def test_an_adapter_is_not_taken_for_a_model(whole, tmp_path):
    """With peft installed, transformers loads the model that the adapter names instead of the folder's."""
    folder = shutil.copytree(whole / "internvl", tmp_path / "adapter")
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "/etc", "peft_type": "LORA"}')
    with pytest.raises(LoadError, match="Merge it"):
        load_network(folder)


def test_code_that_comes_with_a_checkpoint_is_not_run(folder, tmp_path):
    change(folder, None, auto_map={"AutoModel": "harm.Model", "AutoConfig": "harm.Config"})
    (folder / "harm.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    load_network(folder)
    assert not (tmp_path / "ran").exists()


def test_hostile_folders_do_not_hide_the_others(whole, tmp_path):
    shutil.copytree(whole / "internvl", tmp_path / "good")
    for name, content in (("deep", DEEP), ("list", "[]"), ("cut", "{")):
        shutil.copytree(whole / "internvl", tmp_path / name)
        (tmp_path / name / "config.json").write_text(content)
    header = b'{"x": {"dtype": "F32", "shape": [1e400], "data_offsets": [0, 0]}}'
    for name, content in (("infinite", header), ("deeper", DEEP.encode())):
        shutil.copytree(whole / "internvl", tmp_path / name)
        (tmp_path / name / WEIGHTS).write_bytes(len(content).to_bytes(8, "little") + content)
    found = list_models(Machine(device="cpu", dtype="float32", free_bytes=None), tmp_path)
    assert [model.name for model in found if str(tmp_path) in model.source] == ["good"]
