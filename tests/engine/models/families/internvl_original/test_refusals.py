"""What an original checkpoint may lack or contradict, each named in the error; nothing is left at random.

Covers engine/models/families/internvl_original/config.py, engine/models/families/internvl_original/tokenizer.py,
engine/models/families/internvl_original/weights.py.
"""

import json
import re
import struct

import pytest
from safetensors.torch import load_file, save_file
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import BPE

from engine.errors import LoadError
from engine.models.families.internvl_original.loading import load_original
from tests.engine.models.families.internvl_original.test_loading import FLOAT32
from tests.support.originals import Variant, change_config, write_original

QWEN2_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(ps_version="v1"), "ps_version 'v1'"),
        (lambda c: c.update(use_llm_lora=16), "use_llm_lora"),
        (lambda c: c.update(use_backbone_lora=16), "use_backbone_lora"),
        (lambda c: c.update(template="phi3-chat"), "phi3-chat"),
        (lambda c: c.update(use_thumbnail=False), "use_thumbnail"),
        (lambda c: c.update(select_layer=2), "select_layer 2"),
        (lambda c: c.update(quantization_config={"bits": 4}), "quantiz"),
        (lambda c: c.pop("llm_config"), "llm_config"),
        (lambda c: c["llm_config"].update(architectures=["Phi3ForCausalLM"]), "Phi3ForCausalLM"),
        (lambda c: c["llm_config"].update(rope_scaling={"type": "yarn", "factor": 4.0}), "'yarn'"),
        (lambda c: c["llm_config"].pop("max_position_embeddings"), "max_position_embeddings"),
        (lambda c: c["llm_config"].update(hidden_size="many"), "cannot be"),
        (lambda c: c["vision_config"].update(norm_type="batch_norm"), "batch_norm"),
        (lambda c: c["vision_config"].update(hidden_act="gelu_newest"), "vision_config.hidden_act 'gelu_newest'"),
        (lambda c: c["vision_config"].update(num_channels=1), "vision_config.num_channels 1"),
        (lambda c: c["vision_config"].update(use_moe=True), "use_moe"),
        (lambda c: c["llm_config"].update(hidden_act="gelu_newest"), "llm_config.hidden_act 'gelu_newest'"),
        (lambda c: c.update(pad2square=True), "pad2square"),
        (lambda c: c.update(downsample_ratio=0.4), "downsample_ratio 0.4"),
        (lambda c: c.update(select_layer=-5), "select_layer -5"),
        # sizes that contradict the weights
        (lambda c: c["llm_config"].update(num_hidden_layers=3), r"missing .*layers\.2\."),
        (lambda c: c["llm_config"].update(num_hidden_layers=1), r"unexpected .*layers\.1\."),
        (lambda c: c["llm_config"].update(num_key_value_heads=4), r"mismatched .*wqkv"),
        (lambda c: c["llm_config"].update(vocab_size=900), "mismatched .*tok_embeddings"),
        (lambda c: c["llm_config"].update(bias=True), r"missing .*bias"),
        (lambda c: c["vision_config"].update(qk_normalization=True), r"missing .*q_norm"),
        (lambda c: c["vision_config"].update(qkv_bias=False), r"unexpected .*attn\.qkv\.bias"),
    ],
)
def test_a_configuration_that_cannot_be_computed_is_refused_by_name(tmp_path, change, message):
    write_original(tmp_path, Variant())
    change_config(tmp_path, change)
    with pytest.raises(LoadError, match=message):
        load_original(tmp_path, FLOAT32)


@pytest.mark.parametrize("tensor", ["mlp1.1.bias", "language_model.output.weight", "vision_model.encoder.layers.1.ls1"])
def test_a_missing_tensor_is_named(tmp_path, tensor):
    write_original(tmp_path, Variant())
    tensors = load_file(tmp_path / "model.safetensors")
    del tensors[tensor]
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(LoadError, match=f"missing {re.escape(tensor)}"):
        load_original(tmp_path, FLOAT32)


