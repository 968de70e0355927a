"""The rules of a queue: those of its project, or the fixed ones of a run's queue. Reads them; decides nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from engine.domain import Order, Project, ProjectOptions
from storage.database import rows, tables
from storage.database.typed_rows import one_row
from storage.errors import NotFound


class TaskRole(StrEnum):
    """What a task is for. To its annotator a gold task looks like any other."""

    LABEL = "label"
    GOLD = "gold"  # hidden among the others, its right labels known: measures how well a person labels
    QUIZ = "quiz"  # its right labels known: to be passed before anything else is assigned


# asked for every task: made once, because SQLAlchemy takes longer to build a statement than SQLite to run it
_RULES = (
    select(
        tables.queues.c.project_id,
        tables.projects.c.options,
        tables.projects.c.guideline_version,
        tables.projects.c.archived,
    )
    .select_from(tables.queues.outerjoin(tables.projects))
    .where(tables.queues.c.id == bindparam("queue"))
)
_OPEN = ProjectOptions(
    review_share=0.0, evaluation_share=0.0
)  # a run's queue: everybody may label all, nothing is reviewed


class _RulesRow(NamedTuple):
    """A queue with its project, if it has one."""

    project_id: str | None
    options: dict[str, object] | None
    guideline_version: str | None
    archived: bool | None


class TaskRow(NamedTuple):
    """A row of tasks."""

    id: str
    queue_id: str
    position: int
    solution_id: str
    role: str
    gold_labels: list[int] | None
    slot_state: int
    finished: int


class ProjectRow(NamedTuple):
    """A row of projects."""

    id: str
    title: str
    guideline_version: str
    options: dict[str, object]
    archived: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRules:
    """What governs the tasks of one queue."""

    queue_id: str
    project_id: str | None  # None: the queue of a run, where nothing is leased
    options: ProjectOptions
    guideline_version: str
    archived: bool

    @property
    def leases(self) -> bool:
        """Whether tasks are assigned and leased one by one. A run's queue is open to everybody."""
        return self.project_id is not None


def read_rules(connection: Connection, queue_id: str) -> QueueRules:
    """Return the rules of a queue; raises NotFound."""
    row = one_row(connection, _RULES, _RulesRow, {"queue": queue_id})
    if row is None:
        raise no_queue(queue_id)
    return QueueRules(
        queue_id=queue_id,
        project_id=row.project_id,
        options=_OPEN if row.options is None else as_options(row.options),
        guideline_version=row.guideline_version or "1",
        archived=bool(row.archived),
    )


def no_queue(queue_id: str) -> NotFound:
    """Return the error about a queue that is not there, or not there for whoever asks."""
    return NotFound(
        f"There is no queue {queue_id!r}. It was deleted, is open to others only, or belongs to another data folder."
    )


def exact_share(share: float, total: int) -> Fraction:
    """Return a share of a total as it was written in decimals: 0.28 of 25 is 7, and not a little more."""
    return Fraction(str(share)) * total


def project_values(project: Project) -> rows.Values:
    """Write a project."""
    return {
        "id": project.id,
        "title": project.title,
        "guideline_version": project.guideline_version,
        "options": asdict(project.options),
        "archived": project.archived,
        "created_at": project.created_at,
    }


def as_project(row: ProjectRow) -> Project:
    """Read a project."""
    return Project(
        id=row.id,
        title=row.title,
        guideline_version=row.guideline_version,
        options=as_options(row.options),
        archived=row.archived,
        created_at=row.created_at,
    )


def as_options(stored: dict[str, object]) -> ProjectOptions:
    """Read options; those a newer version of the program added have their defaults in an older project."""
    return ProjectOptions(**{**stored, "order": Order(str(stored["order"]))})  # type: ignore[arg-type]  # JSON has no types
