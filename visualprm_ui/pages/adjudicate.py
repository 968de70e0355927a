"""The Adjudicate page: solutions on which people differ, one after the other."""

from __future__ import annotations

from visualprm_ui.components.adjudicate_board import AdjudicateBoard
from visualprm_ui.components.app_bar import AppBar, Page


def build_adjudicate() -> None:
    """Add the page's components to the page being built; the board talks to REST by itself."""
    AppBar(Page.ADJUDICATE)
    AdjudicateBoard()
