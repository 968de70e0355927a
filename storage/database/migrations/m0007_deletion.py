"""Schema version 7: rows can be deleted. Numbers that a follower of the feed has seen are never given again, and queues count gaps.

SQLite gives a new row the number after the highest one that is there, unless a table is made with AUTOINCREMENT: then it is the one
after the highest that ever was. A table cannot become one, so the five that the feed is read from are made anew.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Connection, DateTime, Float, ForeignKey, Index, Integer, MetaData, Table, Text

_METADATA = MetaData()


def _seq() -> Column[int]:
    return Column("seq", Integer(), primary_key=True, autoincrement=True)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text(), nullable=nullable)


def _key(name: str) -> Column[str]:
    return Column(name, Text(), nullable=False, unique=True)


def _link(name: str, target: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text(), ForeignKey(target), nullable=nullable)


def _number(name: str, *, nullable: bool = True) -> Column[int]:
    return Column(name, Integer(), nullable=nullable)


def _time(name: str) -> Column[object]:
    return Column(name, DateTime(), nullable=False)


def _flag(name: str, *, nullable: bool = False) -> Column[bool]:
    return Column(name, Boolean(), nullable=nullable)


for _there in ("queues", "tasks", "solutions"):  # named here so that they can be pointed to
    Table(_there, _METADATA, Column("id", Text()))
_MADE_ANEW = (
    Table(
        "events",
        _METADATA,
        _seq(),
        _key("uuid"),
        _link("task_id", "tasks.id"),
        _text("annotator"),
        _text("kind"),
        _number("step"),
        _number("value"),
        _text("text", nullable=True),
        _flag("flagged", nullable=True),
        _text("skip_reason", nullable=True),
        Column("seconds", Float(), nullable=True),
        _time("at_client"),
        _time("at_server"),
        _text("error_type", nullable=True),
        Index("events_by_task", "task_id", "annotator"),
        sqlite_autoincrement=True,
    ),
    Table(
        "split_events",
        _METADATA,
        _seq(),
        _link("queue_id", "queues.id"),
        _number("split", nullable=False),
        _text("kind"),
        _text("by"),
        _text("note"),
        _time("at"),
        Index("split_events_by_queue", "queue_id", "split"),
        sqlite_autoincrement=True,
    ),
    Table(
        "verdicts",
        _METADATA,
        _seq(),
        _link("queue_id", "queues.id"),
        _number("split", nullable=False),
        _number("round", nullable=False),
        _link("task_id", "tasks.id"),
        _text("annotator"),
        _text("verdict"),
        _text("note"),
        _text("by"),
        _time("at"),
        Index("verdicts_by_split", "queue_id", "split", "round"),
        Index("verdicts_by_task", "task_id"),
        sqlite_autoincrement=True,
    ),
    Table(
        "annotations",
        _METADATA,
        _seq(),
        _key("id"),
        _link("solution_id", "solutions.id"),
        _link("task_id", "tasks.id", nullable=True),
        _text("annotator"),
        _text("stage"),
        _text("labels"),
        _text("skip_reason", nullable=True),
        _flag("flagged"),
        _text("note"),
        Column("seconds", Float(), nullable=True),
        _text("guideline_version"),
        _time("created_at"),
        _text("details", nullable=True),
        _number("first_error"),
        Index("annotations_by_solution", "solution_id"),
        Index("annotations_by_task", "task_id", "annotator"),
        sqlite_autoincrement=True,
    ),
    Table(
        "decisions",
        _METADATA,
        _seq(),
        _key("id"),
        _link("solution_id", "solutions.id"),
        _link("queue_id", "queues.id", nullable=True),
        _text("labels"),
        _text("by"),
        _text("cause"),
        _text("note"),
        _time("at"),
        Index("decisions_by_solution", "solution_id"),
        Index("decisions_by_queue", "queue_id"),
        sqlite_autoincrement=True,
    ),
)
_INDEXES = (
    "events_by_task",
    "split_events_by_queue",
    "verdicts_by_split",
    "annotations_by_solution",
    "annotations_by_task",
    "decisions_by_solution",
)


def upgrade(connection: Connection) -> None:
    """Make the five tables anew, row for row under the numbers they have, and add the count of gaps.

    PostgreSQL never gives a number twice: there only the indexes are new.
    """
    connection.exec_driver_sql("ALTER TABLE queues ADD COLUMN gaps INTEGER NOT NULL DEFAULT 0")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("CREATE INDEX verdicts_by_task ON verdicts (task_id)")
        connection.exec_driver_sql("CREATE INDEX decisions_by_queue ON decisions (queue_id)")
        return
    for index in _INDEXES:
        connection.exec_driver_sql(f"DROP INDEX {index}")
    for table in _MADE_ANEW:
        connection.exec_driver_sql(f"ALTER TABLE {table.name} RENAME TO former_{table.name}")
        table.create(connection)
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM former_{table.name} ORDER BY seq"
        )
        connection.exec_driver_sql(f"DROP TABLE former_{table.name}")
