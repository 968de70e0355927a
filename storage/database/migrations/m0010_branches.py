"""Schema version 10: what completions of steps came to, and which solutions go on from a step of another one.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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
)

_METADATA = MetaData()
_SOLUTIONS = Table("solutions", _METADATA, Column("id", Text(), primary_key=True))  # for the foreign keys
_ROLLOUTS = Table(
    "rollouts",
    _METADATA,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("id", Text(), nullable=False, unique=True),
    Column("solution_id", Text(), ForeignKey("solutions.id"), nullable=False),
    Column("first", Integer(), nullable=False),
    Column("last", Integer(), nullable=False),
    Column("policy_model", Text(), nullable=False),
    Column("policy_revision", Text(), nullable=False),
    Column("sampling", Text(), nullable=False),
    Column("drawn", Integer(), nullable=False),
    Column("reached", Integer()),
    Column("cut_off", Integer(), nullable=False),
    Column("unread", Integer(), nullable=False),
    Column("answers", Text()),
    Column("tokens", Integer()),
    Column("seconds", Float()),
    Column("made_by", Text()),
    Column("created_at", DateTime(), nullable=False),
    Index("rollouts_by_solution", "solution_id"),
)
_CONTINUATIONS = Table(
    "continuations",
    _METADATA,
    Column("solution_id", Text(), ForeignKey("solutions.id"), primary_key=True),
    Column("parent_id", Text(), ForeignKey("solutions.id"), nullable=False),
    Column("step", Integer(), nullable=False),
    Column("edit", Text()),
    Column("press", Text(), nullable=False),
    Column("position", Integer(), nullable=False),
    Column("sampling", Text(), nullable=False),
    Column("made_by", Text()),
    Index("continuations_by_parent", "parent_id"),
)


def upgrade(connection: Connection) -> None:
    """Make the tables."""
    _METADATA.create_all(connection, [_ROLLOUTS, _CONTINUATIONS])
