"""SmolVLM, SmolVLM2 and Idefics3 checkpoints as a ``Network``.

A picture is cut into rows and columns of square tiles and followed by itself as one tile, the global one; tokens in the prompt say
which tile is which. Positions are those of plain text. The model's turn begins with "Assistant:" and its answer with a space, so an
answer of one word is the token that holds both. Idefics3 has what stands in front of a dialogue in two versions, and is read here
where its own template writes these turns. Does not know what is asked of the model.

Source: transformers' ``SmolVLMProcessor`` and ``SmolVLMImageProcessorPil``, which the tests compare with, as with those of
Idefics3; the chat templates of HuggingFaceTB/SmolVLM2-2.2B-Instruct, SmolVLM-Instruct and HuggingFaceM4/Idefics3-8B-Llama3.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import Idefics3ForConditionalGeneration, SmolVLMForConditionalGeneration
from transformers.models.idefics3.image_processing_pil_idefics3 import Idefics3ImageProcessorPil
from transformers.models.smolvlm.image_processing_pil_smolvlm import SmolVLMImageProcessorPil

from engine.errors import LoadError, NotShared
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
from engine.prompts.chat import TURN_START, ChatTemplate, ImageTokens
from engine.prompts.prm_formats import JUDGE
from engine.prompts.segments import Segment, Special, Text
from engine.prompts.style import PromptStyle
from engine.prompts.tokenizer import Tokens

IDEFICS3 = "idefics3"
# model_type -> transformers' class, and the picture processor that computes with PIL: the other one needs torchvision
CLASSES: dict[str, tuple[Any, Any]] = {
    "smolvlm": (SmolVLMForConditionalGeneration, SmolVLMImageProcessorPil),
    IDEFICS3: (Idefics3ForConditionalGeneration, Idefics3ImageProcessorPil),
}
AROUND, GLOBAL, IMAGE = "<fake_token_around_image>", "<global-img>", "<image>"
TURN_END = "<end_of_utterance>"
TEMPLATE_TOKENS = (TURN_END, AROUND, GLOBAL, IMAGE)

CHAT = ChatTemplate(
    opening=(Special(TURN_START),),  # once, in front of the whole dialogue
    system=(Text("System:"),),
    user=(Text("User:"),),
    assistant=(Text("Assistant:"),),
    end=TURN_END,
    gap=" ",
    answer_gap="Ġ",  # byte-level BPE
)


class TileCount(int):
    """Number of tiles of one picture, the global one included, that also knows how the others lie."""

    rows: int  # of tiles; 0 where the picture is not split
    columns: int

    def __new__(cls, rows: int, columns: int) -> TileCount:
        """Count ``rows`` times ``columns`` tiles and the global one."""
        cut = super().__new__(cls, rows * columns + 1)
        cut.rows, cut.columns = rows, columns
        return cut


@dataclass(frozen=True, slots=True, kw_only=True)
class TileGridTokens(ImageTokens):
    """Every tile behind the token of its row and column, one row of tiles a line."""

    def picture(self, tiles: int, tokens_per_tile: int) -> tuple[Segment, ...]:
        """See ``ImageTokens``; ``tiles`` is a :class:`TileCount`."""
        if not isinstance(tiles, TileCount):
            raise TypeError(f"tiles {tiles!r} do not say how they lie; take them from count_tiles")
        context = Special(self.token, tokens_per_tile)
        segments: list[Segment] = []
        for row in range(1, tiles.rows + 1):
            for column in range(1, tiles.columns + 1):
                segments += [Special(self.start), Special(tile_token(row, column)), context]
            segments.append(Text("\n"))
        if segments:
            segments.append(Text("\n"))
        return (*segments, Special(self.start), Special(GLOBAL), context, Special(self.end))


IMAGE_TOKENS = TileGridTokens(start=AROUND, token=IMAGE, end=AROUND, behind="")


def tile_token(row: int, column: int) -> str:
    """Return the token in front of one tile; both count from 1."""
    return f"<row_{row}_col_{column}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmolVLM(LoadedNetwork):
    """A loaded SmolVLM or Idefics3; implements ``Network``."""

    processor: Any  # of ``CLASSES``

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``Network``; the numbers are :class:`TileCount`."""
        counts = (self.processor.get_number_of_image_patches(image.height, image.width) for image in images)
        return tuple(TileCount(rows, columns) for _, rows, columns in counts)

    def see(self, image: Image) -> Pictures:
        """See ``LoadedNetwork``."""
        found = self.model.get_image_features(**self._pixels([image]), return_dict=True)
        features = torch.cat(list(found.pooler_output))  # (tokens, hidden)
        return Pictures(
            tiles=self.count_tiles([image]), features=features.unflatten(0, (-1, self.style.tokens_per_tile))
        )

    def pixel_inputs(self, images: Sequence[Image], prompt: Tensor) -> dict[str, Tensor]:
        """See ``LoadedNetwork``."""
        return self._pixels(images)

    def _pixels(self, images: Sequence[Image]) -> dict[str, Tensor]:
        """Return all tiles as those of one prompt: ``pixel_values`` (1, tiles, 3, edge, edge) and their mask."""
        batch = self.processor([list(images)], return_tensors="pt")
        pixels = batch["pixel_values"].to(self.device, self.model.dtype)
        return {"pixel_values": pixels, "pixel_attention_mask": batch["pixel_attention_mask"].to(self.device)}


