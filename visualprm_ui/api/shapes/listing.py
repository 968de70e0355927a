"""Shapes of the list of solutions: its rows, what they add up to, and the values to filter by."""

from typing_extensions import TypedDict

from storage import LabelState
from visualprm_ui.api.shapes.results import FileLabelsView, PolicyLabelsView
from visualprm_ui.api.shapes.values import StepLabels


class BrowsedSolution(TypedDict):
    """A solution in a list, with the final labels of people and those of files."""

    solution: str
    problem: str
    question: str
    image: str | None
    data_source: str | None
    policy_model: str
    answer: str | None
    is_right: bool | None  # None: the answer or the reference is missing
    labels: StepLabels
    scores: list[float | None] | None  # of the newest scoring; None: nobody scored it
    mean_score: float | None
    annotators: int
    people: list[str]  # who labelled or skipped it
    states: list[LabelState]
    updated_at: str
    file_labels: list[FileLabelsView]
    rollout_labels: list[PolicyLabelsView]  # the newest of each policy


class SolutionPage(TypedDict):
    """Solutions, page by page."""

    solutions: list[BrowsedSolution]
    next: str | None
    unlisted: int  # solutions that changed and are not listed as they are now


class SolutionIds(TypedDict):
    """Solutions by their ids."""

    solutions: list[str]


class LabelCountsView(TypedDict):
    """Steps by their labels."""

    correct: int
    neutral: int
    wrong: int
    unlabelled: int


class TimeBinsView(TypedDict):
    """How long solutions take: bins of ``width`` seconds from 0 on, the last one for all that took longer too."""

    width: int
    solutions: list[int]
    median: float


class SolutionSummary(TypedDict):
    """What a list adds up to."""

    total: int  # solutions that the filter finds
    all: int  # solutions in the store
    in_work: int  # that the filter would find, and leaves out while you label them
    by_place: list[LabelCountsView]  # by the place of the step; the 11th entry is of all later ones too
    by_score: list[LabelCountsView] | None  # twenty bins of the score; None: no step is scored
    times: TimeBinsView | None  # None: no time is known


class FacetValue(TypedDict):
    """How many solutions have a value."""

    value: str  # as the filter takes it; "" for none
    name: str
    solutions: int


class FacetView(TypedDict):
    """The values of a property, the most frequent first."""

    values: list[FacetValue]
