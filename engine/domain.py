"""Defines the nouns of the workbench as plain values, with the standard library alone; engine, storage and pages share them.

Knows nothing of models, tensors, rows or pages. Ids are made at birth by :func:`new_id`, undefined is ``None``. Steps are
0-based; only ``visualprm_ui`` adds one for people. ``docs/glossary.md`` maps the words, which are VisualPRM's, to its code.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum

from engine.metering.usage import ServerUsage


def new_id() -> str:
    """Return a new random id: 32 lower-case hexadecimal digits."""
    return uuid.uuid4().hex


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


class Label(IntEnum):
    """A person's verdict on one step (VisualProcessBench ``process_correctness``). An unlabelled step is ``None``."""

    CORRECT = 1
    NEUTRAL = 0
    WRONG = -1


class Stage(StrEnum):
    """What the annotator knew: before the scores were shown, or after."""

    BLIND = "blind"
    REVEALED = "revealed"


class SkipReason(StrEnum):
    """Why a solution was left unlabelled."""

    NOT_UNDERSTOOD = "not_understood"
    BAD_PROBLEM = "bad_problem"
    BAD_STEP_SPLIT = "bad_step_split"
    UNREADABLE_IMAGE = "unreadable_image"
    WRONG_REFERENCE = "wrong_reference"


class Aggregation(StrEnum):
    """How step scores become the solution score (the paper's response score). The paper uses the mean (sec. 4.1)."""

    MEAN = "mean"
    MIN = "min"
    MAX = "max"
    LAST = "last"
    PRODUCT = "product"


class FinishReason(StrEnum):
    """Why the policy stopped writing a solution."""

    STOP = "stop"  # it ended its turn
    LENGTH = "length"  # max_new_tokens was reached
    CANCELLED = "cancelled"  # a person pressed Stop, or the run failed

    @property
    def is_complete(self) -> bool:
        """Whether the solution ended by itself: only then it states an answer, votes and may be chosen."""
        return self is FinishReason.STOP


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class Role(StrEnum):
    """What a person may do. Each role may do all that the one before it may."""

    ANNOTATOR = "annotator"  # label; sees own work only
    REVIEWER = "reviewer"  # also sees others' labels, reviews, adjudicates
    ADMIN = "admin"  # also runs projects, people, imports and exports

    def includes(self, other: Role) -> bool:
        """Return whether this role may do all that the other one may."""
        return tuple(Role).index(self) >= tuple(Role).index(other)


class Origin(StrEnum):
    """Who vouches for a person: our own password, or a sign-in elsewhere."""

    LOCAL = "local"
    HUGGINGFACE = "huggingface"


class Cause(StrEnum):
    """Why annotators differed, as the adjudicator saw it."""

    AMBIGUOUS = "ambiguous"  # the step can be read both ways
    GUIDELINE_GAP = "guideline_gap"  # the guideline does not say
    SLIP = "slip"  # one of them made a mistake
    BAD_SPLIT = "bad_split"  # the solution is cut into steps at the wrong places


class FinalRule(StrEnum):
    """How a step got its final label."""

    ADJUDICATED = "adjudicated"  # a person decided
    MAJORITY = "majority"  # more than half of at least two annotators agree
    SINGLE = "single"  # only one annotator labelled it
    NONE = "none"  # nobody labelled it, or no majority: there is no final label


class ErrorType(StrEnum):
    """What kind of mistake a wrong step makes."""

    PERCEPTION = "perception"  # the picture was misread
    REASONING = "reasoning"  # the conclusion does not follow
    CALCULATION = "calculation"
    KNOWLEDGE = "knowledge"  # a rule or fact that does not hold
    FORMAT = "format"  # the answer is not given as it was asked for


