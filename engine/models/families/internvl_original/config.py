"""``config.json`` of an original InternVL2.5 checkpoint (InternVLChatModel on disk) -> transformers' own configuration.

Knows which variants the native class computes exactly, and refuses the others by name. Does not look at weights, except for the
names of the tensors that decide where biases are. Needs no code of the checkpoint.

Source: OpenGVLab's ``configuration_internvl_chat.py``, ``configuration_intern_vit.py`` and ``configuration_internlm2.py``;
the mapping was compared with the original classes (random weights, float32).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from transformers import InternVLConfig, LlamaConfig, Qwen2Config, Qwen3Config, Qwen3MoeConfig
from transformers.activations import ACT2FN

from engine.errors import LoadError
from engine.prompts.style import INTERNVL25_SYSTEM

INTERNLM2, QWEN2, QWEN3, QWEN3_MOE, LLAMA = "internlm2", "qwen2", "qwen3", "qwen3_moe", "llama"
ARCHITECTURES = {
    "InternLM2ForCausalLM": INTERNLM2,
    "Qwen2ForCausalLM": QWEN2,
    "Qwen3ForCausalLM": QWEN3,  # InternVL3.5
    "Qwen3MoeForCausalLM": QWEN3_MOE,  # InternVL3.5-30B-A3B and 241B-A28B
    "LlamaForCausalLM": LLAMA,
}
SYSTEM_MESSAGES = {"internvl2_5": INTERNVL25_SYSTEM}  # prompt templates this engine writes exactly, and their default
# InternLM2's own code knows two kinds of scaling; transformers' Llama and Qwen2 follow the same two by the same formulas
ROPE_TYPES = {
    INTERNLM2: ("dynamic", "linear"),
    LLAMA: ("dynamic", "linear", "llama3"),
    QWEN2: ("dynamic", "linear", "yarn"),
    QWEN3: ("dynamic", "linear", "yarn"),
    QWEN3_MOE: ("dynamic", "linear", "yarn"),
}
MIXTURE_FIELDS = ("num_experts", "num_experts_per_tok", "moe_intermediate_size", "norm_topk_prob")
MOST_EXPERTS = 4096  # of a layer; each is looked up by name before anything is loaded
OPTIONAL_MIXTURE_FIELDS = ("decoder_sparse_step", "mlp_only_layers")
TEXT_FIELDS = (
    "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads",
    "max_position_embeddings", "rms_norm_eps",
)  # fmt: skip
OPTIONAL_TEXT_FIELDS = ("hidden_act", "bos_token_id", "eos_token_id", "pad_token_id")
NATIVE_VISION_FIELDS = (  # of the same name and meaning in the native configuration
    "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "image_size", "patch_size",
    "num_channels", "hidden_act", "layer_norm_eps", "norm_type",
)  # fmt: skip
# What a vision_config leaves out has the original class's default, which is the 6B tower's; transformers' own is the 300M tower.
# Dropout and drop_path_rate are not among them: no inference knows either.
VISION_DEFAULTS: Mapping[str, Any] = {
    "hidden_size": 3200, "intermediate_size": 12800, "num_hidden_layers": 48, "num_attention_heads": 25, "image_size": 224,
    "patch_size": 14, "num_channels": 3, "hidden_act": "gelu", "layer_norm_eps": 1e-6, "norm_type": "rms_norm",
    "qkv_bias": False, "qk_normalization": True, "initializer_factor": 0.1,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TileRules:
    """How pictures are cut."""

    edge: int  # pixels of a square tile
    smallest: int  # least number of tiles of a picture, thumbnail not counted
    largest: int  # greatest number of tiles of a picture, thumbnail not counted
    tokens: int  # image tokens a tile


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalConfig:
    """An original ``config.json``, checked."""

    text_kind: str  # one of ARCHITECTURES
    text: Mapping[str, Any]  # llm_config
    vision: Mapping[str, Any]  # vision_config, with the original's defaults
    tiles: TileRules
    select_layer: int  # -1: the vision tower's last layer
    downsample_ratio: float
    tied: bool  # the output matrix is the embedding matrix
    system_message: str


def parse_config(config: Mapping[str, Any]) -> OriginalConfig:
    """Check a ``config.json`` and return what counts. Raises LoadError naming the field that is missing or unsupported."""
    text, stated = _section(config, "llm_config"), _section(config, "vision_config")
    vision = {**VISION_DEFAULTS, **stated}
    kind = _text_kind(text)
    _refuse_variants(config, kind)
    _refuse_towers(vision, config)
    ratio = float(config.get("downsample_ratio", 0.5))
    edge = int(config.get("force_image_size") or vision["image_size"])
    is_tiled = bool(config.get("dynamic_image_size", True))
    patches = edge // int(vision["patch_size"])
    template = str(config.get("template"))
    return OriginalConfig(
        text_kind=kind,
        text=text,
        vision=vision,
        tiles=TileRules(
            edge=edge,
            smallest=int(config.get("min_dynamic_patch", 1)) if is_tiled else 1,
            largest=int(config.get("max_dynamic_patch", 12)) if is_tiled else 1,
            tokens=int(patches**2 * ratio**2),
        ),
        select_layer=int(config.get("select_layer", -1)),
        downsample_ratio=ratio,
        tied=bool(text.get("tie_word_embeddings", False)),
        system_message=str(config.get("system_message") or SYSTEM_MESSAGES[template]),
    )


def native_config(original: OriginalConfig, names: Collection[str], image_token_id: int) -> Any:
    """Return the InternVLConfig that computes the same; ``names`` are the checkpoint's tensor names."""
    stated = original.vision
    vision = {field: stated[field] for field in NATIVE_VISION_FIELDS} | {
        "attention_bias": bool(stated["qkv_bias"]),
        "use_qk_norm": bool(stated["qk_normalization"]),
        "layer_scale_init_value": float(stated["initializer_factor"]),
        "use_mean_pooling": True,  # that is: no norm after the last layer
    }
    return InternVLConfig(
        text_config=_text_config(original, names),
        vision_config=vision,
        image_token_id=image_token_id,
        image_seq_length=original.tiles.tokens,
        downsample_ratio=original.downsample_ratio,
        vision_feature_layer=original.select_layer,
        # transformers' own default is True, and would overwrite the output matrix
        tie_word_embeddings=original.tied,
        architectures=["InternVLForConditionalGeneration"],
    )


