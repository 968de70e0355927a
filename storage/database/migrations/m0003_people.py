"""Schema version 3: people, invitations, sessions, API tokens, decisions.

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
    UniqueConstraint,
)

_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")
_METADATA = MetaData()


def _seq() -> Column[int]:
    return Column("seq", _SEQUENCE, primary_key=True, autoincrement=True)


def _key() -> Column[str]:
    return Column("id", Text(), nullable=False, unique=True)


def _text(name: str, *, nullable: bool = False, unique: bool = False) -> Column[str]:
    return Column(name, Text(), nullable=nullable, unique=unique)


def _link(name: str, target: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text(), ForeignKey(target), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(), nullable=nullable)


for _there in ("solutions", "queues"):  # made by version 1; named here so that they can be pointed to
    Table(_there, _METADATA, Column("id", Text()))
_MADE = (
    Table(
        "people",
        _METADATA,
        _seq(),
        _key(),
        _text("name"),
        _text("name_key", unique=True),
        _text("display_name"),
        _text("role"),
        _text("origin"),
        _text("subject", nullable=True),
        _text("password", nullable=True),
        Column("active", Boolean(), nullable=False),
        _time("created_at"),
        _time("last_seen_at", nullable=True),
        UniqueConstraint("origin", "subject", name="one_person_a_subject"),
    ),
    Table(
        "invitations",
        _METADATA,
        _seq(),
        _key(),
        _text("digest", unique=True),
        _text("role"),
        _text("name", nullable=True),
        Column("is_reset", Boolean(), nullable=False),
        _text("invited_by"),
        _time("created_at"),
        _time("expires_at"),
        _time("closed_at", nullable=True),
    ),
    Table(
        "people_events",
        _METADATA,
        _seq(),
        _time("at"),
        _text("by"),
        _text("name", nullable=True),
        _text("kind"),
        _text("detail"),
    ),
    Table(
        "sessions",
        _METADATA,
        Column("digest", Text(), primary_key=True),
        _link("person_id", "people.id"),
        _time("created_at"),
        _time("seen_at"),
        _time("expires_at"),
        Index("sessions_by_person", "person_id"),
    ),
    Table(
        "api_tokens",
        _METADATA,
        _seq(),
        _key(),
        _link("person_id", "people.id"),
        _text("title"),
        _text("prefix"),
        _text("digest", unique=True),
        _time("created_at"),
        _time("used_at", nullable=True),
        _time("revoked_at", nullable=True),
        Index("api_tokens_by_person", "person_id"),
    ),
    Table(
        "decisions",
        _METADATA,
        _seq(),
        _key(),
        _link("solution_id", "solutions.id"),
        _link("queue_id", "queues.id", nullable=True),
        _text("labels"),
        _text("by"),
        _text("cause"),
        _text("note"),
        _time("at"),
        Index("decisions_by_solution", "solution_id"),
    ),
)


def upgrade(connection: Connection) -> None:
    """Add the tables of version 3."""
    _METADATA.create_all(connection, tables=_MADE)
