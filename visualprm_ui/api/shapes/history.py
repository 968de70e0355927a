"""Shapes of a solution's history and of the feed."""

from typing_extensions import TypedDict

from engine.domain import Cause, ErrorType, Label, SkipReason, Stage
from storage import EventKind, HistoryKind
from visualprm_ui.api.shapes.values import StepDetailView, StepLabels


class EntryView(TypedDict, total=False):
    """An entry of the feed. Fields that its kind does not have are left out."""

    id: str
    at: str
    kind: EventKind | HistoryKind
    who: str | None
    about: str
    solution: str
    task: str
    queue: str
    split: int
    step: int
    label: Label
    text: str
    flagged: bool
    skip_reason: SkipReason
    stage: Stage
    labels: StepLabels
    cause: Cause
    error_type: ErrorType
    first_error: int
    details: list[StepDetailView | None]
    seconds: float
    guideline_version: str


class HistoryPageView(TypedDict):
    """What happened to a solution, the oldest first. ``who`` is shown to people, ``text`` is a sentence."""

    events: list[EntryView]
    next: int | None


class FeedPageView(TypedDict):
    """What people did after a cursor."""

    entries: list[EntryView]
    cursor: str
