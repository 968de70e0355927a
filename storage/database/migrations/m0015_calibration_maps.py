"""Schema version 15: maps from step scores of a reward model to shares of a policy's completions.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection

from storage.database.migrations.ddl import as_dialect

_TABLE = (
    "CREATE TABLE calibration_maps (seq {seq} NOT NULL, id TEXT NOT NULL, reward_model TEXT NOT NULL, policy_model TEXT NOT NULL, "
    "segments TEXT NOT NULL, record TEXT NOT NULL, made_by TEXT, created_at DATETIME NOT NULL, PRIMARY KEY (seq), UNIQUE (id))"
)
_INDEX = "CREATE INDEX calibration_maps_by_models ON calibration_maps (reward_model, policy_model)"
_SEQ = {"sqlite": "INTEGER", "postgresql": "BIGSERIAL"}


def upgrade(connection: Connection) -> None:
    """Make the table."""
    connection.exec_driver_sql(as_dialect(connection, _TABLE.format(seq=_SEQ[connection.dialect.name])))
    connection.exec_driver_sql(_INDEX)
