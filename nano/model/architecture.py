"""The nano architecture: a native InternVL model with a small vision tower and a small Qwen2 text model.

Knows sizes and how a checkpoint folder is written. Does not know how the weights are learned (nano/train).
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    GenerationConfig,
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLVisionConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

from nano.model.tokenizer import END, IMAGE, PAD

EDGE = 144  # pixels of a side of the square picture that the vision tower reads
PATCH = 12  # pixels, about one digit; 144 patches, shuffled 4 x 4 into 9 image tokens
IMAGE_TOKENS = 9
WIDTH = 192  # of the text model
VISION_WIDTH, VISION_LAYERS = 128, 5
POLICY_LAYERS = 4
REWARD_LAYERS = 7  # the policy's, which predict what should stand there; one to compare; two to score the step
PIXEL_MEAN, PIXEL_STD = 0.8, 0.3


def build_model(
    tokenizer: PreTrainedTokenizerFast, seed: int = 0, layers: int = POLICY_LAYERS
) -> InternVLForConditionalGeneration:
    """A randomly initialised model in float32 with `layers` text layers; the same seed gives the same weights."""
    torch.manual_seed(seed)
    model = InternVLForConditionalGeneration(build_config(tokenizer, layers)).float()
    # Zero position embeddings suit pretrained towers; from scratch, sinusoids let attention find neighbours at once.
    embeddings = model.model.vision_tower.embeddings
    with torch.no_grad():
        embeddings.position_embeddings[0, 1:] = 0.4 * _sinusoids(EDGE // PATCH, VISION_WIDTH)
    torch.nn.init.normal_(embeddings.cls_token, std=0.02)
    return model


def _sinusoids(side: int, width: int) -> torch.Tensor:
    """(side * side, width) sines and cosines of row and column, a quarter of the width each."""
    frequencies = torch.pi * torch.logspace(-1, 0, width // 4 + 1)[:-1]  # radians a patch
    angles = torch.arange(side)[:, None] * frequencies
    one = torch.cat([angles.sin(), angles.cos()], dim=1)  # (side, width / 2)
    rows = one[:, None].expand(side, side, -1)
    columns = one[None].expand(side, side, -1)
    return torch.cat([rows, columns], dim=-1).reshape(side * side, width)


def build_config(tokenizer: PreTrainedTokenizerFast, layers: int) -> InternVLConfig:
    """The configuration of policy and reward models, which differ in the number of text layers only."""
    vision = InternVLVisionConfig(
        hidden_size=VISION_WIDTH,
        num_hidden_layers=VISION_LAYERS,
        num_attention_heads=4,
        intermediate_size=4 * VISION_WIDTH,
        image_size=(EDGE, EDGE),
        patch_size=(PATCH, PATCH),
        layer_scale_init_value=1.0,
        attention_bias=True,
        use_mean_pooling=True,
    )
    text = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=2 * 256,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=4096,
        tie_word_embeddings=False,
        pad_token_id=tokenizer.convert_tokens_to_ids(PAD),
        eos_token_id=tokenizer.convert_tokens_to_ids(END),
        bos_token_id=None,
    )
    return InternVLConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=tokenizer.convert_tokens_to_ids(IMAGE),
        image_seq_length=IMAGE_TOKENS,
        downsample_ratio=0.25,
        tie_word_embeddings=False,
    )


def build_image_processor() -> GotOcr2ImageProcessorPil:
    """The serving path from picture to pixels: resize to EDGE x EDGE (bicubic), scale, normalise; never tiled."""
    processor: Any = GotOcr2ImageProcessorPil(
        size={"height": EDGE, "width": EDGE},
        crop_to_patches=False,
        min_patches=1,
        max_patches=1,
        image_mean=[PIXEL_MEAN] * 3,
        image_std=[PIXEL_STD] * 3,
    )
    return processor


def save_folder(
    folder: Path,
    model: InternVLForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    workbench: dict[str, object],
) -> None:
    """Write a checkpoint folder: float16 weights, configuration, tokenizer, image processor and workbench.json."""
    folder.mkdir(parents=True, exist_ok=True)
    half = copy.deepcopy(model).half()
    half.generation_config = GenerationConfig(
        do_sample=True,
        temperature=0.7,
        max_new_tokens=192,
        eos_token_id=tokenizer.convert_tokens_to_ids(END),
        pad_token_id=tokenizer.convert_tokens_to_ids(PAD),
    )
    half.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    build_image_processor().save_pretrained(folder)
    (folder / "workbench.json").write_text(json.dumps(workbench, indent=1) + "\n", encoding="utf-8")
