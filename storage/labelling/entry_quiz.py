"""The entry quiz of a project: a person's state, and the grade once all of it is done. A result stands until it is reset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection, and_, select, true

from engine.domain import Label, SkipReason, now
from storage.database import rows, tables
from storage.database.typed_rows import all_rows, one_row
from storage.labelling.queue_rules import QueueRules, TaskRole, exact_share


class QuizState(StrEnum):
    """A person's state in the entry quiz."""

    OPEN = "open"  # not all of it is done
    PASSED = "passed"  # or there is none
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuizResult:
    """One person's quiz."""

    annotator: str
    state: QuizState
    right: int  # steps with the gold label
    steps: int  # steps of the quiz
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuizAnswer:
    """One item of the quiz, and what a person has said of it."""

    solution_id: str
    gold_labels: tuple[Label, ...]
    labels: tuple[Label | None, ...] | None  # None: not begun, or skipped
    skip_reason: SkipReason | None
    submitted: bool


class _ResultRow(NamedTuple):
    """A row of quizzes."""

    annotator: str
    right: int
    steps: int
    passed: bool
    at: datetime


class _QuizTaskRow(NamedTuple):
    """A quiz task with what one person has done of it; None where they have not begun it."""

    solution_id: str
    gold_labels: list[int]
    labels: list[int | None] | None
    skip_reason: str | None
    submitted: bool | None


def state(connection: Connection, rules: QueueRules, annotator: str) -> QuizState:
    """Return this person's state. Writes nothing: a finished quiz is open until :func:`grade` is called."""
    if rules.options.quiz_pass is None:
        return QuizState.PASSED
    result = _standing(connection, rules, annotator)
    if result is not None:
        return QuizState.PASSED if result.passed else QuizState.FAILED
    return QuizState.OPEN if _tasks(connection, rules, annotator) else QuizState.PASSED


def failure_text(connection: Connection, rules: QueueRules, annotator: str) -> str:
    """Return the message for somebody who failed."""
    result = _standing(connection, rules, annotator)
    assert result is not None  # they failed
    return (
        f"You labelled {result.right} of the {result.steps} steps of this project's quiz correctly; "
        f"{100 * (rules.options.quiz_pass or 0):g} % were needed. Read the guideline again and ask the people who "
        "run the project; they can let you try again."
    )


def grade(connection: Connection, rules: QueueRules, annotator: str) -> QuizState:
    """Return this person's state, graded now if they have just finished the quiz."""
    found = state(connection, rules, annotator)
    if found is not QuizState.OPEN or rules.options.quiz_pass is None:
        return found
    quiz = _tasks(connection, rules, annotator)
    if not all(task.submitted for task in quiz):
        return found
    right = sum(
        count_correct(task.gold_labels, task.labels or [], skipped=task.skip_reason is not None) for task in quiz
    )
    steps = sum(len(task.gold_labels) for task in quiz)
    passed = right >= exact_share(rules.options.quiz_pass, steps)
    result = {"project_id": rules.project_id, "annotator": annotator, "right": right, "steps": steps, "passed": passed}
    connection.execute(tables.quizzes.insert().values(**result, at=now()))
    return QuizState.PASSED if passed else QuizState.FAILED


def count_correct(gold: list[int], labels: list[int | None], *, skipped: bool) -> int:
    """Return how many steps have the gold label; a skipped solution has none."""
    return 0 if skipped else sum(mine == right for mine, right in zip(labels, gold, strict=True))


def results(connection: Connection, project_id: str) -> tuple[QuizResult, ...]:
    """Return the standing result of everybody who finished the quiz, by name."""
    quizzes = tables.quizzes
    query = select(quizzes).where(quizzes.c.project_id == project_id, quizzes.c.reset_at.is_(None))
    return tuple(
        QuizResult(
            annotator=row.annotator,
            state=QuizState.PASSED if row.passed else QuizState.FAILED,
            right=row.right,
            steps=row.steps,
            at=row.at,
        )
        for row in sorted(all_rows(connection, query, _ResultRow), key=lambda row: row.annotator)
    )


def answers(connection: Connection, rules: QueueRules, annotator: str) -> tuple[QuizAnswer, ...]:
    """Return every item of the quiz, in order, with what this person says of it now."""
    return tuple(
        QuizAnswer(
            solution_id=task.solution_id,
            gold_labels=tuple(Label(each) for each in task.gold_labels),
            labels=None if task.labels is None or task.skip_reason is not None else rows.as_labels(task.labels),
            skip_reason=None if task.skip_reason is None else SkipReason(task.skip_reason),
            submitted=bool(task.submitted),
        )
        for task in _tasks(connection, rules, annotator)
    )


def reset(connection: Connection, by: str, project_id: str, annotator: str) -> tuple[tuple[str, str], ...]:
    """End the standing result; return queue and id of each task to do anew (none where there was no result)."""
    quizzes, tasks, drafts = tables.quizzes, tables.tasks, tables.drafts
    standing = and_(quizzes.c.project_id == project_id, quizzes.c.annotator == annotator, quizzes.c.reset_at.is_(None))
    if connection.execute(quizzes.update().where(standing).values(reset_by=by, reset_at=now())).rowcount == 0:
        return ()
    done = (
        select(tasks.c.queue_id, tasks.c.id)
        .join(drafts, drafts.c.task_id == tasks.c.id)
        .join(tables.queues, tables.queues.c.id == tasks.c.queue_id)
        .where(
            tables.queues.c.project_id == project_id,
            tasks.c.role == TaskRole.QUIZ.value,
            drafts.c.annotator == annotator,
            drafts.c.submitted.is_(true()),
        )
    )
    return tuple((queue_id, task_id) for queue_id, task_id in connection.execute(done))


def _standing(connection: Connection, rules: QueueRules, annotator: str) -> _ResultRow | None:
    """Return the result that stands, if this person has one."""
    quizzes = tables.quizzes.c
    mine = (quizzes.project_id == rules.project_id, quizzes.annotator == annotator, quizzes.reset_at.is_(None))
    return one_row(connection, select(tables.quizzes).where(*mine), _ResultRow)


def _tasks(connection: Connection, rules: QueueRules, annotator: str) -> list[_QuizTaskRow]:
    """Return the quiz with what this person has done of it."""
    tasks, drafts = tables.tasks, tables.drafts
    mine = and_(drafts.c.task_id == tasks.c.id, drafts.c.annotator == annotator)
    query = select(
        tasks.c.solution_id, tasks.c.gold_labels, drafts.c.labels, drafts.c.skip_reason, drafts.c.submitted
    ).outerjoin_from(tasks, drafts, mine)
    of_quiz = (tasks.c.queue_id == rules.queue_id, tasks.c.role == TaskRole.QUIZ.value)
    return all_rows(connection, query.where(*of_quiz).order_by(tasks.c.position), _QuizTaskRow)
