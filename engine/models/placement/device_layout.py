"""Which device holds which part of a model: one all of it, or several its text layers.

A model too large for one GPU is cut between text layers. The home device holds the first of them and everything that is no text
layer (embeddings, vision tower, projector, last norm, output matrix). What goes from layer to layer is carried over where the next
one lies elsewhere; keys and values of a prefix and of rows stay with their layer. Knows sizes and modules, no prompts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor, nn

from engine.model_catalogue.footprint import Footprint, Quantisation
from engine.models.inference.memory_budget import free_bytes

WEIGHTS_SHARE = 0.85  # of a GPU's free memory; the rest is for prompts, solutions and temporary tensors


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where a model lies."""

    home: torch.device
    layers: tuple[torch.device, ...] = ()  # of each text layer; (): all at home

    def __str__(self) -> str:
        """Return the device names, the home device first."""
        return ", ".join(dict.fromkeys(map(str, (self.home, *self.layers))))


def room_of(device: torch.device) -> int | None:
    """Return how many bytes of weights a device takes beside what it holds; None where nobody says."""
    free = free_bytes(device)
    return None if free is None else int(free * WEIGHTS_SHARE) if device.type != "cpu" else free


def fit(
    footprint: Footprint,
    dtype: str,
    quantisation: Quantisation,
    devices: Sequence[torch.device],
    room: Callable[[torch.device], int | None] = room_of,
) -> Layout | None:
    """Place a model on the fewest ``devices`` that have room, the emptiest first; None: not even all of them have."""
    rooms: dict[torch.device, int] = {}
    for device in devices:
        free = room(device)
        if free is None:
            return Layout(home=devices[0])
        rooms[device] = free
    ranked = sorted(devices, key=lambda device: -rooms[device])  # stable: of equal ones the first
    layers = [size.device_bytes(dtype, quantisation) for size in footprint.layers]
    rest = footprint.device_bytes(dtype, quantisation) - sum(layers)
    for count in range(1, len(ranked) + 1):
        places = cut(layers, rest, [rooms[device] for device in ranked[:count]])
        if places is not None:
            return Layout(home=ranked[0], layers=tuple(ranked[place] for place in places) if count > 1 else ())
    return None


def cut(layers: Sequence[int], rest: int, room: Sequence[int]) -> tuple[int, ...] | None:
    """Return which device takes each layer, in order; None where they do not fit.

    ``layers``: bytes of each; ``rest``: bytes that only the first device can take; ``room``: bytes each device has. Every device
    is filled to about the same share, so that all keep memory for prompts and solutions.
    """
    total = rest + sum(layers)
    share = total / max(1, sum(room))
    borders = [size * share for size in accumulate(room)]  # up to where each device is to be filled
    places, used, filled = [], [rest, *[0] * (len(room) - 1)], rest
    for size in layers:
        middle = filled + size / 2
        place = next((place for place, border in enumerate(borders) if middle <= border), len(room) - 1)
        places.append(place)
        used[place] += size
        filled += size
    return tuple(places) if all(map(int.__le__, used, room)) else None


def put(model: Any, layout: Layout) -> None:
    """Move a model from host memory to where it is to lie, a layer at a time."""
    if not layout.layers:
        model.to(layout.home)
        return
    text = model.get_decoder()
    layers = text.layers
    for layer, device in zip(layers, layout.layers, strict=True):
        layer.to(device)
    text.layers = nn.ModuleList()  # or they would all be moved home with the rest
    model.to(layout.home)
    text.layers = layers
    add_device_hooks(model, layout)


def add_device_hooks(model: Any, layout: Layout) -> None:
    """Move the inputs of every layer to its device, so that a model spread over several devices computes."""
    text = model.get_decoder()
    for layer, device in zip(text.layers, layout.layers, strict=False):
        layer.register_forward_pre_hook(_input_mover(device), with_kwargs=True)
    if layout.layers:
        text.norm.register_forward_pre_hook(_input_mover(layout.home), with_kwargs=True)


def _input_mover(device: torch.device) -> Callable[[nn.Module, Any, dict[str, Any]], tuple[Any, dict[str, Any]]]:
    def move_inputs(module: nn.Module, given: Any, named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        return _on(device, given), {name: _on(device, value) for name, value in named.items()}

    return move_inputs


def _on(device: torch.device, value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.to(device)
    return tuple(_on(device, each) for each in value) if isinstance(value, tuple) else value
