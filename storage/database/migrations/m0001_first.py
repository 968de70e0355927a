"""Schema version 1: images, problems, runs, solutions, scorings, queues, tasks, label events, drafts, annotations.

Frozen: once released this file is never edited. It carries its own copy of the tables, because ``storage/database/tables.py``
moves on with the program.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")
_METADATA = MetaData()


def _seq() -> Column[int]:
    return Column("seq", _SEQUENCE, primary_key=True, autoincrement=True)


def _link(name: str, target: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    return Column(name, Text(), ForeignKey(target), nullable=nullable, primary_key=primary_key)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text(), nullable=nullable)


def _key() -> Column[str]:
    return Column("id", Text(), nullable=False, unique=True)


def _time(name: str) -> Column[object]:
    return Column(name, DateTime(), nullable=False)


Table(
    "images",
    _METADATA,
    Column("sha", Text(), primary_key=True),
    _text("format"),
    Column("width", Integer(), nullable=False),
    Column("height", Integer(), nullable=False),
    Column("size", Integer(), nullable=False),
    _time("created_at"),
)
Table(
    "problems",
    _METADATA,
    Column("id", Text(), primary_key=True),
    _text("question"),
    _text("answer", nullable=True),
    _text("data_source", nullable=True),
    _time("created_at"),
)
Table(
    "problem_images",
    _METADATA,
    _link("problem_id", "problems.id", primary_key=True),
    Column("position", Integer(), primary_key=True),
    _link("sha", "images.sha"),
)
Table(
    "runs",
    _METADATA,
    _seq(),
    _key(),
    _link("problem_id", "problems.id"),
    _text("sampling"),
    _text("record", nullable=True),
    _text("state"),
    _text("message", nullable=True),
    _time("created_at"),
    Column("seconds", Float(), nullable=True),
    _text("owner", nullable=True),
    Index("runs_by_state", "state"),
)
Table(
    "solutions",
    _METADATA,
    _seq(),
    _key(),
    _link("problem_id", "problems.id"),
    _link("run_id", "runs.id", nullable=True),
    Column("draw", Integer(), nullable=True),
    _text("steps"),
    _text("answer", nullable=True),
    _text("finish"),
    _text("policy_model"),
    Column("tokens", Integer(), nullable=True),
    Column("seconds", Float(), nullable=True),
    _time("created_at"),
    UniqueConstraint("run_id", "draw", name="one_solution_a_draw"),
    Index("solutions_by_problem", "problem_id"),
)
Table(
    "scorings",
    _METADATA,
    _seq(),
    _key(),
    _link("solution_id", "solutions.id"),
    _link("run_id", "runs.id", nullable=True),
    _text("reward_model"),
    _text("step_scores"),
    _time("created_at"),
    Index("scorings_by_solution", "solution_id"),
    Index("scorings_by_run", "run_id"),
)
Table(
    "queues",
    _METADATA,
    _seq(),
    _key(),
    _text("title"),
    Column("run_id", Text(), ForeignKey("runs.id"), nullable=True, unique=True),
    _time("created_at"),
)
Table(
    "tasks",
    _METADATA,
    Column("id", Text(), primary_key=True),
    _link("queue_id", "queues.id"),
    Column("position", Integer(), nullable=False),
    _link("solution_id", "solutions.id"),
    UniqueConstraint("queue_id", "position", name="one_task_a_position"),
    UniqueConstraint("queue_id", "solution_id", name="a_solution_once_a_queue"),
    Index("tasks_by_solution", "solution_id"),
)
Table(
    "events",
    _METADATA,
    _seq(),
    Column("uuid", Text(), nullable=False, unique=True),
    _link("task_id", "tasks.id"),
    _text("annotator"),
    _text("kind"),
    Column("step", Integer(), nullable=True),
    Column("value", Integer(), nullable=True),
    _text("text", nullable=True),
    Column("flagged", Boolean(), nullable=True),
    _text("skip_reason", nullable=True),
    Column("seconds", Float(), nullable=True),
    _time("at_client"),
    _time("at_server"),
    Index("events_by_task", "task_id", "annotator"),
)
Table(
    "drafts",
    _METADATA,
    _link("task_id", "tasks.id", primary_key=True),
    Column("annotator", Text(), primary_key=True),
    _link("queue_id", "queues.id"),
    _text("labels"),
    Column("flagged", Boolean(), nullable=False),
    _text("note"),
    _text("skip_reason", nullable=True),
    Column("submitted", Boolean(), nullable=False),
    Column("revealed", Boolean(), nullable=False),
    Column("seconds", Float(), nullable=True),
    _text("times"),
    Index("drafts_by_queue", "queue_id", "annotator", "submitted"),
)
Table(
    "annotations",
    _METADATA,
    _seq(),
    _key(),
    _link("solution_id", "solutions.id"),
    _link("task_id", "tasks.id", nullable=True),
    _text("annotator"),
    _text("stage"),
    _text("labels"),
    _text("skip_reason", nullable=True),
    Column("flagged", Boolean(), nullable=False),
    _text("note"),
    Column("seconds", Float(), nullable=True),
    _text("guideline_version"),
    _time("created_at"),
    Index("annotations_by_solution", "solution_id"),
    Index("annotations_by_task", "task_id", "annotator"),
)


def upgrade(connection: Connection) -> None:
    """Create every table of version 1."""
    _METADATA.create_all(connection)
