"""Folders and hub names -> loaded policies and reward models: the one door through which weights come in.

Chooses the family's loader, device and dtype. Importing it imports torch: ``engine.load_engine`` does so late, in the
worker's thread.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from PIL.Image import Image

from engine.domain import Sampling
from engine.errors import LoadError
from engine.model_catalogue.footprint import TYPE_BYTES, Quantisation, read_footprint
from engine.model_catalogue.model_choice import AUTO, Machine
from engine.models import selftest
from engine.models.checkpoints.folder import Placement
from engine.models.checkpoints.hub import Checkpoint, locate
from engine.models.families.prm_format_choice import check_prm_format
from engine.models.generic import selftest as generic_selftest
from engine.models.generic.loading import GenericModel
from engine.models.generic.roles import GenericPolicy, GenericRewardModel
from engine.models.inference import completions, sampler, scorer
from engine.models.inference.capability import is_ampere
from engine.models.inference.decoder import Decoder
from engine.models.inference.memory_budget import free_bytes
from engine.models.inference.network import Network, Pictures
from engine.models.loaders import LoadedModel, check_how_it_is_asked, load_model
from engine.models.placement.device_layout import Layout, fit
from engine.models.placement.local_model import LocalModel
from engine.models.placement.offloading import HostCopy
from engine.models.placement.quantisation import import_bitsandbytes, quantise
from engine.models.selftest import Check
from engine.prompts.prompt_file import NO_PROMPTS, PromptFile
from engine.protocols import Chunk, CompletionSession, ScoringSession

SMALL_MODEL = 20_000_000  # parameters; below it a second thread costs more than it gives
DTYPES: dict[str, torch.dtype] = {name: getattr(torch, name) for name in TYPE_BYTES}


class NetworkPolicy(LocalModel):
    """A loaded network that writes solutions; implements ``Policy``."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.model, network.card)
        self._network = network
        self._decoder = Decoder(network)  # of all requests: those that are served in turns share their forwards
        self._images: tuple[Image, ...] = ()  # the last problem's
        self._pictures: Pictures | None = None

    def sample(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[tuple[Chunk, ...], None, None]:
        """See ``Policy``."""
        return self._in_turns(sampler.sample(self._network, images, question, sampling, self._encode, self._decoder))

    def open_completions(
        self, images: Sequence[Image], question: str, sampling: Sampling
    ) -> Generator[None, None, CompletionSession]:
        """See ``CompletesSolutions``."""
        opening = completions.open_completions(self._network, images, question, sampling, self._encode, self._decoder)
        return self._completions((yield from self._in_turns(opening)))

    def has_room(self) -> bool:
        """See ``KnowsRoom``: by the longest prompt so far."""
        return self._decoder.has_room()

    def out_of_distribution_notice(self, images: Sequence[Image], question: str) -> str | None:
        """See ``Policy``."""
        said = (self._network.template_notice, self._unlike_training(images, question))
        return " ".join(filter(None, said)) or None

    def _unlike_training(self, images: Sequence[Image], question: str) -> str | None:
        check = self._network.input_check
        if check is None:
            return None
        if not images:
            return check.notice(question, [])
        if self.ensure_on_device is not None:
            self.ensure_on_device()
        pictures = self._encode(images)
        by_image = pictures.features.split(list(pictures.tiles))  # each (tiles, tokens, hidden)
        return check.notice(question, [tokens.flatten(0, 1) for tokens in by_image])

    def _encode(self, images: Sequence[Image]) -> Pictures:
        """Encode images, or remember them: the notice and the sampling of one problem ask one after the other."""
        is_last = len(images) == len(self._images) and all(a is b for a, b in zip(self._images, images, strict=True))
        if self._pictures is None or not is_last:
            self._pictures = self._network.encode_pictures(images)
            self._images = tuple(images)
        return self._pictures


class NetworkRewardModel(LocalModel):
    """A loaded network that scores steps; implements ``RewardModel``."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.model, network.card, network.prm_format.name)
        self._network = network

    @property
    def notice(self) -> str | None:
        """See ``RewardModel``: two tokens are read from the whole distribution, so only the way of asking can be to blame."""
        return " ".join(filter(None, (self._network.prm_format.notice, self._network.template_notice))) or None

    def count_tiles(self, images: Sequence[Image]) -> tuple[int, ...]:
        """See ``RewardModel``."""
        return self._network.count_tiles(images)

    def open_session(
        self, images: Sequence[Image], question: str, *, one_pass: bool = True
    ) -> Generator[None, None, ScoringSession]:
        """See ``RewardModel``."""
        opening = scorer.open_session(self._network, images, question, one_pass=one_pass)
        return self._scoring((yield from self._in_turns(opening)))


LocalPolicy = NetworkPolicy | GenericPolicy
LocalRewardModel = NetworkRewardModel | GenericRewardModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to load a checkpoint."""

    device: str | None = None  # "cuda:0", or several with commas; None: all GPUs there are, else the CPU
    layout: Layout | None = None  # where the weights go on ``device``; None: by what is free
    dtype: str | None = None  # None: float32 on the CPU, bfloat16 on CUDA, float16 on cards without it
    max_tiles: int | None = None  # None: as the checkpoint says
    prm_format: str | None = None  # how a reward model is asked about steps; None: as the checkpoint or its name says
    quantisation: Quantisation = Quantisation.NONE  # of the text model's matrices
    prompts: PromptFile = NO_PROMPTS  # stated by a person

    @classmethod
    def chosen(cls, device: str, dtype: str, quantisation: Quantisation, max_tiles: int | None = None) -> Options:
        """Return options from words of a person, where "auto" leaves the choice to us."""
        return cls(
            device=None if device == AUTO else device,
            dtype=None if dtype == AUTO else dtype,
            max_tiles=max_tiles,
            quantisation=quantisation,
        )


def load_policy(source: str | Path | Checkpoint, options: Options | None = None) -> LocalPolicy:
    """Load a policy from a folder or hub name. Raises LoadError."""
    loaded = load_checkpoint(source, options)
    if not isinstance(loaded, GenericModel):
        return NetworkPolicy(loaded)
    if not loaded.writes:
        raise LoadError(
            f"{loaded.card.name!r} scores and does not write. Load it as the reward model, and another as policy."
        )
    return GenericPolicy(loaded)


def load_reward_model(source: str | Path | Checkpoint, options: Options | None = None) -> LocalRewardModel:
    """Load a reward model from a folder or hub name. Raises LoadError."""
    checkpoint = source if isinstance(source, Checkpoint) else locate(source)
    chosen = options or Options()
    if checkpoint.folder.is_dir():
        check_how_it_is_asked(checkpoint.folder, chosen.prm_format, checkpoint.name)
    network = load_checkpoint(checkpoint, chosen)
    if isinstance(network, GenericModel):
        return GenericRewardModel(network)
    check_prm_format(network.prm_format, network.tokens)
    return NetworkRewardModel(network)


def load_network(source: str | Path | Checkpoint, options: Options | None = None) -> Network:
    """Load a checkpoint whose prompts are read once for all solutions. Raises LoadError, also for others."""
    loaded = load_checkpoint(source, options)
    if isinstance(loaded, GenericModel):
        raise LoadError(f"{loaded.card.name!r} is computed by transformers' own forward pass: it shares no prompt.")
    return loaded


def load_checkpoint(source: str | Path | Checkpoint, options: Options | None = None) -> LoadedModel:
    """Load any supported checkpoint. Raises LoadError."""
    chosen = options or Options()
    dtype = choose_dtype(chosen.dtype, *choose_devices(chosen.device))
    is_small = chosen.quantisation is not Quantisation.NONE
    if is_small:
        import_bitsandbytes()  # before minutes of reading: it may be missing
    checkpoint = source if isinstance(source, Checkpoint) else locate(source)
    layout = chosen.layout or choose_layout(checkpoint.folder, chosen)
    placement = Placement(
        device=torch.device("cpu") if is_small else layout.home,
        layers=() if is_small else layout.layers,
        dtype=dtype,
        max_tiles=chosen.max_tiles,
        prm_format=chosen.prm_format,
        prompts=chosen.prompts,
        name=checkpoint.name,
        revision=checkpoint.revision,
    )
    network = load_model(checkpoint.folder, placement)
    return _shrunk(network, layout, chosen.quantisation) if is_small else network


def choose_layout(folder: Path, options: Options) -> Layout:
    """Return where a checkpoint's weights go: one device with room, else several. Raises LoadError."""
    devices = choose_devices(options.device)
    found = None
    if len(devices) > 1 and folder.is_dir():
        dtype = str(choose_dtype(options.dtype, *devices)).removeprefix("torch.")
        found = fit(read_footprint(folder), dtype, options.quantisation, devices)
    return found or Layout(home=devices[0])


def _shrunk(network: LoadedModel, layout: Layout, quantisation: Quantisation) -> LoadedModel:
    try:
        quantise(network.model, layout, quantisation)
    except AttributeError as error:  # the layers of a generic model may lie anywhere
        raise LoadError(
            f"{network.card.name!r} is not of a kind that can be quantised here. Load it without --quantise, "
            "or serve it elsewhere and give its address."
        ) from error
    dtype = f"{quantisation.value} {network.card.dtype}"  # the second one is what is computed in
    return replace(network, device=layout.home, card=replace(network.card, dtype=dtype, device=str(layout)))


def machine(device: str = AUTO, dtype: str = AUTO) -> Machine:
    """Return the device, dtype and free memory that models would be loaded with. Raises LoadError."""
    options = Options.chosen(device, dtype, Quantisation.NONE)
    devices = choose_devices(options.device)
    name = str(choose_dtype(options.dtype, *devices)).removeprefix("torch.")
    free = [free_bytes(device) for device in devices]
    known = [each for each in free if each is not None]
    return Machine(
        device=", ".join(map(str, devices)), dtype=name, free_bytes=sum(known) if len(known) == len(free) else None
    )


def weights_bytes(network: LoadedModel) -> int:
    """Return the bytes that a loaded network takes on its devices."""
    return HostCopy(network.model).nbytes


def selftest_policy(loaded: LoadedModel) -> tuple[Check, ...]:
    """Check that a model writes what transformers' own class would."""
    return generic_selftest.check_policy(loaded) if isinstance(loaded, GenericModel) else selftest.check_policy(loaded)


def selftest_reward_model(loaded: LoadedModel) -> tuple[Check, ...]:
    """Check that a model scores as transformers' own class would."""
    if isinstance(loaded, GenericModel):
        return generic_selftest.check_reward_model(loaded)
    return selftest.check_reward_model(loaded)


def set_threads(*models: LocalPolicy | LocalRewardModel | None) -> None:
    """Use as many CPU threads as pay off for models of this size. For the thread that will compute.

    Measured with the 3-million-parameter nano pair: two threads are no faster on idle cores and 10 times slower beside
    other work, because every small operator waits for the slowest thread.
    """
    largest = max((model.card.parameters for model in models if model is not None), default=0)
    if largest < SMALL_MODEL:
        torch.set_num_threads(1)


def choose_devices(name: str | None) -> list[torch.device]:
    """Return devices by name; without one all GPUs, that with most free memory first, else the CPU. Raises LoadError."""
    if name is None:
        cards = [torch.device("cuda", index) for index in range(torch.cuda.device_count())]
        return sorted(cards, key=lambda card: -(free_bytes(card) or 0)) or [torch.device("cpu")]
    try:
        devices = [torch.device(each.strip()) for each in name.split(",")]
    except RuntimeError as error:
        raise LoadError(f"device {name!r} is unknown; choose cpu, cuda, cuda:N or cuda:0,cuda:1.") from error
    if len(set(devices)) < len(devices) or len({device.type for device in devices}) > 1:
        raise LoadError(f"device {name!r} must name different GPUs, or one device.")
    if devices[0].type == "cuda" and not torch.cuda.is_available():
        raise LoadError(f"device {name!r} was asked for, but torch sees no CUDA device. Choose cpu.")
    if name == "cuda":
        devices = [torch.device("cuda", torch.cuda.current_device())]  # as tensors there name it
    return devices


def choose_dtype(name: str | None, *devices: torch.device) -> torch.dtype:
    """Return a dtype by name; without one float32 on a CPU, on GPUs bfloat16 where all have units for it, else float16.

    Raises LoadError.
    """
    if name is None:
        if devices[0].type != "cuda":
            return torch.float32
        return torch.bfloat16 if all(map(is_ampere, devices)) else torch.float16
    if name not in DTYPES:
        raise LoadError(f"dtype {name!r} is unknown; choose one of {', '.join(DTYPES)}.")
    return DTYPES[name]
