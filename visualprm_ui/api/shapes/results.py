"""Shapes of what people said: counts, solutions, agreement, disagreements, decisions."""

from typing_extensions import TypedDict

from engine.domain import Cause, FinalRule, Label, SkipReason, Stage
from engine.outcomes.rollout_labels import RolloutMode
from visualprm_ui.api.shapes.values import StepDetailView, StepLabels
from visualprm_ui.use_cases.pictures import ImageRef


class DatasetQueue(TypedDict):
    """How much of a queue is labelled."""

    queue: str
    title: str
    image: str | None
    run: str | None
    mine: int
    skipped: int
    done: int | None  # for reviewers
    total: int


class DatasetSummaryView(TypedDict):
    """How much is labelled."""

    labelled: int
    exportable: int | None  # of those: not only as gold or quiz items; for reviewers
    solutions: int
    annotators: int | None  # for reviewers
    queues: list[DatasetQueue]


class WeekView(TypedDict):
    """What people labelled in the last seven days; gold and quiz do not count."""

    labels: int  # solutions labelled by a person
    people: int


class FileLabelsView(TypedDict):
    """The labels of a file: its source is no person."""

    source: str
    labels: StepLabels


class PolicyLabelsView(TypedDict):
    """The labels of a policy's rollouts: it is no person."""

    policy_model: str
    labels: StepLabels


class StepRolloutsView(TypedDict):
    """What the completions after a step came to."""

    label: Label | None
    reached: int  # the reference answer, of those drawn
    drawn: int  # 0: not measured
    cut_off: int  # of those drawn, that did not end by themselves
    unread: int  # of those drawn, that state no answer
    interval: tuple[float, float] | None  # Wilson's, of the share; null: what was counted estimates none
    is_own: bool  # the last step of a finished solution: it is its own only completion


class RolloutLabelsView(TypedDict):
    """One measurement of a solution by rollouts, and how it came about."""

    policy_model: str
    revision: str
    prompt_version: str
    mode: RolloutMode
    completions: int  # asked for after each step
    seed: int
    temperature: float
    top_p: float
    top_k: int
    max_new_tokens: int
    dtype: str
    device: str
    job: str | None
    at: str
    steps: list[StepRolloutsView]  # one a step


class DifferingStep(TypedDict):
    """A step on which people differ."""

    step: int
    text: str
    labels: StepLabels  # one per annotator


class DisagreementView(TypedDict):
    """A solution on which people differ."""

    solution: str
    question: str
    image: str | None
    annotators: list[str]
    differing: list[DifferingStep]
    decided: bool


class DisagreementPageView(TypedDict):
    """Solutions on which people differ, the most differing first."""

    solutions: list[DisagreementView]
    next: str | None
    total: int


class DisputedSolutionView(TypedDict):
    """A solution on which people differ, as it is decided. Without a decision it holds no score."""

    solution: str
    queue: str | None
    question: str
    images: list[ImageRef]
    data_source: str | None
    reference: str | None
    model_answer: str | None
    steps: list[str]
    differing: list[int]
    annotations: list["AnnotationView"]  # those that differ, one a person
    decision: "DecisionView | None"
    decided: bool  # the decision covers every step that differs
    scores: list[float | None] | None  # null before the decision, and where there are none
    predicted: list[Label | None] | None


class Causes(TypedDict):
    """Decided solutions by the cause of their disagreement."""

    causes: dict[Cause, int]


class Statistic(TypedDict):
    """A figure with its interval, or the reason why it is undefined."""

    value: float | None
    interval: tuple[float, float] | None
    reason: str | None


class AgreementGroup(TypedDict):
    """The agreement on one group of steps."""

    name: str  # empty: all of them
    people: int
    solutions: int
    steps: int
    percent: Statistic
    cohen: Statistic
    fleiss: Statistic
    alpha_nominal: Statistic
    alpha_ordinal: Statistic


class AnchoringView(TypedDict):
    """How often people changed labels after they had seen the scores."""

    n: int
    changed: int
    share: float | None


class AgreementReportView(TypedDict):
    """How far people agree."""

    groups: list[AgreementGroup]
    anchoring: AnchoringView


class AnnotationView(TypedDict):
    """A person's newest labels of a solution at one stage."""

    annotator: str
    stage: Stage
    labels: StepLabels
    skip_reason: SkipReason | None
    flagged: bool
    note: str
    details: list[StepDetailView | None] | None
    first_error: int | None
    seconds: float | None
    guideline_version: str
    at: str


class DecisionView(TypedDict):
    """An adjudication."""

    labels: StepLabels
    by: str
    cause: Cause
    note: str
    at: str


class FinalLabelView(TypedDict):
    """The final label of one step, and where it came from."""

    label: Label | None
    rule: FinalRule
    by: list[str]
    at: str | None


class SolutionRecordView(TypedDict):
    """A solution with its problem, and its newest scores or those of the reward model that was asked for."""

    solution: str
    problem: str
    run: str | None
    queue: str | None
    question: str
    images: list[ImageRef]
    data_source: str | None
    reference: str | None
    model_answer: str | None
    policy_model: str
    steps: list[str]
    scores: list[float | None] | None
    predicted: list[Label | None] | None
    reward_model: str | None


class ScoringView(TypedDict):
    """A reward model's newest scores of a solution, and how they came about; null: not known."""

    reward_model: str
    revision: str | None
    prompt_version: str | None
    dtype: str | None
    one_pass: bool | None  # all steps in one dialogue
    at: str
    scores: list[float | None]  # one a step
    predicted: list[Label | None]
    score: float | None  # the mean


class SolutionView(SolutionRecordView):
    """A solution with everything people said about it, and the labels that files and rollouts have of it."""

    thought: str | None  # what a thinking model wrote before the steps
    finish: str  # of FinishReason: why it stopped writing
    scorings: list[ScoringView]  # of each model and revision, the newest first
    annotations: list[AnnotationView]
    file_labels: list[FileLabelsView]
    rollout_labels: list[RolloutLabelsView]  # every measurement, the newest first
    decision: DecisionView | None
    final: list[FinalLabelView]


class Added(TypedDict):
    """Whether something was new."""

    added: bool
