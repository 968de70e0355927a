"""How large a checkpoint is, read from the headers of its weight files: no tensor is loaded, and torch is not needed.

Source: the safetensors format: eight bytes with the header's length, then the header as JSON.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from engine.errors import LoadError

GIB = 1 << 30  # bytes
MAX_HEADER = 100 << 20  # bytes; the format's own limit
TYPE_BYTES = {"float32": 4, "float16": 2, "bfloat16": 2}
_LAYER = re.compile(r"\.layers\.(\d+)\.")
_ROUTER = re.compile(
    r"\.(gate|router)(\.\w+)?\.weight$"
)  # chooses among experts; transformers makes no matrix layer of it
_STORED = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}


class Quantisation(StrEnum):
    """How the text model's matrices are stored on the device."""

    NONE = "none"
    INT8 = "8bit"  # LLM.int8()
    NF4 = "4bit"

    @property
    def bytes_per_weight(self) -> float | None:
        """Bytes a weight of a matrix takes, scales included; None: as the dtype says."""
        # int8: one float32 scale a row; nf4: one float32 scale for 64 weights
        return {Quantisation.NONE: None, Quantisation.INT8: 1.002, Quantisation.NF4: 0.5 + 4 / 64}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many numbers a part of a model has."""

    parameters: int
    matrix_parameters: int  # of these, in the text model's matrices: what quantisation makes smaller

    def device_bytes(self, dtype: str, quantisation: Quantisation = Quantisation.NONE) -> int:
        """Return how many bytes the weights take once loaded."""
        matrix = quantisation.bytes_per_weight or TYPE_BYTES[dtype]
        rest = self.parameters - self.matrix_parameters
        return math.ceil(rest * TYPE_BYTES[dtype] + self.matrix_parameters * matrix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint(Size):
    """What a checkpoint's weight files hold."""

    files: tuple[Path, ...]
    disk_bytes: int
    dtype: str  # of most parameters, as stored
    layers: tuple[Size, ...] = ()  # the text model's


def read_footprint(folder: Path) -> Footprint:
    """Read the headers of a folder's weight files. Raises LoadError when there are none or one is damaged."""
    files = tuple(sorted(folder.glob("model*.safetensors")))
    if not files:
        raise LoadError(
            f"{str(folder)!r} has no model*.safetensors: weights in other formats are not loaded, as they may run code. "
            "Save them as safetensors, with transformers' from_pretrained and save_pretrained, where you trust them."
        )
    parameters, matrices = Counter[int | None](), Counter[int | None]()  # by text layer; None: in none
    by_dtype = Counter[str]()
    for path in files:
        for name, stored, shape in _tensors(path):
            count, layer = math.prod(shape), _text_layer(name)
            parameters[layer] += count
            by_dtype[stored] += count
            if layer is not None and _is_matrix(name, shape):
                matrices[layer] += count
    common = max(by_dtype, key=by_dtype.__getitem__, default="F32")
    return Footprint(
        files=files,
        disk_bytes=sum(path.stat().st_size for path in files),
        parameters=parameters.total(),
        matrix_parameters=matrices.total(),
        dtype=_STORED.get(common, common),
        layers=tuple(
            Size(parameters=parameters[layer], matrix_parameters=matrices[layer])
            for layer in sorted(layer for layer in parameters if layer is not None)
        ),
    )


def tensor_names(folder: Path) -> frozenset[str]:
    """Return the names of all tensors of a folder's weight files. Raises LoadError when one is damaged."""
    return frozenset(name for path in folder.glob("model*.safetensors") for name, _, _ in _tensors(path))


def _tensors(path: Path) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > MAX_HEADER:
                raise ValueError(f"its header claims {length} bytes")
            header = json.loads(file.read(length))
        for name, entry in header.items():
            if name != "__metadata__":
                yield name, str(entry["dtype"]), tuple(int(size) for size in entry["shape"])
    except (
        OSError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        struct.error,
    ) as error:
        raise LoadError(f"{str(path)!r} is damaged or incomplete: {error}. Download it again.") from error


def _text_layer(name: str) -> int | None:
    """Return which layer of the text model a tensor belongs to."""
    found = None if "vision" in name or "visual" in name else _LAYER.search(name)
    return None if found is None else int(found[1])


def _is_matrix(name: str, shape: tuple[int, ...]) -> bool:
    """Return whether a text layer's tensor is one of those that quantisation makes smaller."""
    is_joined = len(shape) == 3 and ".experts." in name
    return is_joined or (len(shape) == 2 and name.endswith(".weight") and _ROUTER.search(name) is None)
