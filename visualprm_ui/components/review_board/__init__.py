"""A reviewer's board: the splits that are ready, and the sample of one of them, item after item. It asks ``api/splits`` itself."""

from __future__ import annotations

from visualprm_ui.components.base import JavaScriptComponent
from visualprm_ui.components.board_styles import BOARD_STYLE_SHEETS


class ReviewBoard(JavaScriptComponent):
    """The page's content. It has no value."""

    def __init__(self, *, elem_id: str | None = "vp-review") -> None:
        """Draw what the address names. Fills the window below the app bar."""
        super().__init__(None, module="review_board", style_sheets=BOARD_STYLE_SHEETS, elem_id=elem_id)

    def postprocess(self, value: object) -> None:
        """Return no value."""
        return None
