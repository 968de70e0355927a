"""The weights of a loaded network between host memory and their devices, so that the other model can compute meanwhile.

Knows tensors and where they lie; nothing of requests.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine.models.inference.memory_budget import release

log = logging.getLogger(__name__)

MOST_PINNED = 1.25  # times a tensor's size that its pinned copy may take
BESIDE_WEIGHTS = ("absmax", "code", "CB", "SCB")  # what bitsandbytes keeps beside 4-bit and 8-bit weights


@dataclass(frozen=True, slots=True, eq=False)
class _TensorReference:
    """An attribute that holds a tensor."""

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
        """Where its numbers lie: two references may hold the same."""
        return self.tensor.device, self.tensor.data_ptr() or id(self)


class HostCopy:
    """A module's weights in host memory, from where they are brought to their devices; implements ``MovableWeights``.

    Weights never change, so they are copied to the host once and parking is free afterwards. A parked parameter is empty:
    using it by mistake fails at once instead of computing elsewhere.
    """

    def __init__(self, module: nn.Module) -> None:
        self._references = tuple(_references(module))
        self._host: dict[_TensorReference, Tensor] = {}  # empty until it is first parked
        self._is_resident = True
        tensors = {reference.memory: reference.tensor for reference in self._references}
        self._devices = {reference: reference.tensor.device for reference in self._references}
        self._by_device: dict[torch.device, int] = {}
        for tensor in tensors.values():
            self._by_device[tensor.device] = self._by_device.get(tensor.device, 0) + tensor.nbytes

    @property
    def devices(self) -> frozenset[torch.device]:
        """Where the weights lie while they are resident."""
        return frozenset(self._by_device)

    @property
    def nbytes(self) -> int:
        """See ``MovableWeights``."""
        return sum(self._by_device.values())

    def bytes_on(self, device: torch.device) -> int:
        """Return what the weights take of one device while they are resident."""
        return self._by_device.get(device, 0)

    @property
    def is_resident(self) -> bool:
        """See ``MovableWeights``."""
        return self._is_resident

    def to_device(self) -> None:
        """See ``MovableWeights``."""
        if self._is_resident:
            return
        brought: dict[int, Tensor] = {}  # by the host copy: what two references share comes once
        for reference, host in self._host.items():
            if id(host) not in brought:
                brought[id(host)] = host.to(self._devices[reference], non_blocking=True)
            reference.put(brought[id(host)])
        for device in self.devices:
            if device.type == "cuda":
                torch.cuda.synchronize(device)
        self._is_resident = True

    def to_host(self) -> None:
        """See ``MovableWeights``."""
        if not self._is_resident:
            return
        if not self._host:
            copies = {reference.memory: reference for reference in self._references}
            hosts = {memory: _on_host(reference.tensor) for memory, reference in copies.items()}
            self._host = {reference: hosts[reference.memory] for reference in self._references}
        for reference in self._references:
            reference.put(torch.empty(0, dtype=reference.tensor.dtype))
        for device in self.devices:
            release(device)
        self._is_resident = False


def _references(module: nn.Module) -> list[_TensorReference]:
    """Return all places of a module that hold weights."""
    references = [_TensorReference(tensor, "data") for tensor in (*module.parameters(), *module.buffers())]
    for part in module.modules():
        for owner in (getattr(getattr(part, "weight", None), "quant_state", None), getattr(part, "state", None)):
            names = (name for name in BESIDE_WEIGHTS if isinstance(getattr(owner, name, None), Tensor))
            references += [_TensorReference(owner, name) for name in names]
    return references


def _on_host(tensor: Tensor) -> Tensor:
    """Return a copy in host memory: pinned, which is copied at the bus's full speed, where that is to be had at little cost."""
    host = tensor.to("cpu")
    if not tensor.is_cuda or _pinned_bytes(host.nbytes) > MOST_PINNED * host.nbytes:
        return host
    try:
        return host.pin_memory()
    except RuntimeError as error:  # the system's limit of locked memory
        log.warning("no pinned memory, copies will be slower: %s", error)
        return host


def _pinned_bytes(wanted: int) -> int:
    """Return what torch takes of the host for so many pinned bytes: the next power of two."""
    return 1 << max(0, wanted - 1).bit_length()
