"""Shapes of jobs of the loaded models: over many solutions, or many problems."""

from typing_extensions import TypedDict

from engine.outcomes.rollout_labels import RolloutMode
from storage.transfer.job_folder import JobKind
from visualprm_ui.api.shapes.transfer import JobView
from visualprm_ui.use_cases.run_view import ServerUsageView


class ModelIdView(TypedDict):
    """A model and its weights."""

    name: str
    revision: str


class ModelJobReportView(TypedDict):
    """Counts: of solutions where a job takes those that are there, of problems where it samples."""

    total: int  # to be done when it began
    already: int  # beside them, scored by this model before, or labelled in just this way
    unanswered: int  # beside them, left out because their problem has no reference answer
    benchmark: int  # beside them, left out because they are of the built-in benchmark, which nothing names
    queue: str | None  # that sampled solutions joined
    queued: int | None
    queue_total: int | None


class RolloutSettingsView(TypedDict):
    """How a job labels by rollouts."""

    completions: int  # after each step, at most
    mode: RolloutMode


class RolloutFiguresView(TypedDict):
    """What rollouts have taken so far."""

    solutions: int  # labelled
    completions: int
    tokens: int
    cut_off: int  # completions that did not end by themselves
    unread: int  # completions that state no answer
    seconds: float


class RolloutEstimateView(TypedDict):
    """What all takes, by what some solutions took."""

    completions: int
    tokens: int
    seconds: float
    measured_solutions: int


class FailureView(TypedDict):
    """What could not be done, and why."""

    problem: str
    solution: str | None  # null: nothing of the problem could be
    reason: str


class ModelJobView(JobView):
    """A job of the loaded models. ``rows``: done, failures among them."""

    kind: JobKind  # score, sample, label or sample_and_label
    is_plan: bool  # it measures a few, and is ready once it is known what all takes; share is of that
    wanted: dict[
        str, str | list[str]
    ]  # what narrows it, by the names of the request; named solutions and problems are left out
    sampling: dict[str, int | float | list[str]] | None  # null: it scores
    project: str | None
    rollouts: RolloutSettingsView | None  # null: it labels nothing
    reward_model: ModelIdView | None  # null: it scores nothing
    policy: ModelIdView | None
    report: ModelJobReportView | None  # null: what there is to do is not known yet
    figures: RolloutFiguresView | None  # null: nothing was rolled out
    estimate: RolloutEstimateView | None  # null: nothing was measured
    usage: list[ServerUsageView]  # what model servers were asked so far; none: none was, or it was not recorded
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
    unanswered: int  # problems that rollouts leave out, as they have no reference answer
    completions: int | None  # of rollouts, at most; null: not known before solutions are sampled
    estimate: RolloutEstimateView | None  # by an earlier job of this policy and these settings; null: there was none
    benchmark: int  # of the built-in benchmark, left out as nothing names it: solutions, or problems where it samples
