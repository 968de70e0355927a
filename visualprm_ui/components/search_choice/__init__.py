"""Whether solutions are independent or searched for step by step, and with how many paths and tries; disabled where no model can.

Its value is checked where the form is read: the page sends numbers as they were typed.
"""

from __future__ import annotations

from collections.abc import Mapping

from visualprm_ui.components.base import JavaScriptComponent


class SearchChoice(JavaScriptComponent):
    """Value: how many paths are kept and how often each one's next step is tried; ``None``: independent solutions.

    ``{"paths": 2, "tries": 4}``, with "" where no number was typed.
    """

    def __init__(
        self,
        value: Mapping[str, int] | None = None,
        *,
        usual: Mapping[str, int],
        elem_id: str | None = "vp-search-choice",
        render: bool = True,
    ) -> None:
        """Draw the choice. ``usual``: the value of a search until other numbers are typed."""
        super().__init__(value, module="search_choice", elem_id=elem_id, usual=usual, render=render)

    def preprocess(self, payload: object) -> object:
        """Return the numbers as they were typed. Gradio's pages hold "" where they were told ``None``."""
        return {key: payload.get(key, "") for key in ("paths", "tries")} if isinstance(payload, Mapping) else None

    def postprocess(self, value: object) -> object:
        """Return what the page holds."""
        return value
