"""What happens in a run, in the order it may happen: :class:`RunEnded` is always last, and comes exactly once."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain import RunRecord, Scoring, Solution, StepScore


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """Waiting for the device; sent again whenever ``ahead`` changes."""

    ahead: int  # requests before this one


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The request left the queue; the models are ready."""

    record: RunRecord
    notice: str | None  # the record's, for people


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAdded:
    """New text of one solution, token by token."""

    draw: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    """A step is complete; its score follows."""

    draw: int
    index: int
    text: str  # without white space around it


@dataclass(frozen=True, slots=True, kw_only=True)
class StepScored:
    """P(+) of a step (or of merged steps). A later one that covers the same steps replaces it."""

    draw: int
    step_score: StepScore


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionFinished:
    """A solution is complete, or was stopped half-way: then it has its finished steps only."""

    solution: Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionScored:
    """The final scores of a finished solution. Of a run that was stopped: those that were known."""

    draw: int
    scoring: Scoring


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringFailed:
    """A solution has no score, and why; the run goes on and ends with an error."""

    draw: int
    message: str  # for people


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """Last event. ``error`` is None when everything asked for was done, or a person stopped the run."""

    seconds: float  # since the run left the queue; 0 when it never did
    stopped: bool  # a person pressed Stop
    error: Exception | None


Event = (
    Queued
    | RunStarted
    | TextAdded
    | StepFinished
    | StepScored
    | SolutionFinished
    | SolutionScored
    | ScoringFailed
    | RunEnded
)
