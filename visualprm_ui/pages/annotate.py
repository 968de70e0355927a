"""The Annotate page: one label board that fills the window and talks to REST by itself."""

from __future__ import annotations

from typing import Any

import gradio as gr

from visualprm_ui.components.app_bar import AppBar, Page
from visualprm_ui.components.label_board import LabelBoard


def build_annotate(page: gr.Blocks) -> None:
    """Add the page's components and wiring to ``page``."""
    # components
    AppBar(Page.ANNOTATE)
    board = LabelBoard()

    # handlers
    def open_address(request: gr.Request) -> dict[str, Any]:
        return {"queue": dict(request.query_params).get("queue")}

    # wiring
    page.load(open_address, None, board, queue=False, show_progress="hidden", api_visibility="private")
