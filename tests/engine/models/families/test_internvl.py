"""Loading: strict, without remote code, and every failure says what is wrong.

Covers engine/models/input_check.py.
"""

import json
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import InternVLForConditionalGeneration

from engine.errors import LoadError, OutOfMemory
from engine.models.families import internvl
from engine.models.inference.network import memory_named
from engine.models.input_check import picture_features
from engine.models.registry import Options, load_network
from tests.support.tiny import TOKENS_PER_TILE, drawing, write_tiny


@pytest.fixture
def folder(tiny_folder, tmp_path):
    return shutil.copytree(tiny_folder, tmp_path / "model")


def edit(path, **changes):
    stored = json.loads(path.read_text())
    stored.update(changes)
    path.write_text(json.dumps(stored))


def test_card_says_what_was_loaded(tiny, tiny_folder):
    assert tiny.card.name == tiny_folder.name
    assert tiny.card.family == "internvl"
    assert tiny.card.dtype == "float32"
    assert tiny.card.device == "cpu"
    assert len(tiny.card.revision) == 12
    assert tiny.card.parameters == sum(t.numel() for t in load_file(tiny_folder / "model.safetensors").values())


def test_half_precision_weights_compute_in_float32(folder, tiny):
    path = folder / "model.safetensors"
    halves = {name: tensor.half() for name, tensor in load_file(path).items()}
    save_file(halves, path, metadata={"format": "pt"})
    network = load_network(folder)
    assert network.model.dtype is torch.float32
    assert network.card.revision != tiny.card.revision


def test_dtype_can_be_chosen(folder):
    assert load_network(folder, Options(dtype="bfloat16")).card.dtype == "bfloat16"


def test_pictures_are_tiled_with_a_thumbnail(tiny):
    images = [drawing(28, 28), drawing(56, 28)]
    pictures = tiny.encode_pictures(images)
    assert pictures.tiles == tiny.count_tiles(images) == (1, 3)
    assert pictures.features.shape == (4, TOKENS_PER_TILE, 32)


def test_published_folders_are_tiled_although_their_file_says_no(folder):
    """OpenGVLab's "-hf" folders state false; transformers' InternVLProcessor cuts their pictures all the same."""
    edit(folder / "preprocessor_config.json", crop_to_patches=False)
    assert load_network(folder).count_tiles([drawing(28, 28), drawing(56, 28)]) == (1, 3)


def test_a_folder_as_transformers_5_saves_it_is_read(folder, tiny):
    path = folder / "preprocessor_config.json"
    inside = json.loads(path.read_text())
    path.unlink()
    (folder / "processor_config.json").write_text(json.dumps({"image_processor": inside}))
    images = [drawing(28, 28), drawing(56, 28)]
    assert torch.equal(load_network(folder).encode_pictures(images).features, tiny.encode_pictures(images).features)


def test_tiles_can_be_limited(folder):
    assert load_network(folder, Options(max_tiles=1)).count_tiles([drawing(80, 40)]) == (1,)


@pytest.mark.parametrize("mode", ["L", "RGBA", "P", "CMYK", "I;16", "1"])
def test_any_kind_of_picture_is_read(tiny, mode):
    image = drawing().convert("I").convert("I;16") if mode == "I;16" else drawing().convert(mode)
    assert tiny.encode_pictures([image]).tiles == tiny.count_tiles([image])


