"""The numbers that rows got in the order they arrived: how far each table has counted, whichever the database."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Table, text

# SQLite keeps it for the tables made with AUTOINCREMENT. A sequence of PostgreSQL is named after its table and column; others
# may have taken numbers from it that are not committed yet.
_GIVEN = {
    "sqlite": "SELECT name, seq FROM sqlite_sequence",
    "postgresql": (
        "SELECT regexp_replace(sequencename, '_seq_seq$', ''), last_value FROM pg_sequences "
        "WHERE schemaname = current_schema() AND last_value IS NOT NULL"
    ),
}


def highest_given(connection: Connection) -> Mapping[str, int]:
    """Return the highest number that each table ever gave a row, whether or not the row is still there; 0 is left out."""
    return {name: int(seq) for name, seq in connection.execute(text(_GIVEN[connection.dialect.name]))}


def count_from(connection: Connection, table: Table, highest: int) -> None:
    """Let a table, whose rows were copied, give its next row the number after ``highest``."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:name, 'seq'), :highest)"),
            {"name": table.name, "highest": highest},
        )
    elif table.dialect_options["sqlite"]["autoincrement"]:
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :highest)"),
            {"name": table.name, "highest": highest},
        )
