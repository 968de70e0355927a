"""A loaded network in 8 or 4 bits, and out of the way of its device while the other model computes.

Quantises after the strict load, matrix by matrix, so every family and both checkpoint formats go the same way and no key can
go missing unseen. Vision tower, projector, embeddings and output matrix keep their precision.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import LoadError
from engine.footprint import Quantisation
from engine.models.inference.memory_budget import release
from engine.models.placement.device_layout import Layout, put

BESIDE_WEIGHTS = ("absmax", "code", "CB", "SCB")  # what bitsandbytes keeps beside 4-bit and 8-bit weights


@dataclass(frozen=True, slots=True, eq=False)
class _Slot:
    """A place that holds a tensor."""

    owner: Any
    name: str

    @property
    def tensor(self) -> Tensor:
        tensor: Tensor = getattr(self.owner, self.name)
        return tensor

    def put(self, tensor: Tensor) -> None:
        setattr(self.owner, self.name, tensor)

    @property
    def memory(self) -> tuple[torch.device, int]:
        """Where its numbers lie: two slots may hold the same."""
        return self.tensor.device, self.tensor.data_ptr() or id(self)


class HostCopy:
    """A module's weights in host memory, from where they are brought to their devices; implements ``Tenant``.

    Weights never change, so they are copied to the host once and parking is free afterwards. A parked parameter is empty:
    using it by mistake fails at once instead of computing elsewhere.
    """

    def __init__(self, module: nn.Module) -> None:
        self._slots = tuple(_slots(module))
        self._host: dict[_Slot, Tensor] = {}  # empty until it is first parked
        self._is_resident = True
        tensors = {slot.memory: slot.tensor for slot in self._slots}
        self._devices = {slot: slot.tensor.device for slot in self._slots}
        self._by_device: dict[torch.device, int] = {}
        for tensor in tensors.values():
            self._by_device[tensor.device] = self._by_device.get(tensor.device, 0) + tensor.nbytes

    @property
    def devices(self) -> frozenset[torch.device]:
        """Where the weights lie while they are resident."""
        return frozenset(self._by_device)

    @property
    def nbytes(self) -> int:
        """See ``Tenant``."""
        return sum(self._by_device.values())

    def bytes_on(self, device: torch.device) -> int:
        """Return what the weights take of one device while they are resident."""
        return self._by_device.get(device, 0)

    @property
    def is_resident(self) -> bool:
        """See ``Tenant``."""
        return self._is_resident

    def bring(self) -> None:
        """See ``Tenant``."""
        if self._is_resident:
            return
        brought: dict[int, Tensor] = {}  # by the host copy: what two slots share comes once
        for slot, host in self._host.items():
            if id(host) not in brought:
                brought[id(host)] = host.to(self._devices[slot], non_blocking=True)
            slot.put(brought[id(host)])
        for device in self.devices:
            if device.type == "cuda":
                torch.cuda.synchronize(device)
        self._is_resident = True

    def park(self) -> None:
        """See ``Tenant``."""
        if not self._is_resident:
            return
        if not self._host:
            copies = {slot.memory: slot for slot in self._slots}
            hosts = {memory: _on_host(slot.tensor) for memory, slot in copies.items()}
            self._host = {slot: hosts[slot.memory] for slot in self._slots}
        for slot in self._slots:
            slot.put(torch.empty(0, dtype=slot.tensor.dtype))
        for device in self.devices:
            release(device)
        self._is_resident = False


def _slots(module: nn.Module) -> list[_Slot]:
    """Return all places of a module that hold weights."""
    slots = [_Slot(tensor, "data") for tensor in (*module.parameters(), *module.buffers())]
    for part in module.modules():
        for owner in (getattr(getattr(part, "weight", None), "quant_state", None), getattr(part, "state", None)):
            names = (name for name in BESIDE_WEIGHTS if isinstance(getattr(owner, name, None), Tensor))
            slots += [_Slot(owner, name) for name in names]
    return slots


def _on_host(tensor: Tensor) -> Tensor:
    host = tensor.to("cpu")
    return host.pin_memory() if tensor.is_cuda else host  # pinned: copies at the bus's full speed


def quantise(model: Any, layout: Layout, quantisation: Quantisation) -> None:
    """Turn the text model's matrices into 8 or 4 bits and put the whole ``model`` where it is to lie. Raises LoadError.

    ``model`` lies in host memory; a matrix at a time becomes smaller on its way to its device.
    """
    layers: nn.ModuleList = model.get_decoder().layers
    for layer, device in zip(layers, layout.layers or [layout.home] * len(layers), strict=True):
        for name, matrix in list(layer.named_modules()):
            if isinstance(matrix, nn.Linear):
                owner, _, attribute = name.rpartition(".")
                setattr(layer.get_submodule(owner), attribute, _quantised(matrix, quantisation).to(device))
    put(model, layout)
    for part in layers.modules():
        module: Any = part
        if hasattr(module, "init_8bit_state"):
            module.init_8bit_state()  # or the first forward would move what HostCopy knows the place of


def import_bitsandbytes() -> Any:
    """Return the library that quantises. Raises LoadError naming the command that installs it."""
    try:
        with _nothing_downloaded():
            return import_module("bitsandbytes")  # late: optional, and slow to import
    except ImportError as error:
        raise LoadError(
            "8-bit and 4-bit weights need the package bitsandbytes. Install it with: pip install bitsandbytes"
        ) from error


@contextmanager
def _nothing_downloaded() -> Iterator[None]:
    """Hide the package kernels: where it is installed, bitsandbytes takes compiled code from the hub while it is imported."""
    modules: dict[str, Any] = sys.modules
    there = {"kernels": modules["kernels"]} if "kernels" in modules else {}
    told = logging.getLogger("bitsandbytes.backends.cpu.ops")  # it would warn that there is no such package
    modules["kernels"], told.disabled = None, True
    try:
        yield
    finally:
        del modules["kernels"]
        modules.update(there)
        told.disabled = False


def _quantised(linear: nn.Linear, quantisation: Quantisation) -> nn.Module:
    """Return a layer that becomes small when it is moved to its device."""
    library = import_bitsandbytes()
    sizes = {"bias": linear.bias is not None, "device": "meta"}
    quantised: nn.Module
    if quantisation is Quantisation.NF4:
        dtype = linear.weight.dtype
        quantised = library.nn.Linear4bit(
            linear.in_features,
            linear.out_features,
            compute_dtype=dtype,
            compress_statistics=False,
            quant_type="nf4",
            **sizes,
        )
        quantised.weight = library.nn.Params4bit(
            linear.weight.data, requires_grad=False, compress_statistics=False, quant_type="nf4"
        )
    else:
        quantised = library.nn.Linear8bitLt(
            linear.in_features, linear.out_features, has_fp16_weights=False, threshold=6.0, **sizes
        )
        quantised.weight = library.nn.Int8Params(linear.weight.data, requires_grad=False, has_fp16_weights=False)
    if linear.bias is not None:
        quantised.bias = linear.bias
    return quantised.requires_grad_(False)
