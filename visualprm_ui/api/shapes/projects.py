"""Shapes of projects, their progress and what fills them."""

from typing_extensions import TypedDict

from engine.domain import Order
from storage import QuizState


class ProjectOptionsView(TypedDict):
    """The options of a project: ``engine.domain.ProjectOptions``."""

    blind: bool
    overlap: int | None
    lease_minutes: int
    first_error: bool
    error_types: bool
    step_notes: bool
    quiz_pass: float | None
    split_size: int
    review_share: float
    review_limit: int
    order: Order
    order_seed: int
    evaluation_share: float
    members_only: bool
    gold_every: int
    paused: bool


class GoldAccuracy(TypedDict):
    """Steps of gold items that a person labelled, and how many of them correctly."""

    right: int
    steps: int


class AnnotatorProgress(TypedDict):
    """What one person has done in a queue."""

    annotator: str
    done: int
    skipped: int
    held: int
    labels_an_hour: float | None
    seconds_an_item: float | None
    seconds_a_step: float | None
    gold: GoldAccuracy | None
    quiz: QuizState | None


class MemberList(TypedDict):
    """The names of a project's members, and whether they alone find and label it."""

    members_only: bool
    members: list[str]


class InvitedMember(TypedDict):
    """Somebody who is invited into a project, and the link for them, relative to the app's root."""

    name: str
    link: str
    expires_at: str


class RefusedName(TypedDict):
    """A name that nobody could be invited by, and why."""

    name: str
    reason: str


class InvitedList(TypedDict):
    """Who is invited, and who could not be."""

    invited: list[InvitedMember]
    refused: list[RefusedName]


class Released(TypedDict):
    """How many solutions went back to their queue."""

    released: int


class QueueLabels(TypedDict):
    """Labels of a queue, one a person and solution; gold and quiz do not count."""

    wanted: int
    done: int


class ProjectQueue(TypedDict):
    """How far a project's queue is."""

    queue: str
    title: str
    total: int
    done: int
    over: int
    labels: QueueLabels
    labels_an_hour: float | None
    hours_left: float | None
    people: list[AnnotatorProgress]


class ProjectView(TypedDict):
    """A project with its progress."""

    project: str
    title: str
    guideline_version: str
    archived: bool
    options: ProjectOptionsView
    members: list[str]  # names
    queues: list[ProjectQueue]


class ProjectList(TypedDict):
    """Projects, the newest first, and the options of a new one."""

    projects: list[ProjectView]
    default_options: ProjectOptionsView


class CreatedProject(TypedDict):
    """The ids of a new project and its queue."""

    project: str
    queue: str


class Moved(TypedDict):
    """How many solutions were moved."""

    moved: int


class NotAddedView(TypedDict):
    """How many of the selected solutions a project does not take, by the reason."""

    present: int  # in the project already
    equal: int  # word for word the same as another one of their run
    unusable: int  # of those named: cancelled, or without a step
    benchmark: int  # of the built-in benchmark, which nothing names


class FilledView(NotAddedView):
    """How many solutions were added to a queue, and how many it has now."""

    added: int
    total: int


class SolutionSpreadView(TypedDict):
    """How many solutions have which mean score, and how many steps: ``storage.SolutionSpread``."""

    mean_scores: list[int] | None  # in 20 equal parts of [0, 1]; null: none is scored
    unscored: int
    steps: list[int]  # of 1, 2, ..., 20 or more steps


class FillPreviewView(NotAddedView):
    """How many solutions a selection finds, and how many of them would be added."""

    matching: int
    added: int
    spread: SolutionSpreadView  # of what it finds whatever the mean score


class ProjectContent(TypedDict):
    """The solutions of a project that come from one data source and policy model."""

    data_source: str | None
    policy_model: str
    solutions: int
    begun: int
    held: int  # of the others, reserved for somebody who has them open or ready


class ContentList(TypedDict):
    """What is in a project, gold and quiz left out."""

    contents: list[ProjectContent]


class Removed(TypedDict):
    """How many solutions were removed."""

    removed: int


class GoldSourceView(TypedDict):
    """Solutions with labels of one data source that can become quiz or gold items."""

    data_source: str | None
    solutions: int


class GoldItemsView(TypedDict):
    """The items with known labels a project has, and where more can be drawn from."""

    quiz: int
    gold: int
    sources: list[GoldSourceView]


class DrawnGold(TypedDict):
    """The solutions that were drawn."""

    solutions: list[str]


class Changed(TypedDict):
    """How many were changed."""

    changed: int


class BadLineView(TypedDict):
    """A line that was not imported, and why."""

    line: int
    reason: str


class ImportResult(TypedDict):
    """What an import did."""

    added: int
    unchanged: int
    conflicting: int  # other labels than an earlier line of the same solution
    unlabelled: int  # lines without labels
    kept_fields: list[str]  # fields that the format does not know
    errors: list[BadLineView]
    queued: int
    total: int
