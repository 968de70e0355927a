"""Tiny random InternVL checkpoints with a real little byte-level BPE tokenizer, written to a folder of the test's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from PIL import Image, ImageDraw
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    InternVLConfig,
    InternVLForConditionalGeneration,
    InternVLVisionConfig,
    LlamaConfig,
    PreTrainedTokenizerFast,
    Qwen2Config,
)
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

EDGE = 28  # pixels a tile
TOKENS_PER_TILE = 4
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>")
CORPUS = (
    "system user assistant ### Question: ### Solution Process: What is the sum of the red bar and the blue bar?",
    "The red bar is 12.\n\nThe blue bar is 30.\n\n12 + 30 = 42.\n\nFinal answer: 42",
    "Triangle ABC has angles 30, 60 and 90 degrees, so $\\frac{1}{2} \\cdot 6 \\cdot 4 = 12$.",
    "你是书生·万象 图中圆的周长是多少？ naïve café ½ − 3",
)


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of 400 tokens, split as Qwen2 splits."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=SPECIAL[0], eos_token=SPECIAL[2])


def write_tiny(
    folder: Path, *, text: str = "qwen2", seed: int = 0, context: int = 4096, workbench: dict[str, object] | None = None
) -> Path:
    """Write a checkpoint folder. ``text``: "qwen2" (2 heads a key/value head) or "llama" (1)."""
    torch.manual_seed(seed)
    tokenizer = tiny_tokenizer()
    model = InternVLForConditionalGeneration(_config(tokenizer, text, context)).eval()
    with torch.no_grad():
        for parameter in model.parameters():  # wide enough that scores and texts differ
            if parameter.dim() > 1:
                parameter.normal_(0, 0.15)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor: Any = GotOcr2ImageProcessorPil(
        size={"height": EDGE, "width": EDGE}, crop_to_patches=True, min_patches=1, max_patches=12
    )
    processor.save_pretrained(folder)
    if workbench is not None:
        (folder / "workbench.json").write_text(json.dumps(workbench), encoding="utf-8")
    return folder


def drawing(width: int = 40, height: int = 40, seed: int = 0) -> Image.Image:
    """A picture with something on it."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((2 + seed, 5, width // 2, height - 3), fill=("red", "blue", "green")[seed % 3])
    pen.line((0, 0, width, height), fill="black", width=2)
    return image


def _config(tokenizer: PreTrainedTokenizerFast, text: str, context: int) -> InternVLConfig:
    sizes: dict[str, Any] = {
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
    text_config = (
        Qwen2Config(num_key_value_heads=2, **sizes) if text == "qwen2" else LlamaConfig(num_key_value_heads=4, **sizes)
    )
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