def test_what_an_expert_lacks_is_named(tmp_path):
    """One matrix that is left out would be whatever the memory held."""
    write_original(tmp_path, Variant(text="qwen3_moe"))
    tensors = load_file(tmp_path / "model.safetensors")
    up = "language_model.model.layers.0.mlp.experts.2.up_proj.weight"
    shape = re.escape(str(list(tensors[up].shape)))
    save_file({name: tensor for name, tensor in tensors.items() if name != up}, tmp_path / "model.safetensors")
    with pytest.raises(LoadError, match=rf"missing {re.escape(up)}\."):
        load_original(tmp_path, FLOAT32)
    save_file(tensors | {up: tensors[up][:-1].clone()}, tmp_path / "model.safetensors")
    with pytest.raises(LoadError, match=rf"{re.escape(up)} is .*, not {shape}"):
        load_original(tmp_path, FLOAT32)
    extra = up.replace("experts.2", "experts.4")
    save_file(tensors | {extra: tensors[up].clone()}, tmp_path / "model.safetensors")
    with pytest.raises(LoadError, match=f"unexpected {re.escape(extra)}"):
        load_original(tmp_path, FLOAT32)


def test_more_experts_than_can_be_are_refused_before_they_are_counted(tmp_path):
    write_original(tmp_path, Variant(text="qwen3_moe"))
    change_config(tmp_path, lambda config: config["llm_config"].update(num_experts=10**9))
    with pytest.raises(LoadError, match="1000000000 experts; the most is 4096"):
        load_original(tmp_path, FLOAT32)


@pytest.mark.parametrize("field", ["num_experts", "norm_topk_prob"])
def test_a_mixture_that_does_not_say_how_it_chooses_is_refused(tmp_path, field):
    write_original(tmp_path, Variant(text="qwen3_moe"))
    change_config(tmp_path, lambda config: config["llm_config"].pop(field))
    with pytest.raises(LoadError, match=f"llm_config has no '{field}'"):
        load_original(tmp_path, FLOAT32)


@pytest.mark.parametrize("tensor", ["language_model.model.layers.0.lora_A", "language_model.lm_head.weight", "extra"])
def test_an_unexpected_tensor_is_named(tmp_path, tensor):
    write_original(tmp_path, Variant())
    tensors = load_file(tmp_path / "model.safetensors")
    tensors[tensor] = tensors["language_model.output.weight"].clone()
    save_file(tensors, tmp_path / "model.safetensors")
    with pytest.raises(LoadError, match=r"unexpected (language_model|extra)"):
        load_original(tmp_path, FLOAT32)


def test_a_tied_model_with_another_output_matrix_is_refused(tmp_path):
    write_original(tmp_path, Variant(text="qwen2"))
    change_config(tmp_path, lambda config: config["llm_config"].update(tie_word_embeddings=True))
    with pytest.raises(LoadError, match="tie_word_embeddings"):
        load_original(tmp_path, FLOAT32)


def test_a_missing_shard_is_named(tmp_path):
    write_original(tmp_path, Variant(shards=3))
    (tmp_path / "model-00002-of-00003.safetensors").unlink()
    with pytest.raises(LoadError, match="model-00002-of-00003"):
        load_original(tmp_path, FLOAT32)


@pytest.mark.parametrize("keep", [0, 5, 400, -100])
def test_a_shard_cut_short_is_named(tmp_path, keep):
    write_original(tmp_path, Variant(shards=3))
    path = tmp_path / "model-00002-of-00003.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(LoadError, match="model-00002-of-00003"):
        load_original(tmp_path, FLOAT32)


def test_a_shard_with_a_broken_header_is_named(tmp_path):
    write_original(tmp_path, Variant())
    path = tmp_path / "model.safetensors"
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    path.write_bytes(data[:8] + b"!" * size + data[8 + size :])
    with pytest.raises(LoadError, match=r"model\.safetensors.*damaged"):
        load_original(tmp_path, FLOAT32)


