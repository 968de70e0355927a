"""``full``: everything of a store but its accounts, without loss: a file of JSON Lines for each table, the pictures, a manifest.

Knows how a row of a table is written and read, by the types of the table's columns. Opens no store.

Columns that a reader does not have are a bad line; those that a file of before does not have are what the database makes of them:
their default, else null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import Boolean, Column, Float, Integer, Table

from storage.database import rows, tables
from storage.database.column_types import Json, UtcDateTime
from storage.errors import BadFile
from storage.formats.fields import BadValue, as_object
from storage.formats.lines import as_json_line
from storage.runs.calibration_maps import CalibrationMapRow, as_calibration_map
from storage.runs.rollout_labels import RolloutLabelsRow, as_rollout_labels
from storage.runs.searches import SearchRow, as_search

NAME = "full"
MANIFEST, TABLES, IMAGES = "full.json", "tables", "images"
MAX_LINE = 64 * 2**20  # bytes: a solution is one line, whatever a model wrote
_NAMES = frozenset(
    (
        "images", "image_uploads", "problems", "problem_images", "runs", "solutions", "thoughts", "scorings",
        "rollouts", "continuations", "branch_usages", "searches", "projects", "project_members", "guidelines",
        "queues", "tasks", "events", "drafts", "cursors", "quizzes", "split_events", "verdicts", "annotations", "imported_rows",
        "rollout_labels", "decisions", "calibration_maps",
    )
)  # fmt: skip
ACCOUNTS = frozenset(
    ("people", "invitations", "people_events", "sessions", "api_tokens", "login_attempts")
)  # stay at home
_LEFT_OUT = {"runs": ("owner", "stop_requested")}  # the process that works on a run is another one elsewhere
WRITTEN = tuple(each for each in tables.metadata.sorted_tables if each.name in _NAMES)  # what is pointed to comes first
_AS_VALUE: Mapping[str, tuple[Callable[..., object], Callable[..., object]]] = {
    "runs": (rows.RunRow, rows.as_run),
    "solutions": (rows.SolutionRow, rows.as_solution),
    "scorings": (rows.ScoringRow, rows.as_scoring),
    "annotations": (rows.AnnotationRow, rows.as_annotation),
    "decisions": (rows.DecisionRow, rows.as_decision),
    "searches": (SearchRow, as_search),
    "rollout_labels": (RolloutLabelsRow, as_rollout_labels),
    "calibration_maps": (CalibrationMapRow, as_calibration_map),
}


def is_full(path: Path) -> bool:
    """Return whether a folder is an export of everything."""
    return (path / MANIFEST).is_file()


def read_manifest(path: Path, newest: int) -> Mapping[str, int]:
    """Return how many rows each table has. Raises BadFile, also where a newer version of the program wrote it."""
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        schema, counts = int(manifest["schema"]), {str(name): int(count) for name, count in manifest["tables"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadFile(
            f"{str(path)!r} is not an export of everything: its {MANIFEST} cannot be read ({error})."
        ) from error
    if schema > newest:
        raise BadFile(f"{str(path)!r} was written by a newer version of the program. Update this one first.")
    return counts


def manifest_line(schema: int, counts: Mapping[str, int]) -> str:
    """Return the manifest."""
    return as_json_line({"format": NAME, "schema": schema, "tables": counts})


@cache
def columns_of(table: Table) -> tuple[Column[object], ...]:
    """Return the columns that are written."""
    return tuple(each for each in table.columns if each.name not in _LEFT_OUT.get(table.name, ()))


def as_line(table: Table, values: Sequence[object]) -> str:
    """Return a row as one line; ``values`` in the order of :func:`columns_of`."""
    pairs = zip(columns_of(table), values, strict=True)
    return as_json_line({column.name: _written(value) for column, value in pairs})


def as_row(table: Table, value: object) -> dict[str, object]:
    """Return the row that a line's value is; raises BadValue."""
    given = as_object(value, "The line")
    if unknown := sorted(given.keys() - {each.name for each in columns_of(table)}):
        raise BadValue(f"{unknown[0]!r} is not a column of {table.name}.")
    row = {
        column.name: _read(column, given.get(column.name))
        for column in columns_of(table)
        if column.name in given or column.server_default is None
    }
    if table.name in _AS_VALUE:
        row_type, as_value = _AS_VALUE[table.name]
        try:
            as_value(row_type(**{name: row.get(name) for name in row_type.__annotations__}))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadValue(f"The line is not a row of {table.name}: {str(error)[:200]}.") from error
    return row


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(column: Column[object], value: object) -> object:
    """Return a value as the column takes it; raises BadValue."""
    if value is None:
        if not column.nullable:
            raise BadValue(f"The column {column.name!r} is missing.")
        return None
    kind = column.type
    if isinstance(kind, Json):
        return value
    if isinstance(kind, UtcDateTime):
        try:
            return datetime.fromisoformat(str(value))
        except ValueError:
            raise BadValue(f"{column.name!r} must be a time, not {str(value)[:40]!r}.") from None
    wanted: tuple[type, ...] = (str,)
    if isinstance(kind, Boolean):
        wanted = (bool,)
    elif isinstance(kind, Integer):
        wanted = (int,)
    elif isinstance(kind, Float):
        wanted = (int, float)
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise BadValue(f"{column.name!r} must be {wanted[-1].__name__}, not {str(value)[:40]!r}.")
    return value
