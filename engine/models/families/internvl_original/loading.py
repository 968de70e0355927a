"""Original InternVL2.5 checkpoints (InternVLChatModel on disk, VisualPRM-8B among them) as a loaded :class:`InternVL`.

Puts together what the files beside it read: configuration, tokenizer, weights, image rules. Runs no code of the checkpoint and
needs neither sentencepiece nor a second copy of the weights. Does not know how the model is asked.

Source: OpenGVLab's ``modeling_internvl_chat.py``; the golden tests compare every number with it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import InternVLForConditionalGeneration

from engine.errors import LoadError
from engine.models.checkpoints import folder as checkpoint_folder
from engine.models.checkpoints.folder import (
    CheckpointSettings,
    Placement,
    fingerprint,
    read_index,
    read_json,
    read_stop_ids,
)
from engine.models.families.internvl import FAMILY, InternVL
from engine.models.families.internvl_original.config import OriginalConfig, TileRules, native_config, parse_config
from engine.models.families.internvl_original.tokenizer import OriginalTokenizer, check_tokenizer, load_tokenizer
from engine.models.families.internvl_original.weights import OriginalWeights
from engine.models.families.prm_format_choice import choose_prm_format
from engine.models.families.rope_config import context_length, native_length
from engine.models.families.tiling import TileProcessor
from engine.models.inference import shared_attention
from engine.models.inference.dynamic_rope import make_rotary_stateless
from engine.models.placement.device_layout import add_device_hooks
from engine.prompts.chat import IMAGE_TOKEN, TEMPLATE_TOKENS, TURN_END
from engine.prompts.prm_formats.visualprm import VISUALPRM
from engine.prompts.tokenizer import Tokens
from engine.protocols import ModelCard

MODEL_TYPE = "internvl_chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalModel:
    """An original checkpoint as transformers' own objects."""

    model: Any  # InternVLForConditionalGeneration, in eval mode
    processor: TileProcessor
    tokenizer: OriginalTokenizer
    config: OriginalConfig


def is_original(folder: Path) -> bool:
    """Tell whether a folder holds a checkpoint in the original InternVL format. Raises LoadError when it holds none at all."""
    return checkpoint_folder.model_type(folder) == MODEL_TYPE


def check_original(folder: Path) -> None:
    """Raise LoadError for what the configuration of an original folder asks for in vain."""
    CheckpointSettings.read(folder)
    check_tokenizer(folder, parse_config(read_json(folder / "config.json")).text_kind)
    read_index(folder)


def load_original(folder: Path, placement: Placement) -> InternVL:
    """Load an original folder. Raises LoadError, naming what is missing, damaged or unsupported."""
    settings = CheckpointSettings.read(folder)
    original = read_original(folder, placement)
    tokens = Tokens(original.tokenizer.backend, required=TEMPLATE_TOKENS)
    style = settings.style(tokens_per_tile=original.config.tiles.tokens, bos=original.tokenizer.bos)
    style = replace(style, system=original.config.system_message)
    return InternVL(
        model=original.model,
        processor=original.processor,
        tokens=tokens,
        style=style,
        prm_format=choose_prm_format(style.chat, folder, placement, settings, VISUALPRM),
        card=ModelCard(
            name=settings.name or placement.name or folder.name,
            revision=settings.revision or placement.revision or fingerprint(folder),
            family=FAMILY,
            parameters=sum(parameter.numel() for parameter in original.model.parameters()),
            dtype=str(placement.dtype).removeprefix("torch."),
            device=str(placement.layout),
        ),
        context=context_length(original.model.config.text_config),
        native_length=native_length(original.model.config.text_config),
        stop_ids=frozenset({tokens.token_id(TURN_END), *read_stop_ids(folder)}),
        input_check=settings.input_check,
        device=placement.device,
    )


def read_original(folder: Path, placement: Placement) -> OriginalModel:
    """Load the parts of an original folder. Raises LoadError."""
    stated = read_json(folder / "config.json")
    config = parse_config(stated)
    tokenizer = load_tokenizer(folder, config.text_kind)
    weights = OriginalWeights(folder)
    native = _native_config(folder, config, tokenizer, weights.names)
    shared_attention.register()
    with torch.device("meta"):
        model = InternVLForConditionalGeneration._from_config(
            native,
            dtype=placement.dtype,
            attn_implementation={"text_config": shared_attention.ATTENTION, "vision_config": "sdpa"},
        )
    weights.fill(model, placement.layout, placement.dtype)
    _restore_buffers(model, placement.device)
    add_device_hooks(model, placement.layout)
    return OriginalModel(
        model=model.eval(),
        processor=tile_processor(config.tiles, placement.max_tiles),
        tokenizer=tokenizer,
        config=config,
    )


def tile_processor(tiles: TileRules, max_tiles: int | None = None) -> TileProcessor:
    """Return what cuts pictures as the checkpoint says, or into at most ``max_tiles`` tiles. Raises LoadError."""
    largest = tiles.largest if max_tiles is None else max_tiles
    try:
        return TileProcessor(edge=tiles.edge, smallest=min(tiles.smallest, largest), largest=largest)
    except ValueError as error:
        raise LoadError(f"config.json and max_tiles do not go together: {error}") from error


def _native_config(folder: Path, config: OriginalConfig, tokenizer: OriginalTokenizer, names: Collection[str]) -> Any:
    image_token = tokenizer.backend.token_to_id(IMAGE_TOKEN)
    if image_token is None:
        raise LoadError(f"{str(folder)!r}: the tokenizer has no token {IMAGE_TOKEN!r}.")
    try:
        return native_config(config, names, image_token)
    except LoadError:
        raise
    except Exception as error:  # transformers' strict configurations raise several unrelated types
        raise LoadError(f"config.json in {str(folder)!r} holds a value that cannot be: {error}") from error


def _restore_buffers(model: Any, device: torch.device) -> None:
    """Make the rotary tables, which no checkpoint stores; on the meta device they have no values."""
    text = model.model.language_model
    text.rotary_emb = type(text.rotary_emb)(config=text.config).to(device)
    make_rotary_stateless(model, device)
    # the original normalises queries and keys with its configured epsilon, the native class with 1e-6 always
    epsilon = model.config.vision_config.layer_norm_eps
    for name, module in model.model.vision_tower.named_modules():
        if name.endswith(("q_norm", "k_norm")) and hasattr(module, "variance_epsilon"):
            module.variance_epsilon = epsilon
    unset = [name for name, tensor in (*model.named_parameters(), *model.named_buffers()) if tensor.is_meta]
    if unset:
        raise LoadError(f"Nothing gives these tensors a value: {', '.join(unset[:5])}. This is a bug in the loader.")
