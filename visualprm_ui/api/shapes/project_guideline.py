"""Shapes of a project's own guideline."""

from typing_extensions import TypedDict


class GuidelineVersionView(TypedDict):
    """A version of a project's own guideline."""

    version: str
    by: str  # as shown to people
    at: str


class GuidelineHistory(TypedDict):
    """A version of the guideline of a project, and which others there are."""

    current: str  # the version by which the project is labelled
    version: str  # of the text
    text: str  # Markdown
    versions: list[GuidelineVersionView]  # of its own, the newest first


class SavedGuideline(TypedDict):
    """The version that was saved."""

    version: str
