"""Shapes of review: splits, their samples, and what is waiting for a reviewer."""

from typing_extensions import TypedDict

from engine.domain import Label, SkipReason
from storage import ReviewVerdict, SplitState
from visualprm_ui.api.shapes.values import StepDetailView, StepLabels
from visualprm_ui.use_cases.pictures import ImageRef


class Waiting(TypedDict):
    """How much is waiting for a reviewer."""

    review: int  # splits that are labelled and not judged, and in which the asker can judge something
    adjudication: int  # solutions on which people differ, not decided


class QuestionedStepView(TypedDict):
    """A step whose label a reviewer does not share."""

    step: int
    should_be: Label | None  # null: the reviewer does not say


class WrongVerdictView(TypedDict):
    """Why one person's labels of a solution were found wrong."""

    by: str
    note: str
    questioned: list[QuestionedStepView]


class FormerVerdictView(WrongVerdictView):
    """The same in the round before, with the labels as they were then."""

    at: str
    labels: StepLabels


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
    judgeable: bool  # under review, and the asker can judge others' work in it or end its round


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
    others: list[str]  # who may judge besides the asker, as they are shown


class SampledItem(TypedDict):
    """One person's work on a sampled solution."""

    task: str
    solution: str
    question: str
    image: str | None
    annotator: str  # shown to people
    name: str  # stands on the labels
    own: bool  # the asker's own work, which somebody else has to judge
    labels: StepLabels
    verdict: ReviewVerdict | None
    note: str
    questioned: list[QuestionedStepView]


class SplitSample(TypedDict):
    """The sample of a split."""

    title: str  # of the queue
    state: SplitState
    round: int
    total: int  # solutions of the split
    limit: int  # items that may be wrong; with more the split should go back
    items: list[SampledItem]
    others: list[str]  # who may judge besides the asker, as they are shown


class ReviewItemView(TypedDict):
    """One person's work as a reviewer judges it. Without a verdict it holds no score."""

    task: str
    solution: str
    annotator: str  # shown to people
    name: str  # stands on the labels
    own: bool  # the asker's own work, which somebody else has to judge
    question: str
    images: list[ImageRef]
    data_source: str | None
    reference: str | None
    model_answer: str | None
    steps: list[str]
    labels: StepLabels
    details: list[StepDetailView | None] | None
    first_error: int | None
    flagged: bool
    remark: str  # of the annotator, on the whole
    skip_reason: SkipReason | None
    verdict: ReviewVerdict | None
    note: str
    questioned: list[QuestionedStepView]
    before: FormerVerdictView | None
    scores: list[float | None] | None  # null before the verdict, and where there are none
    predicted: list[Label | None] | None


class Reopened(TypedDict):
    """How many tasks were opened again."""

    reopened: int
