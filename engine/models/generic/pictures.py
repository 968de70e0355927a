"""The pictures of one request: a processor reads them again with every prompt, and what it makes of them is computed once.

Prompts of one request differ in their words alone. Knows image processors as things to be called; nothing of prompts and weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from typing import Any, overload

from PIL.Image import Image


class RequestPictures(Sequence[Image]):
    """Pictures as RGB, and what an image processor made of them."""

    def __init__(self, images: Sequence[Image]) -> None:
        self._images = tuple(image.convert("RGB") for image in images)
        self.made: dict[tuple[tuple[int, ...], str], Any] = {}  # by places of pictures and settings

    def __len__(self) -> int:
        return len(self._images)

    @overload
    def __getitem__(self, place: int) -> Image: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Image]: ...
    def __getitem__(self, place: int | slice) -> Image | Sequence[Image]:
        return self._images[place]

    def places(self, given: object) -> tuple[int, ...] | None:
        """Return which of the pictures these are, in whatever lists they lie; None where another is among them."""
        if isinstance(given, list | tuple):
            found = [self.places(each) for each in given]
            return None if None in found else tuple(place for each in found for place in each or ())
        return next(((place,) for place, image in enumerate(self._images) if image is given), None)


class PictureMemory:
    """Stands in front of an image processor and remembers what it made of the pictures of a request."""

    def __init__(self, image_processor: Any) -> None:
        """``image_processor``: changed so that it asks here first; its class, its settings and its results stay what they are."""
        self._pictures: RequestPictures | None = None
        whole, memory = type(image_processor), self

        class Remembering(whole):  # type: ignore[misc, valid-type]
            def __call__(self, images: Any, *more: Any, **settings: Any) -> Any:
                pictures = memory._pictures
                places = None if pictures is None or more else pictures.places(images)
                if pictures is None or places is None:
                    return super().__call__(images, *more, **settings)
                key = (places, repr(sorted(settings.items())))
                if key not in pictures.made:
                    pictures.made[key] = super().__call__(images, **settings)
                return copy(pictures.made[key])  # processors take out what they do not hand on

        Remembering.__name__ = Remembering.__qualname__ = whole.__name__
        image_processor.__class__ = Remembering

    @contextmanager
    def of(self, pictures: RequestPictures) -> Iterator[None]:
        """Remember what is made of these pictures meanwhile."""
        self._pictures = pictures
        try:
            yield
        finally:
            self._pictures = None
