"""Thoughts: what thinking models wrote before their solutions, in a table of their own.

Nothing by which people label, list or search reads it: no thought is shown before blind labels, and long ones slow nothing down.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from engine.domain import Solution
from storage.database import tables
from storage.database.membership import is_among
from storage.runs.step_scores import pages_of


def add_thoughts(connection: Connection, solutions: Iterable[Solution]) -> None:
    """Insert the thoughts of solutions that were just inserted, where they have one."""
    values = [{"solution_id": each.id, "text": each.thought} for each in solutions if each.thought is not None]
    if values:
        connection.execute(tables.thoughts.insert(), values)


def with_thoughts(connection: Connection, solutions: Sequence[Solution]) -> tuple[Solution, ...]:
    """Return solutions with the thoughts that are stored of them."""
    thoughts = tables.thoughts.c
    found: dict[str, str] = {}
    for page in pages_of([each.id for each in solutions]):
        query = select(thoughts.solution_id, thoughts.text).where(is_among(connection, thoughts.solution_id, page))
        found |= {row[0]: row[1] for row in connection.execute(query)}
    return tuple(replace(each, thought=found[each.id]) if each.id in found else each for each in solutions)
