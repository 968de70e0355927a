"""Schema version 5: labels of files are a source of their own and no longer annotations by ``import:...``.

Frozen: once released this file is never edited.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Connection, DateTime, ForeignKey, Index, Integer, MetaData, Table, Text, text

_METADATA = MetaData()
_SOLUTIONS = Table("solutions", _METADATA, Column("id", Text(), primary_key=True))  # for the foreign key
_IMPORTED_ROWS = Table(
    "imported_rows",
    _METADATA,
    Column("seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("id", Text(), nullable=False, unique=True),
    Column("solution_id", Text(), ForeignKey("solutions.id"), nullable=False),
    Column("source", Text(), nullable=False),
    Column("labels", Text()),
    Column("image_names", Text(), nullable=False),
    Column("kept_fields", Text(), nullable=False),
    Column("created_at", DateTime(), nullable=False),
    Index("imported_rows_by_solution", "solution_id"),
)
_IS_OF_A_FILE = "annotator LIKE 'import:%' AND task_id IS NULL"  # no person may have such a name


def upgrade(connection: Connection) -> None:
    """Move the labels of files, in the order they arrived, under the ids they had."""
    _IMPORTED_ROWS.create(connection)
    newest = connection.scalar(text("SELECT max(seq) FROM annotations"))
    connection.execute(
        text(
            "INSERT INTO imported_rows (id, solution_id, source, labels, image_names, kept_fields, created_at) "
            "SELECT id, solution_id, substr(annotator, length('import:') + 1), labels, '[]', '{}', created_at "
            f"FROM annotations WHERE {_IS_OF_A_FILE} ORDER BY seq"  # a constant of this file
        )
    )
    connection.execute(text(f"DELETE FROM annotations WHERE {_IS_OF_A_FILE}"))
    # SQLite gives the number after the highest one that is there. Where the newest annotation was a file's, its number would be
    # given again, and whoever follows the feed would miss the annotation that gets it: the newest one of a person takes it.
    connection.execute(
        text("UPDATE annotations SET seq = :newest WHERE seq = (SELECT max(seq) FROM annotations)"), {"newest": newest}
    )
