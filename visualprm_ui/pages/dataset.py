"""The Dataset page: what is labelled, and the export."""

from __future__ import annotations

from visualprm_ui.components.app_bar import AppBar, Page
from visualprm_ui.components.dataset_board import DatasetBoard


def build_dataset() -> None:
    """Add the page's components to the page being built; the board talks to REST by itself."""
    AppBar(Page.DATASET)
    DatasetBoard()
