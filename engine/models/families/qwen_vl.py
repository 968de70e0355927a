"""Qwen2-VL, Qwen2.5-VL and Qwen3-VL checkpoints, mixtures of experts too, as a ``Network``.

A picture keeps its shape: it becomes a grid of tokens, and its tokens have positions in three dimensions (time, row, column), so
that the text behind a picture lies further ahead than its index says. Positions are computed here from the grids; nothing is
left on the model between requests. Qwen3-VL adds features of the picture to the first text layers too ("deepstack"): they
matter while a prompt with pictures is read, and not behind it. Does not know what is asked of the model.

Source: transformers' ``Qwen2_5_VLModel.get_rope_index`` and ``Qwen3VLModel.forward``, which the tests compare with.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import (
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLForConditionalGeneration,
    Qwen3VLForConditionalGeneration,
    Qwen3VLMoeForConditionalGeneration,
)
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from engine.errors import InvalidRequest
from engine.models.checkpoints.folder import CheckpointSettings, Placement, read_preparation
from engine.models.checkpoints.weights import load_weights
from engine.models.families.base import (
    LoadedNetwork,
    card_of,
    check_image_token,
    check_text_model,
    check_turns,
    read_native,
    stop_ids,
)
from engine.models.families.prm_format_choice import choose_prm_format
from engine.models.families.rope_config import context_length, refuse_dynamic
from engine.models.inference.network import Pictures
from engine.models.inference.shared_attention import AttentionContext
from engine.prompts.chat import TURN_END, TURN_START, ImageTokens
from engine.prompts.prm_formats import JUDGE
from engine.prompts.prm_formats.base import PrmFormat
from engine.prompts.prm_formats.qwen_vl_prm import QwenVlPrm
from engine.prompts.style import PromptStyle
from engine.prompts.tokenizer import Tokens

IMAGE_TOKENS = ImageTokens(start="<|vision_start|>", token="<|image_pad|>", end="<|vision_end|>", behind="")
TEMPLATE_TOKENS = (TURN_START, TURN_END, IMAGE_TOKENS.start, IMAGE_TOKENS.token, IMAGE_TOKENS.end)
TILE_PIXELS = 448 * 448  # what one of ``max_tiles`` stands for: as many pixels as a tile of InternVL

# chat_template.json of Qwen2-VL and Qwen2.5-VL; Qwen3-VL's has no system message
QWEN2_SYSTEM = "You are a helpful assistant."


@dataclass(frozen=True, slots=True, kw_only=True)
class QwenVL(LoadedNetwork):
    """A loaded Qwen-VL; implements ``Network``. Its tiles are the patches that become one token each."""

    processor: Any  # Qwen2VLImageProcessorPil

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``Network``."""
        merged = int(self.processor.merge_size) ** 2
        try:
            return tuple(
                int(self.processor.get_number_of_image_patches(image.height, image.width)) // merged for image in images
            )
        except ValueError as error:
            raise InvalidRequest(
                f"This model cannot read the picture: {error}. Crop it to a less narrow one."
            ) from error

    def see(self, image: Image) -> Pictures:
        """See ``LoadedNetwork``."""
        batch = self.processor([image], return_tensors="pt")
        grid = batch["image_grid_thw"].to(self.device)  # (1, 3): time, rows, columns of patches
        pixels = batch["pixel_values"].to(self.device, self.model.dtype)  # (patches, values of a patch)
        found = self.model.model.get_image_features(pixel_values=pixels, image_grid_thw=grid, return_dict=True)
        merge = int(self.processor.merge_size)
        return Pictures(
            tiles=tuple(len(features) for features in found.pooler_output),
            features=torch.cat(list(found.pooler_output))[:, None],
            grids=tuple((int(rows) // merge, int(columns) // merge) for _, rows, columns in grid.tolist()),
            deep=tuple(torch.cat(list(level)) for level in getattr(found, "deepstack_features", None) or ()),
        )

    @torch.inference_mode()
    def read(self, ids: Sequence[int], pictures: Pictures | None, attend: AttentionContext) -> Tensor:
        """See ``Network``."""
        prompt = torch.tensor([ids], device=self.device)
        image_token = int(self.model.config.image_token_id)
        positions = grid_positions(ids, image_token, pictures.grids if pictures else ()).to(self.device)
        more: dict[str, Any] = {}
        if pictures is not None and pictures.deep:
            more = {"visual_pos_masks": prompt == image_token, "deepstack_visual_embeds": list(pictures.deep)}
        return self._run_text(self.embed(prompt, pictures), positions[:, None], attend, **more)

    def pixel_inputs(self, images: Sequence[Image], prompt: Tensor) -> dict[str, Tensor]:
        """See ``LoadedNetwork``."""
        batch = self.processor(images, return_tensors="pt").to(self.device)
        batch["pixel_values"] = batch["pixel_values"].to(self.model.dtype)
        return {**batch, "mm_token_type_ids": (prompt == self.model.config.image_token_id).int()}


def grid_positions(ids: Sequence[int], image_token: int, grids: Sequence[tuple[int, int]]) -> Tensor:
    """Return the positions (3, Q) of a prompt: time, row and column; all three are equal for text.

    ``grids`` holds rows and columns of each image's tokens, in order.
    """
    waiting = iter(grids)
    parts: list[Tensor] = []
    ahead = 0  # position of the next token
    for is_image, run in itertools.groupby(ids, key=lambda token: token == image_token):
        count = sum(1 for _ in run)
        if not is_image:
            parts.append(torch.arange(ahead, ahead + count).expand(3, -1))
            ahead += count
            continue
        rows, columns = next(waiting)
        if rows * columns != count:
            raise RuntimeError(f"{count} image tokens for a grid of {rows} x {columns}: a bug in the prompt.")
        row = torch.arange(rows).repeat_interleave(columns)
        column = torch.arange(columns).repeat(rows)
        parts.append(torch.stack([torch.zeros(count, dtype=torch.long), row, column]) + ahead)
        ahead += max(rows, columns)
    return torch.cat(parts, dim=1)


# model_type -> transformers' class, and the system message of the published chat template
CLASSES: dict[str, tuple[Any, str | None]] = {
    "qwen2_vl": (Qwen2VLForConditionalGeneration, QWEN2_SYSTEM),
    "qwen2_5_vl": (Qwen2_5_VLForConditionalGeneration, QWEN2_SYSTEM),
    "qwen3_vl": (Qwen3VLForConditionalGeneration, None),
    "qwen3_vl_moe": (Qwen3VLMoeForConditionalGeneration, None),
}


def load_qwen_vl(kind: str, folder: Path, placement: Placement) -> QwenVL:
    """Load a folder of one of ``CLASSES``. Raises LoadError, naming what is missing or unsupported."""
    model_class, system = CLASSES[kind]
    return _load(model_class, kind, system, folder, placement)


def check_qwen_vl(kind: str, folder: Path) -> None:
    """Raise LoadError for what the configuration of a folder asks for in vain."""
    refuse_dynamic(folder, read_native(folder, CLASSES[kind][0]).text_config)
    _open_processor(folder)
    check_turns(folder, TEMPLATE_TOKENS)


def _load(model_class: Any, family: str, system: str | None, folder: Path, placement: Placement) -> QwenVL:
    settings = CheckpointSettings.read(folder)
    tokens = Tokens.open(folder, required=TEMPLATE_TOKENS)
    processor = _open_processor(folder)
    model = load_weights(model_class, folder, placement)
    config = model.config
    check_text_model(folder, config.text_config)
    refuse_dynamic(folder, config.text_config)
    check_image_token(folder, config, tokens, IMAGE_TOKENS.token)
    style = settings.style(PromptStyle(system=system, image_tokens=IMAGE_TOKENS), tokens_per_tile=1)
    prm_format = choose_prm_format(style.chat, folder, placement, settings, JUDGE)
    _limit_pixels(processor, prm_format, placement.max_tiles)
    return QwenVL(
        model=model,
        processor=processor,
        tokens=tokens,
        style=style,
        prm_format=prm_format,
        card=card_of(model, family, folder, placement, settings),
        context=context_length(config.text_config),
        stop_ids=stop_ids(folder, tokens, TURN_END),
        input_check=settings.input_check,
        device=placement.device,
    )


def _open_processor(folder: Path) -> Any:
    """Open the picture processor that computes with PIL: the other one needs torchvision and differs by a pixel step."""
    return Qwen2VLImageProcessorPil.from_dict(read_preparation(folder))


def _limit_pixels(processor: Any, prm_format: PrmFormat, max_tiles: int | None) -> None:
    """Set how large pictures are read: as the folder says, as the format was trained with, at most ``max_tiles``."""
    edges = dict(processor.size)
    least, most = (int(edges[name]) for name in ("shortest_edge", "longest_edge"))
    if isinstance(prm_format, QwenVlPrm):
        least, most = prm_format.pixels
    if max_tiles is not None:
        most = min(most, max_tiles * TILE_PIXELS)
    processor.size = type(processor.size)(**(edges | {"longest_edge": most, "shortest_edge": min(least, most)}))
