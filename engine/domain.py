"""The nouns of the workbench, as plain values. Standard library only: this is the one engine module storage may rely on.

Knows nothing of models, tensors, rows or pages. Sequences are tuples, ids are made at birth by :func:`new_id`, undefined is
``None``. Steps are addressed by their 0-based index everywhere; only ``visualprm_ui`` adds one for people.

Source: the words are those of VisualPRM (arXiv 2503.10291); ``docs/glossary.md`` maps them to the released code.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum


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


class RunState(StrEnum):
    """Where a run stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


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
    top_p: float = 1.0  # (0, 1]
    top_k: int = 0  # 0 keeps every token
    seed: int = 0  # 0 to 2**63 - 1
    max_new_tokens: int = 512  # tokens a solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """One candidate the policy wrote for a problem."""

    id: str = field(default_factory=new_id)
    problem_id: str
    draw: int | None = None  # index of the sample within its run; None for an imported solution
    steps: tuple[str, ...]
    answer: str | None = None  # final answer read out of the text; None when there is none
    finish: FinishReason = FinishReason.STOP
    policy_model: str
    tokens: int | None = None  # tokens written
    seconds: float | None = None  # from the run's start to the last token


@dataclass(frozen=True, slots=True, kw_only=True)
class StepScore:
    """The reward model's P(+) for steps ``first`` to ``last`` (both included, 0-based): it may have merged steps."""

    first: int
    last: int
    score: float  # [0, 1]


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
    prompt_version: str  # engine.models.prompts.PROMPT_VERSION
    tiles: tuple[int, ...]  # tiles each image was cut into for the reward model, thumbnail included
    versions: Mapping[str, str]  # library -> version
    out_of_world: str | None = None  # for people: why the models cannot be trusted with this input; None when they can


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
    seconds: float | None = None  # start to finish


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
    guideline_version: str = "1"
    created_at: datetime = field(default_factory=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTask:
    """What an annotator sees of one solution. It has no score in it, so blind labelling cannot leak one."""

    id: str
    queue_id: str
    position: int  # 0-based place in the queue
    total: int  # solutions in the queue
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
