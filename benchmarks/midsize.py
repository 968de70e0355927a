"""A random InternVL of a chosen size, a picture that fills its tiles and solutions of exact lengths: work to measure on.

Numbers of a random model mean nothing; its cost is that of a trained one of the same shape.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from tokenizers import AddedToken
from transformers import InternVLConfig, InternVLForConditionalGeneration, InternVLVisionConfig, LlamaConfig
from transformers.models.got_ocr2.image_processing_pil_got_ocr2 import GotOcr2ImageProcessorPil

from benchmarks.tiny_tokenizer import tiny_tokenizer

QUESTION = "What is the sum of the red bar and the blue bar?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The shape of a model and of the work given to it."""

    vocabulary: int
    hidden: int
    layers: int
    heads: int  # of queries
    kv_heads: int
    feed_forward: int  # inner width
    vision_hidden: int
    vision_layers: int
    edge: int  # pixels a tile
    patch: int  # pixels a patch
    picture: tuple[int, int]  # pixels; its aspect ratio decides the tiles
    rows: int  # solutions
    new_tokens: int  # written a solution, in the sampling benchmark
    steps: tuple[int, int] = (6, 10)  # fewest and most of a solution
    dtype: torch.dtype = torch.float32

    @property
    def dtype_name(self) -> str:
        """Its name as the engine's options take it, as "float32"."""
        return str(self.dtype).removeprefix("torch.")


SIZES = {
    # for the tests of this package: seconds
    "quick": Workload(
        vocabulary=1000, hidden=64, layers=2, heads=4, kv_heads=2, feed_forward=128, vision_hidden=32, vision_layers=1,
        edge=56, patch=7, picture=(112, 56), rows=3, new_tokens=6,
    ),
    # 88 million parameters, 13 tiles: a prefix of about 3,430 tokens, as long as a real one
    "mid": Workload(
        vocabulary=32_000, hidden=640, layers=10, heads=10, kv_heads=2, feed_forward=1792, vision_hidden=192,
        vision_layers=6, edge=448, patch=14, picture=(1792, 1344), rows=32, new_tokens=32,
    ),
    # the shape of InternVL2.5-8B and VisualPRM-8B (InternLM2.5-7B, InternViT-300M); for a GPU
    "8b": Workload(
        vocabulary=92_553, hidden=4096, layers=32, heads=32, kv_heads=8, feed_forward=14_336, vision_hidden=1024,
        vision_layers=24, edge=448, patch=14, picture=(1792, 1344), rows=32, new_tokens=256, steps=(8, 8),
        dtype=torch.bfloat16,
    ),
}  # fmt: skip


def write_model(folder: Path, size: Workload, device: torch.device) -> None:
    """Write a checkpoint folder that the registry loads like any other."""
    tokenizer = tiny_tokenizer()
    words = size.vocabulary - len(tokenizer)
    tokenizer.add_tokens([AddedToken(word(index), normalized=False) for index in range(words)])
    torch.manual_seed(0)
    torch.set_default_dtype(size.dtype)
    try:
        with device:
            model = InternVLForConditionalGeneration(_config(size, tokenizer))
    finally:
        torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor: Any = GotOcr2ImageProcessorPil(
        size={"height": size.edge, "width": size.edge}, crop_to_patches=True, min_patches=1, max_patches=12
    )
    processor.save_pretrained(folder)


def picture(size: Workload) -> Image.Image:
    """Return a picture of noise, so that no two tiles are alike."""
    width, height = size.picture
    return Image.frombytes("RGB", size.picture, random.Random(1).randbytes(3 * width * height))


def solutions(size: Workload) -> list[tuple[str, ...]]:
    """Return solutions of so many steps of 30 to 50 tokens each, the same ones every time."""
    chance = random.Random(2)
    words = size.vocabulary - 500
    return [
        tuple(
            "".join(word(chance.randrange(words)) for _ in range(chance.randint(30, 50)))
            for _ in range(chance.randint(*size.steps))
        )
        for _ in range(size.rows)
    ]


def word(index: int) -> str:
    """Return the spelling of a token of its own."""
    return f" w{index};"


class Peer:
    """The model as transformers alone runs it, which every benchmark of writing is compared with.

    Args:
        folder: the checkpoint.
        size: its shape.
        device: where it runs.
        processor: cuts the picture into tiles, again for every call, as both sides do.
    """

    def __init__(self, folder: Path, size: Workload, device: torch.device, processor: Any) -> None:
        loaded: Any = InternVLForConditionalGeneration.from_pretrained(folder, dtype=size.dtype)
        self._model = loaded.to(device).eval()
        self._model.generation_config.eos_token_id = None  # every token asked for is written
        self._processor, self._size, self._device = processor, size, device

    @torch.inference_mode()
    def write(self, ids: Sequence[int], rows: int, new_tokens: int) -> torch.Tensor:
        """Return what ``generate`` writes greedily behind a prompt, with the prompt: rows x (prompt + new tokens)."""
        given = self._prompt(ids)
        written: torch.Tensor = self._model.generate(
            input_ids=given,
            attention_mask=torch.ones_like(given),
            pixel_values=self._pixels(),
            do_sample=True,  # of the one likeliest token: generate refuses several rows where it is told to be greedy
            top_k=1,
            num_return_sequences=rows,
            max_new_tokens=new_tokens,
        )
        return written

    @torch.inference_mode()
    def logits(self, ids: Sequence[int]) -> torch.Tensor:
        """Return the logits of the token after a prompt: vocabulary."""
        answer = self._model(input_ids=self._prompt(ids), pixel_values=self._pixels(), logits_to_keep=1)
        last: torch.Tensor = answer.logits[0, -1]
        return last

    def _pixels(self) -> torch.Tensor:
        pixels: torch.Tensor = self._processor([picture(self._size)], return_tensors="pt")["pixel_values"]
        return pixels.to(self._device, self._size.dtype)

    def _prompt(self, ids: Sequence[int]) -> torch.Tensor:
        return torch.tensor([ids], device=self._device)


def _config(size: Workload, tokenizer: Any) -> InternVLConfig:
    text = LlamaConfig(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.feed_forward,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.kv_heads,
        max_position_embeddings=32_768,
        tie_word_embeddings=False,
        eos_token_id=tokenizer.convert_tokens_to_ids("<|im_end|>"),
        bos_token_id=None,
        pad_token_id=tokenizer.convert_tokens_to_ids("<|endoftext|>"),
    )
    vision = InternVLVisionConfig(
        hidden_size=size.vision_hidden,
        num_hidden_layers=size.vision_layers,
        num_attention_heads=max(1, size.vision_hidden // 64),
        intermediate_size=4 * size.vision_hidden,
        image_size=(size.edge, size.edge),
        patch_size=(size.patch, size.patch),
        attention_bias=True,
    )
    return InternVLConfig(
        vision_config=vision,
        text_config=text,
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=(size.edge // size.patch // 2) ** 2,
        downsample_ratio=0.5,
        tie_word_embeddings=False,
    )
