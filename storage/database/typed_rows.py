"""Rows of a query as named tuples, so that their columns have types. Knows no table's name.

A row type names the columns it wants; a query may have more. That it lacks one is an error when it is executed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from inspect import signature
from typing import TypeVar

from sqlalchemy import Column, Connection, Executable, Table

RowT = TypeVar("RowT")
Parameters = Mapping[str, object]
_AT_ONCE = 500  # rows


def wanted_columns(table: Table, row_type: Callable[..., object]) -> list[Column[object]]:
    """Return the columns that rows want of a table: of a large table, reading the others too takes a quarter longer."""
    return [table.c[name] for name in _fields(row_type)]


def iter_rows(
    connection: Connection, query: Executable, row_type: Callable[..., RowT], parameters: Parameters | None = None
) -> Iterator[RowT]:
    """Execute a query and iterate over its rows."""
    result = connection.execute(query, parameters)
    names, wanted = tuple(result.keys()), _fields(row_type)
    found = (row for part in result.partitions(_AT_ONCE) for row in part)  # one by one they cost twice as much
    if names == wanted:
        return (row_type(*row) for row in found)
    places = [names.index(name) for name in wanted]
    return (row_type(*[row[place] for place in places]) for row in found)


def all_rows(
    connection: Connection, query: Executable, row_type: Callable[..., RowT], parameters: Parameters | None = None
) -> list[RowT]:
    """Execute a query and return its rows."""
    return list(iter_rows(connection, query, row_type, parameters))


def one_row(
    connection: Connection, query: Executable, row_type: Callable[..., RowT], parameters: Parameters | None = None
) -> RowT | None:
    """Execute a query for at most one row and return it; None when there is none."""
    found = all_rows(connection, query, row_type, parameters)
    assert len(found) <= 1  # the condition is a key, or there is a limit
    return found[0] if found else None


@cache
def _fields(row_type: Callable[..., object]) -> tuple[str, ...]:
    return tuple(signature(row_type).parameters)
