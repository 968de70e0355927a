"""Keeps a reference answer with the question and the picture that it belongs to; says so where it went with them.

Its rules are JavaScript, in ``owner.js`` beside this file: they apply at every key, without the server.
"""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from visualprm_ui.components.base import JavaScriptComponent


class ReferenceOwner(TypedDict):
    """What a reference answer belongs to."""

    reference: str
    question: str | None  # None: whatever is asked first
    images: list[str] | None  # hashes; None: whichever is added first
    dropped: bool  # it left the form, as question or picture are others now


def reference_owner(question: str, images: Sequence[str], reference: str | None) -> ReferenceOwner | None:
    """Return the owner of a problem's reference answer, None where it has none."""
    if not reference:
        return None
    return {"reference": reference, "question": question, "images": list(images), "dropped": False}


class ReferenceNote(JavaScriptComponent):
    """Value: a ReferenceOwner or ``None``. ``moved``: Python set another; ``restored``: asks for the reference again."""

    def __init__(
        self, value: ReferenceOwner | None = None, *, elem_id: str | None = "vp-reference-note", render: bool = True
    ) -> None:
        """Draw nothing until a reference answer leaves the form."""
        super().__init__(value, module="reference_note", events=("moved", "restored"), elem_id=elem_id, render=render)

    def postprocess(self, value: object) -> object:
        """Pass the value on: Python sets what ``reference_owner`` returns."""
        return value
