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
    pictures: int
