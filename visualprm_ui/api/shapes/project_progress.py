"""Shapes of a project's progress: its labels, their forecast and quality, its people, what waits."""

from typing_extensions import TypedDict

from storage import QuizState
from visualprm_ui.api.shapes.projects import GoldAccuracy, ProjectOptionsView
from visualprm_ui.api.shapes.results import Statistic
from visualprm_ui.use_cases.project_actions import ActionKind


class LabelStandingView(TypedDict):
    """Where the labels of a project stand; without the last two they add up to ``wanted``."""

    wanted: int
    done: int
    sent_back: int
    in_work: int
    to_do: int
    unclaimed: int  # of those sent back: nobody has taken them up in time
    last_day: int  # done in the last 24 hours


class LabelDayView(TypedDict):
    """How many labels there were at a moment."""

    at: str
    labels: int


class ForecastView(TypedDict):
    """When a project will be done at the pace of its last days; days from now."""

    a_day: float | None
    over_days: int
    days_left: float | None
    soonest: float | None
    latest: float | None
    reason: str | None


class MeasuredShare(TypedDict):
    """A share, and of how many it is one."""

    share: Statistic
    of: int


class AgreementDayView(TypedDict):
    """How far people agreed on what was labelled until a moment: Krippendorff's alpha."""

    at: str
    alpha: Statistic


class QuizResultView(TypedDict):
    """How somebody did in the entry quiz; it stands until they may try again."""

    state: QuizState
    right: int
    steps: int
    at: str


class ProjectPerson(TypedDict):
    """What one person does in a project, and how."""

    annotator: str
    name: str
    done: int  # quiz and gold included
    skipped: int
    work_done: int  # neither quiz nor gold: what the labels of the project count
    work_skipped: int
    quiz_done: int
    held: int
    last_day: int
    median_seconds_a_step: float | None
    gold: GoldAccuracy | None
    gold_share: Statistic
    agreement: Statistic
    sent_back: int
    timed: int
    too_fast: int
    worth_a_look: bool
    quiz: QuizResultView | None  # None: not finished, or there is none


class ProjectActionView(TypedDict):
    """One thing that waits for a person."""

    kind: ActionKind
    count: int
    people: list[str]
    split: int | None


class ProjectProgressView(TypedDict):
    """How a project is doing."""

    project: str
    queue: str
    title: str
    archived: bool
    created_at: str
    options: ProjectOptionsView
    at: str
    solutions: int
    quiz_items: int
    labels: LabelStandingView
    days: list[LabelDayView]
    forecast: ForecastView
    gold: MeasuredShare
    agreement: MeasuredShare
    agreement_days: list[AgreementDayView]
    people: list[ProjectPerson]
    actions: list[ProjectActionView]


class FastItem(TypedDict):
    """A solution that somebody labelled quicker than one can read it."""

    solution: str
    question: str
    image: str | None
    steps: int
    words: int
    seconds: float
    usual_seconds: float | None  # that this person takes for so many words
    at: str


class FastItemList(TypedDict):
    """What a person labelled quicker than one can read it, the newest first."""

    annotator: str
    name: str
    items: list[FastItem]
