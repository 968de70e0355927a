"""Schema version 11: labels that rollouts give, and triggers by which lists of solutions hear of them.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection

from storage.database.migrations.ddl import as_dialect

_TABLE = (
    "CREATE TABLE rollout_labels (seq {seq} NOT NULL, id TEXT NOT NULL UNIQUE, "
    "solution_id TEXT NOT NULL REFERENCES solutions (id), policy_model TEXT NOT NULL, record TEXT NOT NULL, "
    "steps TEXT NOT NULL, created_at DATETIME NOT NULL, PRIMARY KEY (seq))",
    "CREATE INDEX rollout_labels_by_solution ON rollout_labels (solution_id)",
)
_SEQ = {"sqlite": "INTEGER", "postgresql": "BIGSERIAL"}
_NOTE = (
    "DELETE FROM unlisted_solutions WHERE solution_id = {id}; "
    "INSERT INTO unlisted_solutions (solution_id) SELECT id FROM solutions WHERE id = {id};"
)
_TRIGGERS = {
    "sqlite": (
        "CREATE TRIGGER rollout_labels_noted AFTER INSERT ON rollout_labels BEGIN "
        + _NOTE.format(id="new.solution_id")
        + " END",
        "CREATE TRIGGER rollout_labels_gone AFTER DELETE ON rollout_labels BEGIN "
        + _NOTE.format(id="old.solution_id")
        + " END",
    ),
    "postgresql": (  # the functions are those of version 8
        "CREATE TRIGGER rollout_labels_noted AFTER INSERT ON rollout_labels FOR EACH ROW "
        "EXECUTE FUNCTION note_solution_of_new()",
        "CREATE TRIGGER rollout_labels_gone AFTER DELETE ON rollout_labels FOR EACH ROW "
        "EXECUTE FUNCTION note_solution_of_old()",
    ),
}


def upgrade(connection: Connection) -> None:
    """Make the table and the triggers."""
    name = connection.dialect.name
    for statement in _TABLE:
        connection.exec_driver_sql(as_dialect(connection, statement.format(seq=_SEQ[name])))
    for statement in _TRIGGERS[name]:
        connection.exec_driver_sql(statement)
