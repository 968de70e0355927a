"""Shapes of what step scores say of a policy's completions, and of the map that is kept of it."""

from typing_extensions import TypedDict

from visualprm_ui.api.shapes.evaluations import EstimateView, RecordEntry


class ScoringModelView(TypedDict):
    """A reward model with scores of solutions that the policy wrote and completed itself."""

    name: str
    solutions: int


class CurveBinView(TypedDict):
    """The steps whose score is in one part of [0, 1]."""

    low: float
    high: float
    steps: int
    completions: int
    mean_score: float | None  # weighted by completions; null: the bin is empty
    share: EstimateView  # of completions that reached the answer, in [0, 1]


class CalibrationFiguresView(TypedDict):
    """How well scores are calibrated, with the map that would do better and what it is worth."""

    problems: int
    solutions: int
    steps: int
    completions: int
    curve: list[CurveBinView]  # ten bins
    map: list[list[list[float]]]  # segments of [score, share]: linear between, nothing outside of them
    error: EstimateView  # of the scores, on all steps, in [0, 1]
    compared: int  # steps that the maps of other problems say something of: before and after are of these
    before: EstimateView
    after: EstimateView
    gain: EstimateView  # before minus after
    others: int  # solutions left out: another policy wrote them
    stopped: int  # left out: their completions ended with the first success
    unscored: int  # left out: the reward model has not scored them
    versions: int  # left out: scores or completions of another version
    record: list[RecordEntry]
    command: str  # that gives the figures again


class KeptMapView(TypedDict):
    """The map that calibrated scores are read from."""

    created_at: str  # ISO 8601
    made_by: str | None
    problems: int
    steps: int
    completions: int
    before: float  # error
    after: float
    low: float | None  # lowest measured score
    high: float | None  # highest
    is_of_these_versions: bool | None  # of the models that the figures are of; null: there are no figures


class CalibrationView(TypedDict):
    """What a reward model's scores say of a policy's completions."""

    policy: str
    reward_model: str | None  # null: none scored what was measured
    reward_models: list[ScoringModelView]  # to choose from, those with most solutions first
    figures: CalibrationFiguresView | None  # null: see reason
    reason: str | None
    kept: KeptMapView | None
