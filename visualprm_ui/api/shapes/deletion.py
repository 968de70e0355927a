"""Shapes of deleting: what hangs on a run, a problem or a picture."""

from typing_extensions import TypedDict

from storage.runs.targets import TargetKind


class TasksView(TypedDict):
    """Tasks that go from one queue."""

    title: str
    tasks: int


class DeletionView(TypedDict):
    """What goes with a run, a problem or a picture. What people did is counted once a person and solution."""

    kind: TargetKind
    id: str
    name: str  # to be sent where labels go too
    has_labels: bool
    refusal: str | None  # why it cannot be deleted now
    export: str | None  # address below the API's root of the labels that would go; for admins
    problems: int
    runs: int
    solutions: int
    scorings: int
    tasks: int
    queues: list[TasksView]  # for reviewers
    drafts: int
    annotations: int
    labels: int
    decisions: int
    verdicts: int
    known_labels: int
    people: int
    file_rows: int
    rollout_labels: int  # measurements by rollouts
    pictures: int


class ProjectDeletionView(TypedDict):
    """What goes with a project, or went with it."""

    title: str
    solutions: int  # they stay in the store
    labels: int  # annotations of them; they stay unless asked for
    people: int  # whose labels those are
    known_labels: int  # annotations of gold and quiz items: they go in any case
    guidelines: int  # versions of its own guideline: their texts go in any case
    export: str | None  # where the labels can be downloaded before, relative to the API's root
