"""A loaded network onto its device: as it is, in 8 or 4 bits, and out of the way again while the other model computes.

Quantises after the strict load, matrix by matrix, so every family and both checkpoint formats go the same way and no key can
go missing unseen. Vision tower, projector, embeddings and output matrix keep their precision.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import LoadError
from engine.models.budget import release
from engine.models.footprint import Quantisation


class HostCopy:
    """A module's weights in host memory, from where they are brought to the device; implements ``Tenant``.

    Weights never change, so they are copied to the host once and parking is free afterwards. A parked parameter is empty:
    using it by mistake fails at once instead of computing elsewhere.
    """

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self.device = device
        self._tensors = [*module.parameters(), *module.buffers()]
        self._host: list[Tensor] = []  # empty until it is first parked
        self._is_resident = True
        self.nbytes = sum(tensor.nbytes for tensor in self._tensors)

    @property
    def is_resident(self) -> bool:
        """See ``Tenant``."""
        return self._is_resident

    def bring(self) -> None:
        """See ``Tenant``."""
        if self._is_resident:
            return
        for tensor, host in zip(self._tensors, self._host, strict=True):
            tensor.data = host.to(self.device, non_blocking=True)
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        self._is_resident = True

    def park(self) -> None:
        """See ``Tenant``."""
        if not self._is_resident:
            return
        if not self._host:
            self._host = [self._on_host(tensor.data) for tensor in self._tensors]
        for tensor in self._tensors:
            tensor.data = torch.empty(0, dtype=tensor.dtype)
        release(self.device)
        self._is_resident = False

    def _on_host(self, tensor: Tensor) -> Tensor:
        host = tensor.to("cpu")
        return host.pin_memory() if self.device.type == "cuda" else host  # pinned: copies at the bus's full speed


def quantise(model: Any, device: torch.device, quantisation: Quantisation) -> None:
    """Turn the text model's matrices into 8 or 4 bits and put the whole ``model`` on ``device``. Raises LoadError.

    ``model`` lies in host memory; a matrix at a time becomes smaller on its way to the device.
    """
    text: nn.Module = model.get_decoder()
    for name, module in list(text.named_modules()):
        if isinstance(module, nn.Linear):
            owner, _, attribute = name.rpartition(".")
            setattr(text.get_submodule(owner), attribute, _quantised(module, quantisation).to(device))
    model.to(device)


def import_bitsandbytes() -> Any:
    """Return the library that quantises. Raises LoadError naming the command that installs it."""
    try:
        return import_module("bitsandbytes")  # late: optional, and slow to import
    except ImportError as error:
        raise LoadError(
            "8-bit and 4-bit weights need the package bitsandbytes. Install it with: pip install bitsandbytes"
        ) from error


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
