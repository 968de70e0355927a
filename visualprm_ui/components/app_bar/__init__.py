"""The bar on top of every page: pages, state of the models, theme, who is labelling. It asks ``api/status`` itself."""

from __future__ import annotations

from enum import StrEnum

from visualprm_ui.components.base import JavaScriptComponent


class Page(StrEnum):
    """The pages the bar links to."""

    EXPLORE = "explore"
    ANNOTATE = "annotate"
    REVIEW = "review"
    ADJUDICATE = "adjudicate"
    DATASET = "dataset"
    EVALUATE = "evaluate"
    ADMIN = "admin"


class AppBar(JavaScriptComponent):
    """The app bar of one page. Its value never changes after the page was built."""

    def __init__(self, page: Page) -> None:
        """Draw the bar with ``page`` as the current one."""
        super().__init__({"page": page.value}, module="app_bar")

    def postprocess(self, value: object) -> object:
        """Pass the value on: it names one of our own pages."""
        return value
