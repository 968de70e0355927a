"""Projects, people and invitations, for those who run a workbench. It asks REST itself."""

from __future__ import annotations

from visualprm_ui.components.base import JavaScriptComponent
from visualprm_ui.components.board_styles import BOARD_STYLE_SHEETS


class AdminBoard(JavaScriptComponent):
    """The admin page's content. It has no value."""

    def __init__(self, *, elem_id: str | None = "vp-admin") -> None:
        """Draw the projects."""
        super().__init__(None, module="admin_board", style_sheets=BOARD_STYLE_SHEETS, elem_id=elem_id)

    def postprocess(self, value: object) -> None:
        """Return no value."""
        return None
