"""Schema version 6: whose a run and a picture are, whom a run is shared with, who is a member of a project; and what several
processes on one database must know of each other: wrong passwords, and runs that are to stop.

Runs from before belong to nobody who can be told, and their links opened for everybody: they stay shared.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection

from storage.database.migrations.ddl import as_dialect

_STATEMENTS = (
    "ALTER TABLE runs ADD COLUMN made_by TEXT",
    "ALTER TABLE runs ADD COLUMN shared_at DATETIME",
    "UPDATE runs SET shared_at = created_at",
    "ALTER TABLE runs ADD COLUMN stop_requested BOOLEAN NOT NULL DEFAULT 0",
    "CREATE INDEX runs_by_maker ON runs (made_by)",
    "CREATE INDEX runs_by_problem ON runs (problem_id)",
    "CREATE INDEX problem_images_by_sha ON problem_images (sha)",
    "CREATE TABLE image_uploads ("
    "sha TEXT NOT NULL REFERENCES images (sha), uploader TEXT NOT NULL, at DATETIME NOT NULL, PRIMARY KEY (sha, uploader))",
    "CREATE TABLE project_members ("
    "project_id TEXT NOT NULL REFERENCES projects (id), annotator TEXT NOT NULL, added_at DATETIME NOT NULL, "
    "PRIMARY KEY (project_id, annotator))",
    "CREATE TABLE login_attempts ("
    "counts TEXT NOT NULL, key TEXT NOT NULL, wrong INTEGER NOT NULL, last FLOAT NOT NULL, PRIMARY KEY (counts, key))",
    "CREATE INDEX login_attempts_by_time ON login_attempts (last)",
)


def upgrade(connection: Connection) -> None:
    """Add the columns and tables."""
    for statement in _STATEMENTS:
        connection.exec_driver_sql(as_dialect(connection, statement))
