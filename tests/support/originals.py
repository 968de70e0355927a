"""Tiny random checkpoints in the original InternVL2.5 layout, of any text model and vision tower, with what they must compute.

Independent of the loader under test: a native model is drawn at random, and its tensors are written under the original names,
packed by the documented layouts.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from transformers import InternVLConfig, InternVLForConditionalGeneration

from benchmarks.tiny_tokenizer import tiny_tokenizer

EDGE, PATCH = 28, 7
TOKENS = (EDGE // PATCH // 2) ** 2
MIXTURE = {
    "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 12, "norm_topk_prob": True, "mlp_only_layers": [1],
}  # fmt: skip
NAMED = ("<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """What is unlike between checkpoints of the family."""

    text: str = "internlm2"  # or "qwen2", "qwen3", "qwen3_moe", "llama"
    heads: int = 4
    key_heads: int = 2
    head_size: int = 8
    big_tower: bool = False  # as the 6B tower: no qkv bias, normalised queries and keys, RMS norms
    bias: bool = False  # of the text model's attention
    tied: bool = False
    shards: int = 1
    context: int = 4096
    rope_scaling: dict[str, Any] | None = None
    system_message: str | None = None
    dummy_prefix: bool = False  # of tokenizer.model
    select_layer: int = -1
    config: dict[str, Any] = field(default_factory=dict)  # replaces fields of config.json
    max_tiles: int = 12


def write_original(folder: Path, variant: Variant) -> Any:
    """Write a checkpoint and return the native model it must be equal to."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = write_spm(folder, variant) if variant.text == "internlm2" else write_bpe(folder, variant)
    model = random_native(variant, vocabulary)
    tensors = original_tensors(model, variant)
    write_shards(folder, tensors, variant.shards)
    config = original_config(variant, vocabulary)
    (folder / "config.json").write_text(json.dumps(config | variant.config))
    return model


def random_native(variant: Variant, vocabulary: dict[str, int]) -> Any:
    torch.manual_seed(3)
    rope = {"rope_type": "default", "rope_theta": 10000.0}
    if variant.rope_scaling:
        rope |= {"rope_type": variant.rope_scaling["type"], "factor": variant.rope_scaling["factor"]}
    text: dict[str, Any] = {
        "model_type": "llama" if variant.text == "internlm2" else variant.text,
        "vocab_size": max(vocabulary.values()) + 3,  # more rows than tokens, as real checkpoints have
        "hidden_size": variant.head_size * variant.heads, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": variant.heads, "num_key_value_heads": variant.key_heads,
        "max_position_embeddings": variant.context, "rms_norm_eps": 1e-5, "rope_parameters": rope,
        "tie_word_embeddings": variant.tied,
    }  # fmt: skip
    if variant.text != "qwen2":
        text |= {"attention_bias": variant.bias, "head_dim": variant.head_size}
    if variant.text == "qwen3_moe":
        text |= MIXTURE
    vision = {
        "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 3,
        "image_size": EDGE, "patch_size": PATCH, "attention_bias": not variant.big_tower,
        "use_qk_norm": variant.big_tower, "norm_type": "rms_norm" if variant.big_tower else "layer_norm",
    }  # fmt: skip
    config = InternVLConfig(
        text_config=text, vision_config=vision, image_token_id=vocabulary["<IMG_CONTEXT>"], image_seq_length=TOKENS,
        vision_feature_layer=variant.select_layer, tie_word_embeddings=variant.tied,
    )  # fmt: skip
    model = InternVLForConditionalGeneration._from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.2 + (0.5 if parameter.dim() == 1 else 0))
    return model


