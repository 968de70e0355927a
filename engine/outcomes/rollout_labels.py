"""Labels that rollouts give the steps of a solution, and the record of how they came about. Values only.

What is counted and by which rule is ``rollouts.py``'s; here is what is kept of it. Not measured is ``None`` or 0 drawn, which is
never the same as 0 reached.

Source: VisualPRM (arXiv 2503.10291), sec. 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from engine.domain import Label, Sampling, new_id, now


class RolloutMode(StrEnum):
    """Which completions are drawn."""

    EVERY = "every"  # all of every beginning
    FIRST_SUCCESS = "first-success"  # of every beginning, up to the first that reaches the answer
    FIRST_ERROR = "first-error"  # as above, of the beginnings that a binary search for the first wrong step looks at

    @property
    def has_shares(self) -> bool:
        """Whether shares of what was drawn estimate the expected accuracy: not where drawing ends with a success."""
        return self is RolloutMode.EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRollouts:
    """What the completions after one step came to."""

    reached: int  # of those drawn, that state the reference answer
    drawn: int  # 0: not measured; 1 for the last step of a finished solution, which is its own only completion
    cut_off: int = 0  # of those drawn, that did not end by themselves
    unread: int = 0  # of those drawn, that state no answer
    is_correct: bool | None  # the label; None: not decided

    @property
    def share(self) -> float | None:
        """The share that reached the answer, in [0, 1]; None where nothing was measured."""
        return self.reached / self.drawn if self.drawn else None

    @property
    def label(self) -> Label | None:
        """The label of the step."""
        return None if self.is_correct is None else Label.CORRECT if self.is_correct else Label.WRONG


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutRecord:
    """Everything needed to say how labels came about."""

    policy_model: str  # that wrote the completions
    policy_revision: str  # commit, date or content hash of the weights
    prompt_version: str  # of engine.prompts.style
    mode: RolloutMode
    completions: int  # asked for after each step
    sampling: Sampling  # of the completions; its n says nothing here and is 1
    dtype: str = ""  # of the weights while computing; "": another program's
    device: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)  # library -> version
    job: str | None = None  # id of the background job that it was part of

    def measures_as(self, other: RolloutRecord) -> bool:
        """Return whether the other one says the same of how completions are drawn, so that its labels would be the same."""
        names = ("policy_model", "policy_revision", "prompt_version", "mode", "completions", "sampling")
        return all(getattr(self, name) == getattr(other, name) for name in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutLabels:
    """The labels that rollouts gave one solution. Append-only: measured again, they stand beside those of before."""

    id: str = field(default_factory=new_id)
    solution_id: str
    record: RolloutRecord
    steps: tuple[StepRollouts, ...]  # one a step of the solution
    created_at: datetime = field(default_factory=now)

    @property
    def labels(self) -> tuple[Label | None, ...]:
        """The label of each step."""
        return tuple(each.label for each in self.steps)
