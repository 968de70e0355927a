"""The progress of a run: a card per solution, which grows while engine events arrive.

The same progress comes from a live run (events applied one by one) and from the store (a finished run), so a reloaded page shows
what the page showed before. Knows domain values and engine events; knows neither JSON nor widgets nor SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from engine.domain import FinishReason, Problem, Run, Scoring, Solution, StepScore
from engine.events import (
    Event,
    Queued,
    RunStarted,
    ScoringFailed,
    ServerWaiting,
    SolutionFinished,
    SolutionScored,
    StepFinished,
    StepScored,
    TextAdded,
    ThoughtAdded,
)
from engine.metering.usage import ServerWait
from engine.outcomes.calibration_map import CalibrationMap
from engine.outcomes.guided_search import BeamPlan, GuidedSearch, SearchRound, kept_paths
from visualprm_ui.use_cases.problem_source import StepCheck, StepChecker


class CardState(StrEnum):
    """The state of one solution on the page."""

    QUEUED = "queued"
    WRITING = "writing"
    SCORING = "scoring"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(slots=True, kw_only=True)
class Card:
    """One solution while it grows."""

    draw: int
    state: CardState = CardState.QUEUED
    steps: list[str] = field(default_factory=list)
    open: str = ""  # text of the step being written
    thought: str = ""  # what a thinking model wrote before its solution
    step_scores: list[StepScore] = field(default_factory=list)  # by first step, ascending
    solution: Solution | None = None  # set once finished
    checks: tuple[StepCheck, ...] = ()  # of the exact checker, once finished; () where there is none


@dataclass(slots=True, kw_only=True)
class RunProgress:
    """A run and everything known about its solutions so far."""

    run: Run
    problem: Problem
    cards: list[Card]
    checker: StepChecker | None = None  # the exact checker, for a problem drawn from the problem source
    ahead: int | None = None  # requests served before this one; None once it has started
    tokens: int = 0  # of finished solutions
    waiting: ServerWait | None = None  # that a model server asks for; None: it goes on
    search: GuidedSearch | None = None  # as far as it came; None: the solutions are independent
    calibration: CalibrationMap | None = None  # what its scores mean; None: not measured for these models


def start_progress(
    run: Run, problem: Problem, checker: StepChecker | None = None, plan: BeamPlan | None = None
) -> RunProgress:
    """Return the progress of a run in which nothing has happened yet. ``plan``: how its solutions are searched for."""
    cards = [Card(draw=draw) for draw in range(run.sampling.n)] if plan is None else []
    search = None if plan is None else GuidedSearch(plan=plan)
    return RunProgress(run=run, problem=problem, cards=cards, checker=checker, ahead=0, search=search)


def restore_progress(
    run: Run,
    problem: Problem,
    solutions: Iterable[Solution],
    scorings: Iterable[Scoring],
    checker: StepChecker | None = None,
    search: GuidedSearch | None = None,
) -> RunProgress:
    """Return the progress of a stored run, as its last update showed it."""
    progress = RunProgress(run=run, problem=problem, cards=[], checker=checker, search=search)
    by_solution = {scoring.solution_id: scoring for scoring in scorings}
    for position, solution in enumerate(solutions):
        draw = position if solution.draw is None else solution.draw
        progress.cards.append(restore_card(draw, solution, by_solution.get(solution.id), checker))
        progress.tokens += solution.tokens or 0
    return progress


def restore_card(draw: int, solution: Solution, scoring: Scoring | None, checker: StepChecker | None) -> Card:
    """Return the card of a stored solution."""
    card = Card(draw=draw)
    _finish(card, solution, checker)
    card.step_scores = [] if scoring is None else list(scoring.step_scores)
    card.state = CardState.STOPPED if solution.finish is FinishReason.CANCELLED else CardState.DONE
    return card


def apply_event(progress: RunProgress, event: Event) -> None:
    """Apply one engine event to the cards; events about the run as a whole are left to the caller."""
    match event:
        case Queued():
            progress.ahead = event.ahead
        case RunStarted():
            progress.ahead = None
        case TextAdded():
            card = progress.cards[event.draw]
            card.state = CardState.WRITING
            card.open += event.text
        case ThoughtAdded():
            card = progress.cards[event.draw]
            card.state = CardState.WRITING
            if event.restarts:
                card.thought, card.open, card.steps, card.step_scores = "", "", [], []
            card.thought += event.text
        case StepFinished():
            card = progress.cards[event.draw]
            card.steps.append(event.text)
            # text after the end of the step may have arrived in the same piece
            card.open = card.open.lstrip().removeprefix(event.text).lstrip()
        case StepScored():
            _insert_score(progress.cards[event.draw].step_scores, event.step_score)
        case SolutionFinished() if event.solution.draw is not None:
            while len(progress.cards) <= event.solution.draw:  # of a search that kept no step, thoughts alone
                progress.cards.append(Card(draw=len(progress.cards)))
            card = progress.cards[event.solution.draw]
            _finish(card, event.solution, progress.checker)
            if progress.search is not None:  # its scores follow at once, or there are none
                card.step_scores = []
                _mark_scored(card)
            progress.tokens += event.solution.tokens or 0
        case SolutionScored():
            card = progress.cards[event.draw]
            card.step_scores = list(event.scoring.step_scores)
            _mark_scored(card)
        case ScoringFailed():
            card = progress.cards[event.draw]
            card.step_scores = []
            _mark_scored(card)
        case SearchRound():
            _show_paths(progress, event)
        case ServerWaiting():
            progress.waiting = event.wait
        case _:
            pass


def _show_paths(progress: RunProgress, new: SearchRound) -> None:
    """Make the cards those of the paths that a search keeps now: each is another beginning than the one in its place before."""
    assert progress.search is not None
    search = replace(progress.search, rounds=(*progress.search.rounds, new))
    progress.search = search
    progress.cards = [
        Card(
            draw=draw,
            state=CardState.WRITING if path.finish is None else CardState.DONE,
            steps=list(path.steps),
            step_scores=list(path.step_scores),
        )
        for draw, path in enumerate(kept_paths(search.rounds))
    ]


def _finish(card: Card, solution: Solution, checker: StepChecker | None) -> None:
    card.solution = solution
    card.checks = checker(solution.steps) if checker else ()
    card.steps, card.open, card.thought = list(solution.steps), "", solution.thought or ""
    card.state = CardState.STOPPED if solution.finish is FinishReason.CANCELLED else CardState.SCORING


def _mark_scored(card: Card) -> None:
    if card.state is CardState.SCORING:
        card.state = CardState.DONE


def _insert_score(scores: list[StepScore], new: StepScore) -> None:
    """Insert a score in order. It replaces the scores it overlaps: merged steps are scored again at the end."""
    scores[:] = [score for score in scores if score.last < new.first or score.first > new.last]
    scores.append(new)
    scores.sort(key=lambda score: score.first)
