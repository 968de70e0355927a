"""The Review page: samples of finished splits, one item after the other."""

from __future__ import annotations

from visualprm_ui.components.app_bar import AppBar, Page
from visualprm_ui.components.review_board import ReviewBoard


def build_review() -> None:
    """Add the page's components to the page being built; the board talks to REST by itself."""
    AppBar(Page.REVIEW)
    ReviewBoard()
