"""What histories are made of: the kinds of entry, and rows of the append-only tables as entries. Runs no statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from engine.domain import Cause, ErrorType, Label, SkipReason, Stage, StepDetail
from engine.outcomes.rollout_labels import StepRollouts
from storage.database import rows
from storage.labelling.events import EventKind


class HistoryKind(StrEnum):
    """What happened, besides the label events of people."""

    SAMPLED = "sampled"  # a policy wrote the solution
    IMPORTED = "imported"  # it came from a file
    FILE_LABELLED = "file_labelled"  # a file, whose source the text names, had labels of it
    SCORED = "scored"  # by a reward model, named in the text
    ROLLED_OUT = "rolled_out"  # completions of a policy, named in the text, labelled its steps
    ANNOTATED = "annotated"  # somebody's labels stood as an annotation, made here or elsewhere
    DECIDED = "decided"  # somebody adjudicated
    FOUND_RIGHT = "found_right"  # a reviewer's verdict on somebody's work
    FOUND_WRONG = "found_wrong"
    SPLIT_ACCEPTED = "split_accepted"  # a reviewer's end of a round; belongs to no single solution
    SPLIT_SENT_BACK = "split_returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened. What a kind does not have is None."""

    id: str  # the same however often it is read
    at: datetime  # on the server's clock
    kind: HistoryKind | EventKind
    who: str | None  # None: no person
    about: str | None = None  # whose work a verdict is about
    solution_id: str | None  # None: a whole split
    task_id: str | None = None
    queue_id: str | None = None
    split: int | None = None  # 0-based, of the queue; of a verdict or of the end of a round
    step: int | None = None  # 0-based
    label: Label | None = None  # of that step; with kind "label" None clears it
    text: str | None = None  # note, model, ...
    flagged: bool | None = None
    skip_reason: SkipReason | None = None
    stage: Stage | None = None
    labels: tuple[Label | None, ...] | None = None  # of the whole solution
    cause: Cause | None = None
    error_type: ErrorType | None = None  # of that step
    first_error: int | None = None  # 0-based, of an annotation
    details: tuple[StepDetail | None, ...] = ()  # of an annotation: one a step, or empty
    seconds: float | None = None  # on screen so far
    guideline_version: str | None = None  # of an annotation


class PastScoringRow(NamedTuple):
    """A scoring in the history of its solution."""

    seq: int
    id: str
    created_at: datetime
    solution_id: str
    reward_model: str


class PastRolloutLabelsRow(NamedTuple):
    """A measurement by rollouts in the history of its solution."""

    seq: int
    id: str
    created_at: datetime
    solution_id: str
    policy_model: str
    steps: list[dict[str, Any]]


class PastLabelEventRow(NamedTuple):
    """A label event with the solution and queue of its task."""

    seq: int
    uuid: str
    at_server: datetime
    kind: str
    annotator: str
    solution_id: str
    task_id: str
    queue_id: str
    step: int | None
    value: int | None
    text: str | None
    flagged: bool | None
    skip_reason: str | None
    seconds: float | None
    error_type: str | None


class PastAnnotationRow(NamedTuple):
    """An annotation with the queue of its task, where it has one."""

    seq: int
    id: str
    created_at: datetime
    annotator: str
    solution_id: str
    task_id: str | None
    queue_id: str | None
    note: str
    flagged: bool
    skip_reason: str | None
    stage: str
    labels: rows.StoredLabels
    details: rows.StoredDetails
    first_error: int | None
    seconds: float | None
    guideline_version: str


class PastFileLabelsRow(NamedTuple):
    """The labels of a file."""

    seq: int
    id: str
    created_at: datetime
    solution_id: str
    source: str
    labels: rows.StoredLabels


class PastDecisionRow(NamedTuple):
    """A decision."""

    seq: int
    id: str
    at: datetime
    by: str
    solution_id: str
    queue_id: str | None
    note: str
    labels: rows.StoredLabels
    cause: str


class PastVerdictRow(NamedTuple):
    """A verdict with the solution of its task."""

    seq: int
    at: datetime
    by: str
    annotator: str
    solution_id: str
    task_id: str
    queue_id: str
    split: int
    verdict: str
    note: str


