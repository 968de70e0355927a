"""Native "-hf" InternVL checkpoints (InternVL2.5, InternVL3, the nano models) as a ``Network``.

Uses the tokenizer and an own image processor directly, because transformers' processor needs torchvision. Runs no code of the
checkpoint. Does not know what is asked of the model. Original-format checkpoints are turned into this class by a loader beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL.Image import Image
from torch import Tensor
from transformers import InternVLForConditionalGeneration

from engine.models.checkpoints.folder import CheckpointSettings, Placement
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
from engine.models.families.tiling import TileProcessor
from engine.models.inference.dynamic_rope import make_rotary_stateless
from engine.models.inference.network import Pictures
from engine.prompts.chat import IMAGE_TOKEN, TEMPLATE_TOKENS, TURN_END
from engine.prompts.prm_formats.visualprm import VISUALPRM
from engine.prompts.tokenizer import Tokens

FAMILY = "internvl"
TILES_AT_ONCE = 13  # through the vision tower: one picture of twelve tiles and its thumbnail


@dataclass(frozen=True, slots=True, kw_only=True)
class InternVL(LoadedNetwork):
    """A loaded InternVL; implements ``Network``."""

    processor: TileProcessor

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``Network``."""
        return tuple(int(self.processor.get_number_of_image_patches(image.height, image.width)) for image in images)

    def see(self, image: Image) -> Pictures:
        """See ``LoadedNetwork``."""
        batch = self.processor([image], return_tensors="pt")
        pixels = batch["pixel_values"].to(self.device, self.model.dtype)  # (tiles, 3, edge, edge)
        features = [
            self.model.get_image_features(pixel_values=some, return_dict=True).pooler_output
            for some in pixels.split(TILES_AT_ONCE)
        ]
        return Pictures(tiles=tuple(int(n) for n in batch["num_patches"]), features=torch.cat(features))

    def pixel_inputs(self, images: Sequence[Image], prompt: Tensor) -> dict[str, Tensor]:
        """See ``LoadedNetwork``."""
        batch = self.processor(images, return_tensors="pt")
        return {"pixel_values": batch["pixel_values"].to(self.device, self.model.dtype)}


def load_internvl(folder: Path, placement: Placement) -> InternVL:
    """Load a native InternVL folder. Raises LoadError, naming what is missing or unsupported."""
    settings = CheckpointSettings.read(folder)
    tokens = Tokens.open(folder, required=TEMPLATE_TOKENS)
    model = load_weights(InternVLForConditionalGeneration, folder, placement)
    make_rotary_stateless(model, placement.device)
    config = model.config
    check_text_model(folder, config.text_config)
    check_image_token(folder, config, tokens, IMAGE_TOKEN)
    style = settings.style(tokens_per_tile=int(config.image_seq_length), bos=tokens.bos)
    return InternVL(
        model=model,
        processor=TileProcessor.open(folder, placement.max_tiles),
        tokens=tokens,
        style=style,
        prm_format=choose_prm_format(style.chat, folder, placement, settings, VISUALPRM),
        card=card_of(model, FAMILY, folder, placement, settings),
        context=context_length(config.text_config),
        native_length=native_length(config.text_config),
        stop_ids=stop_ids(folder, tokens, TURN_END),
        input_check=settings.input_check,
        device=placement.device,
    )


def check_internvl(folder: Path) -> None:
    """Raise LoadError for what the configuration of a native InternVL folder asks for in vain."""
    read_native(folder, InternVLForConditionalGeneration)
    TileProcessor.open(folder)
    check_turns(folder, TEMPLATE_TOKENS)
