"""Schema version 2: projects with leases, known labels, quizzes and reviewed splits; details of steps.

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
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)

from storage.database.migrations.ddl import as_dialect

_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")
_METADATA = MetaData()


def _seq() -> Column[int]:
    return Column("seq", _SEQUENCE, primary_key=True, autoincrement=True)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text(), nullable=nullable)


def _link(name: str, target: str, *, primary_key: bool = False) -> Column[str]:
    return Column(name, Text(), ForeignKey(target), nullable=False, primary_key=primary_key)


def _number(name: str) -> Column[int]:
    return Column(name, Integer(), nullable=False)


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(), nullable=nullable)


for _there in ("queues", "tasks"):  # made by version 1; named here so that they can be pointed to
    Table(_there, _METADATA, Column("id", Text()))
_MADE = (
    Table(
        "projects",
        _METADATA,
        _seq(),
        Column("id", Text(), nullable=False, unique=True),
        _text("title"),
        _text("guideline_version"),
        _text("options"),
        Column("archived", Boolean(), nullable=False),
        _time("created_at"),
    ),
    Table(
        "cursors",
        _METADATA,
        _link("queue_id", "queues.id", primary_key=True),
        Column("annotator", Text(), primary_key=True),
        _number("position"),
        _number("open"),
    ),
    Table(
        "quizzes",
        _METADATA,
        _seq(),
        _link("project_id", "projects.id"),
        _text("annotator"),
        _number("right"),
        _number("steps"),
        Column("passed", Boolean(), nullable=False),
        _time("at"),
        _text("reset_by", nullable=True),
        _time("reset_at", nullable=True),
        Index("quizzes_by_person", "project_id", "annotator"),
    ),
    Table(
        "split_events",
        _METADATA,
        _seq(),
        _link("queue_id", "queues.id"),
        _number("split"),
        _text("kind"),
        _text("by"),
        _text("note"),
        _time("at"),
        Index("split_events_by_queue", "queue_id", "split"),
    ),
    Table(
        "verdicts",
        _METADATA,
        _seq(),
        _link("queue_id", "queues.id"),
        _number("split"),
        _number("round"),
        _link("task_id", "tasks.id"),
        _text("annotator"),
        _text("verdict"),
        _text("note"),
        _text("by"),
        _time("at"),
        Index("verdicts_by_split", "queue_id", "split", "round"),
    ),
)
# Added columns stand behind the old ones, in this order. What is there already is open to everybody and unleased.
_ADDED = (
    "ALTER TABLE queues ADD COLUMN project_id TEXT REFERENCES projects (id)",
    "ALTER TABLE queues ADD COLUMN open INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE tasks ADD COLUMN role TEXT NOT NULL DEFAULT 'label'",
    "ALTER TABLE tasks ADD COLUMN known TEXT",
    "ALTER TABLE tasks ADD COLUMN evaluation BOOLEAN NOT NULL DEFAULT 0",
    "ALTER TABLE tasks ADD COLUMN seat INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE tasks ADD COLUMN done INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN error_type TEXT",
    "ALTER TABLE drafts ADD COLUMN details TEXT",
    "ALTER TABLE drafts ADD COLUMN first_error INTEGER",
    "ALTER TABLE drafts ADD COLUMN returned TEXT",
    "ALTER TABLE drafts ADD COLUMN place INTEGER",
    "ALTER TABLE drafts ADD COLUMN seated BOOLEAN NOT NULL DEFAULT 0",
    "ALTER TABLE drafts ADD COLUMN held_until DATETIME",
    "ALTER TABLE drafts ADD COLUMN done_at DATETIME",
    "ALTER TABLE drafts ADD COLUMN labelled INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE annotations ADD COLUMN details TEXT",
    "ALTER TABLE annotations ADD COLUMN first_error INTEGER",
    "CREATE INDEX queues_by_project ON queues (project_id)",
    "CREATE INDEX tasks_by_seat ON tasks (queue_id, role, seat, position)",
    "DROP INDEX drafts_by_queue",
    "CREATE INDEX drafts_by_queue ON drafts (queue_id, annotator, submitted, place)",
    "CREATE INDEX drafts_by_place ON drafts (queue_id, annotator, place)",
    "CREATE INDEX drafts_by_lease ON drafts (queue_id, held_until)",
    "CREATE INDEX drafts_by_end ON drafts (queue_id, done_at)",
    # what finished work says now had to be counted before; labels are a list, so commas tell how many steps it has
    """UPDATE drafts SET
        seated = skip_reason IS NULL OR skip_reason <> 'not_understood',
        done_at = (SELECT max(at_server) FROM events WHERE events.task_id = drafts.task_id
            AND events.annotator = drafts.annotator AND kind IN ('submit', 'skip')),
        labelled = CASE WHEN skip_reason IS NULL THEN length(labels) - length(replace(labels, ',', '')) + 1 ELSE 0 END
    WHERE submitted""",
    """UPDATE tasks SET done = (SELECT count(*) FROM drafts
        WHERE drafts.task_id = tasks.id AND drafts.submitted AND drafts.seated)""",
)


def upgrade(connection: Connection) -> None:
    """Add the tables and columns of version 2."""
    _METADATA.create_all(connection, tables=_MADE)
    for statement in _ADDED:
        connection.exec_driver_sql(as_dialect(connection, statement))
