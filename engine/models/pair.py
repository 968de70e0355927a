"""A policy and a reward model on one machine: room is made before weights are read, and what does not fit together takes turns.

Sizes come from the files' headers, before anything is loaded. On a CPU both stay. Knows devices and bytes; nothing of runs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers.utils import logging as transformers_logging

from engine.errors import LoadError
from engine.model_catalogue.footprint import GIB, read_footprint
from engine.model_catalogue.model_choice import LoadProgress, LoadUnit, ModelChoice, ModelRole, ReportProgress
from engine.models import registry
from engine.models.checkpoints.hub import Checkpoint, ReportBytes, locate
from engine.models.inference.memory_budget import free_bytes
from engine.models.placement.device_layout import WEIGHTS_SHARE, Layout, fit
from engine.models.placement.offloading import HostCopy
from engine.models.placement.turns import Residency
from engine.models.registry import LocalPolicy, LocalRewardModel, Options
from engine.prompts.prompt_file import read_prompt_file
from engine.protocols import Models, Policy, RewardModel

log = logging.getLogger(__name__)


class Memory:
    """The free memory of this machine's devices."""

    def free(self, device: torch.device) -> int | None:
        """Return the free bytes of a device; None where they are unknown."""
        return free_bytes(device)

    def can_offload(self, device: torch.device) -> bool:
        """Return whether offloading frees memory of the device; on a CPU it would only copy."""
        return device.type != "cpu"

    def room(self, device: torch.device) -> int | None:
        """Return how many bytes of weights the device has room for; None where that is unknown."""
        free = self.free(device)
        return None if free is None else int(free * WEIGHTS_SHARE) if self.can_offload(device) else free

    def capacity(self, device: torch.device, weights: Sequence[HostCopy]) -> int | None:
        """Return how many bytes these weights may take together; None for no limit."""
        free = self.free(device)
        if free is None or not self.can_offload(device):
            return None
        return int((free + sum(each.bytes_on(device) for each in weights if each.is_resident)) * WEIGHTS_SHARE)


def load_pair(
    policy: Policy | str | Path | None,
    reward_model: RewardModel | str | Path,
    choice: ModelChoice,
    served: Models | None,
    report: ReportProgress,
    memory: Memory | None = None,
) -> Models:
    """Load the models that are given by name, beside those ``served`` so far. On LoadError the served ones are back in place."""
    chosen = Options.chosen(choice.device, choice.dtype, choice.quantisation, choice.max_tiles)
    options = replace(chosen, prompts=read_prompt_file(choice.prompt_file))
    memory = memory or Memory()
    with _weights_of(served) as beside:
        if isinstance(policy, str | Path):
            with _reporting(ModelRole.POLICY, policy, report) as report_bytes:
                checkpoint = locate(policy, report_bytes)
                placed = make_room(checkpoint, options, beside, memory)
                policy = registry.load_policy(checkpoint, placed)
            beside.append(policy.weights)
        if isinstance(reward_model, str | Path):
            with _reporting(ModelRole.REWARD_MODEL, reward_model, report) as report_bytes:
                checkpoint = locate(reward_model, report_bytes)
                placed = make_room(checkpoint, options, beside, memory)
                reward_model = registry.load_reward_model(checkpoint, replace(placed, prm_format=choice.prm_format))
            beside.append(reward_model.weights)
        in_turns = place_together(policy, reward_model, memory)
    registry.set_threads(*_in_process(policy, reward_model))
    return Models(policy=policy, reward_model=reward_model, in_turns=in_turns)


