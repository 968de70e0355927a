"""The images of a problem: chosen, dropped or pasted by a person (bytes go to ``api/images``), or set by an example or a run.

Knows an image by its hash and size only; bytes never pass through Gradio, whose image component decodes before we can check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from visualprm_ui.components.base import JavaScriptComponent

_SHA = re.compile(r"[0-9a-f]{8,128}")


class PictureInput(JavaScriptComponent):
    """Value: a list of ``{"sha", "width", "height"}``, in order. Event ``changed``: other images are shown, or none."""

    def __init__(
        self,
        value: Sequence[Mapping[str, object]] = (),
        *,
        max_bytes: int,
        most: int,
        elem_id: str | None = "vp-picture",
        render: bool = True,
    ) -> None:
        """Offer an image field. ``max_bytes``: larger files are refused in the browser; ``most``: so many images it takes."""
        super().__init__(
            value,
            module="picture",
            events=("changed",),
            elem_id=elem_id,
            max_bytes=max_bytes,
            most=most,
            render=render,
        )

    def preprocess(self, payload: object) -> list[dict[str, str | int]]:
        """Return the images that the page holds; what is none of ours is left out."""
        rows = payload if isinstance(payload, list | tuple) else ()
        return [image for row in rows if (image := _as_image(row)) is not None]

    def postprocess(self, value: object) -> list[dict[str, str | int]]:
        """Check images set by Python. Raises ``ValueError`` when they are no list of ``{"sha", "width", "height"}``."""
        images = self.preprocess(value)
        if value is not None and (not isinstance(value, list | tuple) or len(images) < len(value)):
            raise ValueError(f"PictureInput needs a list of {{'sha', 'width', 'height'}}, got {value!r}.")
        return images


def _as_image(value: object) -> dict[str, str | int] | None:
    if not isinstance(value, Mapping):
        return None
    sha, width, height = value.get("sha"), value.get("width"), value.get("height")
    if not isinstance(sha, str) or not _SHA.fullmatch(sha) or not isinstance(width, int) or not isinstance(height, int):
        return None
    return {"sha": sha, "width": width, "height": height}
