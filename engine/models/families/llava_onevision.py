"""LLaVA-OneVision checkpoints as a ``Network``.

A picture that is alone is cut into square tiles by the grid that fits it best. Their tokens are put together again without the
margins, shrunk where there are more than the checkpoint allows, and every row ends in a token for a new line; the whole picture as
one tile stands in front. Of several pictures each is one tile. Positions are those of plain text. Published templates write turns
in two ways, ChatML and an earlier one; a folder whose template writes others is read on the generic path. Does not know what is
asked of the model.

Source: transformers' ``LlavaOnevisionModel.pack_image_features`` and ``LlavaOnevisionProcessor``, which the tests compare with; the
chat templates of llava-hf/llava-onevision-qwen2-7b-ov-hf and of transformers' script that converts the original checkpoints.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import LlavaOnevisionForConditionalGeneration
from transformers.image_processing_utils import select_best_resolution
from transformers.models.llava_onevision.image_processing_pil_llava_onevision import LlavaOnevisionImageProcessorPil

from engine.errors import NotShared
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
from engine.models.families.rope_config import context_length, native_length
from engine.models.families.template_check import read_template, writes
from engine.models.inference.dynamic_rope import make_rotary_stateless
from engine.models.inference.network import Pictures
from engine.prompts.chat import CHATML, TURN_END, TURN_START, ChatTemplate, ImageTokens
from engine.prompts.prm_formats import JUDGE
from engine.prompts.segments import Segment, Special, Text
from engine.prompts.style import PromptStyle
from engine.prompts.tokenizer import Tokens

KIND = "llava_onevision"
IMAGE = "<image>"
TEMPLATE_TOKENS = (TURN_START, TURN_END, IMAGE)
EARLIER_TURNS = ChatTemplate(
    system=(Special(TURN_START), Text("system ")),
    user=(Special(TURN_START), Text("user ")),
    assistant=(Special(TURN_START), Text("assistant\n")),
    end=TURN_END,
    gap="\n",
    behind_end="",
    has_one_answer_header=False,  # it writes "assistant \n" in front of earlier answers
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BareImageTokens(ImageTokens):
    """Tokens of a picture with none around them."""

    def picture(self, tiles: int, tokens_per_tile: int) -> tuple[Segment, ...]:
        """See ``ImageTokens``."""
        return (Special(self.token, tiles * tokens_per_tile),)


# turns -> what stands behind a picture: the earlier ones write several pictures without a new line between them
_TURNS: tuple[tuple[ChatTemplate, ImageTokens], ...] = (
    (CHATML, BareImageTokens(start="", token=IMAGE, end="", behind="\n")),
    (EARLIER_TURNS, BareImageTokens(start="", token=IMAGE, end="", behind="\n", between="")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LlavaOnevision(LoadedNetwork):
    """A loaded LLaVA-OneVision; implements ``Network``. Its tiles are single tokens: their number follows the picture's shape."""

    processor: Any  # LlavaOnevisionImageProcessorPil

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``Network``."""
        config = self.model.config
        edge = _edge(config)
        if len(images) != 1:
            return tuple(edge * edge + 1 for _ in images)
        (image,) = images
        grid = select_best_resolution((image.height, image.width), config.image_grid_pinpoints)
        tile = config.vision_config.image_size
        tiles = (grid[0] // tile, grid[1] // tile)
        rows, columns = token_grid((image.height, image.width), tiles, edge, _most_tiles(config))
        return (edge * edge + rows * (columns + 1),)

    def see(self, image: Image) -> Pictures:
        """See ``LoadedNetwork``; a picture that is alone."""
        return self.see_all([image])

    def see_all(self, images: Sequence[Image]) -> Pictures:
        """See ``LoadedNetwork``: of several pictures each is one tile."""
        found = self.model.model.get_image_features(**self._pixels(images), return_dict=True).pooler_output
        return Pictures(tiles=tuple(map(len, found)), features=torch.cat(list(found))[:, None])

    def pixel_inputs(self, images: Sequence[Image], prompt: Tensor) -> dict[str, Tensor]:
        """See ``LoadedNetwork``."""
        return self._pixels(images)

    def _pixels(self, images: Sequence[Image]) -> dict[str, Tensor]:
        """Return all pictures as those of one prompt: tiles (pictures, tiles, 3, edge, edge), sizes, and how many they are."""
        batch = self.processor([list(images)], return_tensors="pt")
        return {
            "pixel_values": batch["pixel_values"].to(self.device, self.model.dtype),
            "image_sizes": batch["image_sizes"],
            "batch_num_images": torch.as_tensor(batch["batch_num_images"]),
        }


def token_grid(size: tuple[int, int], tiles: tuple[int, int], edge: int, most: int) -> tuple[int, int]:
    """Return the rows and columns of tokens that a picture is read as, beside those of the whole as one tile.

    Args:
        size: height and width of the picture, pixels.
        tiles: rows and columns of tiles that it is cut into.
        edge: rows, and columns, of tokens a tile.
        most: tiles whose tokens it may have, about.
    """
    (height, width), (rows, columns) = size, (edge * tiles[0], edge * tiles[1])
    if width / height > columns / rows:
        rows -= (rows - int(round(height * (columns / width), 7))) // 2 * 2
    else:
        columns -= (columns - int(round(width * (rows / height), 7))) // 2 * 2
    ratio = math.sqrt(rows * columns / (most * edge**2))
    return (int(rows // ratio), int(columns // ratio)) if ratio > 1.1 else (rows, columns)


def load_llava_onevision(folder: Path, placement: Placement) -> LlavaOnevision:
    """Load a folder. Raises LoadError, naming what is missing or unsupported."""
    settings = CheckpointSettings.read(folder)
    tokens = Tokens.open(folder, required=TEMPLATE_TOKENS)
    chat, image_tokens = _choose_turns(folder)
    processor = _open_processor(folder)
    model = load_weights(LlavaOnevisionForConditionalGeneration, folder, placement)
    make_rotary_stateless(model, placement.device)
    config = model.config
    check_text_model(folder, config.text_config)
    check_image_token(folder, config, tokens, IMAGE)
    _limit_tiles(processor, config, placement.max_tiles)
    style = settings.style(PromptStyle(system=None, image_tokens=image_tokens, chat=chat), tokens_per_tile=1)
    return LlavaOnevision(
        model=model,
        processor=processor,
        tokens=tokens,
        style=style,
        prm_format=choose_prm_format(chat, folder, placement, settings, JUDGE),
        card=card_of(model, KIND, folder, placement, settings),
        context=context_length(config.text_config),
        native_length=native_length(config.text_config),
        stop_ids=stop_ids(folder, tokens, TURN_END),
        input_check=settings.input_check,
        device=placement.device,
    )


def check_llava_onevision(folder: Path) -> None:
    """Raise LoadError for what the configuration of a folder asks for in vain; NotShared for what is read in another way."""
    config = read_native(folder, LlavaOnevisionForConditionalGeneration)
    check_turns(folder, TEMPLATE_TOKENS)
    _choose_turns(folder)
    processor = _open_processor(folder)
    edges = {config.vision_config.image_size, *(int(processor.size[each]) for each in ("height", "width"))}
    if (
        len(edges) > 1
        or config.vision_feature_select_strategy != "full"
        or re.fullmatch(r"anyres_max_[1-9]\d*", config.vision_aspect_ratio) is None
        or [list(each) for each in processor.image_grid_pinpoints]
        != [list(each) for each in config.image_grid_pinpoints]
    ):
        raise NotShared(f"{str(folder)!r} cuts pictures in another way than LLaVA-OneVision's published checkpoints.")


def _choose_turns(folder: Path) -> tuple[ChatTemplate, ImageTokens]:
    """Return the turns that a folder's template writes, with how pictures stand in them. Raises NotShared for others."""
    template = read_template(folder)
    for chat, image_tokens in _TURNS:
        if template is not None and writes(folder, template, chat):
            return chat, image_tokens
    raise NotShared(f"The chat template of {str(folder)!r} writes other turns than LLaVA-OneVision's.")


def _open_processor(folder: Path) -> Any:
    """Open the picture processor that computes with PIL: the other one needs torchvision."""
    return LlavaOnevisionImageProcessorPil.from_dict(read_preparation(folder))


def _limit_tiles(processor: Any, config: Any, max_tiles: int | None) -> None:
    """Leave the grids of at most so many tiles, for the processor and the model alike; the smallest where there is none."""
    if max_tiles is None:
        return
    area = config.vision_config.image_size**2
    grids = sorted((list(each) for each in config.image_grid_pinpoints), key=math.prod)
    left = [each for each in grids if math.prod(each) <= max_tiles * area] or grids[:1]
    processor.image_grid_pinpoints = config.image_grid_pinpoints = left


def _edge(config: Any) -> int:
    return int(config.vision_config.image_size // config.vision_config.patch_size)


def _most_tiles(config: Any) -> int:
    return int(config.vision_aspect_ratio.removeprefix("anyres_max_"))
