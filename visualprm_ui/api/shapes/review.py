"""Shapes of review: splits and their samples."""

from typing_extensions import TypedDict

from storage import ReviewVerdict, SplitState
from visualprm_ui.api.shapes.values import StepLabels


class SplitView(TypedDict):
    """A split of a queue."""

    split: int
    state: SplitState
    round: int
    done: int
    total: int
    reviewed: int
    sample: int
    wrong: int


class QueuedSplit(SplitView):
    """A split with the queue it is of."""

    queue: str
    title: str


class SplitList(TypedDict):
    """The splits of a queue."""

    splits: list[SplitView]


class QueuedSplitList(TypedDict):
    """The splits of all projects."""

    splits: list[QueuedSplit]


class SampledItem(TypedDict):
    """One person's work on a sampled solution."""

    task: str
    solution: str
    question: str
    image: str | None
    annotator: str  # shown to people
    name: str  # stands on the labels
    labels: StepLabels
    verdict: ReviewVerdict | None
    note: str


class SplitSample(TypedDict):
    """The sample of a split."""

    state: SplitState
    items: list[SampledItem]


class Reopened(TypedDict):
    """How many tasks were opened again."""

    reopened: int
