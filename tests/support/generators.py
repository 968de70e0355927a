"""What generators give, and what they leave behind."""

import gc
from collections.abc import Generator

import torch

from engine import Chunk


def rows_of(generator: Generator[tuple[Chunk, ...], None, None]) -> dict[int, list[Chunk]]:
    """Collect a policy's chunks by draw."""
    rows: dict[int, list[Chunk]] = {}
    for chunks in generator:
        for chunk in chunks:
            rows.setdefault(chunk.draw, []).append(chunk)
    return rows


def texts_of(generator: Generator[tuple[Chunk, ...], None, None]) -> dict[int, str]:
    """Collect a policy's text by draw."""
    return {draw: "".join(chunk.text for chunk in chunks) for draw, chunks in rows_of(generator).items()}


def count_tensors() -> int:
    """Count the tensors that anything in this process still holds; in tests with ``only_new_objects``, of those made since."""
    gc.collect()
    return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())
