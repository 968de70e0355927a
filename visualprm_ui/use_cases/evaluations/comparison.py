"""Two step benchmarks of the same steps side by side: refused with the reason where they cannot be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from engine.domain import Label
from engine.evaluation.step_comparison import StepComparison, compare_steps
from engine.prediction import predict
from storage import BadSetting
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles
from visualprm_ui.use_cases.evaluations.jobs import Evaluation
from visualprm_ui.use_cases.evaluations.scored_solution import ScoredSolution, iter_scored
from visualprm_ui.use_cases.evaluations.step_list import ANY_SCORE, EvaluatedStep, ScoreRange, iter_steps


class Which(StrEnum):
    """Which steps, by who predicts them as they are labelled."""

    ALL = "all"
    BOTH_RIGHT = "both_right"
    ONLY_A_RIGHT = "only_a_right"
    ONLY_B_RIGHT = "only_b_right"
    BOTH_MISTAKEN = "both_mistaken"


_RIGHT: Mapping[Which, tuple[bool, bool]] = {
    Which.BOTH_RIGHT: (True, True),
    Which.ONLY_A_RIGHT: (True, False),
    Which.ONLY_B_RIGHT: (False, True),
    Which.BOTH_MISTAKEN: (False, False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedFilter:
    """Which steps of two evaluations; conditions add up."""

    which: Which = Which.ALL
    a: ScoreRange = ANY_SCORE
    b: ScoreRange = ANY_SCORE


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedStep:
    """A step that both models scored."""

    a: EvaluatedStep
    b: EvaluatedStep

    @property
    def gap(self) -> float:
        """How far the two scores are apart, in [0, 1]; 0 where one could not be read."""
        return 0.0 if self.a.score is None or self.b.score is None else abs(self.a.score - self.b.score)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledSteps:
    """How many steps whose scores could both be read score above that model's threshold, whatever their label."""

    by_both: int
    by_a: int  # and not by b
    by_b: int
    by_none: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedEvaluations:
    """The solutions that both evaluations have scores of, in the same order."""

    a: tuple[ScoredSolution, ...]
    b: tuple[ScoredSolution, ...]
    only_in_a: int  # solutions that the other has no scores of, left out
    only_in_b: int
    threshold_a: float
    threshold_b: float

    def compare(self) -> StepComparison:
        """Return the figures of both and their differences."""
        return compare_steps(
            [each.as_judged() for each in self.a],
            [each.as_judged() for each in self.b],
            threshold_a=self.threshold_a,
            threshold_b=self.threshold_b,
        )

    def find_steps(self, wanted: ComparedFilter, hidden: Collection[str] = ()) -> list[ComparedStep]:
        """Return the steps that a filter finds, those where the scores differ most first.

        ``hidden``: solutions whose scores are not for whoever asks.
        """
        pairs = (
            ComparedStep(a=one, b=other)
            for first, second in zip(self.a, self.b, strict=True)
            if first.labelled.solution not in hidden
            for one, other in zip(iter_steps(first), iter_steps(second), strict=True)
        )
        return sorted((each for each in pairs if self._takes(wanted, each)), key=lambda each: -each.gap)

    def count_called(self) -> CalledSteps:
        """Return on which side of each model's threshold the steps score."""
        sides = Counter(
            (
                predict(one.score, self.threshold_a) is Label.CORRECT,
                predict(other.score, self.threshold_b) is Label.CORRECT,
            )
            for first, second in zip(self.a, self.b, strict=True)
            for one, other in zip(iter_steps(first), iter_steps(second), strict=True)
            if one.score is not None and other.score is not None
        )
        return CalledSteps(
            by_both=sides[True, True], by_a=sides[True, False], by_b=sides[False, True], by_none=sides[False, False]
        )

    def _takes(self, wanted: ComparedFilter, step: ComparedStep) -> bool:
        right = (not step.a.is_mistaken(self.threshold_a), not step.b.is_mistaken(self.threshold_b))
        is_so = wanted.which is Which.ALL or _RIGHT[wanted.which] == right
        return is_so and wanted.a.holds(step.a.score) and wanted.b.holds(step.b.score)


def join(a: Evaluation, b: Evaluation, files_of_a: EvaluationFiles, files_of_b: EvaluationFiles) -> JoinedEvaluations:
    """Return what two evaluations that are done have in common.

    Each keeps its own threshold. Raises BadSetting: it is one evaluation, no solution is in both, or labels were changed in
    between.
    """
    if a.job.id == b.job.id:
        raise BadSetting("Both are the same evaluation. Choose two different ones.")
    threshold_a, threshold_b = a.threshold, b.threshold
    assert threshold_a is not None
    assert threshold_b is not None
    first = {each.labelled.solution: each for each in iter_scored(files_of_a)}
    second = {each.labelled.solution: each for each in iter_scored(files_of_b)}
    common = [each for each in first if each in second]
    if not common:
        raise BadSetting("They have no solution in common. Choose two evaluations of the same set.")
    changed = sum(first[each].labelled.labels != second[each].labelled.labels for each in common)
    if changed:
        raise BadSetting(
            f"The labels of {changed} solutions were changed between the two, or are somebody else's. Start the older one again "
            "with the same labels; nothing is scored twice."
        )
    return JoinedEvaluations(
        a=tuple(first[each] for each in common),
        b=tuple(second[each] for each in common),
        only_in_a=len(first) - len(common),
        only_in_b=len(second) - len(common),
        threshold_a=threshold_a,
        threshold_b=threshold_b,
    )
