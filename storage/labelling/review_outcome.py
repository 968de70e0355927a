"""What review came to: where a split stands, a verdict, and why work came back: the questioned steps and the words with them.

Who judges what, and when a round ends, is ``storage/projects/review.py``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select

from engine.domain import Label
from storage.database import tables
from storage.database.typed_rows import one_row
from storage.labelling.queue_rules import TaskRow, read_rules
from storage.labelling.tasks import require_task

StoredQuestions = Sequence[Mapping[str, int | None]] | None


class SplitState(StrEnum):
    """Where a split stands."""

    LABELLING = "labelling"
    REVIEW = "review"  # all of it is labelled
    ACCEPTED = "accepted"
    SENT_BACK = "returned"  # and not all labelled again; the stored word is older


class ReviewVerdict(StrEnum):
    """A reviewer's verdict on one person's labels of a solution."""

    RIGHT = "right"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionedStep:
    """A step whose label a reviewer does not share."""

    step: int  # 0-based
    should_be: Label | None  # None: the reviewer does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongVerdict:
    """Why one person's labels of a solution were found wrong."""

    by: str  # the reviewer
    note: str
    questioned: tuple[QuestionedStep, ...]  # in the order of the steps; empty where the verdict names none


class _NewestVerdictRow(NamedTuple):
    """The newest verdict on one person's work in a round."""

    verdict: str
    by: str
    note: str
    questioned: StoredQuestions


def find_wrong_verdict(connection: Connection, task_id: str, annotator: str) -> WrongVerdict | None:
    """Return the verdict for which this person's work was sent back last; None where it was right, or not in the sample.

    Raises NotFound: there is no such task.
    """
    task = require_task(connection, task_id)
    split = task.position // read_rules(connection, task.queue_id).options.split_size
    verdicts = tables.verdicts.c
    mine = (verdicts.task_id == task_id, verdicts.annotator == annotator)
    query = select(tables.verdicts).where(*mine, verdicts.round == _rounds_sent_back(connection, task, split))
    row = one_row(connection, query.order_by(verdicts.seq.desc()).limit(1), _NewestVerdictRow)
    if row is None or ReviewVerdict(row.verdict) is not ReviewVerdict.WRONG:
        return None
    return WrongVerdict(by=row.by, note=row.note, questioned=as_questioned(row.questioned))


def find_wrong_tasks(connection: Connection, queue_id: str, annotator: str) -> frozenset[str]:
    """Return the ids of the tasks for which :func:`find_wrong_verdict` has one of this person's work."""
    ends, verdicts = tables.split_events.c, tables.verdicts.c
    sent_back = (ends.queue_id == queue_id, ends.kind == SplitState.SENT_BACK.value)
    rounds = select(ends.split, func.count().label("round")).where(*sent_back).group_by(ends.split).subquery()
    last_round = and_(verdicts.split == rounds.c.split, verdicts.round == rounds.c.round)
    query = select(verdicts.task_id, verdicts.verdict).select_from(tables.verdicts.join(rounds, last_round))
    query = query.where(verdicts.queue_id == queue_id, verdicts.annotator == annotator).order_by(verdicts.seq)
    newest = {row[0]: ReviewVerdict(row[1]) for row in connection.execute(query)}
    return frozenset(task_id for task_id, verdict in newest.items() if verdict is ReviewVerdict.WRONG)


def questioned_values(questioned: Iterable[QuestionedStep]) -> StoredQuestions:
    """Write questioned steps in their order; None for none."""
    ordered = sorted(questioned, key=lambda each: each.step)
    return [
        {"step": each.step, "should_be": None if each.should_be is None else int(each.should_be)} for each in ordered
    ] or None


def as_questioned(stored: StoredQuestions) -> tuple[QuestionedStep, ...]:
    """Read questioned steps."""
    found = []
    for each in stored or ():
        step, should_be = each["step"], each["should_be"]
        assert step is not None  # written by questioned_values
        found.append(QuestionedStep(step=step, should_be=None if should_be is None else Label(should_be)))
    return tuple(found)


def _rounds_sent_back(connection: Connection, task: TaskRow, split: int) -> int:
    """Return how many rounds of a split were sent back, which is the number of the last of them."""
    ends = tables.split_events.c
    sent_back = (ends.queue_id == task.queue_id, ends.split == split, ends.kind == SplitState.SENT_BACK.value)
    return connection.scalar(select(func.count()).where(*sent_back)) or 0
