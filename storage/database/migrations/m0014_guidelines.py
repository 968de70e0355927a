"""Schema version 14: guidelines of projects, every version of each.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection

from storage.database.migrations.ddl import as_dialect

_TABLE = (
    "CREATE TABLE guidelines (seq {seq} NOT NULL, project_id TEXT NOT NULL REFERENCES projects (id), "
    'version TEXT NOT NULL, text TEXT NOT NULL, "by" TEXT NOT NULL, at DATETIME NOT NULL, PRIMARY KEY (seq), '
    "UNIQUE (project_id, version))"
)
_SEQ = {"sqlite": "INTEGER", "postgresql": "BIGSERIAL"}


def upgrade(connection: Connection) -> None:
    """Make the table."""
    connection.exec_driver_sql(as_dialect(connection, _TABLE.format(seq=_SEQ[connection.dialect.name])))
