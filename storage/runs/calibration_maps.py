"""Maps from step scores to shares of completions, as they were kept. Of a reward model and a policy the newest counts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from engine.domain import RunRecord
from engine.outcomes.calibration_map import (
    CalibrationMap,
    CalibrationRecord,
    KeptMap,
    MeasuredPair,
    as_segments,
    read_segments,
)
from storage.database import tables
from storage.database.typed_rows import one_row

_table = tables.calibration_maps


class CalibrationMapRow(NamedTuple):
    """A row of calibration_maps."""

    id: str
    segments: list[list[list[float]]]
    record: dict[str, Any]
    made_by: str | None
    created_at: datetime


def add_calibration_map(connection: Connection, kept: KeptMap) -> None:
    """Insert a map."""
    record = asdict(kept.record) | {"versions": dict(kept.record.versions)}
    connection.execute(
        _table.insert().values(
            id=kept.id,
            reward_model=kept.record.pair.reward_model,
            policy_model=kept.record.pair.policy_model,
            segments=as_segments(kept.map),
            record=record,
            made_by=kept.made_by,
            created_at=kept.created_at,
        )
    )


def newest_calibration_map(connection: Connection, reward_model: str, policy_model: str) -> KeptMap | None:
    """Return the map of a reward model and a policy that counts, in whatever versions; None where none was kept."""
    of_pair = _table.c.reward_model == reward_model, _table.c.policy_model == policy_model
    newest = _table.c.created_at.desc(), _table.c.seq.desc()  # one that came with an import may be older
    row = one_row(connection, select(_table).where(*of_pair).order_by(*newest).limit(1), CalibrationMapRow)
    return None if row is None else as_calibration_map(row)


def calibration_of(connection: Connection, record: RunRecord | None) -> CalibrationMap | None:
    """Return the map that counts for a run; None where none was kept, or that is of other versions of its models."""
    if record is None:
        return None
    kept = newest_calibration_map(connection, record.reward_model, record.policy_model)
    return kept.map if kept is not None and kept.record.pair.fits(record) else None


def as_calibration_map(row: CalibrationMapRow) -> KeptMap:
    """Read a map."""
    record = {**row.record, "pair": MeasuredPair(**row.record["pair"])}
    return KeptMap(
        id=row.id,
        map=read_segments(row.segments),
        record=CalibrationRecord(**record),
        made_by=row.made_by,
        created_at=row.created_at,
    )
