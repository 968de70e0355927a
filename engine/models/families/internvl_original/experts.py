"""The matrices of a mixture's experts: each a tensor of its own in original files, those of a layer in one tensor natively.

Knows names and shapes, and how a matrix is put in its place.

Source: ``Qwen3MoeExperts`` of transformers, whose rows hold the gate first and ``up`` behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

Shape = tuple[int, ...]

_JOINED = re.compile(r"(.+\.mlp\.experts)\.(gate_up|down)_proj")
_SINGLE = re.compile(r"(.+\.mlp\.experts)\.(\d+)\.(gate|up|down)_proj\.weight")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertPlace:
    """Where a matrix of one expert lies."""

    experts: str  # the native module
    joined: str  # its parameter that holds this matrix of every expert
    expert: int  # 0-based
    is_second_half: bool  # of that parameter's rows: ``up`` behind ``gate``


def single_shapes(wanted: Mapping[str, Shape]) -> dict[str, Shape]:
    """Return shapes of parameters by name, with every joined one of experts taken apart as original files have it."""
    return dict(each for name, shape in wanted.items() for each in _taken_apart(name, shape))


def expert_place(name: str) -> ExpertPlace | None:
    """Return where a tensor of :func:`single_shapes` lies; None where it is a parameter as it is."""
    found = _SINGLE.fullmatch(name)
    if found is None:
        return None
    experts, expert, matrix = found.groups()
    joined = "down_proj" if matrix == "down" else "gate_up_proj"
    return ExpertPlace(experts=experts, joined=joined, expert=int(expert), is_second_half=matrix == "up")


def assign(model: Any, place: ExpertPlace, matrix: Tensor, device: torch.device, dtype: torch.dtype) -> None:
    """Copy a matrix to its place in the model, whose parameter is made where it is still on the meta device."""
    module = model.get_submodule(place.experts)
    joined: Tensor = getattr(module, place.joined)
    if joined.is_meta:
        made = torch.empty(joined.shape, device=device, dtype=dtype)
        setattr(module, place.joined, torch.nn.Parameter(made, requires_grad=False))
        joined = getattr(module, place.joined)
    rows = matrix.shape[0]
    first = rows if place.is_second_half else 0
    joined[place.expert, first : first + rows].copy_(matrix)


def _taken_apart(name: str, shape: Shape) -> Iterator[tuple[str, Shape]]:
    found = _JOINED.fullmatch(name)
    if found is None:
        yield name, shape
        return
    experts, matrix = found.groups()
    count, rows, columns = shape
    singles = ("down",) if matrix == "down" else ("gate", "up")
    for expert in range(count):
        for each in singles:
            yield f"{experts}.{expert}.{each}_proj.weight", (rows // len(singles), columns)
