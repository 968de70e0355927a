"""Shapes of Best-of-N: curves of choosing among N solutions, and what is picked of each problem."""

from typing_extensions import TypedDict

from engine.evaluation.solution_pool import Protocol
from visualprm_ui.api.shapes.evaluations import EstimateView, EvaluationView, RecordEntry
from visualprm_ui.api.shapes.model_jobs import ModelIdView
from visualprm_ui.use_cases.evaluations.pool_figures import PickOutcome
from visualprm_ui.use_cases.evaluations.pool_plan import ScoreMode
from visualprm_ui.use_cases.evaluations.pool_search_figures import SearchPickOutcome
from visualprm_ui.use_cases.run_view import RunView, ServerUsageView


class PoolModelView(TypedDict):
    """A reward model that scores a pool."""

    key: str  # that its ways have, e.g. "prm" of "prm_mean"
    name: str
    revision: str
    mode: ScoreMode  # whether it reads every step, or the whole solution as one
    lacking: int  # solutions that it has not been asked about; it has figures where there are none


class WayFigureView(EstimateView):
    """How often a way to choose is right, in [0, 1]."""

    sampling_error: float | None  # standard error of random choices behind it; null: it is exact


class CurvePointView(TypedDict):
    """One N."""

    n: int
    tokens: float | None  # written for the N solutions of a problem, the mean; null: not counted
    figures: dict[str, WayFigureView]  # by way: MODEL_mean and others, self_consistency, random, oracle
    differences: dict[str, EstimateView]  # "one way - another", paired on the same problems


class SearchFiguresView(TypedDict):
    """Guided searches of the set beside Best-of-N at the same tokens."""

    title: str  # width and expansions, such as "4x4"
    against: str  # the way that Best-of-N picks by
    problems: int  # on which both were measured
    accuracy: EstimateView  # of what the searches pick, in [0, 1]
    tokens: float | None  # of a search, in all its tries, the mean of problems; null: not counted
    n: int | None  # the most solutions that take no more tokens, on average; null: none, and the estimates say why
    n_tokens: float | None  # that they take
    next_n: int | None  # n + 1; null: it has no part
    next_tokens: float | None  # that these take
    next_weight: (
        float  # how often Best-of-N chooses from next_n solutions and not from n, so that it takes as many tokens
    )
    best_of_n: EstimateView
    difference: EstimateView  # the search's share minus Best-of-N's, paired
    ends_early: bool  # whether the pools are too small for as many tokens


class PaperPointView(TypedDict):
    """A figure of the paper at one N."""

    n: int
    value: float  # in [0, 1]


class PaperCurveView(TypedDict):
    """A curve from the paper, on other problems and not measured here."""

    name: str
    source: str
    date: str
    protocol: Protocol
    points: list[PaperPointView]


class ProtocolView(TypedDict):
    """Which solutions N are chosen from."""

    protocol: Protocol
    lacking: int  # solutions that would have to be sampled for its figures; 0: they are there


class PoolCurveView(TypedDict):
    """All that is known of the pools of an evaluation, as far as it is."""

    evaluation: EvaluationView
    record: list[RecordEntry]  # problems, policy, models, answers, intervals
    command: str  # that gives the figures again, on the files to be downloaded
    protocol: Protocol
    protocols: list[ProtocolView]
    is_final: bool  # false: of the problems done so far
    problems: int  # that the figures are of
    total: int | None  # problems with a reference answer; null: not counted yet
    unanswered: int | None  # problems without one, left out
    solutions: int
    smallest: int  # pool; the curve ends there
    largest: int
    room: int  # solutions of each problem that may be added
    models: list[PoolModelView]
    points: list[CurvePointView]
    searches: list[SearchFiguresView]
    resamples: int
    tokens: int | None  # of all solutions
    usage: list[
        ServerUsageView
    ]  # what model servers were asked for them, their scores and searches; none: none was, or it was not kept
    seconds: float  # that they took, to sample and to score meanwhile
    paper: list[PaperCurveView]
    loaded: ModelIdView | None  # the reward model that could score the pool now
    can_sample: bool  # whether its policy and one of its models are loaded


