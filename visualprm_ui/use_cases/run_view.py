"""RunView: a run as JSON, as the solution board draws it and REST serves it (docs/api.md explains the fields).

The ranking is computed here for every aggregation, so that the page switches between them without a request and without a second
implementation. Knows the progress of a run; knows neither widgets nor SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from typing_extensions import TypedDict

from engine.answers import answers_equal
from engine.choosing import Candidate, Choice, as_candidate, choose_among, rank_candidates
from engine.domain import Aggregation, FinishReason, Label, Problem, Run, RunState, Sampling, StepScore
from engine.metering.usage import ServerUsage
from engine.outcomes.calibration_map import CalibrationMap
from engine.prediction import predict
from engine.solution_text.steps import Wording, wording
from visualprm_ui.use_cases.problem_source import StepCheck
from visualprm_ui.use_cases.run_curve import RunCurve, run_curve
from visualprm_ui.use_cases.run_progress import Card, CardState, RunProgress
from visualprm_ui.use_cases.search_view import SearchView, as_search_view
from visualprm_ui.use_cases.server_addresses import without_addresses


class CheckView(TypedDict):
    """The exact checker's result for a step."""

    label: int  # 1, 0 or -1
    reason: str | None


class CardStep(TypedDict):
    """A step of a solution."""

    text: str
    score: float | None  # in [0, 1]
    calibrated: float | None  # share of completions that reach the answer from steps scored so; None: not measured
    predicted: int | None  # 1 or -1
    merged: list[int] | None  # first and last of the steps that share this score
    check: CheckView | None


class SolutionCard(TypedDict):
    """One solution of a run."""

    draw: int
    solution: str | None  # id, once finished
    state: str  # of CardState
    answer: str | None
    steps: list[CardStep]
    open: str  # text of the step being written
    thought: str | None  # what a thinking model wrote before its solution, so far; None: nothing
    truncated: bool
    tokens: int | None  # written; None until its end
    scores: dict[str, float | None] | None  # by aggregation; None until every step has a score
    group: str | None  # solutions with equal answers share one
    same_as: int | None  # the first draw whose steps are word for word these, where that is another one
    matches: bool | None  # the reference answer; None where there is nothing to compare


class AnswerGroupView(TypedDict):
    """Solutions with equal answers."""

    group: str
    text: str
    count: int
    draws: list[int]


class Majority(TypedDict):
    """The most frequent answer."""

    group: str
    text: str
    count: int
    tied: bool


class SamplingView(TypedDict):
    """``engine.domain.Sampling``."""

    n: int
    temperature: float
    seed: int
    max_new_tokens: int
    top_p: float
    top_k: int
    repetition_penalty: float
    stop: list[str]


class RunModels(TypedDict):
    """The names of a run's models; None until it has started."""

    policy: str | None
    reward_model: str | None


class CheckerView(TypedDict):
    """How many of the checked steps the reward model predicts correctly."""

    right: int
    steps: int


class ServerUsageView(TypedDict):
    """What a run's requests to one served model took."""

    model: str
    requests: int
    counted: int  # of them, those whose tokens the server told; fewer than all: the tokens are the least it took
    read: int | None  # tokens; null: none was counted
    written: int | None
    cost: float | None  # null: no price is set, or not every request was counted


class RunView(TypedDict):
    """A run as the page shows it."""

    run: str
    state: str  # queued, or of RunState
    ahead: int  # requests served before this one
    message: str | None
    notice: str | None
    problem: str
    question: str
    reference: str | None
    images: list[str]
    sampling: SamplingView
    models: RunModels
    created_at: str  # ISO 8601
    seconds: float | None
    tokens: int
    usage: list[ServerUsageView]  # what requests to model servers took, once it has ended; none: not known
    waiting: str | None  # what is said while a model server asks to wait
    finished: int  # solutions written to their end
    cards: list[SolutionCard]
    ranking: dict[str, list[int]]  # by aggregation, the draws of the scored solutions, best first
    answers: list[AnswerGroupView]
    majority: Majority | None  # None: no answer, or solutions that a search kept, which are no votes
    checker: CheckerView | None  # None where the problem has no exact checker
    curve: RunCurve | None  # None: it goes on, nothing to choose, no reference answer, or solutions of a search
    search: SearchView | None  # how the solutions were searched for; None: they are independent


