"""Whether solutions are independent or searched for step by step, and with how many tries; disabled where no model can.

Its value is checked where the form is read: the page sends a number as it was typed.
"""

from __future__ import annotations

from collections.abc import Mapping

from visualprm_ui.components.base import JavaScriptComponent


class SearchChoice(JavaScriptComponent):
    """Value: the tries of each kept path's next step, "" where none was typed; ``None``: independent solutions."""

    def __init__(
        self, value: int | None = None, *, usual: int, elem_id: str | None = "vp-search-choice", render: bool = True
    ) -> None:
        """Draw the choice. ``usual``: the tries that a search has until others are typed."""
        super().__init__(value, module="search_choice", elem_id=elem_id, usual=usual, render=render)

    def preprocess(self, payload: object) -> object:
        """Return the tries as they were typed. Gradio's pages hold "" where they were told ``None``."""
        return payload.get("tries", "") if isinstance(payload, Mapping) else None

    def postprocess(self, value: object) -> object:
        """Return what the page holds for so many tries."""
        return None if value is None else {"tries": value}
