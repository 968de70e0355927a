"""Tiny random checkpoints of models that no family of the engine reads, written to a folder of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, PreTrainedTokenizerFast
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.gemma3.image_processing_pil_gemma3 import Gemma3ImageProcessorPil
from transformers.models.glm4v.image_processing_pil_glm4v import Glm4vImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from benchmarks.tiny_tokenizer import tiny_tokenizer
from tests.support.tiny import ANSWERS

SPECIAL = ("<|endoftext|>", "<|turn|>", "<|end|>")
EDGE = 28  # pixels a picture or tile
TEMPLATE = (
    "{%% for m in messages %%}<|turn|>{{ m.role }}\n{%% if m.content is string %%}{{ m.content }}{%% else %%}"
    "{%% for c in m.content %%}{%% if c.type == 'image' %%}%s{%% else %%}{{ c.text }}{%% endif %%}{%% endfor %%}{%% endif %%}"
    "<|end|>\n{%% endfor %%}{%% if add_generation_prompt %%}<|turn|>assistant\n{%% endif %%}"
)
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 2048,
    "pad_token_id": 0,
    "bos_token_id": None,
    "eos_token_id": 2,
}
VISION = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": EDGE,
    "patch_size": 14,
}


def write_tiny_generic(
    folder: Path,
    kind: str,
    *,
    template: str = TEMPLATE,
    seed: int = 0,
    special: Sequence[str] = (),
    words: Sequence[str] = (),
) -> Path:
    """Write a checkpoint folder of this model_type: one of ``WITH_PICTURES``, or any text model that these sizes fit.

    ``special`` and ``words``: further tokens of a text model.
    """
    torch.manual_seed(seed)
    build = {**WITH_PICTURES, **ALWAYS_WITH_PICTURES}.get(kind)
    if build is None:
        tokenizer = _tokenizer({}, *special, words=words)
        model: Any = AutoModelForCausalLM.from_config(_config(kind, vocab_size=len(tokenizer), **TEXT))
        processor, image = None, ""
    else:
        model, processor, tokenizer, image = build()
    with torch.no_grad():
        for parameter in model.parameters():  # wide enough that scores and texts differ
            if parameter.dim() > 1:
                parameter.normal_(0, 0.15)
    model.eval().save_pretrained(folder)
    tokenizer.chat_template = template % image
    tokenizer.save_pretrained(folder)
    if processor is not None:
        name, images, settings = processor
        images.save_pretrained(folder)
        (folder / "processor_config.json").write_text(json.dumps({"processor_class": name, **settings}))
    return folder


def _tokenizer(named: Mapping[str, str], *more: str, words: Sequence[str] = ()) -> PreTrainedTokenizerFast:
    backend = tiny_tokenizer((*SPECIAL, *named.values(), *more), (*ANSWERS, *words)).backend_tokenizer
    return PreTrainedTokenizerFast(
        tokenizer_object=backend, pad_token=SPECIAL[0], eos_token=SPECIAL[2], extra_special_tokens=dict(named)
    )


def _config(kind: str, **settings: Any) -> Any:
    return transformers.CONFIG_MAPPING[kind](**settings)


def _gemma3() -> Any:
    named = {"image_token": "<image_soft>", "boi_token": "<image_start>", "eoi_token": "<image_end>"}
    tokenizer = _tokenizer(named)
    image, begin, end = tokenizer.convert_tokens_to_ids(list(named.values()))
    text = {
        **TEXT,
        "vocab_size": len(tokenizer),
        "sliding_window": 16,
        "layer_types": ["sliding_attention", "full_attention"],
    }
    config = _config("gemma3", text_config=text, vision_config=VISION, mm_tokens_per_image=4)
    config.image_token_id, config.boi_token_index, config.eoi_token_index = image, begin, end
    images: Any = Gemma3ImageProcessorPil(size={"height": EDGE, "width": EDGE})
    processor = ("Gemma3Processor", images, {"image_seq_length": 4})
    return AutoModelForImageTextToText.from_config(config), processor, tokenizer, "<image_start>"


def _qwen3_5() -> Any:
    """Layers with linear attention among others; positions of pictures in three dimensions."""
    named = ("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
    tokenizer = _tokenizer({}, *named)
    begin, end, image, video = tokenizer.convert_tokens_to_ids(list(named))
    text = {
        **TEXT,
        "vocab_size": len(tokenizer),
        "layer_types": ["linear_attention", "full_attention"],
        "linear_num_value_heads": 4,
        "linear_num_key_heads": 2,
        "linear_key_head_dim": 8,
        "linear_value_head_dim": 8,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 1e4,
            "mrope_section": [1, 1, 2],
            "partial_rotary_factor": 1.0,
        },
    }
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "num_heads": 2,
        "intermediate_size": 48,
        "out_hidden_size": 32,
        "patch_size": 14,
    }
    config = _config("qwen3_5", text_config=text, vision_config={**vision, "num_position_embeddings": 16})
    config.vision_start_token_id, config.vision_end_token_id = begin, end
    config.image_token_id, config.video_token_id = image, video
    images: Any = Qwen2VLImageProcessorPil(
        patch_size=14, merge_size=2, size={"shortest_edge": 28 * 28 * 2, "longest_edge": 28 * 28 * 20}
    )
    processor = ("Qwen3VLProcessor", images, {})
    written = "<|vision_start|><|image_pad|><|vision_end|>"
    return AutoModelForImageTextToText.from_config(config), processor, tokenizer, written


def _idefics3() -> Any:
    named = {
        "image_token": "<image>",
        "fake_image_token": "<fake_token_around_image>",
        "global_image_token": "<global-img>",
    }
    cells = (f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7))
    tokenizer = _tokenizer(named, "<end_of_utterance>", *cells)
    text = {**TEXT, "model_type": "llama", "vocab_size": len(tokenizer)}
    image = tokenizer.convert_tokens_to_ids("<image>")
    config = _config("idefics3", text_config=text, vision_config=VISION, scale_factor=2, image_token_id=image)
    images: Any = Idefics3ImageProcessorPil(size={"longest_edge": 2 * EDGE}, max_image_size={"longest_edge": EDGE})
    processor = ("Idefics3Processor", images, {"image_seq_len": 1})
    return AutoModelForImageTextToText.from_config(config), processor, tokenizer, "<image>"


def _llava() -> Any:
    tokenizer = _tokenizer({"image_token": "<image>"})
    text = {**TEXT, "model_type": "llama", "vocab_size": len(tokenizer)}
    image = tokenizer.convert_tokens_to_ids("<image>")
    vision = {**VISION, "model_type": "clip_vision_model"}
    config = _config("llava", text_config=text, vision_config=vision, image_token_id=image)
    images: Any = CLIPImageProcessorPil(size={"shortest_edge": EDGE}, crop_size={"height": EDGE, "width": EDGE})
    settings = {"patch_size": 14, "vision_feature_select_strategy": "default", "num_additional_image_tokens": 1}
    return AutoModelForImageTextToText.from_config(config), ("LlavaProcessor", images, settings), tokenizer, "<image>\n"


def _glm4v() -> Any:
    named = (
        "<|image|>",
        "<|video|>",
        "<|begin_of_image|>",
        "<|end_of_image|>",
        "<|begin_of_video|>",
        "<|end_of_video|>",
    )
    tokenizer = _tokenizer({}, *named)
    ids = tokenizer.convert_tokens_to_ids(list(named))
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2], "partial_rotary_factor": 1.0}
    text = {**TEXT, "vocab_size": len(tokenizer), "rope_parameters": rope}
    vision = {
        "depth": 2,
        "hidden_size": 32,
        "num_heads": 2,
        "intermediate_size": 48,
        "out_hidden_size": 32,
        "patch_size": 14,
        "image_size": 2 * EDGE,
    }
    config = _config("glm4v", text_config=text, vision_config=vision)
    config.image_token_id, config.video_token_id, config.image_start_token_id, config.image_end_token_id = ids[:4]
    config.video_start_token_id, config.video_end_token_id = ids[4:]
    images: Any = Glm4vImageProcessorPil(
        patch_size=14, merge_size=2, size={"shortest_edge": 28 * 28 * 2, "longest_edge": 28 * 28 * 20}
    )
    written = "<|begin_of_image|><|image|><|end_of_image|>"
    return AutoModelForImageTextToText.from_config(config), ("Glm4vProcessor", images, {}), tokenizer, written


def _paligemma() -> Any:
    """Reads a prompt in both directions, and none without a picture; its processor needs a token that begins a text."""
    tokenizer = _tokenizer({"image_token": "<image>"})
    tokenizer.add_special_tokens({"bos_token": "<bos>"})
    text = {**TEXT, "model_type": "gemma", "vocab_size": len(tokenizer), "bos_token_id": tokenizer.bos_token_id}
    vision = {**VISION, "model_type": "siglip_vision_model"}
    image = tokenizer.convert_tokens_to_ids("<image>")
    config = _config("paligemma", text_config=text, vision_config=vision, projection_dim=32, image_token_id=image)
    config.pad_token_id = 0
    images: Any = SiglipImageProcessorPil(size={"height": EDGE, "width": EDGE})
    images.image_seq_length = 4
    return AutoModelForImageTextToText.from_config(config), ("PaliGemmaProcessor", images, {}), tokenizer, "<image>"


WITH_PICTURES: dict[str, Callable[[], Any]] = {
    "gemma3": _gemma3,
    "qwen3_5": _qwen3_5,
    "idefics3": _idefics3,
    "llava": _llava,
    "glm4v": _glm4v,
}
ALWAYS_WITH_PICTURES = {"paligemma": _paligemma}