def as_run_view(progress: RunProgress, seconds: float | None = None) -> RunView:
    """Return the view of a run. ``seconds``: the time so far of a live run."""
    run, problem, cards, search = progress.run, progress.problem, progress.cards, progress.search
    candidates = [_candidate(card) for card in cards]
    choice = choose_among(candidates, question=problem.question)
    group_of = {member: _group_name(index) for index, group in enumerate(choice.groups) for member in group.members}
    first_equal = _first_equals(cards)
    ended = run.state is not RunState.RUNNING
    views = [
        _card_view(card, candidate, group_of.get(index), _matches(problem, card), first_equal[index], ended=ended)
        for index, (card, candidate) in enumerate(zip(cards, candidates, strict=True))
    ]
    return {
        "run": run.id,
        "state": "queued" if progress.ahead is not None and not ended else run.state.value,
        "ahead": progress.ahead or 0,
        "message": _shown(run.message),
        "notice": _shown(run.record.notice if run.record else None),
        "problem": problem.id,
        "question": problem.question,
        "reference": problem.answer,
        "images": list(problem.images),
        "sampling": sampling_view(run.sampling),
        "models": _models_view(run),
        "created_at": run.created_at.isoformat(),
        "seconds": run.seconds if ended else seconds,
        "tokens": progress.tokens if search is None else search.tokens,
        "usage": usage_views(run.record.usage if run.record else ()),
        "waiting": progress.waiting.sentence if progress.waiting is not None and not ended else None,
        "finished": sum(card.solution is not None for card in cards),
        "cards": [_calibrated(each, progress.calibration) for each in views],
        "ranking": {
            how.value: [cards[index].draw for index in rank_candidates(candidates, how)] for how in Aggregation
        },
        "answers": _answers_view(cards, choice),
        "majority": _majority_view(choice) if search is None else None,
        "checker": _checker_view(cards) if progress.checker else None,
        "curve": run_curve([each for each in candidates if each.finish], problem.question, problem.answer)
        if ended and search is None  # its estimates need independent draws
        else None,
        "search": None if search is None else as_search_view(search),
    }


def usage_views(usage: Iterable[ServerUsage]) -> list[ServerUsageView]:
    """Return what requests took as REST serves it."""
    return [
        {
            "model": each.model,
            "requests": each.requests,
            "counted": each.counted,
            "read": each.read,
            "written": each.written,
            "cost": each.cost,
        }
        for each in usage
    ]


def _shown(sentence: str | None) -> str | None:
    """Return a sentence without addresses, which runs of earlier versions hold."""
    return None if sentence is None else without_addresses(sentence)


def card_views(
    cards: Sequence[Card], problem: Problem, calibration: CalibrationMap | None, *, ended: bool
) -> list[SolutionCard]:
    """Return solutions that are none of a run's draws as their cards show them: no answer of theirs counts among the run's.

    ``calibration``: what the scores of the run's models mean; None: not measured.
    """
    first_equal = _first_equals(cards)
    views = (
        _card_view(card, _candidate(card), None, _matches(problem, card), same_as, ended=ended)
        for card, same_as in zip(cards, first_equal, strict=True)
    )
    return [_calibrated(each, calibration) for each in views]


def _first_equals(cards: Sequence[Card]) -> list[int | None]:
    """Return for each card the first draw with the same steps and end; None for that one itself.

    Also for unfinished ones, and for those without steps: their thoughts differ.
    """
    first: dict[Wording, int] = {}
    found: list[int | None] = []
    for card in cards:
        solution = card.solution
        if solution is None or solution.finish is FinishReason.CANCELLED or not solution.steps:
            found.append(None)
            continue
        draw = first.setdefault(wording(solution.steps, solution.finish), card.draw)
        found.append(None if draw == card.draw else draw)
    return found


