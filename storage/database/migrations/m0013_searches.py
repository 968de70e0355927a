"""Schema version 13: how the solutions of a run were searched for, and what was tried.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, ForeignKey, MetaData, Table, Text

_METADATA = MetaData()
_RUNS = Table("runs", _METADATA, Column("id", Text(), primary_key=True))  # for the foreign key
_SEARCHES = Table(
    "searches",
    _METADATA,
    Column("run_id", Text(), ForeignKey("runs.id"), primary_key=True),
    Column("plan", Text(), nullable=False),
    Column("rounds", Text(), nullable=False),
)


def upgrade(connection: Connection) -> None:
    """Make the table."""
    _METADATA.create_all(connection, [_SEARCHES])
