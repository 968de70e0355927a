"""Solutions that are given, scored by one reward model: the scores, and a sentence for each that could not be scored."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from engine.cli.options import WaitPrinter
from engine.domain import Scoring, Solution
from engine.errors import EngineError
from engine.events import RunEnded, ScoringFailed, ServerWaiting, SolutionScored
from engine.metering.usage import ServerUsage
from engine.protocols import Models
from engine.serving.run import RunRequest, run


@dataclass(slots=True, kw_only=True)
class ScoredSolutions:
    """What became of the solutions of a request, by their place in it."""

    scorings: dict[int, Scoring] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)  # of every solution without scores
    error: EngineError | None = None  # what ended the run early or made a solution fail
    usage: tuple[ServerUsage, ...] = ()  # what the reward model's server was asked; none: it is on no server


def score_given(request: RunRequest, models: Models) -> ScoredSolutions:
    """Score the solutions of a request. What a model raises that the engine does not know is raised."""
    found, tell_wait = ScoredSolutions(), WaitPrinter()
    for event in itertools.chain.from_iterable(run(request, models, lambda: False)):
        match event:
            case SolutionScored() if _is_whole(event.scoring, request.solutions[event.draw]):
                found.scorings[event.draw] = event.scoring
            case ScoringFailed():
                found.failures[event.draw] = event.message
            case ServerWaiting():
                tell_wait(event.wait)
            case RunEnded():
                if event.error is not None and not isinstance(event.error, EngineError):
                    raise event.error
                found.error, found.usage = event.error, event.usage
            case _:
                pass
    why = "it was not scored" if found.error is None else str(found.error)
    for index in range(len(request.solutions)):
        if index not in found.scorings:
            found.failures.setdefault(index, why)
    return found


def _is_whole(scoring: Scoring, solution: Solution) -> bool:
    """Return whether all steps have a score: a run that failed delivers those that it knew by then."""
    return sum(each.last - each.first + 1 for each in scoring.step_scores) == len(solution.steps)
