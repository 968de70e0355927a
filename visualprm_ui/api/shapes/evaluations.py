"""Shapes of evaluations: how good a reward model is on labelled steps, and what choosing by it adds."""

from typing import Literal

from typing_extensions import TypedDict

from engine.domain import ErrorType, Label
from engine.evaluation.solution_pool import Protocol
from visualprm_ui.api.shapes.model_jobs import FailureView, ModelIdView
from visualprm_ui.api.shapes.transfer import JobView
from visualprm_ui.use_cases.run_view import SamplingView

EvaluationKind = Literal["step_benchmark", "best_of_n"]


class EstimateView(TypedDict):
    """A figure with its 95 % interval."""

    value: float | None  # null: undefined
    low: float | None  # null: no interval
    high: float | None
    reason: str | None  # why the figure, or else its interval, is undefined


class LabelledSetView(TypedDict):
    """Which solutions, by whose labels; as it was asked for, with its counts once they are known."""

    name: str  # for people
    project: str | None
    queue: str | None
    evaluation: bool  # only the random slices of projects
    data_source: str | None
    policy_model: str | None
    labels: str  # final, person:NAME, file:SOURCE or monte_carlo:POLICY
    problem_count: int | None  # so many of its problems were drawn at random; null: all
    problem_seed: int  # of that draw
    problems: int | None  # null: not counted yet
    solutions: int | None
    steps: int | None  # labelled correct or wrong
    neutral: int | None  # left out: neutral, or not labelled
    half_labelled: int | None  # solutions with labels of some steps only, which the command's export cannot hold
    is_published_benchmark: bool  # whether it has the counts of the published VisualProcessBench


class HeadlineView(TypedDict):
    """The one figure that a list shows."""

    name: str  # e.g. "macro-F1, pooled"
    figure: EstimateView
    floor: float | None  # of a fair coin, or of one draw


class SetSearchView(TypedDict):
    """How each problem of a set is searched."""

    width: int  # beginnings that are kept
    expansions: int  # tries of the next step of each


class SampledView(TypedDict):
    """How solutions are sampled and scored, as it was asked for."""

    protocol: Protocol
    sampling: SamplingView  # its n: with those that were added
    outcome: bool  # whether whole solutions are scored, too
    search: SetSearchView | None  # how each problem is searched, too; null: it is not


class TunedView(TypedDict):
    """What a threshold is tuned on."""

    set: LabelledSetView  # the dev split
    macro_f1: float | None  # there, at the threshold; null: not tuned yet


class EvaluationView(JobView):
    """One evaluation in a list. ``rows``: solutions or problems done, failures among them."""

    kind: EvaluationKind
    phase: str  # making (of the nano benchmark), sampling, scoring, figures; "" before it began
    total: int | None  # of rows; null: not counted yet
    waits_behind: int | None  # evaluations before it; null: it does not wait
    set: LabelledSetView
    reward_models: list[ModelIdView]  # the first is the one that the headline is about
    trained_on: list[str]  # data sources that the reward model was trained on, as far as somebody said
    policy: ModelIdView | None  # null: nothing is sampled
    n: int | None  # solutions a problem; null: nothing is sampled
    sampled: SampledView | None  # null: nothing is sampled
    threshold: float | None  # a step is called correct above it; null: not about steps, or not tuned yet
    tuned: TunedView | None  # null: the threshold is tuned on nothing
    scores_known: bool  # whether scores or figures were there when it was asked for, so that it was not fixed before
    has_figures: bool  # once it is done; those of before while it is worked on again, or waits for a model to go on
    headline: (
        HeadlineView | None
    )  # null: not before all is scored; of before, while it tries again what it could not do
    warnings: list[str]  # for people, e.g. that the model is being tuned on this set
    already: int | None  # scored by the same model before, and not again
    fresh: int  # of rows, done in ``seconds``: neither before, nor before it was taken up again
    failed: int
    failures: list[FailureView]  # the first hundred


class EvaluationList(TypedDict):
    """Evaluations, the newest first."""

    evaluations: list[EvaluationView]


class EvaluationExtentView(TypedDict):
    """What an evaluation would be about."""

    set: LabelledSetView
    dev: LabelledSetView | None  # that its threshold would be tuned on; null: on nothing
    already: int  # solutions, those of the dev split too, that this model scored before, in the same way
    seconds: float | None  # it would take, from what was measured of this model here; null: nothing was
    waits_behind: int
    scores_known: bool  # whether a threshold would be chosen after scores or figures of these steps were there to see
    reward_model: ModelIdView | None  # that is loaded
    policy: ModelIdView | None
    command: str  # that does the same in a terminal


class LabelledSetChoice(TypedDict):
    """A set that an evaluation can be about, for a list to choose from."""

    name: str
    project: str | None
    data_source: str | None
    labels: str
    solutions: int
    is_stored: bool  # false: of the nano benchmark, which the first evaluation of it makes


class LabelledSetList(TypedDict):
    """Sets with labels that are in the store."""

    sets: list[LabelledSetChoice]


# ---- a step benchmark ----


