"""What files said of solutions: their labels, and what else their rows held. A file is no person: nothing here is a vote.

Labels of files are in a table of their own, so that no count of people, votes or agreement can meet them. Where nobody has
labelled a solution, exports, known labels and orders may take those of its only file source (``only_labels``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

from sqlalchemy import ColumnElement, Connection, select

from engine.domain import Label, new_id, now
from storage.database import rows, tables
from storage.database.membership import is_among
from storage.database.typed_rows import iter_rows, wanted_columns

Labels: TypeAlias = tuple[Label | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """One row of a file about one solution. Append-only: of one source the newest counts."""

    id: str = field(default_factory=new_id)
    solution_id: str
    source: str  # whose labels they are: a name for the file
    labels: Labels | None  # one a step; None: the row had none
    image_names: tuple[str, ...] = ()  # paths of the pictures as the row had them
    kept_fields: Mapping[str, object] = field(default_factory=dict)  # what the format does not know, as it was
    created_at: datetime = field(default_factory=now)


class _ImportedRowRow(NamedTuple):
    """A row of imported_rows."""

    id: str
    solution_id: str
    source: str
    labels: rows.StoredLabels | None
    image_names: list[str]
    kept_fields: dict[str, object]
    created_at: datetime


def add_imported_row(connection: Connection, row: ImportedRow) -> bool:
    """Insert a row once; return whether it was new. Its solution must be in the store."""
    table = tables.imported_rows
    if connection.scalar(select(table.c.id).where(table.c.id == row.id)) is not None:
        return False
    connection.execute(table.insert().values(**imported_row_values(row)))
    return True


def imported_row_values(row: ImportedRow) -> rows.Values:
    """Write a row."""
    return {
        "id": row.id,
        "solution_id": row.solution_id,
        "source": row.source,
        "labels": None if row.labels is None else rows.as_numbers(row.labels),
        "image_names": list(row.image_names),
        "kept_fields": dict(row.kept_fields),
        "created_at": row.created_at,
    }


def read_imported(connection: Connection, solution_ids: Sequence[str]) -> dict[str, tuple[ImportedRow, ...]]:
    """Return the rows about each solution, the newest last; solutions that no file holds are left out."""
    table = tables.imported_rows
    mine = is_among(connection, table.c.solution_id, solution_ids)
    query = select(*wanted_columns(table, _ImportedRowRow)).where(mine).order_by(table.c.seq)
    found: dict[str, list[ImportedRow]] = {}
    for row in iter_rows(connection, query, _ImportedRowRow):
        found.setdefault(row.solution_id, []).append(_as_imported(row))
    return {solution_id: tuple(each) for solution_id, each in found.items()}


def newest_labelled(imported: Sequence[ImportedRow]) -> tuple[ImportedRow, ...]:
    """Return the newest row with labels of each source, by the sources' names."""
    newest = {each.source: each for each in imported if each.labels is not None}
    return tuple(newest[source] for source in sorted(newest))


def only_labels(imported: Sequence[ImportedRow]) -> Labels | None:
    """Return the labels of the only source that has any; None without one, and where several have."""
    newest = newest_labelled(imported)
    return newest[0].labels if len(newest) == 1 else None


def is_imported() -> ColumnElement[bool]:
    """Return the condition on solutions that a file holds them."""
    table = tables.imported_rows.c
    return select(table.seq).where(table.solution_id == tables.solutions.c.id).exists()


def _as_imported(row: _ImportedRowRow) -> ImportedRow:
    return ImportedRow(
        id=row.id,
        solution_id=row.solution_id,
        source=row.source,
        labels=None if row.labels is None else rows.as_labels(row.labels),
        image_names=tuple(row.image_names),
        kept_fields=row.kept_fields,
        created_at=row.created_at,
    )