def _text_config(original: OriginalConfig, names: Collection[str]) -> Any:
    text = original.text
    heads = int(_need(text, "num_attention_heads", "llm_config"))
    fields = {field: _need(text, field, "llm_config") for field in TEXT_FIELDS}
    fields |= {field: text[field] for field in OPTIONAL_TEXT_FIELDS if field in text}
    fields |= {
        "num_key_value_heads": int(text.get("num_key_value_heads") or heads),
        "rope_parameters": _rope_parameters(original.text_kind, text),
        "tie_word_embeddings": original.tied,
    }
    if original.text_kind == QWEN2:
        return Qwen2Config(**fields)
    head_dim = text.get("head_dim") or int(fields["hidden_size"]) // heads
    if original.text_kind == QWEN3:
        return Qwen3Config(**fields, attention_bias=bool(text.get("attention_bias", False)), head_dim=head_dim)
    if original.text_kind == QWEN3_MOE:
        fields |= {field: _need(text, field, "llm_config") for field in MIXTURE_FIELDS}
        fields |= {field: text[field] for field in OPTIONAL_MIXTURE_FIELDS if field in text}
        if int(fields["num_experts"]) > MOST_EXPERTS:
            raise LoadError(f"config.json asks for {fields['num_experts']} experts; the most is {MOST_EXPERTS}.")
        return Qwen3MoeConfig(**fields, attention_bias=bool(text.get("attention_bias", False)), head_dim=head_dim)
    bias = bool(text.get("bias", True) if original.text_kind == INTERNLM2 else text.get("attention_bias", False))
    mlp_bias = any(name.endswith((".feed_forward.w1.bias", ".mlp.gate_proj.bias")) for name in names)
    return LlamaConfig(**fields, attention_bias=bias, mlp_bias=mlp_bias, head_dim=head_dim)


