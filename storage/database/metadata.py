"""What the modules of tables share: the one collection of tables, and the columns that many have.

``seq`` counts rows in the order they arrived and is the key every list is paged by; ``id`` is made at birth and is what the rest of
the program knows.
"""

from __future__ import annotations

from sqlalchemy import Column, MetaData

from storage.database.column_types import SafeText, Sequence

metadata = MetaData()


def seq_column() -> Column[int]:
    """Return a table's ``seq``."""
    return Column("seq", Sequence, primary_key=True, autoincrement=True)


def id_column() -> Column[str]:
    """Return a table's ``id``."""
    return Column("id", SafeText(), nullable=False, unique=True)