def test_an_index_that_contradicts_its_shards_is_refused(tmp_path):
    write_original(tmp_path, Variant(shards=2))
    path = tmp_path / "model.safetensors.index.json"
    index = json.loads(path.read_text())
    index["weight_map"]["mlp1.9.weight"] = "model-00001-of-00002.safetensors"
    path.write_text(json.dumps(index))
    with pytest.raises(LoadError, match=r"in no file: mlp1\.9\.weight"):
        load_original(tmp_path, FLOAT32)


@pytest.mark.parametrize("donor", [1, 2])
def test_a_tensor_in_two_shards_is_refused_with_both_named(tmp_path, donor):
    write_original(tmp_path, Variant(shards=2))
    files = {number: tmp_path / f"model-{number:05d}-of-00002.safetensors" for number in (1, 2)}
    name, tensor = next(iter(load_file(files[donor]).items()))
    other = files[3 - donor]
    save_file(load_file(other) | {name: tensor + 1}, other)
    with pytest.raises(LoadError, match=f"{files[1].name}.*{files[2].name}.*{re.escape(name)}"):
        load_original(tmp_path, FLOAT32)


def test_a_folder_without_weights_says_what_it_has(tmp_path):
    write_original(tmp_path, Variant())
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(LoadError, match=r"pytorch_model\.bin"):
        load_original(tmp_path, FLOAT32)


@pytest.mark.parametrize(
    ("text", "file", "message"),
    [("internlm2", "tokenizer.model", r"tokenizer\.model"), ("qwen2", "tokenizer.json", r"vocab\.json")],
)
def test_a_missing_tokenizer_is_named(tmp_path, text, file, message):
    write_original(tmp_path, Variant(text=text))
    (tmp_path / file).unlink()
    with pytest.raises(LoadError, match=message):
        load_original(tmp_path, FLOAT32)


def test_a_tokenizer_without_image_tokens_is_refused(tmp_path):
    write_original(tmp_path, Variant())
    path = tmp_path / "tokenizer_config.json"
    path.write_text(path.read_text().replace("<IMG_CONTEXT>", "<OTHER>"))
    with pytest.raises(LoadError, match="<IMG_CONTEXT>"):
        load_original(tmp_path, FLOAT32)


@pytest.mark.parametrize("has_json", [True, False])
def test_qwen2_vocabulary_files_are_read_as_the_qwen2_tokenizer_reads_them(tmp_path, has_json, capsys, caplog):
    """By hand: NFC, Qwen2's split, byte-level BPE. And nothing asks on standard input whether to run the checkpoint's code."""
    write_original(tmp_path, Variant(text="qwen2"))
    tokenizer = json.loads((tmp_path / "tokenizer.json").read_text())
    named = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    vocabulary = {text: index for text, index in tokenizer["model"]["vocab"].items() if text not in named}
    merges = [tuple(pair) for pair in tokenizer["model"]["merges"]]
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in merges) + "\n")
    (tmp_path / "added_tokens.json").write_text(json.dumps(named))
    config = {
        "tokenizer_class": "Qwen2Tokenizer",
        "added_tokens_decoder": {str(index): {"content": text, "special": True} for text, index in named.items()},
        "auto_map": {"AutoTokenizer": ["tokenization_evil.EvilTokenizer", None]},
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    if not has_json:
        (tmp_path / "tokenizer.json").unlink()
    by_hand = Tokenizer(BPE(vocab=vocabulary, merges=merges))
    by_hand.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(QWEN2_SPLIT), behavior="isolated")
    by_hand.pre_tokenizer = pre_tokenizers.Sequence(
        [split, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    tokens = load_original(tmp_path, FLOAT32).tokens
    for text in ("The red bar is 1234.", "It's  the\n\n  sum: 你是 e\u0301 🙂", "$\\frac{1}{2}$\t<|im_end|>"):
        assert tokens.encode(text) == by_hand.encode(text).ids
    assert {text: tokens.token_id(text) for text in named} == named
    assert tokens.special_ids == set(named.values())
    assert capsys.readouterr().out + caplog.text == ""
