"""Shapes of runs and of the server's models. RunView and ServedModels stand with the use cases that build them."""

from typing_extensions import TypedDict

from engine.domain import RunState
from visualprm_ui.use_cases.model_control import AvailableModel, ServedModels


class ModelsView(ServedModels):
    """The models of the server, and whether the principal may change them."""

    may_operate: bool


class AvailableModels(TypedDict):
    """The checkpoints of the machine."""

    models: list[AvailableModel]


class RunSummaryView(TypedDict):
    """A run in a list."""

    run: str
    question: str
    image: str | None  # the hash of its first image
    answer: str | None
    state: RunState
    n: int
    created_at: str


class RunList(TypedDict):
    """Runs, the newest first."""

    runs: list[RunSummaryView]


class ExaminationView(TypedDict):
    """What the models say of an input before a run, in sentences for people."""

    refusal: str | None  # why a run would be refused
    notice: str | None  # why the models cannot be trusted with it


class Stopped(TypedDict):
    """Whether a run was stopped; false where it had ended already."""

    stopped: bool


class QueueRef(TypedDict):
    """A queue's id."""

    queue: str
