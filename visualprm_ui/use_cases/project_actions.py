"""What a project needs of a person next: of all that waits, in the order in which it holds the others up. Pure.

Knows counts and names. The sentences, and where each leads, are the page's.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActionKind(StrEnum):
    """What waits for a person, the most urgent first."""

    FILL = "fill"  # nothing is in the project
    QUIZ_ITEMS = "quiz_items"  # an entry quiz is asked for and has no items: everybody gets past it
    RETURNED = "returned"  # work was sent back and nobody has taken it up
    REVIEW = "review"  # splits are labelled and not reviewed
    DISAGREEMENTS = "disagreements"  # people differ, and nobody has decided
    QUIZ = "quiz"  # somebody failed the entry quiz and waits
    SPEED = "speed"  # somebody labels quicker than one can read
    EXPORT = "export"  # everything is labelled and nothing else waits


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectAction:
    """One thing that waits."""

    kind: ActionKind
    count: int  # solutions, splits or people
    people: tuple[str, ...] = ()  # whom it is about, where it is about people
    split: int | None = None  # the first one to review, by its 0-based index


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWork:
    """All that may wait in a project."""

    solutions: int
    labels_left: int
    lacks_quiz: bool  # an entry quiz is asked for, and no item of the project is part of one
    unclaimed: int  # solutions sent back that nobody has taken up
    splits: tuple[int, ...]  # to review
    disagreements: int  # open ones
    failed: tuple[str, ...]  # the entry quiz
    too_fast: tuple[str, ...]


def order_actions(waiting: WaitingWork) -> tuple[ProjectAction, ...]:
    """Return what waits, the most urgent first; nothing where people only have to go on labelling."""
    if waiting.solutions == 0:
        return (ProjectAction(kind=ActionKind.FILL, count=0),)
    first = waiting.splits[0] if waiting.splits else None
    candidates = (
        ProjectAction(kind=ActionKind.QUIZ_ITEMS, count=int(waiting.lacks_quiz)),
        ProjectAction(kind=ActionKind.RETURNED, count=waiting.unclaimed),
        ProjectAction(kind=ActionKind.REVIEW, count=len(waiting.splits), split=first),
        ProjectAction(kind=ActionKind.DISAGREEMENTS, count=waiting.disagreements),
        ProjectAction(kind=ActionKind.QUIZ, count=len(waiting.failed), people=waiting.failed),
        ProjectAction(kind=ActionKind.SPEED, count=len(waiting.too_fast), people=waiting.too_fast),
    )
    found = tuple(each for each in candidates if each.count)
    if not found and waiting.labels_left == 0:
        return (ProjectAction(kind=ActionKind.EXPORT, count=waiting.solutions),)
    return found
