"""The table of what step scores were found to mean. It points to nothing and holds no content: deleting problems leaves it.

A part of ``storage/database/tables.py``, where the rest of the program finds it.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Table

from storage.database.column_types import Json, SafeText, UtcDateTime
from storage.database.metadata import id_column, metadata, seq_column

calibration_maps = Table(  # append-only: of a reward model and a policy the newest counts
    "calibration_maps",
    metadata,
    seq_column(),
    id_column(),
    Column("reward_model", SafeText(), nullable=False),
    Column("policy_model", SafeText(), nullable=False),
    Column("segments", Json(), nullable=False),  # [[[score, share], ...], ...]
    Column("record", Json(), nullable=False),
    Column("made_by", SafeText()),  # None: nobody who can be told from others
    Column("created_at", UtcDateTime(), nullable=False),
    Index("calibration_maps_by_models", "reward_model", "policy_model"),
)
