"""A converted folder is the original model in the native format.

Covers engine/models/families/tiling.py.
"""

import json

import pytest
import torch

from engine.errors import LoadError
from engine.models.families.internvl import load_internvl
from engine.models.families.internvl_original.convert import convert
from engine.models.families.internvl_original.loading import is_original, load_original
from engine.models.families.tiling import TileProcessor
from tests.engine.models.families.internvl_original.test_loading import CASES, FLOAT32, GOLDEN, VARIANTS
from tests.support.originals import write_original
from tests.support.tiny import write_tiny


@pytest.mark.parametrize(
    "variant",
    ["internlm2 biases", "internlm2 big tower", "qwen2 tied", "llama", "mixture of experts", "earlier vision layer"],
)
def test_a_converted_folder_is_the_same_model(tmp_path, variant):
    write_original(tmp_path / "original", VARIANTS[variant])
    convert(tmp_path / "original", tmp_path / "native")
    before, after = load_original(tmp_path / "original", FLOAT32), load_internvl(tmp_path / "native", FLOAT32)
    ours, theirs = before.model.state_dict(), after.model.state_dict()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
    assert after.stop_ids == before.stop_ids
    assert after.style.system == before.style.system
    assert json.loads((tmp_path / "native" / "config.json").read_text())["architectures"] == [
        "InternVLForConditionalGeneration"
    ]
    text = "The red bar is 12 + 3.\n<|im_end|> 图"
    assert after.tokens.encode(text) == before.tokens.encode(text)
    assert not list(tmp_path.glob("*.part"))


def test_a_converted_folder_writes_the_originals_prompts(tmp_path):
    from transformers import AutoTokenizer

    convert(GOLDEN / "checkpoint", tmp_path / "native")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "native", trust_remote_code=False)
    case = next(case for case in CASES if case["id"] == "a14")
    first = f"### Question:\n{case['question']}\n\n### Solution Process:\n{case['steps'][0]}"
    messages = [{"role": "user", "content": first}]
    for step in case["steps"][1:]:
        messages += [{"role": "assistant", "content": "+"}, {"role": "user", "content": step}]
    ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
    assert ids == case["soft_v2_input_ids"][: len(ids)]
    assert len(ids) == case["soft_v2_score_positions"][-1] + 1
    assert TileProcessor.open(tmp_path / "native").get_number_of_image_patches(300, 400) == 13


def test_only_an_original_folder_can_be_converted_and_nothing_is_overwritten(tmp_path):
    native = write_tiny(tmp_path / "tiny")
    with pytest.raises(LoadError, match="nothing to convert"):
        convert(native, tmp_path / "out")
    with pytest.raises(LoadError, match="not empty"):
        convert(GOLDEN / "checkpoint", native)
    assert not is_original(native)
    assert is_original(GOLDEN / "checkpoint")
