"""Stored pictures as pages show them: the hash is the address, the size keeps the layout from jumping."""

from __future__ import annotations

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
