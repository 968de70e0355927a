"""Shapes of runs and of the server's models. RunView and ServedModels stand with the use cases that build them."""

from enum import StrEnum

from typing_extensions import TypedDict

from engine.domain import RunState
from visualprm_ui.use_cases.independent_run import IndependentRun
from visualprm_ui.use_cases.model_control import ServedModels
from visualprm_ui.use_cases.other_scores import OtherModelScores


class ModelsView(ServedModels):
    """The models of the server, and whether the principal may change them."""

    may_operate: bool


class RunSummaryView(TypedDict):
    """A run in a list."""

    run: str
    question: str
    image: str | None  # the hash of its first image
    answer: str | None
    state: RunState
    n: int
    is_search: bool  # a guided search
    created_at: str


class RunRef(TypedDict):
    """A run's id."""

    run: str


class Beside(TypedDict):
    """What a guided search can be compared with; None: nothing."""

    independent: IndependentRun | None
    is_own: bool  # whoever asks started the search: an independent run of theirs would be one to compare it with


class RunList(TypedDict):
    """Runs, the newest first."""

    runs: list[RunSummaryView]


class OpensFor(StrEnum):
    """Who can open a run."""

    EVERYBODY = "everybody"  # nobody signs in here
    MAKER = "maker"  # whoever started it, reviewers and admins
    LINK = "link"  # everybody who has the link
    SIGNED_IN = "signed_in"  # everybody who has the link and an account


class SharingView(TypedDict):
    """Who can open a run, and whether whoever asks may change that."""

    opens_for: OpensFor
    may_change: bool


class ExaminationView(TypedDict):
    """What the models say of an input before a run, in sentences for people."""

    refusal: str | None  # why a run would be refused
    notice: str | None  # why the models cannot be trusted with it


class OtherScores(TypedDict):
    """Scores of a run's solutions by other reward models than its own, the newest first."""

    models: list[OtherModelScores]


class Stopped(TypedDict):
    """Whether a run was stopped; false where it had ended already."""

    stopped: bool


class QueueRef(TypedDict):
    """A queue's id."""

    queue: str