def original_tensors(model: Any, variant: Variant) -> dict[str, Tensor]:
    """Return the model's tensors under their original names. Written by hand, name by name."""
    native = dict(model.state_dict())
    out: dict[str, Tensor] = {}
    tower, head = "model.vision_tower.", "vision_model."
    out[head + "embeddings.class_embedding"] = native.pop(tower + "embeddings.cls_token")
    out[head + "embeddings.position_embedding"] = native.pop(tower + "embeddings.position_embeddings")
    for kind in ("weight", "bias"):
        out[f"{head}embeddings.patch_embedding.{kind}"] = native.pop(
            f"{tower}embeddings.patch_embeddings.projection.{kind}"
        )
        for index, name in ((0, "layer_norm"), (1, "linear_1"), (3, "linear_2")):
            out[f"mlp1.{index}.{kind}"] = native.pop(f"model.multi_modal_projector.{name}.{kind}")
    for number in range(3):
        old, new = f"{tower}encoder.layer.{number}.", f"{head}encoder.layers.{number}."
        for kind in ("weight",) if variant.big_tower else ("weight", "bias"):
            out[f"{new}attn.qkv.{kind}"] = torch.cat([native.pop(f"{old}attention.{p}_proj.{kind}") for p in "qkv"])
            out[f"{new}norm1.{kind}"] = native.pop(f"{old}layernorm_before.{kind}")
            out[f"{new}norm2.{kind}"] = native.pop(f"{old}layernorm_after.{kind}")
        if variant.big_tower:
            out[f"{new}attn.q_norm.weight"] = native.pop(f"{old}attention.q_norm.weight")
            out[f"{new}attn.k_norm.weight"] = native.pop(f"{old}attention.k_norm.weight")
        for kind in ("weight", "bias"):
            out[f"{new}attn.proj.{kind}"] = native.pop(f"{old}attention.projection_layer.{kind}")
            out[f"{new}mlp.fc1.{kind}"] = native.pop(f"{old}mlp.fc1.{kind}")
            out[f"{new}mlp.fc2.{kind}"] = native.pop(f"{old}mlp.fc2.{kind}")
        out[f"{new}ls1"], out[f"{new}ls2"] = native.pop(f"{old}lambda_1"), native.pop(f"{old}lambda_2")
    if variant.tied:
        native.pop("lm_head.weight")
    if variant.text == "internlm2":
        out |= _internlm2(native, variant)
    else:
        for name in list(native):
            plain = name.replace("model.language_model.", "language_model.model.")
            tensor = native.pop(name)
            if plain.endswith("experts.gate_up_proj"):
                for number, (gate, up) in enumerate(each.chunk(2) for each in tensor):
                    out[plain.replace("gate_up_proj", f"{number}.gate_proj.weight")] = gate
                    out[plain.replace("gate_up_proj", f"{number}.up_proj.weight")] = up
            elif plain.endswith("experts.down_proj"):
                for number, down in enumerate(tensor):
                    out[plain.replace("down_proj", f"{number}.down_proj.weight")] = down
            else:
                out["language_model.lm_head.weight" if name == "lm_head.weight" else plain] = tensor
    assert native == {}
    return {name: tensor.clone().contiguous() for name, tensor in out.items()}


def _internlm2(native: dict[str, Tensor], variant: Variant) -> dict[str, Tensor]:
    out = {}
    if not variant.tied:
        out["language_model.output.weight"] = native.pop("lm_head.weight")
    out["language_model.model.tok_embeddings.weight"] = native.pop("model.language_model.embed_tokens.weight")
    out["language_model.model.norm.weight"] = native.pop("model.language_model.norm.weight")
    for number in range(2):
        old, new = f"model.language_model.layers.{number}.", f"language_model.model.layers.{number}."
        for kind in ("weight", "bias") if variant.bias else ("weight",):
            q, k, v = (native.pop(f"{old}self_attn.{p}_proj.{kind}") for p in "qkv")
            out[f"{new}attention.wqkv.{kind}"] = pack_wqkv(q, k, v, variant)
            out[f"{new}attention.wo.{kind}"] = native.pop(f"{old}self_attn.o_proj.{kind}")
        for w, name in (("w1", "gate_proj"), ("w2", "down_proj"), ("w3", "up_proj")):
            out[f"{new}feed_forward.{w}.weight"] = native.pop(f"{old}mlp.{name}.weight")
        out[f"{new}attention_norm.weight"] = native.pop(f"{old}input_layernorm.weight")
        out[f"{new}ffn_norm.weight"] = native.pop(f"{old}post_attention_layernorm.weight")
    return out


def pack_wqkv(q: Tensor, k: Tensor, v: Tensor, variant: Variant) -> Tensor:
    """Key/value head by key/value head: its query heads, its key, its value; row by row."""
    size, group = variant.head_size, variant.heads // variant.key_heads
    rows = []
    for head in range(variant.key_heads):
        rows.append(q[head * group * size : (head + 1) * group * size])
        rows.append(k[head * size : (head + 1) * size])
        rows.append(v[head * size : (head + 1) * size])
    return torch.cat(rows)


