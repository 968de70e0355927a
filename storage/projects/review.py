"""Review of a queue in splits: a sample of each finished split is judged, and a split with errors goes back to its annotators.

A split is ``split_size`` consecutive positions of a queue. Its round ends when it is accepted, or is sent back to be labelled
again. Of each sampled solution the work of one person, drawn at random, is judged. Verdicts and ends of rounds are append-only.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, case, func, select, true

from engine.domain import Label, now
from storage.database import rows, tables
from storage.database.typed_rows import all_rows, iter_rows
from storage.errors import BadReview, NotFound
from storage.labelling import reopening
from storage.labelling.events import MAX_NOTE
from storage.labelling.queue_rules import QueueRules, TaskRole, exact_share
from storage.labelling.review_outcome import (
    QuestionedStep,
    ReviewVerdict,
    SplitState,
    StoredQuestions,
    as_questioned,
    questioned_values,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSplit:
    """A split in one line of a list."""

    number: int  # 0-based index in the queue
    state: SplitState
    round: int  # 1 the first time, one more after each return
    done: int  # solutions labelled by as many people as it takes
    total: int
    sample: int  # solutions to review
    limit: int  # of them that may be wrong; with more the split should go back
    reviewed: int  # of them in this round
    wrong: int  # of those


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedWork:
    """One person's finished work on a task, as a reviewer was shown it."""

    task_id: str
    annotator: str
    labels: tuple[Label | None, ...]  # all None when skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledWork(FinishedWork):
    """One person's work on a sampled solution."""

    solution_id: str
    verdict: ReviewVerdict | None  # None: not judged in this round
    note: str  # of the reviewer
    questioned: tuple[QuestionedStep, ...]  # by the reviewer


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkJudgement:
    """A reviewer's verdict on work that they were shown."""

    by: str
    shown: FinishedWork
    verdict: ReviewVerdict
    note: str = ""
    questioned: tuple[QuestionedStep, ...] = ()  # of a wrong verdict


class _SplitTaskRow(NamedTuple):
    """A task of a split."""

    id: str
    solution_id: str
    position: int


class _CountRow(NamedTuple):
    """How far a split is."""

    split: int
    total: int
    finished: int


class _VerdictRow(NamedTuple):
    """A verdict, and whether its work was annotated again later."""

    seq: int
    task_id: str
    annotator: str
    verdict: str
    note: str
    at: datetime
    questioned: StoredQuestions
    annotated_since: bool


class _Draw(NamedTuple):
    """What decides whose work on a sampled solution is shown."""

    rules: QueueRules
    round: int
    reviewer: str | None  # None: whoever asks


class _SplitEndRow(NamedTuple):
    """How and when a round of a split ended."""

    split: int
    kind: str
    at: datetime


class _LabelsRow(NamedTuple):
    """One person's labels of a task."""

    annotator: str
    labels: rows.StoredLabels
    skip_reason: str | None


