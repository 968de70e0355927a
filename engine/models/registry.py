"""Folders and hub names -> loaded policies and reward models: the one door through which weights come in.

Chooses the family's loader, device and dtype. Importing it imports torch: ``engine.load_engine`` does so late, in the
worker's thread.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL.Image import Image

from engine.domain import Sampling
from engine.errors import LoadError
from engine.models import checkpoint, sampler, scorer
from engine.models.checkpoint import Placement
from engine.models.internvl import load_internvl
from engine.models.network import Network, Pictures
from engine.models.original import load_original
from engine.protocols import Chunk, ModelCard, ScoringSession

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
SMALL_MODEL = 20_000_000  # parameters; below it a second thread costs more than it gives
DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


class NetworkPolicy:
    """A loaded network that writes solutions; implements ``Policy``."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._images: tuple[Image, ...] = ()  # the last problem's
        self._pictures: Pictures | None = None

    @property
    def card(self) -> ModelCard:
        """See ``Policy``."""
        return self._network.card

    def sample(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``Policy``."""
        return sampler.sample(self._network, images, question, sampling, self._encode)

    def out_of_world(self, images: Sequence[Image], question: str) -> str | None:
        """See ``Policy``."""
        world = self._network.world
        if world is None:
            return None
        if not images:
            return world.notice(question, [])
        pictures = self._encode(images)
        by_image = pictures.features.split(list(pictures.tiles))  # each (tiles, tokens, hidden)
        return world.notice(question, [tokens.flatten(0, 1) for tokens in by_image])

    def _encode(self, images: Sequence[Image]) -> Pictures:
        """Encode images, or remember them: the notice and the sampling of one problem ask one after the other."""
        is_last = len(images) == len(self._images) and all(a is b for a, b in zip(self._images, images, strict=True))
        if self._pictures is None or not is_last:
            self._pictures = self._network.encode_pictures(images)
            self._images = tuple(images)
        return self._pictures


class NetworkRewardModel:
    """A loaded network that scores steps; implements ``RewardModel``."""

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def card(self) -> ModelCard:
        """See ``RewardModel``."""
        return self._network.card

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``RewardModel``."""
        return self._network.count_tiles(images)

    def open_session(
        self, images: Sequence[Image], question: str, *, one_pass: bool = True
    ) -> Generator[None, None, ScoringSession]:
        """See ``RewardModel``."""
        return scorer.open_session(self._network, images, question, one_pass=one_pass)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to load a checkpoint."""

    device: str | None = None  # None: CUDA where there is one
    dtype: str | None = None  # None: bfloat16 on CUDA, float32 on the CPU
    max_tiles: int | None = None  # None: as the checkpoint says


def load_policy(source: str | Path, options: Options | None = None) -> NetworkPolicy:
    """Load a policy from a folder or hub name. Raises LoadError."""
    return NetworkPolicy(load_network(source, options))


def load_reward_model(source: str | Path, options: Options | None = None) -> NetworkRewardModel:
    """Load a reward model from a folder or hub name. Raises LoadError."""
    return NetworkRewardModel(load_network(source, options))


def load_network(source: str | Path, options: Options | None = None) -> Network:
    """Load any supported checkpoint. Raises LoadError."""
    chosen = options or Options()
    device = _device(chosen.device)
    placement = Placement(device=device, dtype=_dtype(chosen.dtype, device), max_tiles=chosen.max_tiles)
    folder, placement = _locate(source, placement)
    kind = checkpoint.model_type(folder)
    match kind:
        case "internvl":
            return load_internvl(folder, placement)
        case "internvl_chat":
            return load_original(folder, placement)
        case _:
            raise LoadError(
                f"{str(source)!r} is a {kind!r} model; supported: 'internvl' (InternVL2.5 and 3, '-hf' folders)."
            )


def set_threads(*models: NetworkPolicy | NetworkRewardModel | None) -> None:
    """Use as many CPU threads as pay off for models of this size. For the thread that will compute.

    Measured with the 3-million-parameter nano pair: two threads are no faster on idle cores and 10 times slower beside
    other work, because every small operator waits for the slowest thread.
    """
    largest = max((model.card.parameters for model in models if model is not None), default=0)
    if largest < SMALL_MODEL:
        torch.set_num_threads(1)


def _device(name: str | None) -> torch.device:
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise LoadError(f"device {name!r} is unknown; choose cpu, cuda or cuda:N.") from error
    if device.type == "cuda" and not torch.cuda.is_available():
        raise LoadError(f"device {name!r} was asked for, but torch sees no CUDA device. Choose cpu.")
    return device


def _dtype(name: str | None, device: torch.device) -> torch.dtype:
    if name is None:
        return torch.bfloat16 if device.type == "cuda" else torch.float32
    if name not in DTYPES:
        raise LoadError(f"dtype {name!r} is unknown; choose one of {', '.join(DTYPES)}.")
    return DTYPES[name]


def _locate(source: str | Path, placement: Placement) -> tuple[Path, Placement]:
    """Return the folder of a checkpoint, downloading a hub name."""
    folder = Path(source)
    if folder.exists() or not _HUB_NAME.fullmatch(str(source)):
        return folder, placement
    from huggingface_hub import snapshot_download  # late: only hub names need it
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        path = Path(snapshot_download(str(source), allow_patterns=["*.json", "*.safetensors", "*.model", "*.jinja"]))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError, ValueError) as error:
        raise LoadError(
            f"{str(source)!r} is no folder here, and the model hub could not give it: {error}. Pass the path of a "
            "downloaded checkpoint."
        ) from error
    return path, replace(placement, name=str(source), revision=path.name)
