"""Problems: pictures, a question and, where it is known, the reference answer. Knows its rows; knows no store.

It is what ``python -m nano.world`` writes and what ``python -m engine evaluate best-of-n`` reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from storage.formats import fields
from storage.formats.rows import Row, UnsolvedProblem

NAME = "problems"
_FIELDS = ("image", "question", "answer", "data_source")


def as_row(value: object) -> UnsolvedProblem:
    """Return the row that a line's value is; raises BadValue."""
    row = fields.as_object(value, "The line")
    return UnsolvedProblem(
        image=fields.get_pictures(row),
        question=fields.get_text(row, "question"),
        answer=fields.get_answer(row),
        data_source=fields.get_text_if_any(row, "data_source"),
        ignored_fields=tuple(name for name in row if name not in _FIELDS),
    )


def as_value(row: Row) -> dict[str, object]:
    """Return the problem of a row as a JSON value."""
    return {
        "image": [each for each in row.image if isinstance(each, str)],
        "question": row.question,
        "answer": row.answer,
        "data_source": row.data_source,
    }


def fits(value: Mapping[str, object]) -> bool:
    """Return whether a row is of this format, by its fields."""
    return "question" in value and "response" not in value