class Order(StrEnum):
    """In which order a project's solutions are labelled. Unscored ones keep their order behind the scored ones."""

    AS_IMPORTED = "as_imported"
    RANDOM = "random"  # seeded
    UNCERTAIN = "uncertain"  # scores near the threshold first
    DISAGREEMENT = "disagreement"  # human labels against the scores first
    CONFIDENT_WRONG = "confident_wrong"  # wrong final answers with the highest solution scores first


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Image(s), a question and, where it is known, the reference answer."""

    id: str = field(default_factory=new_id)
    images: tuple[str, ...] = ()  # content addresses: SHA-256 of the stored bytes, lower-case hexadecimal
    question: str
    answer: str | None = None  # ground truth, as written
    data_source: str | None = None  # benchmark or collection it came from


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How the policy samples. Sample ``draw`` depends on ``(seed, draw)`` only."""

    n: int = 8  # solutions, 1 to 128
    temperature: float = 0.7  # VisualPRM, sec. 4.1; 0 is greedy
    top_p: float = 1.0  # at most 1, which keeps every token
    top_k: int = 0  # 0 keeps every token
    seed: int = 0  # 0 to 2**63 - 1
    max_new_tokens: int = 512  # tokens a solution
    repetition_penalty: float = 1.0  # 0.01 to 10; above 1, tokens read or written before become less likely
    stop: tuple[str, ...] = ()  # a solution ends before the first of these

    def __post_init__(self) -> None:
        """Make a tuple of the list that JSON knows instead, so that a stored run reads back equal."""
        object.__setattr__(self, "stop", tuple(self.stop))


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """One candidate the policy wrote for a problem."""

    id: str = field(default_factory=new_id)
    problem_id: str
    draw: int | None = None  # index of the sample within its run; None for an imported solution
    steps: tuple[str, ...]
    answer: str | None = None  # final answer read out of the text; None when it states none
    finish: FinishReason = FinishReason.STOP
    policy_model: str
    tokens: int | None = None  # tokens written, those of the thought too
    seconds: float | None = None  # from the run's start to the last token
    thought: str | None = None  # what a thinking model wrote before its solution; None: nothing, or nobody kept it

    def __post_init__(self) -> None:
        """Drop the answer of a solution that did not end by itself: "Final answer: 8" may have been cut from 80."""
        if not self.finish.is_complete:
            object.__setattr__(self, "answer", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepScore:
    """The reward model's P(+) for steps ``first`` to ``last`` (both included, 0-based): it may have merged steps."""

    first: int
    last: int
    score: float | None  # [0, 1]; None: the model was asked, and its answer could not be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """One pass of a reward model over one solution."""

    id: str = field(default_factory=new_id)
    solution_id: str
    reward_model: str
    step_scores: tuple[StepScore, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """Everything needed to say how a run's numbers came about."""

    policy_model: str
    policy_revision: str  # commit, date or content hash of the weights
    reward_model: str
    reward_model_revision: str
    dtype: str  # of the weights while computing, e.g. "float32"
    device: str  # e.g. "cpu", "cuda:0"
    prompt_version: str  # of engine.prompts.style; behind it, as in "+judge", how steps are asked about, and more
    tiles: tuple[int, ...]  # tiles each image was cut into for the reward model, thumbnail included
    versions: Mapping[str, str]  # library -> version
    out_of_distribution: str | None = None  # for people: why this input is not for the models; None where it is
    approximate: str | None = None  # for people: why the scores are approximate; None when they are exact
    one_pass: bool | None = None  # all steps in one dialogue, else each in a prompt of its own; None: not recorded then
    job: str | None = None  # id of the background job that it was part of; None: a run of its own
    policy_path: str | None = None  # how the policy computed: a ModelPath; None: no policy, or not recorded
    policy_prompts: str | None = None  # version of the prompts that a file states for it; None: it had its own
    reward_model_path: str | None = None  # how the reward model computed; None: it was not recorded then
    usage: tuple[ServerUsage, ...] = ()  # what requests to model servers took, once it has ended; none: not recorded

    @property
    def notice(self) -> str | None:
        """All that people should know before they trust the run; None when there is nothing."""
        return " ".join(filter(None, (self.out_of_distribution, self.approximate))) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One press of "Sample & score": a problem, how it was sampled, and what became of it."""

    id: str = field(default_factory=new_id)
    problem_id: str
    sampling: Sampling
    record: RunRecord | None = None  # None until the models were ready
    state: RunState = RunState.RUNNING
    message: str | None = None  # for people: why it stopped or failed
    created_at: datetime = field(default_factory=now)
    seconds: float | None = None  # start to finish; of those a job has served together, its share
    made_by: str | None = None  # a principal's name; None: nobody who can be told from others
    shared_at: datetime | None = None  # since when its link opens it for everybody; None: it does not


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDetail:
    """What a person said of one step beside its label."""

    note: str = ""
    correction: str = ""  # what the step should say
    error_type: ErrorType | None = None  # None: not said


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """One person's labels for one solution at one stage. Append-only: a changed mind is another annotation."""

    id: str = field(default_factory=new_id)
    solution_id: str
    annotator: str
    stage: Stage
    labels: tuple[Label | None, ...]  # one a step; all None when skipped
    skip_reason: SkipReason | None = None
    flagged: bool = False
    note: str = ""
    seconds: float | None = None  # time the item was on screen
    details: tuple[StepDetail | None, ...] = ()  # one a step; empty when nothing was said of any
    first_error: int | None = None  # the step the first error is in, where the project asks for it; None: not said
    guideline_version: str = "1"
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOptions:
    """How the solutions of a project are labelled."""

    blind: bool = True  # no score before a person's own submission
    overlap: int | None = None  # people a solution; None: everybody may label everything
    lease_minutes: int = 30  # how long an untouched solution stays with a person
    first_error: bool = False  # ask for the step of the first error
    error_types: bool = False  # ask for the kind of error of a wrong step
    step_notes: bool = True  # offer a note and a correction for each step
    quiz_pass: float | None = None  # share of quiz steps to get right, (0, 1]; None: no entry quiz
    split_size: int = 300  # solutions a split, VisualProcessBench's number
    review_share: float = 0.1  # of each split, [0, 1]; 0: no review
    review_limit: int = 1  # items of a sample that may be found wrong; with more the split should go back
    order: Order = Order.AS_IMPORTED
    order_seed: int = 0  # of the random order and of the evaluation slice
    evaluation_share: float = 0.1  # drawn at random and never ordered by scores, [0, 1)
    members_only: bool = False  # only its members find and label it; False: everybody who may label
    gold_every: int = 10  # of so many items of a person's list one is a hidden gold item, while there are any
    paused: bool = False  # nothing new is handed out; what people have on their lists they finish


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A labelling effort with its own rules. Its solutions wait in queues."""

    id: str = field(default_factory=new_id)
    title: str
    options: ProjectOptions = field(default_factory=ProjectOptions)
    guideline_version: str = "1"
    archived: bool = False  # nothing more is handed out; everything is kept
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTask:
    """What an annotator sees of one solution. It has no score in it, so blind labelling cannot leak one."""

    id: str
    queue_id: str
    sequence_no: int  # 0-based index in this person's assignment list; for the queue of a run that is the queue
    total: int  # solutions in the queue of a run, or assigned to this person and still open to them
    problem: Problem
    solution_id: str
    steps: tuple[str, ...]
    model_answer: str | None
    labels: tuple[Label | None, ...]  # the saved draft, one a step
    flagged: bool = False
    note: str = ""
    skip_reason: SkipReason | None = None
    submitted: bool = False
    revealed: bool = False  # this person has seen the scores
    details: tuple[StepDetail | None, ...] = ()  # one a step
    first_error: int | None = None
    send_back_note: str | None = None  # the reviewer's words; None: it was not sent back, or is submitted again
    quiz_passed: bool | None = None  # None: the project has no entry quiz
    is_quiz: bool = False
    leased_until: datetime | None = None  # end of this person's lease; None: finished, run out, or the queue of a run
    taken_over: bool = False  # the lease ran out, and others hold or have finished all the work the task takes
    options: ProjectOptions = field(default_factory=ProjectOptions)
    guideline_version: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone with an account. The name stands on every label and never changes; the display name may."""

    id: str = field(default_factory=new_id)
    name: str  # unique; what annotations, events and decisions carry
    display_name: str  # what pages show
    role: Role
    origin: Origin = Origin.LOCAL
    active: bool = True  # an inactive person keeps all work and cannot sign in
    created_at: datetime = field(default_factory=now)
    last_seen_at: datetime | None = None  # to ten minutes; None: never


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedSolution:
    """What several people said of one solution: the input of agreement."""

    solution_id: str
    data_source: str | None  # of its problem
    ratings: Mapping[str, tuple[Label | None, ...]]  # annotator -> labels, one a step


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An adjudicator's word on one solution. Append-only: a changed decision is another one, and the newest counts."""

    id: str = field(default_factory=new_id)
    solution_id: str
    queue_id: str | None = None  # where it was decided; None: not in a queue
    labels: tuple[Label | None, ...]  # one a step; None leaves the step to the annotators
    by: str
    cause: Cause
    note: str = ""
    at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalLabel:
    """The final label of one step and where it came from."""

    label: Label | None  # None: there is none, see the rule
    rule: FinalRule
    by: tuple[str, ...]  # who gave this label; with rule none, who labelled the step at all
    at: datetime | None  # when the newest of them did; None when nobody did


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalLabels:
    """The final labels of one solution."""

    solution_id: str
    steps: tuple[FinalLabel, ...]
    decision: Decision | None  # the newest one, with its cause and note
