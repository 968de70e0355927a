"""Native "-hf" InternVL checkpoints (InternVL2.5, InternVL3, the nano models) as a :class:`Network`.

Loads weights strictly: a missing, unexpected or mismatched key is an error, never a random weight. Uses the tokenizer and the
PIL image processor directly, because transformers' processor needs torchvision. Runs no code of the checkpoint. Does not know
what is asked of the model. Original-format checkpoints are turned into this class by a loader beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from safetensors import SafetensorError
from torch import Tensor
from transformers import GenerationConfig, InternVLForConditionalGeneration

from engine.errors import LoadError
from engine.models import prompts, shared
from engine.models.checkpoint import Placement, Workbench, fingerprint
from engine.models.network import Pictures, memory_named
from engine.models.prompts import PromptStyle
from engine.models.rope import context_length, make_rotary_stateless, native_length
from engine.models.shared import Attend
from engine.models.tiles import TileProcessor
from engine.models.tokens import Tokens
from engine.models.world import KnownWorld
from engine.protocols import ModelCard

FAMILY = "internvl"


@dataclass(frozen=True, slots=True, kw_only=True)
class InternVL:
    """A loaded InternVL; implements ``Network``."""

    model: Any  # InternVLForConditionalGeneration, in eval mode
    processor: TileProcessor
    tokens: Tokens
    style: PromptStyle
    card: ModelCard
    context: int
    native_length: int | None
    stop_ids: frozenset[int]
    world: KnownWorld | None
    device: torch.device

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``Network``."""
        return tuple(int(self.processor.get_number_of_image_patches(image.height, image.width)) for image in images)

    @torch.inference_mode()
    def encode_pictures(self, images: Sequence[Image]) -> Pictures:
        """See ``Network``."""
        batch = self.processor([image.convert("RGB") for image in images], return_tensors="pt")
        pixels = batch["pixel_values"].to(self.device, self.model.dtype)  # (tiles, 3, edge, edge)
        with memory_named(self.device):
            features = self.model.get_image_features(pixel_values=pixels, return_dict=True).pooler_output
        return Pictures(tiles=tuple(int(n) for n in batch["num_patches"]), features=features)

    @torch.inference_mode()
    def embed(self, ids: Tensor, pictures: Pictures | None = None) -> Tensor:
        """See ``Network``."""
        embeddings: Tensor = self.model.get_input_embeddings()(ids)
        if pictures is None:
            return embeddings
        places = ids == self.model.config.image_token_id
        wanted = pictures.features.flatten(0, 1)
        if int(places.sum()) != len(wanted):
            raise RuntimeError(
                f"{int(places.sum())} image tokens for {len(wanted)} image features: a bug in the prompt."
            )
        return embeddings.masked_scatter(places[..., None], wanted.to(embeddings.dtype))

    @torch.inference_mode()
    def forward(self, embeddings: Tensor, positions: Tensor, attend: Attend) -> Tensor:
        """See ``Network``."""
        with memory_named(self.device):
            hidden: Tensor = self.model.model.language_model(
                inputs_embeds=embeddings, position_ids=positions, use_cache=False, shared=attend
            ).last_hidden_state
        return hidden

    @torch.inference_mode()
    def logits(self, hidden: Tensor, ids: Sequence[int] | None = None) -> Tensor:
        """See ``Network``."""
        head: Tensor = self.model.lm_head.weight  # (vocabulary, hidden)
        if ids is not None:
            # two columns only, in float32: bfloat16 logits would cost a hundredth of P(+)
            return hidden.float() @ head[list(ids)].float().T
        return (hidden @ head.T).float()


def load_internvl(folder: Path, placement: Placement) -> InternVL:
    """Load a native InternVL folder. Raises LoadError, naming what is missing or unsupported."""
    workbench = Workbench.read(folder)
    tokens = Tokens.open(folder, required=prompts.TEMPLATE_TOKENS)
    tokens.token_id(prompts.PLUS), tokens.token_id(prompts.MINUS)
    model = _load_weights(folder, placement)
    make_rotary_stateless(model, placement.device)
    config = model.config
    _check(folder, config, tokens)
    return InternVL(
        model=model,
        processor=TileProcessor.open(folder, placement.max_tiles),
        tokens=tokens,
        style=workbench.style(tokens_per_tile=int(config.image_seq_length), bos=tokens.bos),
        card=ModelCard(
            name=workbench.name or placement.name or folder.name,
            revision=workbench.revision or placement.revision or fingerprint(folder),
            family=FAMILY,
            parameters=sum(parameter.numel() for parameter in model.parameters()),
            dtype=str(placement.dtype).removeprefix("torch."),
            device=str(placement.device),
        ),
        context=context_length(config.text_config),
        native_length=native_length(config.text_config),
        stop_ids=_stop_ids(folder, tokens),
        world=workbench.world,
        device=placement.device,
    )


def _load_weights(folder: Path, placement: Placement) -> Any:
    shared.register()
    try:
        model, report = InternVLForConditionalGeneration.from_pretrained(
            folder,
            dtype=placement.dtype,
            attn_implementation={"text_config": shared.ATTENTION, "vision_config": "sdpa"},
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # reported below with the others: transformers' own error does not name the key
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise LoadError(f"The weights in {str(folder)!r} cannot be loaded: {error}") from error
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"):
        keys = sorted(str(key) for key in report.get(kind) or ())
        if keys:
            shown = ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
            raise LoadError(f"{str(folder)!r} does not fit its config.json: {kind.replace('_', ' ')}: {shown}.")
    return model.to(placement.device).eval()


def _check(folder: Path, config: Any, tokens: Tokens) -> None:
    """Refuse what would be computed wrongly."""
    text = config.text_config
    if getattr(text, "use_sliding_window", False):
        raise LoadError(
            f"{str(folder)!r} uses sliding-window attention, which shared-prefix attention does not compute."
        )
    if tokens.token_id(prompts.IMAGE_TOKEN) != config.image_token_id:
        raise LoadError(
            f"{str(folder)!r}: config.json says image token {config.image_token_id}, its tokenizer says "
            f"{tokens.token_id(prompts.IMAGE_TOKEN)}."
        )


def _stop_ids(folder: Path, tokens: Tokens) -> frozenset[int]:
    stop = {tokens.token_id(prompts.TURN_END)}
    if (folder / "generation_config.json").is_file():
        stated = GenerationConfig.from_pretrained(folder, local_files_only=True).eos_token_id
        stop.update(stated if isinstance(stated, list) else [] if stated is None else [stated])
    return frozenset(stop)
