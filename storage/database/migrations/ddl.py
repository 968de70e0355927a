"""Statements of migrations as each database takes them. Frozen: what it returns for a released statement never changes."""

from __future__ import annotations

from sqlalchemy import Connection

# SQLite's words first. It has no types of its own for these, and keeps the words that a table was made with.
_IN_POSTGRESQL = ((" DATETIME", " TIMESTAMP"), ("BOOLEAN NOT NULL DEFAULT 0", "BOOLEAN NOT NULL DEFAULT FALSE"))


def as_dialect(connection: Connection, statement: str) -> str:
    """Return a statement that was written for SQLite as the connection's database takes it."""
    if connection.dialect.name == "postgresql":
        for here, there in _IN_POSTGRESQL:
            statement = statement.replace(here, there)
    return statement
