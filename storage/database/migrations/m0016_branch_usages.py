"""Schema version 16: what requests to model servers took for what was made from steps on.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Make the table."""
    connection.exec_driver_sql(
        "CREATE TABLE branch_usages (branch_id TEXT NOT NULL, solution_id TEXT NOT NULL REFERENCES solutions (id), "
        "usage TEXT NOT NULL, PRIMARY KEY (branch_id))"
    )
    connection.exec_driver_sql("CREATE INDEX branch_usages_by_solution ON branch_usages (solution_id)")