def original_config(variant: Variant, vocabulary: dict[str, int]) -> dict[str, Any]:
    architecture = {"internlm2": "InternLM2ForCausalLM", "qwen2": "Qwen2ForCausalLM", "llama": "LlamaForCausalLM"}
    architecture |= {"qwen3": "Qwen3ForCausalLM", "qwen3_moe": "Qwen3MoeForCausalLM"}
    llm = {
        "architectures": [architecture[variant.text]], "model_type": variant.text,
        "hidden_size": variant.head_size * variant.heads, "intermediate_size": 48, "num_hidden_layers": 2,
        "num_attention_heads": variant.heads,
        "num_key_value_heads": variant.key_heads, "vocab_size": max(vocabulary.values()) + 3, "hidden_act": "silu",
        "max_position_embeddings": variant.context, "rms_norm_eps": 1e-5, "rope_theta": 10000,
        "rope_scaling": variant.rope_scaling, "tie_word_embeddings": variant.tied,
        "bias" if variant.text == "internlm2" else "attention_bias": variant.bias,
        **({"head_dim": variant.head_size} if variant.text.startswith("qwen3") else {}),
        **(MIXTURE if variant.text == "qwen3_moe" else {}),
    }  # fmt: skip
    vision = {
        "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "num_attention_heads": 3, "hidden_act": "gelu",
        "image_size": EDGE, "patch_size": PATCH, "qkv_bias": not variant.big_tower, "layer_norm_eps": 1e-6,
        "qk_normalization": variant.big_tower, "norm_type": "rms_norm" if variant.big_tower else "layer_norm",
        "initializer_factor": 0.1, "num_channels": 3,
    }  # fmt: skip
    return {
        "architectures": ["InternVLChatModel"], "auto_map": {"AutoModel": "modeling_internvl_chat.InternVLChatModel"},
        "model_type": "internvl_chat", "llm_config": llm, "vision_config": vision, "downsample_ratio": 0.5,
        "dynamic_image_size": True, "force_image_size": EDGE, "min_dynamic_patch": 1, "use_thumbnail": True,
        "max_dynamic_patch": variant.max_tiles, "ps_version": "v2", "select_layer": variant.select_layer,
        "template": "internvl2_5", "system_message": variant.system_message, "torch_dtype": "float32",
        "use_backbone_lora": 0, "use_llm_lora": 0,
    }  # fmt: skip


def write_shards(folder: Path, tensors: dict[str, Tensor], shards: int) -> None:
    if shards == 1:
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names = sorted(tensors)
    places = {name: f"model-{i % shards + 1:05d}-of-{shards:05d}.safetensors" for i, name in enumerate(names)}
    for file in set(places.values()):
        save_file({n: tensors[n] for n in names if places[n] == file}, folder / file, metadata={"format": "pt"})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


def write_bpe(folder: Path, variant: Variant) -> dict[str, int]:
    """Write the fast tokenizer of a Qwen2 or Llama text model."""
    tokenizer = tiny_tokenizer()
    tokenizer.save_pretrained(folder)
    return tokenizer.get_vocab()


def write_spm(folder: Path, variant: Variant) -> dict[str, int]:
    """Write a ``tokenizer.model`` built as InternLM2's is, and its configuration."""
    pieces = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3), *((f"<0x{b:02X}>", 0.0, 6) for b in range(256))]
    words = [
        "he",
        "▁t",
        "in",
        "▁the",
        "er",
        "▁s",
        "st",
        "▁st",
        "as",
        "us",
        "user",
        "▁▁",
        "▁▁▁▁",
        "le",
        "ti",
        "on",
        "tion",
        "▁+",
    ]
    letters = sorted({*"abcdefghijklmnopqrstuvwxyzQSPF0123456789+-=.,:#?!$\\{}()▁\n的是", *"".join(words)})
    pieces += [(text, -float(i), 1) for i, text in enumerate([*words, *letters])]
    first = len(pieces)
    pieces += [(f"[UNUSED_TOKEN_{145 + i}]", -1000.0 - i, 4) for i in range(2)]
    (folder / "tokenizer.model").write_bytes(spm_bytes(pieces, dummy_prefix=variant.dummy_prefix))
    added = dict(zip(NAMED, range(first, first + len(NAMED)), strict=True))
    decoder = {
        str(i): {"content": text, "special": True} for text, i in {"<unk>": 0, "<s>": 1, "</s>": 2, **added}.items()
    }
    config = {
        "added_tokens_decoder": decoder, "bos_token": "<s>", "tokenizer_class": "InternLM2Tokenizer",
        "auto_map": {"AutoTokenizer": ["tokenization_internlm2.InternLM2Tokenizer", None]},
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return {text: i for i, (text, _, _) in enumerate(pieces)} | added


def spm_bytes(
    pieces: list[tuple[str, float, int]], *, dummy_prefix: bool, model_type: int = 2, extra: bytes = b""
) -> bytes:
    """Return a sentencepiece model file: pieces (text, score, kind), trainer, normaliser."""
    out = b""
    for text, score, kind in pieces:
        encoded = text.encode()
        piece = b"\x0a" + _varint(len(encoded)) + encoded + b"\x15" + struct.pack("<f", score) + b"\x18" + _varint(kind)
        out += b"\x0a" + _varint(len(piece)) + piece
    trainer = b"\x18" + _varint(model_type)
    normalizer = b"\x0a\x08identity" + b"\x12\x00" + b"\x18" + _varint(int(dummy_prefix)) + b"\x20\x00" + extra
    return out + b"\x12" + _varint(len(trainer)) + trainer + b"\x1a" + _varint(len(normalizer)) + normalizer


def _varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def change_config(folder: Path, change) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    change(config)
    path.write_text(json.dumps(config))
