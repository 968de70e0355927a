"""Tasks whose right labels are known: the entry quiz and hidden gold, and how well people label them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, select

from engine.domain import Label, Stage
from storage.database import rows, tables
from storage.database.typed_rows import iter_rows, one_row
from storage.errors import BadProject
from storage.labelling import queues, slots
from storage.labelling.entry_quiz import count_correct
from storage.labelling.queue_rules import TaskRole, TaskRow
from storage.results import adjudication, votes
from storage.results.votes import Scope
from storage.runs.imported_rows import only_labels, read_imported


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldItem:
    """A solution and its right labels."""

    solution_id: str
    labels: tuple[Label, ...] | None = None  # one a step; None: the final labels the store has of it


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldAnswer:
    """How many steps of one gold task a person labelled as they are known to be."""

    task_id: str
    right: int  # 0 where it was skipped
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatorAccuracy:
    """How often one person's own first labels were the known ones."""

    annotator: str
    answers: tuple[GoldAnswer, ...]  # to the gold tasks that they submitted

    @property
    def items(self) -> int:
        """Gold solutions submitted."""
        return len(self.answers)

    @property
    def right(self) -> int:
        """Steps with the known label; a skipped solution has none."""
        return sum(each.right for each in self.answers)

    @property
    def steps(self) -> int:
        """Steps of those solutions."""
        return sum(each.steps for each in self.answers)

    @property
    def share(self) -> float | None:
        """Steps right, in [0, 1]; None before any was labelled."""
        return self.right / self.steps if self.steps else None


class _AnsweredRow(NamedTuple):
    """A gold task and one annotation of it."""

    gold_labels: list[int]
    task_id: str
    annotator: str
    stage: str
    labels: rows.StoredLabels
    skip_reason: str | None


def add_gold(connection: Connection, queue_id: str, role: TaskRole, items: Sequence[GoldItem]) -> int:
    """Make gold or quiz tasks of solutions, in the queue or not yet; return how many are new or changed.

    Raises:
        BadProject: a solution that is given twice, that somebody has begun, that has no final labels, or whose labels do not fit.
    """
    new: list[rows.Values] = []
    changed = 0
    given: set[str] = set()
    for item in items:
        if item.solution_id in given:
            raise BadProject(
                f"Solution {item.solution_id!r} is given twice. Give it once, with the labels that are right."
            )
        given.add(item.solution_id)
        labels = rows.as_numbers(right_labels(connection, item))
        values: rows.Values = {"role": role.value, "gold_labels": labels, "evaluation": False}
        task = _task_of(connection, queue_id, item.solution_id)
        if task is None:
            new.append({"solution_id": item.solution_id} | values)
        elif (task.role, task.gold_labels) != (role.value, labels):
            _require_untouched(connection, task)
            connection.execute(tables.tasks.update().where(tables.tasks.c.id == task.id).values(**values))
            changed += 1
    queues.append(connection, queue_id, new)
    slots.recount_open_tasks(connection, queue_id)
    return len(new) + changed


def gold_accuracy(connection: Connection, queue_id: str) -> tuple[AnnotatorAccuracy, ...]:
    """Return how each person did on the gold tasks of a queue, by their newest labels from before any score was shown."""
    tasks, annotations = tables.tasks, tables.annotations
    query = (
        select(
            tasks.c.gold_labels,
            annotations.c.task_id,
            annotations.c.annotator,
            annotations.c.stage,
            annotations.c.labels,
            annotations.c.skip_reason,
        )
        .join(annotations, annotations.c.task_id == tasks.c.id)
        .where(tasks.c.queue_id == queue_id, tasks.c.role == TaskRole.GOLD.value)
        .order_by(annotations.c.annotator, annotations.c.seq)
    )
    chosen: dict[tuple[str, str], _AnsweredRow] = {}
    for row in iter_rows(connection, query, _AnsweredRow):
        key = (row.annotator, row.task_id)
        if row.stage == Stage.BLIND.value or key not in chosen:
            chosen[key] = row
    people: dict[str, list[_AnsweredRow]] = {}
    for (annotator, _task), row in chosen.items():
        people.setdefault(annotator, []).append(row)
    return tuple(
        AnnotatorAccuracy(
            annotator=annotator,
            answers=tuple(
                GoldAnswer(
                    task_id=row.task_id,
                    right=count_correct(row.gold_labels, row.labels, skipped=row.skip_reason is not None),
                    steps=len(row.gold_labels),
                )
                for row in done
            ),
        )
        for annotator, done in people.items()
    )


def right_labels(connection: Connection, item: GoldItem) -> tuple[Label, ...]:
    """Return the labels that an item counts as right: its own, else the final ones, else those of its only file.

    Raises BadProject: there is no such solution, or a step has none.
    """
    stored = connection.scalar(select(tables.solutions.c.steps).where(tables.solutions.c.id == item.solution_id))
    if not isinstance(stored, list):
        raise BadProject(f"There is no solution {item.solution_id!r}. Import it first.")
    found = item.labels
    if found is None:
        found = known_labels(connection, {item.solution_id: len(stored)})[item.solution_id]
    if len(found) != len(stored):
        raise BadProject(
            f"Solution {item.solution_id!r} has {len(stored)} steps but {len(found)} known labels. Give one for each step, "
            "or adjudicate it first."
        )
    return found


def known_labels(connection: Connection, steps: Mapping[str, int]) -> dict[str, tuple[Label, ...]]:
    """Return the labels that are known of some solutions, given how many steps each has; steps without one are left out.

    They are the final ones; where people labelled no step, those of the only file that has any.
    """
    scope, ids = Scope(stage=None), list(steps)
    final = adjudication.final_of(connection, scope, steps, votes.read_latest(connection, scope, ids))
    imported = read_imported(connection, ids)
    found = {}
    for solution_id in ids:
        labels = tuple(step.label for step in final[solution_id].steps if step.label is not None)
        if not labels:  # nobody labelled it: a file may
            of_file = only_labels(imported.get(solution_id, ())) or ()
            labels = tuple(label for label in of_file if label is not None)
        found[solution_id] = labels
    return found


def _task_of(connection: Connection, queue_id: str, solution_id: str) -> TaskRow | None:
    tasks = tables.tasks
    query = select(tasks).where(tasks.c.queue_id == queue_id, tasks.c.solution_id == solution_id)
    return one_row(connection, query, TaskRow)


def _require_untouched(connection: Connection, task: TaskRow) -> None:
    drafts = tables.drafts.c
    if connection.execute(select(drafts.task_id).where(drafts.task_id == task.id).limit(1)).first() is not None:
        raise BadProject(
            f"Somebody has begun the task of solution {task.solution_id!r} in this queue: what it is for can no longer change."
        )