class PastSplitEndRow(NamedTuple):
    """The end of a round of a split."""

    seq: int
    at: datetime
    by: str
    queue_id: str
    split: int
    kind: str
    note: str


def scoring_entry(row: PastScoringRow) -> HistoryEntry:
    """Return a scoring as an entry."""
    return HistoryEntry(
        id=row.id,
        at=row.created_at,
        kind=HistoryKind.SCORED,
        who=None,
        solution_id=row.solution_id,
        text=row.reward_model,
    )


def event_entry(row: PastLabelEventRow) -> HistoryEntry:
    """Return a label event as an entry."""
    return HistoryEntry(
        id=row.uuid,
        at=row.at_server,
        kind=EventKind(row.kind),
        who=row.annotator,
        solution_id=row.solution_id,
        task_id=row.task_id,
        queue_id=row.queue_id,
        step=row.step,
        label=None if row.value is None else Label(row.value),
        text=row.text,
        flagged=row.flagged,
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        seconds=row.seconds,
        error_type=None if row.error_type is None else ErrorType(row.error_type),
    )


def annotation_entry(row: PastAnnotationRow) -> HistoryEntry:
    """Return an annotation as an entry."""
    return HistoryEntry(
        id=row.id,
        at=row.created_at,
        kind=HistoryKind.ANNOTATED,
        who=row.annotator,
        solution_id=row.solution_id,
        task_id=row.task_id,
        queue_id=row.queue_id,
        text=row.note or None,
        flagged=row.flagged,
        skip_reason=None if row.skip_reason is None else SkipReason(row.skip_reason),
        stage=Stage(row.stage),
        labels=rows.as_labels(row.labels),
        details=rows.as_details(row.details),
        first_error=row.first_error,
        seconds=row.seconds,
        guideline_version=row.guideline_version,
    )


def file_labels_entry(row: PastFileLabelsRow) -> HistoryEntry:
    """Return the labels of a file as an entry; no person stands behind it."""
    return HistoryEntry(
        id=row.id,
        at=row.created_at,
        kind=HistoryKind.FILE_LABELLED,
        who=None,
        solution_id=row.solution_id,
        text=row.source,
        labels=rows.as_labels(row.labels),
    )


def rollout_labels_entry(row: PastRolloutLabelsRow) -> HistoryEntry:
    """Return labels that rollouts gave as an entry; no person stands behind them."""
    return HistoryEntry(
        id=row.id,
        at=row.created_at,
        kind=HistoryKind.ROLLED_OUT,
        who=None,
        solution_id=row.solution_id,
        text=row.policy_model,
        labels=tuple(StepRollouts(**each).label for each in row.steps),
    )


def decision_entry(row: PastDecisionRow) -> HistoryEntry:
    """Return a decision as an entry."""
    return HistoryEntry(
        id=row.id,
        at=row.at,
        kind=HistoryKind.DECIDED,
        who=row.by,
        solution_id=row.solution_id,
        queue_id=row.queue_id,
        text=row.note or None,
        labels=rows.as_labels(row.labels),
        cause=Cause(row.cause),
    )


def verdict_entry(row: PastVerdictRow) -> HistoryEntry:
    """Return a reviewer's verdict as an entry."""
    return HistoryEntry(
        id=f"verdict-{row.seq}",
        at=row.at,
        kind=HistoryKind(f"found_{row.verdict}"),
        who=row.by,
        about=row.annotator,
        solution_id=row.solution_id,
        task_id=row.task_id,
        queue_id=row.queue_id,
        split=row.split,
        text=row.note or None,
    )


def split_end_entry(row: PastSplitEndRow) -> HistoryEntry:
    """Return the end of a round of a split as an entry."""
    return HistoryEntry(
        id=f"split-{row.seq}",
        at=row.at,
        kind=HistoryKind(f"split_{row.kind}"),
        who=row.by,
        solution_id=None,
        queue_id=row.queue_id,
        split=row.split,
        text=row.note or None,
    )
