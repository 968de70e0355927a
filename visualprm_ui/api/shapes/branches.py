"""Shapes of what is made from steps of runs on. BranchesView stands with the use case that builds it."""

from typing_extensions import TypedDict


class BranchRef(TypedDict):
    """What was started."""

    branch: str


class EditScore(TypedDict):
    """The score of a step with another text."""

    score: float | None  # None where the models did not say it in time
    reward_model: str | None  # that said it; None where there is no score
