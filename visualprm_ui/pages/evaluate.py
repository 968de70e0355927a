"""The Evaluate page: how good reward models are, measured on labelled steps, and how two of them differ."""

from __future__ import annotations

from visualprm_ui.components.app_bar import AppBar, Page
from visualprm_ui.components.evaluate_board import EvaluateBoard


def build_evaluate() -> None:
    """Add the page's components to the page being built; the board talks to REST by itself."""
    AppBar(Page.EVALUATE)
    EvaluateBoard()