def list_splits(connection: Connection, rules: QueueRules, number: int | None = None) -> tuple[ReviewSplit, ...]:
    """Return the splits of a queue in order, or only the one of this number; none where nothing is reviewed."""
    share, size = rules.options.review_share, rules.options.split_size
    if share == 0:
        return ()
    tasks = tables.tasks.c
    split = (tasks.position // size).label("split")
    finished = func.sum(case((tasks.finished >= (rules.options.overlap or 1), 1), else_=0)).label("finished")
    query = select(split, func.count().label("total"), finished).where(
        tasks.queue_id == rules.queue_id, tasks.role == TaskRole.LABEL.value
    )
    if number is not None:
        query = query.where(tasks.position >= number * size, tasks.position < (number + 1) * size)
    ends = _ends(connection, rules.queue_id)
    found = []
    for row in iter_rows(connection, query.group_by(split).order_by(split), _CountRow):
        ended = ends.get(row.split, [])
        round_ = 1 + sum(each.kind == SplitState.SENT_BACK.value for each in ended)
        verdicts = _verdicts(connection, rules.queue_id, row.split, round_)
        sample = math.ceil(exact_share(share, row.total))
        found.append(
            ReviewSplit(
                number=row.split,
                state=_state(ended, verdicts.values(), sample, is_done=row.finished == row.total),
                round=round_,
                done=row.finished,
                total=row.total,
                sample=sample,
                limit=rules.options.review_limit,
                reviewed=len(verdicts),
                wrong=sum(each.verdict == ReviewVerdict.WRONG.value for each in verdicts.values()),
            )
        )
    return tuple(found)


def get_split(connection: Connection, rules: QueueRules, number: int) -> ReviewSplit:
    """Return one split of a queue; raises NotFound."""
    found = list_splits(connection, rules, number)
    if not found:
        raise NotFound(f"Queue {rules.queue_id!r} has no split {number!r} to review.")
    return found[0]


def list_split_solutions(connection: Connection, rules: QueueRules, number: int) -> frozenset[str]:
    """Return the ids of the solutions of a split; raises NotFound."""
    found = _tasks_of(connection, rules, number)
    if not found:
        raise NotFound(f"Queue {rules.queue_id!r} has no split {number!r}.")
    return frozenset(each.solution_id for each in found)


def list_sample(
    connection: Connection, rules: QueueRules, split: ReviewSplit, reviewer: str | None = None
) -> tuple[SampledWork, ...]:
    """Return the work to judge in a split, others' than the reviewer's where there is any; none before all is labelled."""
    return tuple(iter_sample(connection, rules, split, reviewer))


def iter_sample(
    connection: Connection, rules: QueueRules, split: ReviewSplit, reviewer: str | None
) -> Iterator[SampledWork]:
    """Iterate over what ``list_sample`` returns; each item is read when it is asked for."""
    if split.state not in (SplitState.REVIEW, SplitState.ACCEPTED):
        return
    verdicts = _verdicts(connection, rules.queue_id, split.number, split.round)
    # the project's id is no annotator's to know: who could draw the sample beforehand would label it with more care
    chance = random.Random(f"{rules.project_id}/{rules.queue_id}/{split.number}/{split.round}")
    tasks = _tasks_of(connection, rules, split.number)
    # what is judged stays in the sample, whichever version of the program drew it
    drawn = sorted(chance.sample(tasks, len(tasks)), key=lambda task: task.id not in verdicts)[: split.sample]
    for task in sorted(drawn, key=lambda task: task.position):
        yield _as_sampled(connection, _Draw(rules, split.round, reviewer), task, verdicts.get(task.id))


def add_verdict(connection: Connection, rules: QueueRules, number: int, review: WorkJudgement) -> None:
    """Append a verdict on work that the reviewer was shown; the newest counts.

    Raises:
        BadReview: it is not in the sample or the reviewer's own, it was changed or taken back since, the note is too long, or
            a step is questioned that the work does not have, or has as the reviewer would.
    """
    _require_short(review.note)
    _require_questionable(review)
    split, shown = _require_open(connection, rules, number), review.shown
    drawn = next((each for each in list_sample(connection, rules, split) if each.task_id == shown.task_id), None)
    if drawn is None:
        raise BadReview(f"The task {shown.task_id!r} is not in the sample of split {number + 1}.")
    if shown.annotator == review.by:
        raise BadReview("These are your own labels: somebody else has to judge them.")
    judged = None if drawn.verdict is None else drawn.annotator
    if not any(_is_same(each, shown) for each in _work_on(connection, shown.task_id, judged)):
        raise BadReview(
            "The labels that you were shown no longer exist: they were changed or withdrawn, or somebody else's "
            "were judged meanwhile. Reload the page and judge what it shows."
        )
    values = {"queue_id": rules.queue_id, "split": number, "round": split.round, "task_id": shown.task_id}
    outcome = {
        "annotator": shown.annotator,
        "verdict": review.verdict.value,
        "note": review.note,
        "questioned": questioned_values(review.questioned),
    }
    connection.execute(tables.verdicts.insert().values(**values, **outcome, by=review.by, at=now()))


def accept_split(connection: Connection, rules: QueueRules, number: int, by: str) -> None:
    """End the round of a split whose whole sample was judged. Raises NotFound, BadReview."""
    split = _require_open(connection, rules, number)
    if split.reviewed < split.sample:
        raise BadReview(f"Only {split.reviewed} of {split.sample} sampled solutions of the split are judged.")
    _end_round(connection, rules.queue_id, number, SplitState.ACCEPTED, by, "")


def send_back_split(connection: Connection, rules: QueueRules, number: int, by: str, note: str) -> int:
    """Reopen everything in a split with a wrong verdict for its annotators; return how many solutions.

    Raises NotFound, BadReview.
    """
    _require_short(note)
    split = _require_open(connection, rules, number)
    if not split.wrong:
        raise BadReview("No sampled solution of the split was judged wrong, so there is no reason to send it back.")
    drafts = tables.drafts.c
    tasks = [task.id for task in _tasks_of(connection, rules, number)]
    for task_id in tasks:
        finished = (drafts.task_id == task_id, drafts.submitted.is_(true()), drafts.counts_toward_overlap.is_(true()))
        for annotator in connection.scalars(select(drafts.annotator).where(*finished)).all():
            reopening.send_back(connection, rules, task_id, annotator, note, blank=False)
    _end_round(connection, rules.queue_id, number, SplitState.SENT_BACK, by, note)
    return len(tasks)


def _state(ended: Sequence[_SplitEndRow], verdicts: Iterable[_VerdictRow], sample: int, *, is_done: bool) -> SplitState:
    last = SplitState(ended[-1].kind) if ended else None
    # what was judged before it was accepted; where solutions were added since, more have to be
    if last is SplitState.ACCEPTED and sum(each.at <= ended[-1].at for each in verdicts) >= sample:
        return SplitState.ACCEPTED
    if is_done:
        return SplitState.REVIEW
    return SplitState.SENT_BACK if last is SplitState.SENT_BACK else SplitState.LABELLING


def _as_sampled(connection: Connection, draw: _Draw, task: _SplitTaskRow, verdict: _VerdictRow | None) -> SampledWork:
    """Draw whose work is judged. Each person's draw is their own, so that one more person seldom changes the outcome."""
    work = _work_on(connection, task.id, None if verdict is None else verdict.annotator)
    others = [each for each in work if each.annotator != draw.reviewer]
    seed = f"{draw.rules.project_id}/{task.id}/{draw.round}"
    piece = min(others or work, key=lambda each: random.Random(f"{seed}/{each.annotator}").random())
    return SampledWork(
        task_id=task.id,
        solution_id=task.solution_id,
        annotator=piece.annotator,
        labels=piece.labels,
        verdict=None if verdict is None else ReviewVerdict(verdict.verdict),
        note="" if verdict is None else verdict.note,
        questioned=() if verdict is None else as_questioned(verdict.questioned),
    )


def _work_on(connection: Connection, task_id: str, judged: str | None) -> list[FinishedWork]:
    """Return the work on a task that can be judged: all that counts, or only that of the person who was judged already."""
    drafts, annotations = tables.drafts.c, tables.annotations.c
    if judged is not None:  # as it was submitted, also where its annotator has opened it again since
        query = (
            select(annotations.annotator, annotations.labels, annotations.skip_reason)
            .order_by(annotations.seq.desc())
            .limit(1)
        )
        query = query.where(annotations.task_id == task_id, annotations.annotator == judged)
    else:
        query = select(drafts.annotator, drafts.labels, drafts.skip_reason)
        query = query.where(
            drafts.task_id == task_id, drafts.submitted.is_(true()), drafts.counts_toward_overlap.is_(true())
        )
    found = []
    for row in iter_rows(connection, query, _LabelsRow):
        labels = rows.as_labels(row.labels) if row.skip_reason is None else (None,) * len(row.labels)
        found.append(FinishedWork(task_id=task_id, annotator=row.annotator, labels=labels))
    return sorted(found, key=lambda work: work.annotator)  # not by the database: each orders text in its own way


def _is_same(work: FinishedWork, shown: FinishedWork) -> bool:
    return (work.annotator, work.labels) == (shown.annotator, shown.labels)


def _tasks_of(connection: Connection, rules: QueueRules, number: int) -> list[_SplitTaskRow]:
    tasks, size = tables.tasks.c, rules.options.split_size
    query = select(tasks.id, tasks.solution_id, tasks.position).where(
        tasks.queue_id == rules.queue_id,
        tasks.role == TaskRole.LABEL.value,
        tasks.position >= number * size,
        tasks.position < (number + 1) * size,
    )
    return all_rows(connection, query.order_by(tasks.position), _SplitTaskRow)


def _verdicts(connection: Connection, queue_id: str, number: int, round_: int) -> dict[str, _VerdictRow]:
    """Return the newest verdict on each task of a round, except on labels that were changed since: nobody has judged those."""
    verdicts, annotations = tables.verdicts, tables.annotations.c
    later = (
        annotations.task_id == verdicts.c.task_id,
        annotations.annotator == verdicts.c.annotator,
        annotations.created_at > verdicts.c.at,
    )
    query = select(verdicts, select(annotations.id).where(*later).exists().label("annotated_since")).where(
        verdicts.c.queue_id == queue_id, verdicts.c.split == number, verdicts.c.round == round_
    )
    newest = {row.task_id: row for row in iter_rows(connection, query.order_by(verdicts.c.seq), _VerdictRow)}
    return {task: row for task, row in newest.items() if not row.annotated_since or _is_as_judged(connection, row)}


def _is_as_judged(connection: Connection, verdict: _VerdictRow) -> bool:
    """Return whether the labels are still those of the verdict, whatever else its annotator changed since."""
    annotations = tables.annotations.c
    mine = (annotations.task_id == verdict.task_id, annotations.annotator == verdict.annotator)
    newest = select(annotations.labels).where(*mine).order_by(annotations.seq.desc()).limit(1)
    judged = connection.scalar(newest.where(annotations.created_at <= verdict.at))
    return judged is not None and judged == connection.scalar(newest)


def _ends(connection: Connection, queue_id: str) -> dict[int, list[_SplitEndRow]]:
    """Return how and when the rounds of each split ended, in order."""
    events = tables.split_events
    found: dict[int, list[_SplitEndRow]] = {}
    query = select(events).where(events.c.queue_id == queue_id).order_by(events.c.seq)
    for row in iter_rows(connection, query, _SplitEndRow):
        found.setdefault(row.split, []).append(row)
    return found


def _end_round(connection: Connection, queue_id: str, number: int, kind: SplitState, by: str, note: str) -> None:
    values = {"queue_id": queue_id, "split": number, "kind": kind.value, "by": by, "note": note, "at": now()}
    connection.execute(tables.split_events.insert().values(**values))


def _require_open(connection: Connection, rules: QueueRules, number: int) -> ReviewSplit:
    split = get_split(connection, rules, number)
    if split.state is not SplitState.REVIEW:
        raise BadReview(f"Split {number + 1} is not under review: it is {split.state.value!r}.")
    return split


def _require_questionable(review: WorkJudgement) -> None:
    if review.questioned and review.verdict is ReviewVerdict.RIGHT:
        raise BadReview("A step is questioned, so the labels are not all right. Judge them wrong, or question no step.")
    labels, seen = review.shown.labels, set()
    for each in review.questioned:
        if not 0 <= each.step < len(labels) or each.step in seen:
            raise BadReview(
                f"Step {each.step + 1} is questioned twice, or is none of the solution's {len(labels)} steps."
            )
        if each.should_be is not None and each.should_be is labels[each.step]:
            raise BadReview(
                f"Step {each.step + 1} has the label already that it should have: {each.should_be.name.lower()}."
            )
        seen.add(each.step)


def _require_short(note: str) -> None:
    if len(note) > MAX_NOTE:
        raise BadReview(f"The note has {len(note)} characters; at most {MAX_NOTE} can be kept.")
