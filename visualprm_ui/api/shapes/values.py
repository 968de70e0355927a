"""Shapes that several answers share: images, labels of steps, an empty answer, a refusal."""

from typing_extensions import TypedDict

from engine.domain import ErrorType, Label
from visualprm_ui.use_cases.pictures import ImageRef

StepLabels = list[Label | None]  # one per step


class Empty(TypedDict):
    """The answer of a route that only does something."""


class Refusal(TypedDict):
    """The answer of every route that does not do what it was asked for."""

    error: str  # one sentence


class UploadedImage(ImageRef):
    """A picture that was just stored."""

    notice: str | None  # what was changed about it, for people


class StepDetailView(TypedDict):
    """What an annotator says about one step besides its label."""

    note: str
    correction: str
    error_type: ErrorType | None
