"""A loaded network in 8 or 4 bits.

Quantises after the strict load, matrix by matrix, so every family and both checkpoint formats go the same way and no key can
go missing unseen. Vision tower, projector, embeddings and output matrix keep their precision.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any

import torch
from torch import nn

from engine.errors import LoadError
from engine.model_catalogue.footprint import Quantisation
from engine.models.placement.device_layout import Layout, put
from engine.models.placement.quantised_experts import separate_experts


def quantise(model: Any, layout: Layout, quantisation: Quantisation) -> None:
    """Turn the text model's matrices into 8 or 4 bits and put the whole ``model`` where it is to lie. Raises LoadError.

    ``model`` lies in host memory; a matrix at a time becomes smaller on its way to its device.
    """
    layers: nn.ModuleList = model.get_decoder().layers
    for layer, device in zip(layers, layout.layers or [layout.home] * len(layers), strict=True):
        for name, matrix in list(layer.named_modules()):
            if isinstance(matrix, nn.Linear):
                owner, _, attribute = name.rpartition(".")
                setattr(layer.get_submodule(owner), attribute, _quantised(matrix, quantisation, device))
        separate_experts(layer, partial(_quantised, quantisation=quantisation, device=device))
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
    logger = logging.getLogger("bitsandbytes.backends.cpu.ops")  # it would warn that there is no such package
    modules["kernels"], logger.disabled = None, True
    try:
        yield
    finally:
        del modules["kernels"]
        modules.update(there)
        logger.disabled = False


def _quantised(linear: nn.Linear, quantisation: Quantisation, device: torch.device) -> nn.Module:
    """Return a layer on ``device`` that computes about the same with a smaller matrix."""
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
    return quantised.requires_grad_(False).to(device)  # it becomes smaller on the way
