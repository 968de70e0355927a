"""Tiny random InternVL checkpoints, written to a folder of the test's own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image, ImageDraw
from transformers import (
    GemmaConfig,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLVisionConfig,
    LlamaConfig,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    MistralConfig,
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Config,
    Qwen2VLConfig,
    Qwen2VLForConditionalGeneration,
    Qwen3Config,
    Qwen3MoeConfig,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLMoeConfig,
    Qwen3VLMoeForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from benchmarks.tiny_tokenizer import CORPUS, tiny_tokenizer

EDGE = 28  # pixels a tile
TOKENS_PER_TILE = 4
QWEN_SPECIAL = (
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"),
)
SMOLVLM_SPECIAL = (
    *("<|im_end|>", "<|im_start|>", "<end_of_utterance>"),
    *("<fake_token_around_image>", "<global-img>", "<image>"),
    *(f"<row_{row}_col_{column}>" for row in range(1, 4) for column in range(1, 4)),
)
SMOLVLM_KINDS: dict[str, tuple[Any, Any, Any]] = {
    "smolvlm": (SmolVLMConfig, SmolVLMForConditionalGeneration, SmolVLMImageProcessorPil),
    "idefics3": (Idefics3Config, Idefics3ForConditionalGeneration, Idefics3ImageProcessorPil),
}
ANSWERS = ("Yes", "No")  # too rare in the corpus to become one token each by themselves


def write_tiny(
    folder: Path,
    *,
    text: str = "qwen2",
    seed: int = 0,
    context: int = 4096,
    workbench: dict[str, object] | None = None,
    tokenizer: PreTrainedTokenizerFast | None = None,
) -> Path:
    """Write a checkpoint folder. ``text``: "qwen2" (2 heads a key/value head), "llama" (1) or "qwen3_moe" (8 experts)."""
    torch.manual_seed(seed)
    tokenizer = tokenizer or tiny_tokenizer()
    _save(InternVLForConditionalGeneration(_config(tokenizer, text, context)), tokenizer, folder)
    processor: Any = GotOcr2ImageProcessorPil(
        size={"height": EDGE, "width": EDGE}, crop_to_patches=True, min_patches=1, max_patches=12
    )
    processor.save_pretrained(folder)
    if workbench is not None:
        (folder / "workbench.json").write_text(json.dumps(workbench), encoding="utf-8")
    return folder


def write_tiny_qwen(folder: Path, *, version: str = "2.5", seed: int = 0) -> Path:
    """Write a checkpoint folder of Qwen2-VL ("2"), Qwen2.5-VL or Qwen3-VL ("3", "3-moe"), these with deepstack for two layers."""
    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer(QWEN_SPECIAL, ANSWERS)
    ids = dict(zip(QWEN_SPECIAL, tokenizer.convert_tokens_to_ids(list(QWEN_SPECIAL)), strict=True))
    top = {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
        "tie_word_embeddings": False,
    }
    text = _text_sizes(tokenizer, 4096) | {"num_key_value_heads": 2}
    text["rope_parameters"] = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [1, 1, 2]}
    vision = {
        "depth": 3,
        "hidden_size": 32,
        "num_heads": 2,
        "intermediate_size": 48,
        "out_hidden_size": 32,
        "patch_size": 7,
    }
    config: Any
    model: Any
    if version == "2":
        vision = {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2, "patch_size": 7}
        config = Qwen2VLConfig(text_config=text, vision_config=vision, **top)
        model = Qwen2VLForConditionalGeneration(config)
    elif version == "2.5":
        vision |= {"fullatt_block_indexes": [1], "window_size": 28}
        config = Qwen2_5_VLConfig(text_config=text, vision_config=vision, **top)
        model = Qwen2_5_VLForConditionalGeneration(config)
    else:
        vision |= {"deepstack_visual_indexes": [0, 1], "num_position_embeddings": 16}
        text |= {"head_dim": 8}
        if version == "3":
            config = Qwen3VLConfig(text_config=text, vision_config=vision, **top)
            model = Qwen3VLForConditionalGeneration(config)
        else:
            text |= {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
            config = Qwen3VLMoeConfig(text_config=text, vision_config=vision, **top)
            model = Qwen3VLMoeForConditionalGeneration(config)
    _save(model, tokenizer, folder)
    processor: Any = Qwen2VLImageProcessorPil(
        patch_size=7, merge_size=2, size={"shortest_edge": 14 * 14 * 2, "longest_edge": 14 * 14 * 20}
    )
    processor.save_pretrained(folder)
    return folder


def write_tiny_smolvlm(
    folder: Path,
    *,
    kind: str = "smolvlm",
    seed: int = 0,
    template: str | None = None,
    special: Sequence[str] = SMOLVLM_SPECIAL,
    workbench: dict[str, object] | None = None,
) -> Path:
    """Write a checkpoint folder of SmolVLM, or of "idefics3": up to 3 x 3 tiles of 28 pixels a picture, 4 tokens each."""
    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer(special, corpus=(*CORPUS, " Yes No + -" * 20))
    text = _text_sizes(tokenizer, 4096) | {"model_type": "llama", "num_key_value_heads": 2}
    text["eos_token_id"], text["pad_token_id"] = tokenizer.convert_tokens_to_ids(["<end_of_utterance>", "<|im_end|>"])
    vision = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 48,
        "image_size": EDGE,
        "patch_size": 7,
    }
    tokenizer.chat_template = template
    configuration, network, cutter = SMOLVLM_KINDS[kind]
    config: Any = configuration(
        text_config=text,
        vision_config=vision,
        scale_factor=2,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        tie_word_embeddings=False,
    )
    _save(network(config), tokenizer, folder)
    processor: Any = cutter(size={"longest_edge": 3 * EDGE}, max_image_size={"longest_edge": EDGE})
    processor.save_pretrained(folder)
    if workbench is not None:
        (folder / "workbench.json").write_text(json.dumps(workbench), encoding="utf-8")
    return folder


def write_tiny_llava_onevision(
    folder: Path, *, template: str, seed: int = 0, most: int = 4, workbench: dict[str, object] | None = None
) -> Path:
    """Write a checkpoint folder of LLaVA-OneVision: up to 3 x 3 tiles of 28 pixels and 4 tokens, ``most`` tiles' tokens."""
    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer((*QWEN_SPECIAL[:3], "<image>", "<video>"), ANSWERS)
    tokenizer.chat_template = template
    grids = [[rows * EDGE, columns * EDGE] for rows in (1, 2, 3) for columns in (1, 2, 3)]
    image, video = tokenizer.convert_tokens_to_ids(["<image>", "<video>"])
    config: Any = LlavaOnevisionConfig(
        text_config=_text_sizes(tokenizer, 4096) | {"model_type": "qwen2", "num_key_value_heads": 2},
        vision_config={
            "model_type": "siglip_vision_model",
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 48,
            "image_size": EDGE,
            "patch_size": 14,
            "vision_use_head": False,
        },
        image_token_index=image,
        video_token_index=video,
        image_grid_pinpoints=grids,
        vision_aspect_ratio=f"anyres_max_{most}",
        tie_word_embeddings=False,
    )
    _save(LlavaOnevisionForConditionalGeneration(config), tokenizer, folder)
    processor: Any = LlavaOnevisionImageProcessorPil(size={"height": EDGE, "width": EDGE}, image_grid_pinpoints=grids)
    processor.save_pretrained(folder)
    if workbench is not None:
        (folder / "workbench.json").write_text(json.dumps(workbench), encoding="utf-8")
    return folder


