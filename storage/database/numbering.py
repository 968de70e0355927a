"""The numbers that rows got in the order they arrived: how far each table has counted, whichever the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table, func, select, text

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


def go_on_counting(connection: Connection, tables: Sequence[Table], given: Mapping[str, int] | None = None) -> None:
    """Number new rows after the highest there is, where rows came with numbers, and after those that were ``given`` elsewhere."""
    for table in tables:
        if "seq" in table.c:
            there = connection.scalar(select(func.max(table.c.seq))) or 0
            highest = max(there, 0 if given is None else given.get(table.name, 0))
            if highest:
                _count_from(connection, table, highest)


def _count_from(connection: Connection, table: Table, highest: int) -> None:
    row = {"name": table.name, "highest": highest}
    if connection.dialect.name == "postgresql":
        connection.scalar(text("SELECT setval(pg_get_serial_sequence(:name, 'seq'), :highest)"), row)
    elif table.dialect_options["sqlite"]["autoincrement"]:
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), row)
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :highest)"), row)
