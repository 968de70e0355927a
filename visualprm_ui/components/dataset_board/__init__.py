"""What has been labelled so far, queue by queue, and the button that exports it. It asks ``api/queues`` itself."""

from __future__ import annotations

from visualprm_ui.components.base import JavaScriptComponent
from visualprm_ui.components.board_styles import BOARD_STYLE_SHEETS


class DatasetBoard(JavaScriptComponent):
    """The dataset page's content. It has no value."""

    def __init__(self, *, elem_id: str | None = "vp-dataset") -> None:
        """Draw the queues and the export button."""
        super().__init__(None, module="dataset_board", style_sheets=BOARD_STYLE_SHEETS, elem_id=elem_id)

    def postprocess(self, value: object) -> None:
        """Return no value."""
        return None
