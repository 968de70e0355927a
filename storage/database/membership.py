"""Conditions that a column is one of many values, as one parameter. Knows no table.

``column.in_(values)`` makes a parameter of each value and writes the statement anew each time, which is a quarter of what bringing
the list of solutions up to date takes.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Connection, Integer, Text, any_, func, literal, select

from storage.database.column_types import writable


def is_among(connection: Connection, column: ColumnElement[Any], values: Collection[str] | Collection[int]) -> Any:
    """Return the condition that a column of text or whole numbers has one of these values."""
    if connection.dialect.name == "postgresql":
        kind = BigInteger() if isinstance(column.type, Integer) else Text()
        return column == any_(literal([_as_stored(each) for each in values], ARRAY(kind)))
    listed = func.json_each(writable(json.dumps(list(values), ensure_ascii=False)))
    return column.in_(select(listed.table_valued("value").c.value))


def _as_stored(value: str | int) -> str | int:
    return writable(value) if isinstance(value, str) else value
