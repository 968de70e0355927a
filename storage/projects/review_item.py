"""One item of a sample with what a reviewer reads before the verdict: all that its annotator said, and the round before.

Holds no score: those are for whoever has judged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain import Annotation, Label
from storage.database import rows, tables
from storage.database.typed_rows import one_row
from storage.errors import NotFound
from storage.labelling.queue_rules import QueueRules
from storage.labelling.review_outcome import (
    QuestionedStep,
    ReviewVerdict,
    StoredQuestions,
    WrongVerdict,
    as_questioned,
)
from storage.projects.review import ReviewSplit, SampledWork, list_sample


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerVerdict(WrongVerdict):
    """What was said of the same person's work in the round before."""

    at: datetime
    labels: tuple[Label | None, ...]  # as they were then; all None when skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """Sampled work, as a reviewer judges it."""

    work: SampledWork
    said: Annotation  # the annotator's newest, with details, note and reason to skip
    before: FormerVerdict | None  # None: the first round, another person's work then, or it was right


class _FormerRow(NamedTuple):
    """A verdict of a round before."""

    verdict: str
    by: str
    note: str
    questioned: StoredQuestions
    at: datetime


def get_item(
    connection: Connection, rules: QueueRules, split: ReviewSplit, task_id: str, reviewer: str | None
) -> ReviewItem:
    """Return an item of the sample of a split, as ``list_sample`` draws it for the reviewer; raises NotFound."""
    sample = list_sample(connection, rules, split, reviewer)
    found = next((each for each in sample if each.task_id == task_id), None)
    if found is None:
        raise NotFound(f"The task {task_id!r} is not in the sample of split {split.number + 1}.")
    said = _newest(connection, found)
    assert said is not None  # finished work has been submitted
    return ReviewItem(work=found, said=said, before=_find_former(connection, split, found))


def _find_former(connection: Connection, split: ReviewSplit, work: SampledWork) -> FormerVerdict | None:
    verdicts = tables.verdicts.c
    mine = (verdicts.task_id == work.task_id, verdicts.annotator == work.annotator, verdicts.round == split.round - 1)
    query = select(tables.verdicts).where(*mine).order_by(verdicts.seq.desc()).limit(1)
    row = one_row(connection, query, _FormerRow)
    if row is None or ReviewVerdict(row.verdict) is not ReviewVerdict.WRONG:
        return None
    judged = _newest(connection, work, until=row.at)
    labels: Sequence[Label | None] = () if judged is None else judged.labels
    questioned: tuple[QuestionedStep, ...] = as_questioned(row.questioned)
    return FormerVerdict(by=row.by, note=row.note, questioned=questioned, at=row.at, labels=tuple(labels))


def _newest(connection: Connection, work: SampledWork, until: datetime | None = None) -> Annotation | None:
    """Return what the annotator submitted last, ``until`` a time."""
    annotations = tables.annotations.c
    query = select(tables.annotations).where(
        annotations.task_id == work.task_id, annotations.annotator == work.annotator
    )
    if until is not None:
        query = query.where(annotations.created_at <= until)
    row = one_row(connection, query.order_by(annotations.seq.desc()).limit(1), rows.AnnotationRow)
    return None if row is None else rows.as_annotation(row)
