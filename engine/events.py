"""What happens in a run, in the order it may happen: :class:`RunEnded` is always last, and comes exactly once."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain import RunRecord, Scoring, Solution, StepScore
from engine.metering.usage import ServerUsage, ServerWait
from engine.outcomes.guided_search import SearchRound
from engine.outcomes.rollout_labels import RolloutRecord, StepRollouts


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
class ThoughtAdded:
    """New text of what a thinking model writes before its solution."""

    draw: int
    text: str
    restarts: bool = (
        False  # ``text`` is all of it: what was told as text and steps of this solution is thought after all
    )


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
class RolloutsStarted:
    """A request of rollouts left the queue; the policy is ready."""

    record: RolloutRecord
    run: RunRecord  # of the run that sampled solutions make


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionsEnded:
    """How far the rollouts of a problem are; each count includes those told before."""

    ended: int  # completions, those included that were stopped because the label was decided
    most: int  # that are drawn at most
    started: int
    tokens: int  # written; the last one that is sent counts those of sampled solutions too


@dataclass(frozen=True, slots=True, kw_only=True)
class SolutionRolledOut:
    """What completions after each step of a solution came to."""

    solution_id: str
    steps: tuple[StepRollouts, ...]  # one a step, or a group of merged ones


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerWaiting:
    """A model server asked to wait; sent again whenever the seconds that are left change."""

    wait: ServerWait | None  # None: it is over


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """Last event. ``error`` is None when everything asked for was done, or a person stopped the run."""

    seconds: float  # since the run left the queue; 0 when it never did
    stopped: bool  # a person pressed Stop
    error: Exception | None
    usage: tuple[ServerUsage, ...] = ()  # what requests to model servers took; none: no server was asked


Event = (
    Queued
    | RunStarted
    | TextAdded
    | ThoughtAdded
    | StepFinished
    | StepScored
    | SolutionFinished
    | SolutionScored
    | ScoringFailed
    | RolloutsStarted
    | CompletionsEnded
    | SolutionRolledOut
    | SearchRound
    | ServerWaiting
    | RunEnded
)
