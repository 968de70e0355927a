"""The steps behind the figures of evaluations: filtered, the most telling first, page by page, with their texts.

Labels and scores are the frozen ones; texts are read from the store, and are gone where the solution was deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.domain import Label, Problem, Solution
from engine.evaluation.agreement import LATER
from engine.prediction import predict
from storage import BadSetting, Store
from visualprm_ui.use_cases.evaluations.labelled_set import LabelledSolution
from visualprm_ui.use_cases.evaluations.scored_solution import ScoredSolution

DELETED = "(This solution was deleted.)"
LAST_PLACE = LATER + 1  # 1-based; stands for later ones too


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRange:
    """Scores from ``low`` on and below ``high``, which is left out but for 1. None: not bounded."""

    low: float | None = None
    high: float | None = None

    def holds(self, score: float | None) -> bool:
        """Return whether a score is in it; one that could not be read is in the unbounded range only."""
        if score is None:
            return self.low is None and self.high is None
        is_below = self.high is None or score < self.high or score == self.high == 1
        return is_below and (self.low is None or score >= self.low)


ANY_SCORE = ScoreRange()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFilter:
    """Which steps of an evaluation; conditions add up, those left out do not narrow."""

    label: Label | None = None
    predicted: Label | None = None  # at the threshold; a score that could not be read predicts nothing
    threshold: float | None = None  # None: the evaluation's own
    source: str | None = None  # "": of problems that name none
    policy: str | None = None
    place: int | None = None  # 1-based; the last one stands for later ones too
    scores: ScoreRange = ANY_SCORE


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedStep:
    """A step labelled correct or wrong, with its score."""

    of: LabelledSolution
    step: int  # 0-based
    label: Label
    score: float | None  # None: could not be read

    def is_mistaken(self, threshold: float) -> bool:
        """Whether the prediction is not the label; none is a mistake."""
        return self.score is None or predict(self.score, threshold) is not self.label

    def confidence(self, threshold: float) -> float:
        """How sure the model is of its prediction, in [0, 1]; 0 where it could not be read."""
        if self.score is None:
            return 0.0
        return self.score if predict(self.score, threshold) is Label.CORRECT else 1 - self.score


Step = TypeVar("Step")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPage(Generic[Step]):
    """Some of the steps that a filter finds."""

    steps: tuple[Step, ...]
    total: int  # that the filter finds
    next: str | None  # where the next page begins; None: this is the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTexts:
    """What there is to read of steps, by the ids of their solutions."""

    solutions: dict[str, Solution]
    problems: dict[str, Problem]

    def text(self, solution: str, step: int) -> str:
        """Return a step's text, or that it is gone."""
        found = self.solutions.get(solution)
        return found.steps[step] if found is not None and step < len(found.steps) else DELETED

    def question(self, problem: str) -> str:
        """Return a question, or that it is gone."""
        found = self.problems.get(problem)
        return DELETED if found is None else found.question

    def image(self, problem: str) -> str | None:
        """Return a problem's first picture; None without one."""
        found = self.problems.get(problem)
        return None if found is None or not found.images else found.images[0]


def iter_steps(solution: ScoredSolution) -> Iterable[EvaluatedStep]:
    """Iterate over the steps of a solution that are labelled correct or wrong."""
    for step, (label, score) in enumerate(zip(solution.labelled.labels, solution.scores, strict=True)):
        if label is not None and label is not Label.NEUTRAL:
            yield EvaluatedStep(of=solution.labelled, step=step, label=label, score=score)


def find_steps(
    solutions: Iterable[ScoredSolution], wanted: StepFilter, own_threshold: float, hidden: Collection[str] = ()
) -> list[EvaluatedStep]:
    """Return the steps that a filter finds, mistakes first, of these the most confident first.

    ``hidden``: solutions whose scores are not for whoever asks.
    """
    threshold = own_threshold if wanted.threshold is None else wanted.threshold
    found = [
        each
        for solution in solutions
        if solution.labelled.solution not in hidden and _takes_solution(wanted, solution.labelled)
        for each in iter_steps(solution)
        if _takes_step(wanted, each, threshold)
    ]
    return sorted(found, key=lambda each: (not each.is_mistaken(threshold), -each.confidence(threshold)))


def page_of(steps: Sequence[Step], limit: int, after: str | None) -> StepPage[Step]:
    """Return a page of steps. Raises BadSetting: ``after`` is not the ``next`` of a page."""
    if after is not None and not (after.isascii() and after.isdecimal() and len(after) < 10):
        raise BadSetting(f"{after[:80]!r} is not the next of a page. Begin with the first page.")
    start = 0 if after is None else int(after)
    end = start + limit
    return StepPage(steps=tuple(steps[start:end]), total=len(steps), next=str(end) if end < len(steps) else None)


def solutions_of(steps: Iterable[EvaluatedStep], first: int) -> list[str]:
    """Return the solutions of the first so many steps, each once, in their order."""
    found: dict[str, None] = {}
    for number, each in enumerate(steps):
        if number == first:
            break
        found[each.of.solution] = None
    return list(found)


def read_texts(store: Store, solutions: Iterable[LabelledSolution]) -> StepTexts:
    """Return what there is to read of a page of solutions."""
    wanted = list(solutions)
    return StepTexts(
        solutions=dict(store.runs.read_solutions([each.solution for each in wanted])),
        problems=dict(store.runs.read_problems(list({each.problem for each in wanted}))),
    )


def _takes_solution(wanted: StepFilter, solution: LabelledSolution) -> bool:
    if wanted.source is not None and (solution.data_source or "") != wanted.source:
        return False
    return wanted.policy is None or solution.policy_model == wanted.policy


def _takes_step(wanted: StepFilter, step: EvaluatedStep, threshold: float) -> bool:
    if wanted.label is not None and step.label is not wanted.label:
        return False
    if wanted.place is not None and min(step.step + 1, LAST_PLACE) != wanted.place:
        return False
    if wanted.predicted is not None and (step.score is None or predict(step.score, threshold) is not wanted.predicted):
        return False
    return wanted.scores.holds(step.score)
