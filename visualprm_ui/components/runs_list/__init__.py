"""The list of earlier runs. It asks ``api/runs`` itself and links each run's own address."""

from __future__ import annotations

from visualprm_ui.components.base import JavaScriptComponent


class RunsList(JavaScriptComponent):
    """Earlier runs, newest first; draws nothing while there are none. It has no value."""

    def __init__(self, *, page_size: int = 6, elem_id: str | None = "vp-runs") -> None:
        """Show ``page_size`` runs at first and at each further step."""
        super().__init__(None, module="runs_list", elem_id=elem_id, page_size=page_size)

    def postprocess(self, value: object) -> None:
        """Return no value."""
        return None
