"""Shapes of a project's entry quiz."""

from typing_extensions import TypedDict

from engine.domain import Label, SkipReason
from visualprm_ui.api.shapes.project_progress import QuizResultView


class QuizItem(TypedDict):
    """One item of the quiz, and what a person has said of it."""

    solution: str
    question: str
    image: str | None
    steps: list[str]
    gold_labels: list[Label]  # the expected ones
    labels: list[Label | None] | None  # None: not begun, or skipped
    skip_reason: SkipReason | None
    submitted: bool


class QuizAnswers(TypedDict):
    """A person's entry quiz, item by item."""

    annotator: str
    name: str
    result: QuizResultView | None  # None: not finished
    items: list[QuizItem]
