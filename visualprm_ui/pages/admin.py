"""The Admin page: projects, their progress, and people."""

from __future__ import annotations

from visualprm_ui.components.admin_board import AdminBoard
from visualprm_ui.components.app_bar import AppBar, Page


def build_admin() -> None:
    """Add the page's components to the page being built; the board talks to REST by itself."""
    AppBar(Page.ADMIN)
    AdminBoard()
