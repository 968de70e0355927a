"""Schema version 9: the steps that a reviewer's verdict is about, as JSON; verdicts from before name none.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection


def upgrade(connection: Connection) -> None:
    """Add the column."""
    connection.exec_driver_sql("ALTER TABLE verdicts ADD COLUMN questioned TEXT")
