"""What sampling and scoring need of any loaded vision-language model, whatever its family.

A family's file (``internvl.py``) implements :class:`Network`; ``sampler.py`` and ``scorer.py`` use nothing else. Knows no prompt
layout and no file format.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from PIL.Image import Image
from torch import Tensor

from engine.errors import OutOfMemory
from engine.models.inference.shared_attention import AttentionContext, Prefill, Prefix
from engine.models.input_check import InputCheck
from engine.prompts.prm_formats.base import PrmFormat
from engine.prompts.style import PromptStyle
from engine.prompts.tokenizer import Tokens
from engine.protocols import ModelCard


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Images as the text model reads them."""

    tiles: tuple[int, ...]  # tiles of each image, thumbnail included
    features: Tensor  # (sum of tiles, tokens per tile, hidden)
    grids: tuple[tuple[int, int], ...] = ()  # rows and columns of each image's tokens, where positions follow them
    deep: tuple[Tensor, ...] = ()  # by text layer: what it adds at the image tokens, (tokens, hidden)

    @property
    def offset(self) -> int:
        """How far positions behind the images run ahead of the tokens' indices; negative where a grid needs fewer."""
        return sum(max(grid) - grid[0] * grid[1] for grid in self.grids)

    @staticmethod
    def joined(parts: Sequence[Pictures]) -> Pictures:
        """Return the images of several, at least one, in order."""
        if len(parts) == 1:
            return parts[0]
        return Pictures(
            tiles=tuple(tiles for part in parts for tiles in part.tiles),
            features=torch.cat([part.features for part in parts]),
            grids=tuple(grid for part in parts for grid in part.grids),
            deep=tuple(torch.cat(level) for level in zip(*(part.deep for part in parts), strict=True)),
        )


class Network(Protocol):
    """A loaded vision-language model. Methods run one forward step each, without gradients."""

    @property
    def model(self) -> Any:
        """The module that holds its weights, for moving and shrinking them."""
        ...

    @property
    def card(self) -> ModelCard:
        """Its name, revision, size, dtype and device."""
        ...

    @property
    def tokens(self) -> Tokens:
        """Its tokenizer."""
        ...

    @property
    def style(self) -> PromptStyle:
        """How its prompts are written."""
        ...

    @property
    def prm_format(self) -> PrmFormat:
        """How it is asked about steps, when it scores."""
        ...

    @property
    def context(self) -> int:
        """Positions it can address: prompt and answer together."""
        ...

    @property
    def native_length(self) -> int | None:
        """Longest prompt that shares a prefix exactly; longer ones are read whole. None: all do."""
        ...

    @property
    def stop_ids(self) -> frozenset[int]:
        """Tokens that end an answer."""
        ...

    @property
    def input_check(self) -> InputCheck | None:
        """The only kind of input it was trained for; None for general models."""
        ...

    @property
    def template_notice(self) -> str | None:
        """For people: how its own chat template differs from ``style``; None where it does not, or there is none."""
        ...

    @property
    def device(self) -> torch.device:
        """Where its tensors live."""
        ...

    @property
    def reads_pictures(self) -> bool:
        """Whether it has a vision tower; without one every picture is refused (InvalidRequest)."""
        ...

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """Return into how many tiles each image will be cut, without computing anything."""
        ...

    def encode_pictures(self, images: Sequence[Image]) -> Pictures:
        """Run the vision tower; at least one image. Raises BadPicture when it computes what is no number."""
        ...

    def embed(self, ids: Tensor, pictures: Pictures | None = None) -> Tensor:
        """Return embeddings (B, Q, hidden) of ``ids`` (B, Q); image tokens take the pictures' features, in order."""
        ...

    def forward(self, embeddings: Tensor, positions: Tensor, attend: AttentionContext) -> Tensor:
        """Run the text model behind a prompt: ``embeddings`` (B, Q, hidden) -> final hidden states (B, Q, hidden).

        Where ``attend`` says that they are not read, these may be anything.

        ``positions`` (B, Q): the tokens' indices plus the pictures' offset.
        """
        ...

    def read(self, ids: Sequence[int], pictures: Pictures | None, attend: AttentionContext) -> Tensor:
        """Read a whole prompt from its first token, with its pictures: final hidden states (1, Q, hidden)."""
        ...

    def logits(self, hidden: Tensor, ids: Sequence[int] | None = None) -> Tensor:
        """Return float32 logits of hidden states (..., hidden): of all tokens, or of ``ids`` only."""
        ...

    def plain_logits(self, ids: Sequence[int], images: Sequence[Image], places: Sequence[int]) -> Tensor:
        """Return logits (places, vocabulary) by transformers' own class and attention: what shared reading is checked with."""
        ...


@contextmanager
def memory_named(device: torch.device) -> Iterator[None]:
    """Translate torch's out-of-memory errors into OutOfMemory, with a message for people."""
    try:
        yield
    except RuntimeError as error:  # torch.OutOfMemoryError is one; the CPU allocator raises it bare
        if not isinstance(error, torch.OutOfMemoryError) and "can't allocate memory" not in str(error):
            raise
        raise OutOfMemory(
            f"The memory of {str(device)!r} is not enough for this request. Ask for fewer solutions or tokens, use a smaller "
            "picture, or choose a smaller model."
        ) from error


def prefill(network: Network, ids: Sequence[int], pictures: Pictures | None) -> tuple[Prefix, Tensor]:
    """Read a prompt once. Returns what rows behind it share, and the last token's hidden state (1, hidden)."""
    reading = Prefill(len(ids))
    hidden = network.read(ids, pictures, reading)
    return reading.prefix(pictures.offset if pictures else 0), hidden[:, -1]
