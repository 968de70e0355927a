"""Stored pictures as pages show them: the hash is the address, the size keeps the layout from jumping."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from storage import ImageRepository


class ImageRef(TypedDict):
    """A stored image: its hash, and its size in pixels."""

    sha: str
    width: int
    height: int


def image_ref(images: ImageRepository, sha: str) -> ImageRef:
    """Return a stored picture as pages show it. Raises NotFound."""
    width, height = images.size(sha)
    return {"sha": sha, "width": width, "height": height}


def image_refs(images: ImageRepository, shas: Sequence[str]) -> list[ImageRef]:
    """Return stored pictures as pages show them, in order. Raises NotFound."""
    return [image_ref(images, sha) for sha in shas]