def make_room(checkpoint: Checkpoint, options: Options, beside: Sequence[HostCopy], memory: Memory) -> Options:
    """Choose a layout for new weights, offloading the models ``beside`` them until they fit. Raises LoadError when they cannot."""
    devices = registry.choose_devices(options.device)
    dtype = str(registry.choose_dtype(options.dtype, *devices)).removeprefix("torch.")
    if not checkpoint.folder.is_dir():
        return options  # the loader says it better
    footprint = read_footprint(checkpoint.folder)
    layout = fit(footprint, dtype, options.quantisation, devices, memory.room)
    for weights in beside:
        if layout is None and any(memory.can_offload(device) and weights.bytes_on(device) for device in devices):
            weights.to_host()
            layout = fit(footprint, dtype, options.quantisation, devices, memory.room)
    if layout is None:
        needed = footprint.device_bytes(dtype, options.quantisation)
        free = {device: memory.free(device) or 0 for device in devices}
        emptiest = max(devices, key=lambda device: free[device])
        if needed > free[emptiest]:
            shown = " and ".join(f"{device} has {free[device] / GIB:.1f} GiB free" for device in devices)
            named = checkpoint.name or str(checkpoint.folder)
            raise LoadError(
                f"The weights of {named!r} take {needed / GIB:.1f} GiB as {dtype}, and {shown}. "
                "Quantise them (--quantise 4bit), choose a smaller model, or serve it elsewhere and give its address."
            )
        layout = Layout(home=emptiest)  # little will be left for prompts and solutions, but it may do
    return replace(options, layout=layout)


def place_together(policy: Policy | None, reward_model: RewardModel, memory: Memory) -> bool:
    """Move both models onto their devices, or let them take turns where one has no room for both; return whether they do.

    Raises LoadError where they would have to and one of them lies on several devices.
    """
    models = _in_process(policy, reward_model)
    weights = [model.weights for model in models]
    for model in models:
        model.ensure_on_device = None
    for device in sorted(frozenset[torch.device]().union(*(each.devices for each in weights)), key=str):
        capacity = memory.capacity(device, weights)
        taken = [each.bytes_on(device) for each in weights]
        if capacity is None or sum(taken) <= capacity or len(models) < 2 or not all(taken):
            continue
        if any(len(each.devices) > 1 for each in weights):
            raise LoadError(
                f"{device} has no room for its parts of both models, and a model that lies on several GPUs cannot take turns. "
                "Quantise (--quantise 4bit), choose a smaller model, or serve one elsewhere and give its address."
            )
        log.info("taking turns device=%s capacity_gib=%.1f", device, capacity / GIB)
        residency = Residency(capacity, weights)
        for model in models:
            model.ensure_on_device = partial(residency.ensure_on_device, model.weights)
        return True
    for model in models:
        model.weights.to_device()
    return False


@contextmanager
def _weights_of(served: Models | None) -> Iterator[list[HostCopy]]:
    """Yield the weights that may be offloaded; when the body raises, the served ones are moved back."""
    models = _in_process(served.policy, served.reward_model) if served is not None else []
    weights = [model.weights for model in models]
    resident = [each for each in weights if each.is_resident]
    try:
        yield weights
    except BaseException:
        for new in weights[len(models) :]:
            new.to_host()  # the error's traceback still holds it
        for each in resident:
            each.to_device()
        raise


def _in_process(*models: Policy | RewardModel | None) -> list[LocalPolicy | LocalRewardModel]:
    """Return the models that run in this process."""
    return [model for model in models if isinstance(model, LocalPolicy | LocalRewardModel)]


@contextmanager
def _reporting(role: ModelRole, source: str | Path, report: ReportProgress) -> Iterator[ReportBytes]:
    """Report transformers' own progress bars; yield the callback for downloaded bytes."""
    progress = LoadProgress(role=role, source=str(source))
    report(progress)
    downloading = replace(progress, unit=LoadUnit.BYTES)
    before = transformers_logging.set_tqdm_hook(
        lambda _factory, args, kwargs: _Bar(
            lambda done, total: report(replace(progress, done=done, total=total)), *args, **kwargs
        )
    )
    try:
        yield lambda done, total: report(replace(downloading, done=done, total=total))
    finally:
        transformers_logging.set_tqdm_hook(before)


class _Bar:
    """Stands in for a tqdm progress bar in transformers."""

    def __init__(
        self, report: Callable[[int, int], None], iterable: Any = (), total: int | None = None, **_: object
    ) -> None:
        self._report = report
        self._iterable = iterable
        self._total = len(iterable) if total is None else total
        self._done = 0

    def __iter__(self) -> Iterator[Any]:
        for each in self._iterable:
            yield each
            self.update()

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def update(self, count: int = 1) -> None:
        self._done += count
        self._report(self._done, self._total)

    def close(self) -> None:
        pass
