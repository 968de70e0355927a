"""Which models are served and could be: names, progress, load and unload. It asks ``api/models`` itself."""

from __future__ import annotations

from visualprm_ui.components.base import JavaScriptComponent


class ModelsPanel(JavaScriptComponent):
    """The models of the server. It has no value: every page shows the same."""

    def __init__(self, *, elem_id: str | None = "vp-models") -> None:
        """Draw the panel, folded."""
        super().__init__(None, module="models_panel", elem_id=elem_id)

    def postprocess(self, value: object) -> None:
        """Return no value."""
        return None
