"""Shapes of labelling. None of them but Reveal, which follows a submission, holds a score."""

from typing_extensions import TypedDict

from engine.domain import Label, SkipReason
from storage import BlockedBy, ItemState
from visualprm_ui.api.shapes.review import WrongVerdictView
from visualprm_ui.api.shapes.values import StepDetailView, StepLabels
from visualprm_ui.use_cases.pictures import ImageRef


class TaskOptions(TypedDict):
    """The project options that the label board needs."""

    blind: bool
    first_error: bool
    error_types: bool
    step_notes: bool
    quiz_pass: float | None  # of a quiz item: which share of the quiz's steps must have the right label, in (0, 1]


class LabelTaskView(TypedDict):
    """One solution to label. It holds no score."""

    id: str
    queue: str
    position: int
    total: int
    question: str
    images: list[ImageRef]
    data_source: str | None
    reference: str | None
    model_answer: str | None
    steps: list[str]
    labels: StepLabels
    details: list[StepDetailView | None]
    first_error: int | None
    flagged: bool
    note: str
    skip_reason: SkipReason | None
    submitted: bool
    revealed: bool
    returned: str | None  # the reviewer's note, where the task was sent back
    review: (
        WrongVerdictView | None
    )  # what was found wrong, where that is why; null: it went back with others of its split
    is_quiz: bool
    quiz_passed: bool | None  # whether this person has passed the project's entry quiz; None: it has none
    held_seconds: float | None  # how long the lease still runs; None: it does not run out
    taken_over: bool
    guideline_version: str
    options: TaskOptions


class TaskProgress(TypedDict):
    """How far a person is in a queue."""

    done: int
    total: int
    taken_over: int


class BlockedView(TypedDict):
    """Why there is no task although the queue is not finished."""

    why: BlockedBy
    text: str


class TaskAnswer(TypedDict):
    """A task, or why there is none."""

    task: LabelTaskView | None
    progress: TaskProgress
    title: str
    waiting: bool
    blocked: BlockedView | None


class QueueProgress(TypedDict):
    """A queue with one's own progress."""

    queue: str
    title: str
    done: int
    total: int
    returned: int  # sent back by a reviewer, to be submitted again
    project: bool  # else the queue of a run
    paused: bool  # its project hands out nothing new for now


class QueueList(TypedDict):
    """Queues, the newest first."""

    queues: list[QueueProgress]


class MappedItemView(TypedDict):
    """One item of a person's list. It holds no label and no score."""

    position: int
    state: ItemState
    flagged: bool
    is_quiz: bool
    skip_reason: SkipReason | None
    note: str
    returned: str | None  # the reviewer's words, where it came back and is not submitted again
    returned_by: str | None  # the reviewer, as pages call them
    found_wrong: bool  # it came back because its own labels were found wrong, not others of its split
    seconds: float | None
    done_at: str | None


class ItemMap(TypedDict):
    """All items of a person's list."""

    items: list[MappedItemView]


class RejectedEvent(TypedDict):
    """An event that was not saved, and why."""

    uuid: str
    reason: str
    gone: bool  # its task is not there any more: no event for it will be saved


class Receipt(TypedDict):
    """What became of each event."""

    acknowledged: list[str]  # on disk
    rejected: list[RejectedEvent]
    late: list[str]  # tasks that were submitted after the lease had gone to somebody else


class Reveal(TypedDict):
    """The scores of a submitted task."""

    scores: list[float | None]
    predicted: list[Label | None]
    solution_score: float | None
    reward_model: str | None


class GuidelineView(TypedDict):
    """The labelling guideline. ``text`` is Markdown."""

    version: str
    text: str
