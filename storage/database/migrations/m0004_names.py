"""Schema version 4: columns under the names that the program and its pages have for them.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import Connection

_RENAMED = (
    ("tasks", "seat", "slot_state"),
    ("tasks", "known", "gold_labels"),
    ("tasks", "done", "finished"),
    ("drafts", "place", "sequence_no"),
    ("drafts", "seated", "counts_toward_overlap"),
    ("drafts", "held_until", "leased_until"),
    ("drafts", "returned", "send_back_note"),
    ("drafts", "labelled", "labelled_steps"),
    ("queues", "open", "open_tasks"),
    ("cursors", "open", "open_tasks"),
)
_INDEXES = (
    ("tasks_by_seat", "tasks_by_slot_state", "tasks (queue_id, role, slot_state, position)"),
    ("drafts_by_place", "drafts_by_sequence_no", "drafts (queue_id, annotator, sequence_no)"),
)


def upgrade(connection: Connection) -> None:
    """Rename the columns, and the indexes that are named after one."""
    for table, old, new in _RENAMED:
        connection.exec_driver_sql(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for old, new, columns in _INDEXES:
        connection.exec_driver_sql(f"DROP INDEX {old}")
        connection.exec_driver_sql(f"CREATE INDEX {new} ON {columns}")
