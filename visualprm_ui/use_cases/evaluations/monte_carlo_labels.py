"""Monte-Carlo labels against labels that are trusted, on the same steps of the same solutions: read out of the store, measured.

Nothing is scored and nothing is drawn, so that it is no job: figures are of what is stored when they are asked for. Solutions that
only one of the two sides labels are left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.evaluation.monte_carlo import MeasuredSolution, MonteCarloWorth, measure_worth
from engine.outcomes.rollout_labels import RolloutRecord
from storage import BadSetting, Store
from storage.transfer.export_choice import iter_chosen
from storage.transfer.label_choice import LabelKind, counted_shares_of, read_label_choice
from visualprm_ui.use_cases.evaluations.labelled_set import LabelledSolution, labelled_solution
from visualprm_ui.use_cases.evaluations.request import SetChoice, name_of
from visualprm_ui.use_cases.evaluations.scored_solution import ScoredSolution
from visualprm_ui.use_cases.evaluations.scoring_record import RecordLine
from visualprm_ui.use_cases.evaluations.step_list import EvaluatedStep, StepFilter, find_steps

_MODES = {
    "every": "all of every step",
    "first-success": "up to the first success",
    "first-error": "up to the first success, where a search for the first wrong step looked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloChoice:
    """Which Monte-Carlo labels are compared with which others."""

    measured: str  # monte_carlo:POLICY, or file:SOURCE of rows with Monte-Carlo figures
    trusted: SetChoice  # the labels to agree with, and on which solutions


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSolution:
    """A solution with both."""

    labelled: LabelledSolution  # by the trusted labels
    shares: tuple[float | None, ...]  # one a step, in [0, 1]; None: not measured
    has_shares: bool  # whether they estimate the expected accuracy
    record: RolloutRecord | None  # how they came about; None: a file does not say
    equal: int  # other solutions of its run with word for word these steps

    def as_measured(self) -> MeasuredSolution:
        """Return it as figures take it."""
        return MeasuredSolution(
            problem=self.labelled.problem,
            labels=self.labelled.labels,
            shares=self.shares,
            has_shares=self.has_shares,
        )

    def as_scored(self) -> ScoredSolution:
        """Return it as lists of steps take it: of the steps that were measured, with shares in place of scores."""
        labels = self.as_measured().compared
        return ScoredSolution(labelled=replace(self.labelled, labels=labels), scores=self.shares)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedLabels:
    """Monte-Carlo labels against others, with all that belongs to the figures."""

    choice: MonteCarloChoice
    worth: MonteCarloWorth
    record: tuple[RecordLine, ...]  # how the Monte-Carlo labels came about
    half_labelled: int  # solutions with trusted labels of some steps only
    equal: int  # solutions that have an equal one in their run


class MonteCarloLabels:
    """The Monte-Carlo labels of one store, beside other labels of the same steps. Methods raise BadSetting and NotFound."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def data_dir(self) -> Path:
        """The folder that commands name."""
        return self._store.data_dir

    def name_of(self, choice: SetChoice) -> str:
        """Return what a set of labels is called. Raises NotFound and BadSetting."""
        return name_of(self._store, choice)

    def measure(self, choice: MonteCarloChoice) -> ComparedLabels:
        """Return how well they agree at every threshold."""
        found = list(iter_compared(self._store, choice))
        if not found:
            raise BadSetting(
                f"No solution has both labels of {choice.measured!r} and labels of {choice.trusted.labels!r}. Choose other labels, "
                "or measure labelled solutions: Monte-Carlo labels under Dataset."
            )
        return ComparedLabels(
            choice=choice,
            worth=measure_worth([each.as_measured() for each in found]),
            record=_describe(choice, found),
            half_labelled=sum(None in each.labelled.labels for each in found),
            equal=sum(each.equal > 0 for each in found),
        )

    def find_steps(self, choice: MonteCarloChoice, wanted: StepFilter, hidden: Collection[str]) -> list[EvaluatedStep]:
        """Return the measured steps that a filter finds, mistakes first; the score of each is the share of its completions.

        ``hidden``: solutions whose labels are not for whoever asks.
        """
        found = list(iter_compared(self._store, choice))
        if any(each.has_shares for each in found):  # the same solutions as the figures are of
            found = [each for each in found if each.has_shares]
        return find_steps((each.as_scored() for each in found), wanted, 0.0, hidden)


def iter_compared(store: Store, choice: MonteCarloChoice) -> Iterator[ComparedSolution]:
    """Iterate over the solutions that both label, in the order they were stored. Raises BadSetting, NotFound."""
    wanted = read_label_choice(choice.measured)
    if wanted.kind not in (LabelKind.MONTE_CARLO, LabelKind.FILE):
        raise BadSetting(
            f"Labels of {choice.measured!r} are not of Monte-Carlo completions. Give monte_carlo:POLICY, or the file:SOURCE of "
            "rows with Monte-Carlo figures."
        )
    if choice.measured == choice.trusted.labels:
        raise BadSetting("The same labels are on both sides. Choose others to compare them with.")
    chosen = choice.trusted.as_export_choice()
    if wanted.kind is LabelKind.MONTE_CARLO:
        chosen = replace(chosen, solutions=store.runs.list_measured_by(wanted.name))
    for each in iter_chosen(store, chosen, unlabelled=False):
        trusted = chosen.labels.choose(each, files_stand_in=not chosen.is_narrowed, partial=True)
        for whose, labels in trusted.items():  # one: "all" is refused
            if whose != choice.measured and (counted := counted_shares_of(each, choice.measured)) is not None:
                yield ComparedSolution(
                    labelled=labelled_solution(each, whose, labels),
                    shares=counted.shares,
                    has_shares=counted.has_shares,
                    record=counted.record,
                    equal=each.count - 1,
                )


def _describe(choice: MonteCarloChoice, found: Sequence[ComparedSolution]) -> tuple[RecordLine, ...]:
    whose = Counter(each.labelled.whose for each in found)
    records = [each.record for each in found if each.record is not None]
    lines = [
        RecordLine("Monte-Carlo labels", choice.measured),
        RecordLine("compared with", _counted(whose)),
    ]
    if records:
        lines += [
            RecordLine("revision", _counted(Counter(each.policy_revision for each in records))),
            RecordLine("completions a step", _counted(Counter(str(each.completions) for each in records))),
            RecordLine("drawn", _counted(Counter(_MODES[each.mode] for each in records))),
            RecordLine("temperature", _counted(Counter(f"{each.sampling.temperature:g}" for each in records))),
            RecordLine("prompt", _counted(Counter(each.prompt_version for each in records))),
        ]
    return tuple(lines)


def _counted(counts: Counter[str]) -> str:
    """Return the only value, or each with its solutions, the most frequent first."""
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{value} ({count} solutions)" for value, count in counts.most_common())