class ConfusionView(TypedDict):
    """Counts of steps at the threshold. Positive: correct."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    unread_correct: int  # labelled correct, with a score that could not be read
    unread_wrong: int
    called_correct: float | None  # share of the steps with a score that could be read; null: there are none


class CalibrationBinView(TypedDict):
    """Steps whose score is in one tenth."""

    low: float
    high: float
    steps: int
    mean_score: float | None  # null: no steps
    share_correct: EstimateView


class StepFiguresView(TypedDict):
    """The figures of one group of steps; in [0, 1]."""

    name: str | None  # of the source, the policy or the 1-based place; null: not named
    solutions: int
    steps: int
    confusion: ConfusionView
    macro_f1: EstimateView
    f1_correct: EstimateView
    f1_wrong: EstimateView
    accuracy: EstimateView
    auc: EstimateView
    average_precision: EstimateView
    first_error_f1: EstimateView
    calibration_error: float | None
    all_correct_floor: float | None  # macro-F1 of calling all steps correct
    coin_floor: float | None  # of a fair coin
    paper: float | None  # what the paper prints for this row; null: nothing


class PaperRowView(TypedDict):
    """A figure from the paper, not measured here."""

    model: str
    macro_f1: float  # in [0, 1]


class PaperView(TypedDict):
    """What the paper prints of the same benchmark."""

    source: str  # e.g. arXiv 2503.10291
    date: str
    rows: list[PaperRowView]


class ThresholdView(TypedDict):
    """Pooled macro-F1 at a threshold."""

    threshold: float
    macro_f1: float | None
    low: float | None  # of its 95 % interval; null: undefined, or an upper bound
    high: float | None
    chosen_on: str | None  # the split that it was tuned on; null: on none
    is_upper_bound: bool  # whether that is the tested set itself, so that the figure is no result
    is_optimal: bool  # whether no threshold does better on the tested set


class CountsAboveView(TypedDict):
    """How many steps of each label score strictly above 0.00, 0.01 ... 1.00: 101 numbers each."""

    correct: list[int]
    wrong: list[int]


class DetectionView(TypedDict):
    """Of the wrong steps with one kind of error, the share that is predicted wrong."""

    error_type: ErrorType
    steps: int
    share: EstimateView


class RecordEntry(TypedDict):
    """One line of how the figures came about."""

    name: str
    value: str


class StepBenchmarkView(TypedDict):
    """All figures of a step benchmark that is done."""

    evaluation: EvaluationView
    record: list[RecordEntry]  # set, revision, precision, prompt, device, blank lines, neutral, versions
    command: str  # that gives the figures again
    resamples: int
    pooled: StepFiguresView
    step_weighted: EstimateView
    mean_of_sources: EstimateView
    sources: list[StepFiguresView]
    policies: list[StepFiguresView]
    places: list[StepFiguresView]
    detection: list[DetectionView]
    calibration: list[CalibrationBinView]
    above: CountsAboveView
    histogram: CountsAboveView  # here: steps in each twentieth of [0, 1], 20 numbers each
    thresholds: list[ThresholdView]  # 0.5, 0.8, 0.85, the own one, the tuned one, the upper bound
    paper: PaperView | None  # null: another set than the published one


class EvaluatedStepView(TypedDict):
    """One labelled step with its score, for a list of mistakes."""

    solution: str
    problem: str
    step: int  # 0-based
    steps: int  # of its solution
    text: str
    question: str
    image: str | None
    data_source: str | None
    policy_model: str
    label: Label
    whose: str  # people, person:NAME, file:SOURCE or monte_carlo:POLICY
    score: float | None  # null: could not be read


class EvaluatedStepPage(TypedDict):
    """Steps behind a figure."""

    steps: list[EvaluatedStepView]
    total: int  # of the filter
    next: str | None


class QueuedView(TypedDict):
    """A queue that steps were put in for labelling."""

    project: str
    queue: str
    added: int
    total: int


# ---- two models on the same steps ----


class ComparedRowView(TypedDict):
    """A group of steps under both models."""

    name: str | None
    steps: int
    a: EstimateView  # macro-F1
    b: EstimateView
    difference: EstimateView  # b - a, paired


class ScoreCell(TypedDict):
    """How many steps have these two scores, each in one twentieth of [0, 1]."""

    a: int  # 0 to 19
    b: int
    steps: int


class CalledStepsView(TypedDict):
    """Steps whose scores could both be read, by which of them are above the threshold, whatever the label."""

    by_both: int
    by_a: int  # and not by b
    by_b: int
    by_none: int


class ComparisonView(TypedDict):
    """Two evaluations of the same steps."""

    a: EvaluationView
    b: EvaluationView
    threshold_a: float  # each model is judged at its own
    threshold_b: float
    problems: int
    solutions: int
    steps: int
    only_in_a: int  # solutions that the other has not scored, left out
    only_in_b: int
    command: str  # gives the figures again in a terminal; "": none does
    pooled: ComparedRowView
    f1_correct: ComparedRowView
    f1_wrong: ComparedRowView
    sources: list[ComparedRowView]
    places: list[ComparedRowView]
    grid: list[ScoreCell]
    both_right: int
    only_a_right: int
    only_b_right: int
    both_mistaken: int
    called: CalledStepsView


class ComparedStepView(EvaluatedStepView):
    """A step with both scores; ``score`` is a's."""

    score_b: float | None


class ComparedStepPage(TypedDict):
    """Steps that both models scored, those where they differ most first."""

    steps: list[ComparedStepView]
    total: int
    next: str | None
