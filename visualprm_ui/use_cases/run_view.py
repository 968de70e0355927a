"""A run as the page shows it: cards that grow while solutions arrive, and the JSON that the solution board draws.

The same view comes from a live run (events applied one by one) and from the store (a finished run), so a reloaded page shows what
the page showed before. Knows domain values and engine events; knows neither widgets nor SQL. The ranking is computed here for every
aggregation, so that the page switches between them without a request and without a second implementation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from engine.answers import answers_equal
from engine.choosing import Candidate, as_candidate, choose_among, rank_candidates
from engine.domain import Aggregation, FinishReason, Label, Problem, Run, RunState, Scoring, Solution, StepScore
from engine.events import (
    Event,
    Queued,
    RunStarted,
    ScoringFailed,
    SolutionFinished,
    SolutionScored,
    StepFinished,
    StepScored,
    TextAdded,
)
from engine.prediction import predict
from visualprm_ui.use_cases.problem_source import StepCheck, StepChecker

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"


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
    tokens: int = 0


def start_progress(run: Run, problem: Problem, checker: StepChecker | None = None) -> RunProgress:
    """Return the progress of a run in which nothing has happened yet."""
    cards = [Card(draw=draw) for draw in range(run.sampling.n)]
    return RunProgress(run=run, problem=problem, cards=cards, checker=checker, ahead=0)


def restore_progress(
    run: Run,
    problem: Problem,
    solutions: Iterable[Solution],
    scorings: Iterable[Scoring],
    checker: StepChecker | None = None,
) -> RunProgress:
    """Return the progress of a stored run, as its last update showed it."""
    progress = RunProgress(run=run, problem=problem, cards=[], checker=checker)
    by_solution = {scoring.solution_id: scoring for scoring in scorings}
    for position, solution in enumerate(solutions):
        card = Card(draw=position if solution.draw is None else solution.draw)
        progress.cards.append(card)
        _finish(progress, card, solution)
        progress.tokens += solution.tokens or 0
        if solution.id in by_solution:
            card.step_scores = list(by_solution[solution.id].step_scores)
        card.state = CardState.STOPPED if solution.finish is FinishReason.CANCELLED else CardState.DONE
    return progress


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
        case StepFinished():
            card = progress.cards[event.draw]
            card.steps.append(event.text)
            # text after the end of the step may have arrived in the same piece
            card.open = card.open.lstrip().removeprefix(event.text).lstrip()
        case StepScored():
            _insert_score(progress.cards[event.draw].step_scores, event.step_score)
        case SolutionFinished() if event.solution.draw is not None:
            card = progress.cards[event.solution.draw]
            _finish(progress, card, event.solution)
            progress.tokens += event.solution.tokens or 0
        case SolutionScored():
            card = progress.cards[event.draw]
            card.step_scores = list(event.scoring.step_scores)
            _mark_scored(card)
        case ScoringFailed():
            card = progress.cards[event.draw]
            card.step_scores = []
            _mark_scored(card)
        case _:
            pass


def as_json(progress: RunProgress, seconds: float | None = None) -> dict[str, Json]:
    """Return what the solution board draws (``docs/api.md``, RunView). ``seconds`` is the time so far of a live run."""
    run, problem = progress.run, progress.problem
    cards = progress.cards
    candidates = [_candidate(card) for card in cards]
    choice = choose_among(candidates)
    group_of = {member: f"a{index}" for index, group in enumerate(choice.groups) for member in group.members}
    ended = run.state is not RunState.RUNNING
    ranking: dict[str, Json] = {
        how.value: [cards[index].draw for index in rank_candidates(candidates, how)] for how in Aggregation
    }
    answer_rows: list[Json] = [
        {
            "group": f"a{index}",
            "text": group.text,
            "count": len(group.members),
            "draws": [cards[m].draw for m in group.members],
        }
        for index, group in enumerate(choice.groups)
    ]
    majority: Json = None
    if choice.majority is not None:
        count = len(choice.majority.members)
        majority = {"group": "a0", "text": choice.majority.text, "count": count, "tied": choice.tied}
    card_rows: list[Json] = []
    for index, (card, candidate) in enumerate(zip(cards, candidates, strict=True)):
        row = _card_json(card, ended, candidate)
        row["group"] = group_of.get(index)
        row["matches"] = _matches(problem.answer, card)
        card_rows.append(row)
    return {
        "run": run.id,
        "state": "queued" if progress.ahead is not None and not ended else run.state.value,
        "ahead": progress.ahead or 0,
        "message": run.message,
        "notice": run.record.notice if run.record else None,
        "problem": problem.id,
        "question": problem.question,
        "reference": problem.answer,
        "images": list(problem.images),
        "sampling": _sampling_json(run),
        "models": _models_json(run),
        "seconds": run.seconds if ended else seconds,
        "tokens": progress.tokens,
        "finished": sum(card.solution is not None for card in cards),
        "cards": card_rows,
        "ranking": ranking,
        "answers": answer_rows,
        "majority": majority,
        "checker": _checker_json(cards) if progress.checker else None,
    }


def _finish(progress: RunProgress, card: Card, solution: Solution) -> None:
    card.solution = solution
    card.checks = progress.checker(solution.steps) if progress.checker else ()
    card.steps, card.open = list(solution.steps), ""
    card.state = CardState.STOPPED if solution.finish is FinishReason.CANCELLED else CardState.SCORING


def _mark_scored(card: Card) -> None:
    if card.state is CardState.SCORING:
        card.state = CardState.DONE


def _insert_score(scores: list[StepScore], new: StepScore) -> None:
    """Insert a score in order. It replaces the scores it overlaps: merged steps are scored again at the end."""
    scores[:] = [score for score in scores if score.last < new.first or score.first > new.last]
    scores.append(new)
    scores.sort(key=lambda score: score.first)


def _candidate(card: Card) -> Candidate:
    """Return the card as a choice looks at it, whether it is finished or not."""
    if card.solution is None:
        return Candidate(answer=None, finish=None, steps=len(card.steps), step_scores=card.step_scores)
    return as_candidate(card.solution, card.step_scores)


def _card_json(card: Card, ended: bool, candidate: Candidate) -> dict[str, Json]:
    state = card.state
    if ended and state in (CardState.QUEUED, CardState.WRITING, CardState.SCORING):
        state = CardState.STOPPED
    return {
        "draw": card.draw,
        "solution": card.solution.id if card.solution else None,
        "state": state.value,
        "answer": candidate.stated_answer,
        "steps": _steps_json(card.steps, card.step_scores, card.checks),
        "open": card.open,
        "truncated": bool(card.solution and card.solution.finish is FinishReason.LENGTH),
        "scores": {how.value: candidate.score(how) for how in Aggregation} if candidate.is_scored else None,
    }


def _checker_json(cards: Sequence[Card]) -> dict[str, Json]:
    """Return of how many checked steps the reward model's prediction is right; neutral ones are left out."""
    right = total = 0
    for card in cards:
        for score in card.step_scores if card.checks else ():
            for check in card.checks[score.first : score.last + 1]:
                if check.label != Label.NEUTRAL:
                    total += 1
                    right += predict(score.score) == check.label
    return {"right": right, "steps": total}