def test_features_equal_the_native_model(tiny, tiny_folder):
    native = InternVLForConditionalGeneration.from_pretrained(tiny_folder).eval()
    pixels = tiny.processor([drawing(80, 40)], return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        expected = native.get_image_features(pixel_values=pixels, return_dict=True).pooler_output
    assert torch.equal(tiny.encode_pictures([drawing(80, 40)]).features, expected)


def test_missing_weight_is_named(folder):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    del tensors["language_model.model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(LoadError, match=r"missing keys: .*layers\.1\.mlp\.up_proj\.weight"):
        load_network(folder)


def test_unexpected_weight_is_named(folder):
    path = folder / "model.safetensors"
    save_file({**load_file(path), "stranger.weight": torch.zeros(1)}, path, metadata={"format": "pt"})
    with pytest.raises(LoadError, match=r"unexpected keys: stranger\.weight"):
        load_network(folder)


def test_weight_of_another_shape_is_refused(folder):
    path = folder / "model.safetensors"
    save_file({**load_file(path), "language_model.lm_head.weight": torch.zeros(3, 4)}, path, metadata={"format": "pt"})
    with pytest.raises(LoadError, match=r"mismatched keys: .*lm_head\.weight"):
        load_network(folder)


def test_cut_off_weights_are_refused(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(LoadError, match="damaged or incomplete"):
        load_network(folder)


def test_missing_weights_are_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(LoadError, match="no model"):
        load_network(folder)


@pytest.mark.parametrize(
    ("file", "changes", "message"),
    [
        ("config.json", {"model_type": "vit"}, "'vit' model"),
        ("config.json", {"image_token_id": 3}, "image token 3"),
        ("workbench.json", {"system": 3}, "system must be a text or null"),
        ("workbench.json", {"policy_prompt": "no place"}, "has no '{question}'"),
        ("workbench.json", {"sytem": None}, "unknown fields: \\['sytem'\\]"),
        ("workbench.json", {"known_world": {"description": "d"}}, "known_world of .* cannot be read"),
    ],
)
def test_wrong_settings_are_refused(folder, file, changes, message):
    if not (folder / file).exists():
        (folder / file).write_text("{}")
    edit(folder / file, **changes)
    with pytest.raises(LoadError, match=message):
        load_network(folder)


@pytest.mark.parametrize("file", ["tokenizer.json", "preprocessor_config.json", "config.json"])
def test_missing_file_is_named(folder, file):
    (folder / file).unlink()
    with pytest.raises(LoadError, match=file):
        load_network(folder)


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(LoadError, match="no folder"):
        load_network(tmp_path / "nowhere")


@pytest.mark.parametrize("options", [Options(device="gpu"), Options(dtype="int3")])
def test_unknown_device_and_dtype_are_refused(tiny_folder, options):
    with pytest.raises(LoadError, match="unknown"):
        load_network(tiny_folder, options)


def test_an_input_out_of_distribution_gives_a_notice(tmp_path):
    folder = write_tiny(tmp_path, workbench={"name": "small"})
    probe = load_network(folder)
    feature = picture_features(probe.encode_pictures([drawing()]).features.flatten(0, 1))
    save_file({"mean": feature, "precision": torch.eye(len(feature))}, folder / "known_world.safetensors")
    known = {"description": "Red bars.", "words": ["how", "many", "bars"], "feature_threshold": 1e-3}
    edit(folder / "workbench.json", known_world=known)
    from engine.models.registry import load_policy

    policy = load_policy(folder)
    assert policy.card.name == "small"
    assert policy.out_of_distribution_notice([drawing()], "How many bars? 1 + 2") is None
    strange = policy.out_of_distribution_notice([drawing(seed=1)], "How many bars?")
    assert strange is not None
    assert "does not look like" in strange
    assert "load other models" in strange
    odd = policy.out_of_distribution_notice([drawing()], "How many green unicorns fly home?")
    assert odd is not None
    assert "“green”, “unicorns”, “fly” and 1 more" in odd
    assert "no picture" in (policy.out_of_distribution_notice([], "How many bars?") or "")


def test_full_memory_is_one_clear_error():
    with pytest.raises(OutOfMemory, match="not enough for this request"), memory_named(torch.device("cpu")):
        torch.empty(1 << 55)
    with pytest.raises(RuntimeError, match="another trouble"), memory_named(torch.device("cpu")):
        raise RuntimeError("another trouble")


def test_importing_the_engine_loads_no_torch():
    code = "import sys, engine; sys.exit(any(m in sys.modules for m in ('torch', 'transformers', 'gradio')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_tiles_go_through_the_vision_tower_in_batches(tiny, monkeypatch):
    """All of them at once: a page cut into forty tiles of 448 pixels was one forward."""
    image = drawing(200, 300)
    given = []
    tower = tiny.model.model.vision_tower
    hook = tower.register_forward_pre_hook(
        lambda module, args, named: given.append(len(named["pixel_values"])), with_kwargs=True
    )
    at_once = tiny.encode_pictures([image])
    monkeypatch.setattr(internvl, "TILES_AT_ONCE", 3)
    in_batches = tiny.encode_pictures([image])
    hook.remove()
    assert sum(at_once.tiles) == given[0] > 2 * 3
    assert max(given[1:]) == 3
    assert torch.allclose(in_batches.features, at_once.features, atol=1e-6)
