"""Tasks as one person sees them. A task never carries a score: :class:`engine.domain.LabelTask` has no field for one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, select, true

from engine.domain import LabelTask, Role, Scoring, Solution, new_id, now
from storage.accounts.people import find_row
from storage.database import rows, tables
from storage.database.typed_rows import one_row
from storage.errors import NotFound, NotSubmitted
from storage.labelling import assignment, audience, blinding, draft_rows, entry_quiz, queues
from storage.labelling.assignment import NOT_OPEN, Blocked
from storage.labelling.draft_rows import DraftRow
from storage.labelling.entry_quiz import QuizState
from storage.labelling.events import Draft, EventKind, LabelEvent
from storage.labelling.queue_rules import QueueRules, TaskRole, TaskRow, read_rules
from storage.labelling.slots import SlotState
from storage.runs import records

# asked for every task: made once, because SQLAlchemy takes longer to build a statement than SQLite to run it
_TASK = select(tables.tasks).where(tables.tasks.c.id == bindparam("task"))
_SOLUTION = select(tables.solutions).where(tables.solutions.c.id == bindparam("solution"))
_DRAFT = select(tables.drafts).where(
    tables.drafts.c.task_id == bindparam("task"), tables.drafts.c.annotator == bindparam("who")
)


def find_current(connection: Connection, queue_id: str, annotator: str) -> LabelTask | None:
    """Return the task to go on with, as far as that needs no writing; None where :func:`next_task` has to be asked."""
    rules = read_rules(connection, queue_id)
    is_open = audience.require_entry(connection, rules, annotator)
    row = (
        assignment.find_current(connection, rules, annotator)
        if rules.leases
        else queues.first_unfinished(connection, queue_id, annotator, begun_only=not is_open)
    )
    return None if row is None else as_task(connection, rules, row, annotator)


def next_task(connection: Connection, queue_id: str, annotator: str) -> LabelTask | Blocked | None:
    """Return the task this person should go on with, assigned now where they have none; None when all is done."""
    rules = read_rules(connection, queue_id)
    if not audience.require_entry(connection, rules, annotator):
        return find_current(connection, queue_id, annotator) or NOT_OPEN
    if not rules.leases:
        return find_current(connection, queue_id, annotator)
    return _given(connection, rules, assignment.assign_next(connection, rules, annotator), annotator)


def get_task(connection: Connection, task_id: str, annotator: str) -> LabelTask:
    """Return a task with this person's draft; raises NotFound, also for one that was not assigned, or is not open, to them."""
    row = require_task(connection, task_id)
    rules = read_rules(connection, row.queue_id)
    if read_draft_row(connection, task_id, annotator) is None:
        if rules.leases:
            raise NotFound(f"The task {task_id!r} was not given to {annotator!r}.")
        _require_open(connection, rules, row, annotator)
    return as_task(connection, rules, row, annotator)


def find_task_at(connection: Connection, queue_id: str, sequence_no: int, annotator: str) -> LabelTask | None:
    """Return the task at an index of this person's assignment list; None at the index after the last one. Raises NotFound."""
    rules = read_rules(connection, queue_id)
    is_open = audience.require_entry(connection, rules, annotator)
    tasks, drafts = tables.tasks, tables.drafts
    mine = (drafts.c.queue_id == queue_id, drafts.c.annotator == annotator)
    place = drafts.c.sequence_no if rules.leases else tasks.c.position
    query = select(tasks).where(tasks.c.queue_id == queue_id, place == sequence_no)
    if rules.leases or not is_open:
        query = query.join(drafts, drafts.c.task_id == tasks.c.id).where(*mine)
    row = one_row(connection, query, TaskRow)
    if row is not None:
        return as_task(connection, rules, row, annotator)
    if rules.leases and sequence_no == assignment.count_assigned(connection, queue_id, annotator):
        return None
    raise NotFound(f"Item {sequence_no + 1} is not on your list yet.")


def lease_task_at(
    connection: Connection, queue_id: str, sequence_no: int, annotator: str
) -> LabelTask | Blocked | None:
    """Return the task at an index of this person's assignment list, leased to them now where it is not; raises NotFound."""
    rules = read_rules(connection, queue_id)
    is_open = audience.is_open_to(connection, rules, annotator)
    there = find_task_at(connection, queue_id, sequence_no, annotator)
    if there is not None and is_open and is_given_back(connection, there):
        assignment.lease_again(connection, rules, require_task(connection, there.id), annotator)
        return find_task_at(connection, queue_id, sequence_no, annotator)
    if there is not None:
        return there
    if not is_open:
        return NOT_OPEN
    return _given(connection, rules, assignment.assign_ahead(connection, rules, annotator), annotator)


def is_given_back(connection: Connection, task: LabelTask) -> bool:
    """Return whether a task that a person has on their list is theirs to finish, and not leased to them."""
    is_theirs = not task.submitted and not task.taken_over and task.leased_until is None
    return is_theirs and read_rules(connection, task.queue_id).leases


