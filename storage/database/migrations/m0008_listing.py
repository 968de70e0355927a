"""Schema version 8: tables that lists of solutions are searched by, and triggers that note every solution that changes.

Every solution of before is noted, so that the first lists after it bring the table up to date. A later migration that makes one of
the tables anew that a trigger stands on makes the trigger anew too: SQLite drops it with the table.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection

from storage.database.migrations.ddl import as_dialect

_TABLES = (
    "CREATE TABLE listed_solutions (seq {seq} PRIMARY KEY, solution_id TEXT NOT NULL UNIQUE, data_source TEXT, "
    "policy_model TEXT NOT NULL, steps INTEGER NOT NULL, is_right BOOLEAN, is_waiting BOOLEAN NOT NULL, "
    "is_annotated BOOLEAN NOT NULL, is_decided BOOLEAN NOT NULL, is_sent_back BOOLEAN NOT NULL, is_flagged BOOLEAN NOT NULL, "
    "annotators INTEGER NOT NULL, people TEXT NOT NULL, skip_reasons TEXT NOT NULL, error_types TEXT NOT NULL, "
    "differing INTEGER NOT NULL, cells TEXT NOT NULL, mean_score FLOAT, wrong_score FLOAT, seconds FLOAT, "
    "remarks TEXT NOT NULL, updated_at DATETIME NOT NULL)",
    "CREATE INDEX listed_by_updated_at ON listed_solutions (updated_at, seq)",
    "CREATE TABLE unlisted_solutions (seq {counted}, solution_id TEXT NOT NULL UNIQUE)",
    "INSERT INTO unlisted_solutions (solution_id) SELECT id FROM solutions ORDER BY seq",
)
_KEYS = {
    "sqlite": {"seq": "INTEGER NOT NULL", "counted": "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"},
    "postgresql": {"seq": "BIGINT", "counted": "BIGSERIAL PRIMARY KEY"},
}

# ---- SQLite ----
# The index keeps no copy of the text: it reads it from the view to take a row out again, so the view must still have it then.
_SQLITE_SEARCH = (
    "CREATE VIEW solution_texts AS SELECT listed.seq AS seq, problems.question || char(10) || coalesce(problems.answer, '') || "
    "char(10) || coalesce((SELECT group_concat(value, char(10)) FROM json_each(solutions.steps)), '') || char(10) || "
    "coalesce(solutions.answer, '') || char(10) || listed.remarks AS text FROM listed_solutions AS listed "
    "JOIN solutions ON solutions.seq = listed.seq JOIN problems ON problems.id = solutions.problem_id",
    "CREATE VIRTUAL TABLE searched_solutions USING fts5(text, content='solution_texts', content_rowid='seq', detail='none', "
    "tokenize='unicode61 remove_diacritics 2')",
)
_NOTE = (
    "DELETE FROM unlisted_solutions WHERE solution_id = {id}; "
    "INSERT INTO unlisted_solutions (solution_id) SELECT id FROM solutions WHERE id = {id};"
)
_OF_TASK = "(SELECT solution_id FROM tasks WHERE id = new.task_id)"
_SQLITE_TRIGGERS = (
    "CREATE TRIGGER solutions_noted AFTER INSERT ON solutions BEGIN " + _NOTE.format(id="new.id") + " END",
    *(
        f"CREATE TRIGGER {table}_noted AFTER INSERT ON {table} BEGIN " + _NOTE.format(id="new.solution_id") + " END"
        for table in ("scorings", "annotations", "imported_rows", "decisions", "tasks")
    ),
    *(
        f"CREATE TRIGGER {table}_gone AFTER DELETE ON {table} BEGIN " + _NOTE.format(id="old.solution_id") + " END"
        for table in ("scorings", "tasks")
    ),
    "CREATE TRIGGER tasks_role_noted AFTER UPDATE OF role ON tasks BEGIN "
    + _NOTE.format(id="new.solution_id")
    + " END",
    "CREATE TRIGGER drafts_noted AFTER INSERT ON drafts WHEN new.send_back_note IS NOT NULL BEGIN "
    + _NOTE.format(id=_OF_TASK)
    + " END",
    "CREATE TRIGGER drafts_change_noted AFTER UPDATE OF send_back_note ON drafts "
    "WHEN old.send_back_note IS NOT new.send_back_note BEGIN " + _NOTE.format(id=_OF_TASK) + " END",
    "CREATE TRIGGER solutions_unsearched BEFORE DELETE ON solutions WHEN EXISTS (SELECT 1 FROM listed_solutions "
    "WHERE seq = old.seq) BEGIN DELETE FROM searched_solutions WHERE rowid = old.seq; "
    "DELETE FROM listed_solutions WHERE seq = old.seq; END",
    "CREATE TRIGGER solutions_gone AFTER DELETE ON solutions BEGIN "
    "DELETE FROM unlisted_solutions WHERE solution_id = old.id; END",
)

# ---- PostgreSQL ----
_POSTGRESQL_SEARCH = (
    "CREATE TABLE searched_solutions (seq BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
    "CREATE INDEX searched_by_words ON searched_solutions USING GIN (words)",
)


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"


_POSTGRESQL_TRIGGERS = (
    _function("note_solution", _NOTE.format(id="NEW.id")),
    _function("note_solution_of_new", _NOTE.format(id="NEW.solution_id")),
    _function("note_solution_of_old", _NOTE.format(id="OLD.solution_id")),
    _function("note_solution_of_draft", _NOTE.format(id="(SELECT solution_id FROM tasks WHERE id = NEW.task_id)")),
    _function(
        "forget_solution",
        "DELETE FROM searched_solutions WHERE seq = OLD.seq; DELETE FROM listed_solutions WHERE seq = OLD.seq; "
        "DELETE FROM unlisted_solutions WHERE solution_id = OLD.id;",
    ),
    "CREATE TRIGGER solutions_noted AFTER INSERT ON solutions FOR EACH ROW EXECUTE FUNCTION note_solution()",
    *(
        f"CREATE TRIGGER {table}_noted AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION note_solution_of_new()"
        for table in ("scorings", "annotations", "imported_rows", "decisions", "tasks")
    ),
    *(
        f"CREATE TRIGGER {table}_gone AFTER DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION note_solution_of_old()"
        for table in ("scorings", "tasks")
    ),
    "CREATE TRIGGER tasks_role_noted AFTER UPDATE OF role ON tasks FOR EACH ROW EXECUTE FUNCTION note_solution_of_new()",
    "CREATE TRIGGER drafts_noted AFTER INSERT ON drafts FOR EACH ROW WHEN (NEW.send_back_note IS NOT NULL) "
    "EXECUTE FUNCTION note_solution_of_draft()",
    "CREATE TRIGGER drafts_change_noted AFTER UPDATE OF send_back_note ON drafts FOR EACH ROW "
    "WHEN (OLD.send_back_note IS DISTINCT FROM NEW.send_back_note) EXECUTE FUNCTION note_solution_of_draft()",
    "CREATE TRIGGER solutions_gone AFTER DELETE ON solutions FOR EACH ROW EXECUTE FUNCTION forget_solution()",
)


def upgrade(connection: Connection) -> None:
    """Make the tables and the triggers, and note every solution there is."""
    name = connection.dialect.name
    for statement in _TABLES:
        connection.exec_driver_sql(as_dialect(connection, statement.format(**_KEYS[name])))
    own = _SQLITE_SEARCH + _SQLITE_TRIGGERS if name == "sqlite" else _POSTGRESQL_SEARCH + _POSTGRESQL_TRIGGERS
    for statement in own:
        connection.exec_driver_sql(statement)
