"""Tables of what hangs on a project alone: its members and its guideline.

A part of ``storage/database/tables.py``, where the rest of the program finds them.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, UniqueConstraint

from storage.database.column_types import SafeText, UtcDateTime
from storage.database.metadata import metadata, seq_column

project_members = Table(  # who may label a project that is for its members only
    "project_members",
    metadata,
    Column("project_id", SafeText(), ForeignKey("projects.id"), primary_key=True),
    Column("annotator", SafeText(), primary_key=True),
    Column("added_at", UtcDateTime(), nullable=False),
)
guidelines = Table(  # append-only: the guideline that a project has of its own
    "guidelines",
    metadata,
    seq_column(),
    Column("project_id", SafeText(), ForeignKey("projects.id"), nullable=False),
    Column("version", SafeText(), nullable=False),
    Column("text", SafeText(), nullable=False),
    Column("by", SafeText(), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    UniqueConstraint("project_id", "version"),
)