def _rope_parameters(kind: str, text: Mapping[str, Any]) -> dict[str, Any]:
    newer = text.get("rope_parameters") or {}  # how transformers 5 saves both
    theta = float(text.get("rope_theta") or newer.get("rope_theta", 10000.0))
    scaling = text.get("rope_scaling") or newer
    if not scaling:
        return {"rope_type": "default", "rope_theta": theta}
    if not isinstance(scaling, dict):
        raise LoadError(f"llm_config.rope_scaling is {scaling!r}; it must be an object or null.")
    stated = scaling.get("rope_type") or scaling.get("type")
    if stated == "default":
        return {"rope_type": "default", "rope_theta": theta}
    if stated not in ROPE_TYPES[kind]:
        raise LoadError(f"llm_config.rope_scaling type {stated!r} is not supported with a {kind!r} text model.")
    return {
        **{k: v for k, v in scaling.items() if k not in ("type", "rope_theta")},
        "rope_type": stated,
        "rope_theta": theta,
    }


def _text_kind(text: Mapping[str, Any]) -> str:
    architecture = _first(text.get("architectures"))
    if architecture in ARCHITECTURES:
        return ARCHITECTURES[architecture]
    if architecture is None and text.get("model_type") in ARCHITECTURES.values():
        return str(text["model_type"])
    raise LoadError(
        f"The text model {architecture or text.get('model_type')!r} is not supported; supported are {', '.join(ARCHITECTURES)}."
    )


def _refuse_variants(config: Mapping[str, Any], kind: str) -> None:
    """Refuse what the native class would compute differently."""
    text = config["llm_config"]
    for reason, is_met in {
        f"ps_version {config.get('ps_version')!r}; only 'v2' is supported": config.get("ps_version", "v1") != "v2",
        "use_backbone_lora: merge the LoRA weights first": bool(config.get("use_backbone_lora")),
        "use_llm_lora: merge the LoRA weights first": bool(config.get("use_llm_lora")),
        f"template {config.get('template')!r}; supported: {', '.join(SYSTEM_MESSAGES)}": config.get("template")
        not in SYSTEM_MESSAGES,
        "pad2square": bool(config.get("pad2square")),
        f"llm_config.hidden_act {text.get('hidden_act')!r}": text.get("hidden_act", "silu") not in ACT2FN,
        "use_thumbnail false": not config.get("use_thumbnail", True),
        f"select_layer {config.get('select_layer')!r}; it must be negative": int(config.get("select_layer", -1)) >= 0,
        "llm_config.use_sliding_window": bool(text.get("use_sliding_window")),
        f"llm_config.model_type {text.get('model_type')!r} with {kind!r} weights": text.get("model_type", kind) != kind,
        "quantized weights (quantization_config); use the bfloat16 checkpoint": "quantization_config" in config
        or "quantization_config" in text,
    }.items():
        if is_met:
            raise LoadError(f"config.json asks for what this engine does not compute: {reason}.")


def _refuse_towers(vision: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Refuse a vision tower, ``vision`` with its defaults, that the native class would compute differently or not at all."""
    ratio, layers = float(config.get("downsample_ratio", 0.5)), int(config.get("select_layer", -1))
    for reason, is_met in {
        f"vision_config.norm_type {vision['norm_type']!r}": vision["norm_type"] not in ("layer_norm", "rms_norm"),
        f"vision_config.hidden_act {vision['hidden_act']!r}": vision["hidden_act"] not in ACT2FN,
        f"vision_config.num_channels {vision['num_channels']!r}; pictures have 3": vision["num_channels"] != 3,
        "vision_config.use_moe": bool(vision.get("use_moe")),
        f"downsample_ratio {ratio!r}; it must be 1, 1/2, 1/3 ...": not 0 < ratio <= 1 or not (1 / ratio).is_integer(),
        f"select_layer {layers!r}; vision_config has {vision['num_hidden_layers']} layers": -layers
        > int(vision["num_hidden_layers"]) + 1,
    }.items():
        if is_met:
            raise LoadError(f"config.json asks for what this engine does not compute: {reason}.")


def _section(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = config.get(name)
    if not isinstance(section, dict):
        raise LoadError(f"config.json has no {name!r}; it is not an original InternVL checkpoint.")
    return section


def _need(section: Mapping[str, Any], field: str, name: str) -> Any:
    if field not in section:
        raise LoadError(f"config.json: {name} has no {field!r}.")
    return section[field]


def _first(value: object) -> str | None:
    return str(value[0]) if isinstance(value, Sequence) and not isinstance(value, str) and value else None
