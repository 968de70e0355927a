"""Shapes of Monte-Carlo labels beside labels that are trusted."""

from typing_extensions import TypedDict

from visualprm_ui.api.shapes.evaluations import EstimateView, RecordEntry


class CalledConfusionView(TypedDict):
    """Counts of steps at a threshold. Positive: called correct by the share of completions."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int


class ShareThresholdView(TypedDict):
    """The agreement where a step is called correct above a share; in [0, 1]."""

    threshold: float
    confusion: CalledConfusionView | None  # null: undefined, with the reason in the figures
    macro_f1: EstimateView
    f1_correct: EstimateView
    f1_wrong: EstimateView
    accuracy: EstimateView
    called_correct: EstimateView


class MonteCarloLabelsView(TypedDict):
    """How well Monte-Carlo labels agree with others of the same steps."""

    measured: str  # monte_carlo:POLICY or file:SOURCE
    labels: str  # to agree with: final, person:NAME, file:SOURCE or monte_carlo:POLICY
    name: str  # of the set, for people
    record: list[RecordEntry]  # how the Monte-Carlo labels came about
    command: str  # that gives the figures again
    resamples: int
    problems: int  # with a step that is compared
    solutions: int
    steps: int  # that are compared
    neutral: int  # measured, but labelled neutral or not at all: left out
    unmeasured: int  # labelled correct or wrong, but without a completion: left out
    stopped: int  # solutions left out: their completions ended with the first success, those of others did not
    half_labelled: int  # solutions with labels of some steps only, which the command's export cannot hold
    equal: int  # solutions with an equal one in their run, which the command's export writes once
    labelled_correct: float | None  # share of the steps; null: there are none
    all_correct_floor: float | None  # macro-F1 of calling all steps correct
    coin_floor: float | None  # of a fair coin
    points: list[ShareThresholdView]  # at 0 and wherever something changes, lowest first
