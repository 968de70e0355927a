"""BranchesView: what was made from steps of a run on, as JSON, as the solution board draws it and REST serves it.

Rollouts of the same step are one measurement: they are draws of the same policy with other seeds, so that they add up. Knows stored
and live branches; knows neither widgets nor SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from typing_extensions import TypedDict

from engine.answers import group_answers
from engine.domain import Problem, RunState
from engine.evaluation.intervals import wilson
from engine.metering.usage import ServerUsage, add_up
from engine.outcomes.calibration_map import CalibrationMap
from engine.outcomes.tally import AnswerCount, CompletionTally, tally
from storage import ContinuedSolution, Rollout, RunBranches
from visualprm_ui.use_cases.live_branches import BranchKind, LiveBranch
from visualprm_ui.use_cases.problem_source import StepChecker
from visualprm_ui.use_cases.run_progress import restore_card
from visualprm_ui.use_cases.run_view import ServerUsageView, SolutionCard, card_views, usage_views

QUEUED = "queued"
Usages = Mapping[str, Sequence[ServerUsage]]  # by what was asked for together


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReading:
    """What the step scores of a run are read with."""

    checker: StepChecker | None  # of its problem; None: it has none
    calibration: CalibrationMap | None  # what scores of its models mean; None: not measured


class AnswerCountView(TypedDict):
    """An answer that completions state, and how many do."""

    text: str
    count: int
    matches: bool | None  # the reference answer; None where there is none


class TallyView(TypedDict):
    """What completions came to."""

    drawn: int
    reached: int | None  # the reference answer; None where there is none
    low: float | None  # 95 % Wilson interval of the share that reached it; None without a reference answer
    high: float | None
    cut_off: int
    unread: int
    answers: list[AnswerCountView]  # the most frequent first


class MeasuredStep(TypedDict):
    """All rollouts of one step."""

    solution: str
    step: int  # 0-based
    times: int  # how often it was measured
    tokens: int
    usage: list[ServerUsageView]  # what model servers were asked for it; none: none was, or it was not recorded
    tally: TallyView


class Continuations(TypedDict):
    """Solutions that were asked for together and go on from one step."""

    id: str
    solution: str  # they go on from
    step: int  # of that, 0-based: the last that they share, or the edited one
    edit: str | None  # what a person made of that step; None: it is as it was
    seed: int
    tally: TallyView
    usage: list[ServerUsageView]  # as above
    cards: list[SolutionCard]


class LiveBranchView(TypedDict):
    """What is being made from a step on, or was ended early."""

    id: str
    kind: str  # rollouts or solutions
    solution: str
    step: int
    edit: str | None
    n: int
    state: str  # queued, or of RunState
    ahead: int  # requests served before this one
    finished: int
    message: str | None
    waiting: str | None  # what is said while a model server asks to wait
    cards: list[SolutionCard]  # of solutions; none of rollouts, which are counted when all have ended


class BranchesView(TypedDict):
    """What was made, and is being made, from steps of a run on."""

    run: str
    may_branch: bool
    refusal: str | None  # why whoever asks may not make any; None where they may
    rollouts: list[MeasuredStep]
    continuations: list[Continuations]
    live: list[LiveBranchView]


def as_branches_view(
    run_id: str,
    problem: Problem,
    stored: RunBranches,
    live: list[LiveBranchView],
    scores: ScoreReading,
    refusal: str | None,
) -> BranchesView:
    """Return the view. What is still being made stands among the live ones only; these were looked at before the stored ones."""
    running = {each["id"] for each in live if each["state"] in (QUEUED, RunState.RUNNING)}
    solutions = [each for each in stored.solutions if each.continuation.press not in running]
    return {
        "run": run_id,
        "may_branch": refusal is None,
        "refusal": refusal,
        "rollouts": _rollout_views(stored, problem),
        "continuations": _continuation_views(solutions, stored.usages, problem, scores),
        "live": live,
    }


def live_views(live: Sequence[LiveBranch], scores: ScoreReading) -> list[LiveBranchView]:
    """Return the views of branches that are in progress, or that ended early."""
    views = [_live_view(each, scores) for each in live]
    return [each for each in views if each["state"] != RunState.DONE or each["message"] is not None]


def as_tally_view(found: CompletionTally) -> TallyView:
    """Return a tally with the interval of its share."""
    interval = None if found.reached is None else wilson(found.reached, found.drawn)
    return {
        "drawn": found.drawn,
        "reached": found.reached,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "cut_off": found.cut_off,
        "unread": found.unread,
        "answers": [{"text": each.text, "count": each.count, "matches": each.matches} for each in found.answers],
    }


def add_tallies(tallies: Sequence[CompletionTally], question: str) -> CompletionTally:
    """Return the tally of all completions of one beginning."""
    answers = [each for one in tallies for each in one.answers]
    merged = [
        AnswerCount(
            text=group.text,
            count=sum(answers[member].count for member in group.members),
            matches=answers[group.members[0]].matches,
        )
        for group in group_answers((each.text for each in answers), question=question)
    ]
    reached = [each.reached for each in tallies if each.reached is not None]
    return CompletionTally(
        drawn=sum(each.drawn for each in tallies),
        reached=sum(reached) if len(reached) == len(tallies) else None,
        cut_off=sum(each.cut_off for each in tallies),
        unread=sum(each.unread for each in tallies),
        answers=tuple(sorted(merged, key=lambda each: -each.count)),
    )


def _rollout_views(stored: RunBranches, problem: Problem) -> list[MeasuredStep]:
    by_step: dict[tuple[str, int], list[Rollout]] = {}
    for each in stored.rollouts:
        by_step.setdefault((each.solution_id, each.last), []).append(each)
    return [
        {
            "solution": solution,
            "step": step,
            "times": len(found),
            "tokens": sum(each.tokens or 0 for each in found),
            "usage": usage_views(add_up(one for each in found for one in stored.usages.get(each.id, ()))),
            "tally": as_tally_view(add_tallies([each.tally for each in found], problem.question)),
        }
        for (solution, step), found in by_step.items()
    ]


def _continuation_views(
    solutions: Sequence[ContinuedSolution], usages: Usages, problem: Problem, scores: ScoreReading
) -> list[Continuations]:
    first = {each.continuation.press: at for at, each in reversed([*enumerate(solutions)])}
    in_order = sorted(solutions, key=lambda each: (first[each.continuation.press], each.continuation.position))
    return [
        _continuations_view(list(found), usages.get(press, ()), problem, scores)
        for press, found in groupby(in_order, _press_of)
    ]


def _press_of(each: ContinuedSolution) -> str:
    return each.continuation.press


def _continuations_view(
    found: Sequence[ContinuedSolution], usage: Sequence[ServerUsage], problem: Problem, scores: ScoreReading
) -> Continuations:
    where = found[0].continuation
    cards = [restore_card(each.continuation.position, each.solution, each.scoring, scores.checker) for each in found]
    return {
        "id": where.press,
        "solution": where.parent_id,
        "step": where.step,
        "edit": where.edit,
        "seed": where.sampling.seed,
        "tally": as_tally_view(tally([each.solution for each in found], problem.question, problem.answer)),
        "usage": usage_views(usage),
        "cards": card_views(cards, problem, scores.calibration, ended=True),
    }


def _live_view(live: LiveBranch, scores: ScoreReading) -> LiveBranchView:
    plan, state, ahead = live.plan, live.state, live.ahead
    finished, cards = live.progress()
    ended = state is not RunState.RUNNING
    return {
        "id": plan.id,
        "kind": plan.kind,
        "solution": plan.parent.id,
        "step": plan.step,
        "edit": plan.edit,
        "n": plan.sampling.n,
        "state": QUEUED if ahead is not None and not ended else state,
        "ahead": ahead or 0,
        "finished": finished,
        "message": live.message,
        "waiting": None if live.waiting is None or ended else live.waiting.sentence,
        "cards": card_views(cards, plan.problem, scores.calibration, ended=ended)
        if plan.kind is BranchKind.SOLUTIONS
        else [],
    }
