"""The image of a problem: chosen, dropped or pasted by a person (bytes go to ``api/images``), or set by an example or a run.

Knows an image by its hash and size only; bytes never pass through Gradio, whose image component decodes before we can check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from visualprm_ui.components.base import JavaScriptComponent

_SHA = re.compile(r"[0-9a-f]{8,128}")


class PictureInput(JavaScriptComponent):
    """Value ``{"sha", "width", "height"}`` or ``None``. Event ``changed``: another image is shown, or none."""

    def __init__(
        self,
        value: Mapping[str, object] | None = None,
        *,
        max_bytes: int,
        elem_id: str | None = "vp-picture",
        render: bool = True,
    ) -> None:
        """Offer an image field. ``max_bytes``: larger files are refused in the browser, with the limit in the message."""
        super().__init__(
            value, module="picture", events=("changed",), elem_id=elem_id, max_bytes=max_bytes, render=render
        )

    def preprocess(self, payload: object) -> dict[str, str | int] | None:
        """Return the image the page holds, ``None`` when there is none or the payload is not one of ours."""
        return _as_image(payload)

    def postprocess(self, value: object) -> dict[str, str | int] | None:
        """Check an image set by Python. Raises ``ValueError`` when it is not ``{"sha", "width", "height"}``."""
        image = _as_image(value)
        if image is None and value is not None:
            raise ValueError(f"Picture needs {{'sha', 'width', 'height'}} or None, got {value!r}.")
        return image


def _as_image(value: object) -> dict[str, str | int] | None:
    if not isinstance(value, Mapping):
        return None
    sha, width, height = value.get("sha"), value.get("width"), value.get("height")
    if not isinstance(sha, str) or not _SHA.fullmatch(sha) or not isinstance(width, int) or not isinstance(height, int):
        return None
    return {"sha": sha, "width": width, "height": height}
