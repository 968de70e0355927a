"""Numbers of new rows: PostgreSQL does not see those of rows that came with theirs; SQLite does. Knows no table."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Table, func, select, text


def go_on_counting(connection: Connection, tables: Sequence[Table]) -> None:
    """Number new rows after the highest there is."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        if "seq" in table.c and (highest := connection.scalar(select(func.max(table.c.seq)))) is not None:
            connection.scalar(  # which also closes the cursor: it may be one of the server's
                text("SELECT setval(pg_get_serial_sequence(:name, 'seq'), :highest)"),
                {"name": table.name, "highest": highest},
            )