class PickedChoiceView(TypedDict):
    """What a way chooses among the solutions of one problem."""

    draw: int | None  # of its card; null: it chooses none
    votes: int  # solutions that state the same answer, itself among them; 0: it has no vote
    is_correct: bool
    is_tied: bool  # another answer has as many votes, and this one was sampled first


class PickedProblemView(TypedDict):
    """What two ways choose of one problem."""

    problem: str
    outcome: PickOutcome


class PicksView(TypedDict):
    """What two ways choose among the first N solutions of every problem."""

    protocol: Protocol
    n: int
    way: str
    against: str
    problems: list[PickedProblemView]  # in the order of the evaluation
    right_way: int
    right_against: int
    right_any: int  # problems with a right solution among the N


class SearchedProblemView(TypedDict):
    """What a search and Best-of-N come to of one problem."""

    problem: str
    question: str | None  # null: it was deleted
    outcome: SearchPickOutcome
    tokens: int  # of the search
    search: str  # its run, which Explore opens
    solutions: str  # the run with the first of the independent ones


class SearchedProblemsView(TypedDict):
    """What a search and Best-of-N out of the first N solutions come to of every problem."""

    protocol: Protocol
    title: str
    n: int | None  # null: no N takes as few tokens, so there is nothing to compare
    problems: list[SearchedProblemView]  # in the order of the evaluation


class PooledProblemView(TypedDict):
    """One problem, with the N solutions that two ways choose from."""

    problem: str
    n: int
    way: PickedChoiceView
    against: PickedChoiceView
    run: RunView  # of the N solutions with the scores of the way's model; its cards are drawn as Explore draws them
    address: str | None  # id of a run that Explore opens; null: it is gone


class ProblemSetView(TypedDict):
    """Problems that solutions can be sampled and graded of, for a list to choose from."""

    name: str
    project: str | None
    data_source: str | None
    problems: int  # with a reference answer
    unanswered: int  # without one, which are left out


class ProblemSetList(TypedDict):
    """Sets of problems that are in the store."""

    sets: list[ProblemSetView]


# ---- two evaluations of the same problems ----


class ComparedModelView(TypedDict):
    """A reward model whose scores can choose."""

    key: str
    name: str
    revision: str
    mode: ScoreMode


class ComparedSideView(TypedDict):
    """One of the two."""

    evaluation: EvaluationView
    model: ComparedModelView | None  # that chooses; null: none has scored all of these solutions
    models: list[ComparedModelView]  # that could
    only_here: int  # problems that the other has no solutions of, left out


class ComparedWayView(TypedDict):
    """How often a way to choose among N finds a right solution."""

    a: WayFigureView
    b: WayFigureView
    difference: EstimateView  # b - a, paired


class ComparedPointView(TypedDict):
    """Both at one N."""

    n: int
    ways: dict[str, ComparedWayView]  # mean, min, max, last, product, weighted_vote, self_consistency, random, oracle


class PoolComparisonView(TypedDict):
    """Two Best-of-N evaluations on the problems that both have solutions of."""

    a: ComparedSideView
    b: ComparedSideView
    protocol: Protocol
    protocols: list[Protocol]  # that both have solutions for
    problems: int
    resamples: int
    command: str  # that gives the figures again, of the evaluations' own files in folders a and b
    points: list[ComparedPointView]


class ComparedProblemView(TypedDict):
    """Whether each one's pick is right."""

    problem: str
    right_a: bool
    right_b: bool
    right_any: bool  # whether any solution that either chose from is right


class ComparedPicksView(TypedDict):
    """Problem by problem, of the first N solutions of every pool."""

    n: int
    way: str
    way_a: str  # what it is called in a, e.g. prm_mean
    way_b: str
    problems: list[ComparedProblemView]
    right_a: int
    right_b: int
    right_any: int