def load_smolvlm(kind: str, folder: Path, placement: Placement) -> SmolVLM:
    """Load a folder of one of ``CLASSES``. Raises LoadError, naming what is missing or unsupported."""
    settings = CheckpointSettings.read(folder)
    processor = _open_processor(kind, folder, placement.max_tiles)
    tokens = _open_tokens(kind, folder, processor)
    chat = CHAT if tokens.has_special(TURN_START) else replace(CHAT, opening=())
    model = load_weights(CLASSES[kind][0], folder, placement)
    make_rotary_stateless(model, placement.device)
    config = model.config
    check_text_model(folder, config.text_config)
    check_image_token(folder, config, tokens, IMAGE)
    family = PromptStyle(system=None, image_tokens=IMAGE_TOKENS, chat=chat)
    style = settings.style(family, tokens_per_tile=int(model.model.image_seq_len), bos=tokens.bos)
    return SmolVLM(
        model=model,
        processor=processor,
        tokens=tokens,
        style=style,
        prm_format=choose_prm_format(style.chat, folder, placement, settings, JUDGE),
        card=card_of(model, kind, folder, placement, settings),
        context=context_length(config.text_config),
        native_length=native_length(config.text_config),
        stop_ids=stop_ids(folder, tokens, TURN_END),
        input_check=settings.input_check,
        device=placement.device,
    )


def check_smolvlm(kind: str, folder: Path) -> None:
    """Raise LoadError for what the configuration of a folder asks for in vain; NotShared for an Idefics3 asked in another way."""
    read_native(folder, CLASSES[kind][0])
    if kind != IDEFICS3:
        check_turns(folder, _needed_tokens(kind, _open_processor(kind, folder, None)))
        return
    try:
        _open_tokens(kind, folder, _open_processor(kind, folder, None))
    except LoadError as error:
        raise NotShared(str(error)) from error
    template = read_template(folder)
    if template is None or not writes(folder, template, CHAT):
        raise NotShared(f"The chat template of {str(folder)!r} writes other turns than Idefics3's.")


def _open_tokens(kind: str, folder: Path, processor: Any) -> Tokens:
    """Return the tokens of a folder. Raises LoadError where some that prompts need are missing, or anybody could write them."""
    return Tokens.open(folder, required=_needed_tokens(kind, processor))


def _needed_tokens(kind: str, processor: Any) -> tuple[str, ...]:
    span = range(1, _most_rows(processor) + 1)
    tile_tokens = (tile_token(row, column) for row in span for column in span)
    opening = () if kind == IDEFICS3 else (TURN_START,)
    return (*opening, *TEMPLATE_TOKENS, *tile_tokens)


def _most_rows(processor: Any) -> int:
    """Return the most rows, and columns, of tiles that a picture can be cut into."""
    return int(processor.size["longest_edge"]) // int(processor.max_image_size["longest_edge"])


def _open_processor(kind: str, folder: Path, max_tiles: int | None) -> Any:
    """Open the picture processor. Raises LoadError."""
    processor: Any = CLASSES[kind][1].from_dict(read_preparation(folder))
    longest, edge = (size.get("longest_edge") for size in (processor.size, processor.max_image_size))
    if (
        not longest or not edge or longest % edge
    ):  # the processor's own count of tiles is wrong for what does not divide
        raise LoadError(f"{str(folder)!r} cuts pictures of {longest!r} pixels into tiles of {edge!r}: no whole number.")
    if max_tiles is not None:
        rows = min(_most_rows(processor), math.isqrt(max_tiles))  # a square picture gets as many rows as columns
        processor.size = type(processor.size)(longest_edge=rows * edge)
    return processor
