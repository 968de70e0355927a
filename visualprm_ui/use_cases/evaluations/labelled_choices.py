"""The sets with labels that are in a store, for a list to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from storage import ResultRepository
from storage.transfer.label_choice import LabelKind
from visualprm_ui.use_cases.evaluations.request import all_of, monte_carlo_by


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledChoice:
    """A set that an evaluation can be about."""

    name: str
    project: str | None
    data_source: str | None  # None: whatever source it is of
    labels: str  # as visualprm_ui/use_cases/evaluations/request.py has them
    solutions: int
    is_stored: bool = True  # False: it is made by the first evaluation of it


@dataclass(frozen=True, slots=True, kw_only=True)
class _Labelled:
    """Solutions of one data source that one file, or one policy's rollouts, label."""

    by: str  # the file's source, or the policy
    data_source: str | None
    solutions: int


def list_choices(results: ResultRepository) -> list[LabelledChoice]:
    """Return what people labelled, project by project, then what files label and what rollouts label: each as a whole, then by
    data source.
    """
    of_people = [
        LabelledChoice(
            name=each.title, project=each.project, data_source=None, labels=LabelKind.FINAL, solutions=each.solutions
        )
        for each in results.list_labelled_projects()
    ]
    of_files = [
        _Labelled(by=each.source, data_source=each.data_source, solutions=each.solutions)
        for each in results.list_file_labels()
    ]
    of_rollouts = [
        _Labelled(by=each.policy_model, data_source=each.data_source, solutions=each.solutions)
        for each in results.list_rollout_labels()
    ]
    return [
        *of_people,
        *_wholes(of_files, LabelKind.FILE, all_of),
        *_by_source(of_files, LabelKind.FILE, str),
        *_wholes(of_rollouts, LabelKind.MONTE_CARLO, monte_carlo_by),
        *_by_source(of_rollouts, LabelKind.MONTE_CARLO, monte_carlo_by),
    ]


def _by_source(found: Iterable[_Labelled], kind: LabelKind, name: Callable[[str], str]) -> list[LabelledChoice]:
    return [
        LabelledChoice(
            name=f"{each.data_source}, {'by ' if kind is LabelKind.FILE else ''}{name(each.by)}",
            project=None,
            data_source=each.data_source,
            labels=f"{kind}:{each.by}",
            solutions=each.solutions,
        )
        for each in found
        if each.data_source is not None
    ]


def _wholes(found: Iterable[_Labelled], kind: LabelKind, name: Callable[[str], str]) -> list[LabelledChoice]:
    """Return one choice for each file or policy over all data sources, the largest first; a single one that has a name is by
    itself.

    Problems that name no source are in it, and nowhere else: no set is narrowed to them.
    """
    by: dict[str, list[_Labelled]] = {}
    for each in found:
        by.setdefault(each.by, []).append(each)
    whole = [
        LabelledChoice(
            name=name(whose),
            project=None,
            data_source=None,
            labels=f"{kind}:{whose}",
            solutions=sum(each.solutions for each in sources),  # a solution is of one source
        )
        for whose, sources in by.items()
        if len(sources) > 1 or sources[0].data_source is None
    ]
    return sorted(whole, key=lambda each: -each.solutions)
