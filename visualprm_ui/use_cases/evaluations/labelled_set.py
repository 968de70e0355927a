"""The labels that an evaluation compares scores with: read out of the store once, and frozen.

What people correct afterwards changes no evaluation that has begun. Texts are not copied: what is deleted from the store is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain import ErrorType, Label
from storage import BadSetting, Store
from storage.results.annotations import AnnotatedSolution
from storage.transfer.export_choice import iter_chosen
from storage.transfer.import_report import Tally
from storage.transfer.label_choice import LabelKind
from visualprm_ui.use_cases.evaluations.files import SetCounts
from visualprm_ui.use_cases.evaluations.request import SetChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSolution:
    """A solution with the labels that it is evaluated by."""

    solution: str  # id
    problem: str  # id
    data_source: str | None
    policy_model: str
    whose: str  # people, person:NAME, file:SOURCE or monte_carlo:POLICY
    steps: int  # of the solution
    labels: tuple[Label | None, ...]  # one a step; None: not labelled
    error_types: tuple[ErrorType | None, ...]  # one a step


def iter_labelled(
    store: Store,
    choice: SetChoice,
    on_read: Callable[[float], None] = lambda _share: None,
    of_problems: Sequence[str] | None = None,
) -> Iterator[LabelledSolution]:
    """Iterate over the solutions of a set that have any label, in the order they were stored. Raises NotFound, BadSetting.

    ``of_problems``: only those of these problems; None: of any.
    """
    chosen = choice.as_export_choice()
    for each in iter_chosen(store, chosen, unlabelled=False, on_read=on_read, of_problems=of_problems):
        found = chosen.labels.choose(each, files_stand_in=not chosen.is_narrowed, partial=True)
        for whose, labels in found.items():  # one: "all" is refused
            yield labelled_solution(each, whose, labels)


def labelled_solution(labelled: AnnotatedSolution, whose: str, labels: tuple[Label | None, ...]) -> LabelledSolution:
    """Return a stored solution with the labels of it that are ``whose``."""
    return LabelledSolution(
        solution=labelled.solution.id,
        problem=labelled.problem.id,
        data_source=labelled.problem.data_source,
        policy_model=labelled.solution.policy_model,
        whose=whose,
        steps=len(labelled.solution.steps),
        labels=tuple(labels),
        error_types=_error_types(labelled, whose, labels),
    )


def require_labelled(store: Store, choice: SetChoice) -> None:
    """Refuse a set without any label. Raises BadSetting, NotFound."""
    if next(iter_labelled(store, choice), None) is None:
        raise BadSetting(nothing_labelled(choice))


def count_labelled(solutions: Iterable[LabelledSolution]) -> SetCounts:
    """Return how much a set has."""
    tally, labels = Tally(), Counter[Label | None]()
    problems: set[str] = set()
    count = half_labelled = 0
    for each in solutions:
        count += 1
        half_labelled += None in each.labels
        problems.add(each.problem)
        labels.update(each.labels)
        tally.add_labels(each.data_source, each.labels)
    return SetCounts(
        problems=len(problems),
        solutions=count,
        steps=labels[Label.CORRECT] + labels[Label.WRONG],
        neutral=labels[Label.NEUTRAL] + labels[None],
        half_labelled=half_labelled,
        is_published_benchmark=tally.is_published,
    )


def as_row(labelled: LabelledSolution) -> Mapping[str, object]:
    """Return a solution as JSON values."""
    return {
        "solution": labelled.solution,
        "problem": labelled.problem,
        "data_source": labelled.data_source,
        "policy_model": labelled.policy_model,
        "whose": labelled.whose,
        "steps": labelled.steps,
        "labels": [None if each is None else int(each) for each in labelled.labels],
        "error_types": [None if each is None else each.value for each in labelled.error_types],
    }


def read_row(values: Mapping[str, Any]) -> LabelledSolution:
    """Read a solution out of the JSON values of :func:`as_row`."""
    return LabelledSolution(
        solution=values["solution"],
        problem=values["problem"],
        data_source=values["data_source"],
        policy_model=values["policy_model"],
        whose=values["whose"],
        steps=values["steps"],
        labels=tuple(None if each is None else Label(each) for each in values["labels"]),
        error_types=tuple(None if each is None else ErrorType(each) for each in values["error_types"]),
    )


def _error_types(
    labelled: AnnotatedSolution, whose: str, labels: tuple[Label | None, ...]
) -> tuple[ErrorType | None, ...]:
    """Return what whoever labelled a wrong step so said of its error, the newest word first; None: nobody said."""
    by = [
        each
        for each in reversed(labelled.annotations)
        if each.details and each.skip_reason is None and whose in ("people", f"person:{each.annotator}")
    ]

    def said(step: int) -> ErrorType | None:
        if labels[step] is not Label.WRONG:
            return None
        details = (each.details[step] for each in by if each.labels[step] is Label.WRONG)
        return next((each.error_type for each in details if each is not None and each.error_type is not None), None)

    return tuple(said(step) for step in range(len(labels)))


def nothing_labelled(choice: SetChoice) -> str:
    """Return that a set has no label, and what to do."""
    if choice.labels == LabelKind.FINAL:
        return "No solution of this set is labelled yet, so there is nothing to compare scores with. Label some, or import labels."
    return (
        f"No solution of this set has labels of {choice.labels!r}. Choose whose labels to compare with, or another set."
    )