def _steps_json(steps: Sequence[str], step_scores: Sequence[StepScore], checks: Sequence[StepCheck]) -> list[Json]:
    rows: list[Json] = []
    for index, text in enumerate(steps):
        covering = next((score for score in step_scores if score.first <= index <= score.last), None)
        merged = covering is not None and covering.first != covering.last
        rows.append(
            {
                "text": text,
                "score": covering.score if covering else None,
                "predicted": int(predict(covering.score)) if covering else None,
                "merged": [covering.first, covering.last] if covering and merged else None,
                "check": _check_json(checks[index]) if index < len(checks) else None,
            }
        )
    return rows


def _check_json(check: StepCheck) -> Json:
    return {"label": check.label, "reason": check.reason}


def _matches(reference: str | None, card: Card) -> bool | None:
    """Say whether a finished solution reached the reference answer; ``None`` without a reference or before the end.

    A solution that was cut off by the token limit did not reach it: it states no answer.
    """
    if reference is None or card.solution is None or card.solution.finish is FinishReason.CANCELLED:
        return None
    return card.solution.answer is not None and answers_equal(card.solution.answer, reference)


def _sampling_json(run: Run) -> dict[str, Json]:
    sampling = run.sampling
    return {
        "n": sampling.n,
        "temperature": sampling.temperature,
        "seed": sampling.seed,
        "max_new_tokens": sampling.max_new_tokens,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "repetition_penalty": sampling.repetition_penalty,
        "stop": list(sampling.stop),
    }


def _models_json(run: Run) -> dict[str, Json]:
    record = run.record
    return {"policy": record.policy_model if record else None, "reward_model": record.reward_model if record else None}