LLAMA3_SPECIAL = (
    "<|endoftext|>",
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<|im_end|>",
)
TEXT_CONFIGS: dict[str, Any] = {
    "qwen2": Qwen2Config,
    "qwen3": Qwen3Config,
    "qwen3_moe": Qwen3MoeConfig,
    "llama": LlamaConfig,
    "mistral": MistralConfig,
    "gemma": GemmaConfig,
}
TEXT_SPECIAL = {
    "llama": LLAMA3_SPECIAL,
    "mistral": ("<|endoftext|>", "<s>", "</s>", "[INST]", "[/INST]", "<|im_end|>"),
    "gemma": ("<pad>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "<|im_end|>"),
}
FIRST_TOKENS = {"llama": "<|begin_of_text|>", "mistral": "<s>", "gemma": "<bos>"}


def write_tiny_text(
    folder: Path, *, kind: str = "qwen2", seed: int = 0, template: str | None = None, words: Sequence[str] = ()
) -> Path:
    """Write a checkpoint folder of a text model of this model_type; "llama" has Llama 3's turns, others their own."""
    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer(TEXT_SPECIAL.get(kind, QWEN_SPECIAL), (*ANSWERS, *words))
    sizes = _text_sizes(tokenizer, 4096) | {"num_key_value_heads": 2}
    if kind.startswith("qwen3"):
        sizes["head_dim"] = 8
    if kind == "qwen3_moe":
        sizes |= {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 24}
    if kind == "mistral":
        sizes["sliding_window"] = None
    if kind == "gemma":
        sizes |= {"head_dim": 16, "tie_word_embeddings": True}
    if kind in FIRST_TOKENS:
        tokenizer.bos_token = FIRST_TOKENS[kind]
    config = TEXT_CONFIGS[kind](**sizes)
    tokenizer.chat_template = template
    _save(transformers.AutoModelForCausalLM.from_config(config), tokenizer, folder)
    return folder


def drawing(width: int = 40, height: int = 40, seed: int = 0) -> Image.Image:
    """A picture with something on it."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((2 + seed, 5, width // 2, height - 3), fill=("red", "blue", "green")[seed % 3])
    pen.line((0, 0, width, height), fill="black", width=2)
    return image


def _save(model: Any, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    with torch.no_grad():
        for parameter in model.parameters():  # wide enough that scores and texts differ
            if parameter.dim() > 1:
                parameter.normal_(0, 0.15)
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _text_sizes(tokenizer: PreTrainedTokenizerFast, context: int) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 48,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "max_position_embeddings": context,
        "tie_word_embeddings": False,
        "eos_token_id": tokenizer.convert_tokens_to_ids("<|im_end|>"),
        "bos_token_id": None,
        "pad_token_id": tokenizer.convert_tokens_to_ids("<|endoftext|>"),
    }


def _config(tokenizer: PreTrainedTokenizerFast, text: str, context: int) -> InternVLConfig:
    sizes = _text_sizes(tokenizer, context)
    texts: dict[str, Any] = {
        "qwen2": lambda: Qwen2Config(num_key_value_heads=2, **sizes),
        "llama": lambda: LlamaConfig(num_key_value_heads=4, **sizes),
        "qwen3_moe": lambda: Qwen3MoeConfig(
            num_key_value_heads=2, head_dim=8, num_experts=8, num_experts_per_tok=2, moe_intermediate_size=64, **sizes
        ),
    }
    text_config = texts[text]()
    vision = InternVLVisionConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        image_size=(EDGE, EDGE),
        patch_size=(7, 7),
        attention_bias=True,
    )
    return InternVLConfig(
        vision_config=vision,
        text_config=text_config,
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=TOKENS_PER_TILE,
        downsample_ratio=0.5,
        tie_word_embeddings=False,
    )
