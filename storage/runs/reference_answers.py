"""Which stored problems have a reference answer: the condition on their table, as ``engine/answers/reference.py`` has the rule.

A blank answer is stored as none. Stores of earlier versions have some, so the condition looks.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, func

from storage.database import tables

_BLANKS = " \t\n\v\f\r"


def has_reference_answer() -> ColumnElement[bool]:
    """Return the condition on problems that they have a reference answer."""
    return func.trim(func.coalesce(tables.problems.c.answer, ""), _BLANKS) != ""
