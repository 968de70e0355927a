"""Shapes of jobs of the loaded models: over many solutions, or many problems."""

from typing_extensions import TypedDict

from storage.transfer.job_folder import JobKind
from visualprm_ui.api.shapes.transfer import JobView


class ModelIdView(TypedDict):
    """A model and its weights."""

    name: str
    revision: str


class ModelJobReportView(TypedDict):
    """Counts: of solutions where a job scores, of problems where it samples."""

    total: int  # to be done when it began
    already: int  # beside them, scored by this model before
    queue: str | None  # that sampled solutions joined
    queued: int | None
    queue_total: int | None


class FailureView(TypedDict):
    """What could not be done, and why."""

    problem: str
    solution: str | None  # null: nothing of the problem could be
    reason: str


class ModelJobView(JobView):
    """A job of the loaded models. ``rows``: done, failures among them."""

    kind: JobKind  # score or sample
    wanted: dict[
        str, str | list[str]
    ]  # what narrows it, by the names of the request; named solutions and problems are left out
    sampling: dict[str, int | float | list[str]] | None  # null: it scores
    project: str | None
    reward_model: ModelIdView
    policy: ModelIdView | None
    report: ModelJobReportView | None  # null: what there is to do is not known yet
    failed: int
    failures: list[FailureView]  # the first hundred


class ModelJobList(TypedDict):
    """Jobs of the loaded models, the newest first."""

    jobs: list[ModelJobView]


class ExtentView(TypedDict):
    """What a job would be about."""

    problems: int
    solutions: int  # selected, or that would be sampled
    reward_model: ModelIdView | None  # null: none is loaded
    policy: ModelIdView | None