def _candidate(card: Card) -> Candidate:
    """Return the card as a choice sees it, whether it is finished or not."""
    if card.solution is None:
        return Candidate(answer=None, finish=None, steps=len(card.steps), step_scores=card.step_scores)
    return as_candidate(card.solution, card.step_scores)


def _group_name(index: int) -> str:
    return f"a{index}"


def _answers_view(cards: Sequence[Card], choice: Choice) -> list[AnswerGroupView]:
    return [
        {
            "group": _group_name(index),
            "text": group.text,
            "count": len(group.members),
            "draws": [cards[member].draw for member in group.members],
        }
        for index, group in enumerate(choice.groups)
    ]


def _majority_view(choice: Choice) -> Majority | None:
    group = choice.majority
    if group is None:
        return None
    return {"group": _group_name(0), "text": group.text, "count": len(group.members), "tied": choice.tied}


def _card_view(
    card: Card, candidate: Candidate, group: str | None, matches: bool | None, same_as: int | None, *, ended: bool
) -> SolutionCard:
    state = card.state
    if ended and state in (CardState.QUEUED, CardState.WRITING, CardState.SCORING):
        state = CardState.STOPPED
    return {
        "draw": card.draw,
        "solution": card.solution.id if card.solution else None,
        "state": state.value,
        "answer": candidate.stated_answer,
        "steps": _steps_view(card.steps, card.step_scores, card.checks),
        "open": card.open,
        "thought": card.thought.strip() or None,
        "truncated": bool(card.solution and card.solution.finish is FinishReason.LENGTH),
        "tokens": card.solution.tokens if card.solution else None,
        "scores": {how.value: candidate.score(how) for how in Aggregation} if candidate.is_scored else None,
        "group": group,
        "same_as": same_as,
        "matches": matches,
    }


def _steps_view(steps: Sequence[str], step_scores: Sequence[StepScore], checks: Sequence[StepCheck]) -> list[CardStep]:
    rows: list[CardStep] = []
    for index, text in enumerate(steps):
        covering = next((score for score in step_scores if score.first <= index <= score.last), None)
        merged = covering is not None and covering.first != covering.last
        rows.append(
            {
                "text": text,
                "score": covering.score if covering else None,
                "calibrated": None,
                "predicted": None if covering is None else _as_number(predict(covering.score)),
                "merged": [covering.first, covering.last] if covering and merged else None,
                "check": _check_view(checks[index]) if index < len(checks) else None,
            }
        )
    return rows


def _calibrated(card: SolutionCard, calibration: CalibrationMap | None) -> SolutionCard:
    """Say beside each score what it was found to mean. Nothing is ranked or chosen by it."""
    if calibration is not None:
        for step in card["steps"]:
            step["calibrated"] = calibration.value_at(step["score"])
    return card


def _as_number(label: Label | None) -> int | None:
    return None if label is None else int(label)


def _check_view(check: StepCheck) -> CheckView:
    return {"label": check.label, "reason": check.reason}


def _checker_view(cards: Sequence[Card]) -> CheckerView:
    """Return of how many checked steps the reward model's prediction is right; neutral ones are left out."""
    right = total = 0
    for card in cards:
        for score in card.step_scores if card.checks else ():
            if score.score is None:
                continue
            for check in card.checks[score.first : score.last + 1]:
                if check.label != Label.NEUTRAL:
                    total += 1
                    right += predict(score.score) == check.label
    return {"right": right, "steps": total}


def _matches(problem: Problem, card: Card) -> bool | None:
    """Return whether a finished solution reached the reference answer; None without a reference or before the end.

    A solution that was cut off by the token limit did not reach it: it states no answer.
    """
    solution = card.solution
    if problem.answer is None or solution is None or solution.finish is FinishReason.CANCELLED:
        return None
    return solution.answer is not None and answers_equal(solution.answer, problem.answer, question=problem.question)


def sampling_view(sampling: Sampling) -> SamplingView:
    """Return how the policy samples, all of it."""
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


def _models_view(run: Run) -> RunModels:
    record = run.record
    return {"policy": record.policy_model if record else None, "reward_model": record.reward_model if record else None}
