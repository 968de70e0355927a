"""An adjudicator's board: the solutions on which people differ, one after the other. It asks ``api/disagreements`` itself."""

from __future__ import annotations

from visualprm_ui.components.base import JavaScriptComponent
from visualprm_ui.components.board_styles import BOARD_STYLE_SHEETS


class AdjudicateBoard(JavaScriptComponent):
    """The page's content. It has no value."""

    def __init__(self, *, elem_id: str | None = "vp-adjudicate") -> None:
        """Draw what the address names. Fills the window below the app bar."""
        super().__init__(None, module="adjudicate_board", style_sheets=BOARD_STYLE_SHEETS, elem_id=elem_id)

    def postprocess(self, value: object) -> None:
        """Return no value."""
        return None
