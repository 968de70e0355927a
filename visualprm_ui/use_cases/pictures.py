"""Stored pictures as pages show them: the hash is the address, the size keeps the layout from jumping."""

from __future__ import annotations

from typing_extensions import TypedDict


class ImageRef(TypedDict):
    """A stored image: its hash, and its size in pixels."""

    sha: str
    width: int
    height: int
