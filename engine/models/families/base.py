"""What all families share once their weights are loaded as a transformers model: embeddings, text model, output matrix.

A family's file adds how pictures are prepared and, where it differs, how a prompt with pictures is read. Knows no prompt layout.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor

from engine.errors import BadPicture, LoadError, NotShared
from engine.models.checkpoints.folder import CheckpointSettings, Placement, fingerprint, read_stop_ids
from engine.models.checkpoints.weights import check_files
from engine.models.inference.network import Pictures, memory_named
from engine.models.inference.shared_attention import AttentionContext, only_read
from engine.models.input_check import InputCheck
from engine.prompts.prm_formats.base import PrmFormat
from engine.prompts.style import PromptStyle
from engine.prompts.tokenizer import TOKENIZER, Tokens
from engine.protocols import ModelCard


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedNetwork(ABC):
    """A transformers vision-language model and its tokenizer; a family makes it a ``Network``."""

    model: Any  # ...ForConditionalGeneration, in eval mode
    tokens: Tokens
    style: PromptStyle
    prm_format: PrmFormat
    card: ModelCard
    context: int
    native_length: int | None = None
    stop_ids: frozenset[int]
    input_check: InputCheck | None
    device: torch.device
    template_notice: str | None = None

    @property
    def reads_pictures(self) -> bool:
        """See ``Network``."""
        return True

    @torch.inference_mode()
    def encode_pictures(self, images: Sequence[Image]) -> Pictures:
        """See ``Network``."""
        with memory_named(self.device):
            pictures = self.see_all([image.convert("RGB") for image in images])
            is_finite = all(bool(part.isfinite().all()) for part in (pictures.features, *pictures.deep))
        if not is_finite:
            advice = "" if self.card.dtype == "float32" else ", or the dtype too small: try float32"
            raise BadPicture(
                f"{self.card.name!r} computed no number for the picture. The weights of its vision tower or projector may be "
                f"damaged{advice}."
            )
        return pictures

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
    def forward(self, embeddings: Tensor, positions: Tensor, attend: AttentionContext) -> Tensor:
        """See ``Network``."""
        return self._run_text(embeddings, positions, attend)

    @torch.inference_mode()
    def read(self, ids: Sequence[int], pictures: Pictures | None, attend: AttentionContext) -> Tensor:
        """See ``Network``."""
        prompt = torch.tensor([ids], device=self.device)
        positions = torch.arange(len(ids), device=self.device)[None]
        return self._run_text(self.embed(prompt, pictures), positions, attend)

    @torch.inference_mode()
    def logits(self, hidden: Tensor, ids: Sequence[int] | None = None) -> Tensor:
        """See ``Network``."""
        head: Tensor = self.model.lm_head.weight  # (vocabulary, hidden)
        if ids is not None:
            # two columns only, in float32: bfloat16 logits would cost a hundredth of P(+)
            return hidden.float() @ head[list(ids)].float().T
        return (hidden @ head.T).float()

    @torch.inference_mode()
    def plain_logits(self, ids: Sequence[int], images: Sequence[Image], places: Sequence[int]) -> Tensor:
        """See ``Network``."""
        prompt = torch.tensor([ids], device=self.device)
        pixels = self.pixel_inputs([image.convert("RGB") for image in images], prompt) if images else {}
        wanted = torch.tensor(places, device=self.device)
        logits: Tensor = self.model(input_ids=prompt, use_cache=False, logits_to_keep=wanted, **pixels).logits[0]
        return logits.float()

    @abstractmethod
    def see(self, image: Image) -> Pictures:
        """Return one RGB picture as the text model reads it."""

    def see_all(self, images: Sequence[Image]) -> Pictures:
        """Return the RGB pictures of a prompt, at least one, as the text model reads them."""
        # one by one: what the vision tower holds meanwhile grows with what it sees at once
        return Pictures.joined([self.see(image) for image in images])

    @abstractmethod
    def pixel_inputs(self, images: Sequence[Image], prompt: Tensor) -> dict[str, Tensor]:
        """Return what transformers' own class takes for pictures beside the ``prompt`` (1, Q)."""

    def _run_text(self, embeddings: Tensor, positions: Tensor, attend: AttentionContext, **more: Any) -> Tensor:
        decoder = self.model.get_decoder()
        with memory_named(self.device), only_read(decoder.layers[-1], attend.read):
            hidden: Tensor = decoder(
                inputs_embeds=embeddings, position_ids=positions, use_cache=False, shared=attend, **more
            ).last_hidden_state
        return hidden


def card_of(model: Any, family: str, folder: Path, placement: Placement, settings: CheckpointSettings) -> ModelCard:
    """Return the card of a model loaded from ``folder``."""
    return ModelCard(
        name=settings.name or placement.name or folder.name,
        revision=settings.revision or placement.revision or fingerprint(folder),
        family=family,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        dtype=str(placement.dtype).removeprefix("torch."),
        device=str(placement.layout),
    )


def read_native(folder: Path, model_class: Any) -> Any:
    """Return the configuration of a native folder, checked as far as its small files go. Raises LoadError."""
    CheckpointSettings.read(folder)
    check_files(folder)
    if not (folder / TOKENIZER).is_file():
        raise NotShared(f"{str(folder)!r} has no {TOKENIZER}.")
    config = model_class.config_class.from_pretrained(folder, local_files_only=True)
    check_text_model(folder, config.get_text_config())
    return config


def check_text_model(folder: Path, config: Any) -> None:
    """Raise NotShared for an attention variant that would be computed wrongly."""
    window = getattr(config, "sliding_window", None)  # Mistral says it so; others also say whether it is used
    if window is not None and not hasattr(config, "use_sliding_window") and window < config.max_position_embeddings:
        raise NotShared(
            f"{str(folder)!r} attends to {window:,} tokens at a time, which shared-prefix attention does not."
        )
    kinds = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
    if getattr(config, "use_sliding_window", False) or kinds:
        named = ", ".join(sorted(kinds)) or "sliding-window attention"
        raise NotShared(f"{str(folder)!r} uses {named}, which shared-prefix attention does not compute.")


def check_turns(folder: Path, needed: Sequence[str]) -> None:
    """Raise NotShared where a tokenizer lacks a token of the turns that a family is asked in, or anybody could write it."""
    tokens = Tokens.open(folder)
    if lacking := [each for each in needed if not tokens.has_special(each)]:
        raise NotShared(
            f"The tokenizer of {str(folder)!r} has no special token {', '.join(lacking)}: its turns are not known here."
        )


def check_image_token(folder: Path, config: Any, tokens: Tokens, token: str) -> None:
    """Raise LoadError when the tokenizer does not match ``config.json``."""
    if tokens.token_id(token) != config.image_token_id:
        raise LoadError(
            f"{str(folder)!r}: config.json says image token {config.image_token_id}, its tokenizer says "
            f"{tokens.token_id(token)}."
        )


def stop_ids(folder: Path, tokens: Tokens, turn_end: str) -> frozenset[int]:
    """Return the tokens that end an answer: the template's and those of ``generation_config.json``."""
    return frozenset({tokens.token_id(turn_end), *read_stop_ids(folder)})
