"""Devices that this machine lacks: tensors that say they are there, hold real numbers, and refuse to meet those of another one.

A forward over pretended devices computes on the CPU what several GPUs would, and fails as they do where a tensor was left on the
wrong one. Use :func:`pretended_devices`; devices of any type but ``cpu`` and ``meta`` are pretended inside it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

aten = torch.ops.aten
# what copies between devices, or reads places that lie on the CPU, as on a real GPU
MAY_MIX = {aten.copy_.default, aten.index.Tensor, aten.index_put_.default, aten.index_put.default}


class Elsewhere(Tensor):
    """A tensor whose numbers are on the CPU and which says it is on ``device``."""

    numbers: Tensor
    place: torch.device

    @staticmethod
    def __new__(cls, numbers: Tensor, device: torch.device) -> Elsewhere:
        made: Any = Tensor._make_wrapper_subclass(
            cls,
            numbers.shape,
            strides=numbers.stride(),
            storage_offset=numbers.storage_offset(),
            dtype=numbers.dtype,
            device="cpu",  # what torch's own code sees: it must not look for the pretended one
        )
        made.numbers, made.place = numbers, device
        return made

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return self.place

    @property
    def data(self) -> Elsewhere:  # type: ignore[override]
        return Elsewhere(self.numbers, self.place)

    @data.setter
    def data(self, tensor: Tensor) -> None:
        self.numbers, self.place = getattr(tensor, "numbers", tensor), tensor.device

    def __repr__(self) -> str:
        return f"Elsewhere({self.device}, {self.numbers})"

    def to(self, *args, **kwargs):
        device = torch._C._nn._parse_to(*args, **kwargs)[0]
        if device is not None and device.type == "cpu":  # torch would see nothing to do
            return self.numbers.clone().to(*args, **kwargs)
        return super().to(*args, **kwargs)

    def tolist(self):
        return self.numbers.tolist()

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return _computed(function, args, kwargs or {})


class _Pretending(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        with self:  # under inference mode composed operators come whole, "to" among them
            made = function.decompose(*args, **(kwargs or {}))
        return _computed(function, args, kwargs or {}) if made is NotImplemented else made


class _Making(TorchFunctionMode):
    """``torch.tensor`` makes its tensor out of sight of the other mode."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function is not torch.tensor or (device := (kwargs or {}).get("device")) is None:
            return function(*args, **(kwargs or {}))
        return torch.tensor(*args, **{**kwargs, "device": "cpu"}).to(device)


@contextmanager
def pretended_devices() -> Iterator[None]:
    """Make tensors that are asked for on another device pretend to be there."""
    future = torch.__future__  # a moved parameter becomes another object: its type changes
    before = future.get_overwrite_module_params_on_conversion()
    gc.freeze()  # what was there before is not searched every time somebody asks what is held
    future.set_overwrite_module_params_on_conversion(True)
    try:
        with torch.inference_mode(), _Pretending(), _Making():
            yield
    finally:
        gc.unfreeze()
        future.set_overwrite_module_params_on_conversion(before)


def _computed(function, args, kwargs):
    met: set[torch.device] = set()

    def real(value):
        if isinstance(value, Elsewhere):
            met.add(value.place)
            return value.numbers
        if isinstance(value, Tensor) and value.dim() and value.device.type == "cpu":
            met.add(value.device)
        return value

    given_args, given = tree_map(real, args), tree_map(real, kwargs)
    if len(met) > 1 and function not in MAY_MIX:
        raise RuntimeError(f"{function}: tensors are on {sorted(map(str, met))}")
    asked = given.get("device")
    if asked is not None:
        given["device"] = torch.device("cpu") if _is_pretended(asked) else asked
    made = function(*given_args, **given)
    if function in MAY_MIX:
        met = {value.device for value in args[:1]}
    device = torch.device(asked) if asked is not None else next(iter(met), torch.device("cpu"))
    if not _is_pretended(device):
        return made
    if made is given_args[0] if given_args else False:
        return args[0]  # in place
    return tree_map(lambda value: Elsewhere(value, device) if isinstance(value, Tensor) else value, made)


def _is_pretended(device) -> bool:
    return torch.device(device).type not in ("cpu", "meta")


def held(device: torch.device) -> int:
    """Return how many bytes live tensors take on a pretended device; two views of one memory count once."""
    gc.collect()
    found = [thing for thing in gc.get_objects() if type(thing) is Elsewhere and thing.place == device]
    return sum({thing.numbers.untyped_storage().data_ptr(): thing.numbers.nbytes for thing in found}.values())
