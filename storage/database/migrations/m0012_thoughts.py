"""Schema version 12: what thinking models wrote before their solutions.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Make the table."""
    connection.exec_driver_sql(
        "CREATE TABLE thoughts (solution_id TEXT NOT NULL REFERENCES solutions (id), text TEXT NOT NULL, "
        "PRIMARY KEY (solution_id))"
    )