def reveal(connection: Connection, task_id: str, annotator: str) -> Scoring | None:
    """Return the newest scoring of a submitted task, and record that this person has seen it; None when there is none.

    Raises:
        NotFound: no such task, or it is not open to this person.
        NotSubmitted: this person has to submit their own labels first: here, or in another queue that labels blind.
    """
    task = require_task(connection, task_id)
    rules = read_rules(connection, task.queue_id)
    draft = read_draft(connection, task_id, annotator)
    if draft is None:
        _require_open(connection, rules, task, annotator)
    if draft is None or not (draft.submitted or draft.revealed or not rules.options.blind):
        raise NotSubmitted("The scores of this solution are shown once you have submitted your own labels.")
    scorings = tables.scorings
    query = select(scorings).where(scorings.c.solution_id == task.solution_id).order_by(scorings.c.seq.desc()).limit(1)
    row = one_row(connection, query, rows.ScoringRow)
    if row is None:
        return None
    if not draft.revealed:
        if _labels_only(connection, annotator) and blinding.is_blinded_elsewhere(connection, task, annotator):
            raise NotSubmitted(
                "You still have to label this solution blind in another queue. Submit those first, then its scores are shown."
            )
        mark_revealed(connection, task_id, annotator)
    return rows.as_scoring(row)


def unrevealed_tasks(connection: Connection, annotator: str, solutions: ColumnElement[bool]) -> Sequence[str]:
    """Return this person's submitted tasks of some solutions whose scores they have not been shown yet."""
    tasks, drafts = tables.tasks, tables.drafts
    mine = (drafts.c.annotator == annotator, drafts.c.submitted.is_(true()), drafts.c.revealed.is_(False))
    query = select(tasks.c.id).join(drafts, drafts.c.task_id == tasks.c.id)
    return connection.scalars(query.join(tables.solutions).where(solutions, *mine)).all()


def mark_revealed(connection: Connection, task_id: str, annotator: str) -> None:
    """Record that a person has seen the scores of a task's solution: what they label from now on is not blind."""
    seen = LabelEvent(uuid=new_id(), task_id=task_id, kind=EventKind.REVEAL, at_client=now())
    connection.execute(tables.events.insert().values(**draft_rows.event_values(seen, annotator, seen.at_client)))
    key = (tables.drafts.c.task_id == task_id, tables.drafts.c.annotator == annotator)
    connection.execute(tables.drafts.update().where(*key).values(revealed=True))


def as_task(connection: Connection, rules: QueueRules, row: TaskRow, annotator: str) -> LabelTask:
    """Return a stored task as this person sees it."""
    solution = read_solution(connection, row)
    held = read_draft_row(connection, row.id, annotator)
    empty = (None,) * len(solution.steps)
    draft = Draft(labels=empty) if held is None else draft_rows.as_draft(held)
    mine = held if rules.leases else None
    number = None if mine is None else mine.sequence_no
    return LabelTask(
        id=row.id,
        queue_id=row.queue_id,
        sequence_no=row.position if number is None else number,
        total=queues.count_for(connection, rules, annotator),
        problem=records.read_problem(connection, solution.problem_id),
        solution_id=solution.id,
        steps=solution.steps,
        model_answer=solution.answer,
        labels=draft.labels,
        flagged=draft.flagged,
        note=draft.note,
        skip_reason=draft.skip_reason,
        submitted=draft.submitted,
        revealed=draft.revealed,
        details=draft.details or empty,
        first_error=draft.first_error,
        send_back_note=draft.send_back_note,
        is_quiz=row.role == TaskRole.QUIZ.value,
        quiz_passed=None
        if rules.options.quiz_pass is None
        else entry_quiz.state(connection, rules, annotator) is QuizState.PASSED,
        leased_until=None if mine is None else mine.leased_until,
        taken_over=mine is not None
        and not (mine.counts_toward_overlap or draft.submitted)
        and row.slot_state == SlotState.FULL,
        options=rules.options,
        guideline_version=rules.guideline_version,
    )


def read_solution(connection: Connection, task: TaskRow) -> Solution:
    """Return the solution of a stored task."""
    row = one_row(connection, _SOLUTION, rows.SolutionRow, {"solution": task.solution_id})
    assert row is not None  # its task points to it
    return rows.as_solution(row)


def find_task(connection: Connection, task_id: str) -> TaskRow | None:
    """Return a task's row, if there is one."""
    return one_row(connection, _TASK, TaskRow, {"task": task_id})


def require_task(connection: Connection, task_id: str) -> TaskRow:
    """Return a task's row; raises NotFound."""
    row = find_task(connection, task_id)
    if row is None:
        raise _no_task(task_id)
    return row


def read_draft(connection: Connection, task_id: str, annotator: str) -> Draft | None:
    """Return what this person has done on a task; None where they have not begun it."""
    row = read_draft_row(connection, task_id, annotator)
    return None if row is None else draft_rows.as_draft(row)


def read_draft_row(connection: Connection, task_id: str, annotator: str) -> DraftRow | None:
    """Return the row of a draft, if there is one."""
    return one_row(connection, _DRAFT, DraftRow, {"task": task_id, "who": annotator})


def _require_open(connection: Connection, rules: QueueRules, task: TaskRow, annotator: str) -> None:
    """Raise NotFound, as for a task that does not exist, where the task is not open to this person."""
    if not audience.is_open_to(connection, rules, annotator):
        raise _no_task(task.id)


def _no_task(task_id: str) -> NotFound:
    return NotFound(f"There is no task {task_id!r}. It was deleted, or it belongs to another data folder.")


def _labels_only(connection: Connection, annotator: str) -> bool:
    """Return whether this is an annotator with an account. Guests label only where nobody signs in, and there they may do all."""
    person = find_row(connection, annotator)
    return person is not None and not Role(person.role).includes(Role.REVIEWER)


def _given(
    connection: Connection, rules: QueueRules, found: TaskRow | Blocked | None, annotator: str
) -> LabelTask | Blocked | None:
    return found if found is None or isinstance(found, Blocked) else as_task(connection, rules, found, annotator)
