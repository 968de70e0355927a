"""Column types for text, JSON values and times, the same in every database. Knows no table.

Text that cannot be written as UTF-8 (a lone surrogate out of a JSON escape), and the character NUL, which PostgreSQL refuses, are
stored as U+FFFD: one such character in a question must not make a run impossible to save.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))  # json.dumps makes one for every value
_DECODER = json.JSONDecoder()
# SQLite counts up by itself only on a column of exactly this type
Sequence = BigInteger().with_variant(Integer(), "sqlite")


def writable(text: str) -> str:
    """Return ``text`` with lone surrogates and NUL replaced by U+FFFD; surrogate pairs become the character they stand for."""
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if text.isascii():  # Python keeps whether it is; most texts are
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class SafeText(TypeDecorator[str]):
    """Text of any length, safe to write as UTF-8."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Make the text writable."""
        return None if value is None else writable(value)


class Json(TypeDecorator[object]):
    """A JSON value as text: one format in every database, readable by people."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        """Write the value; None stays SQL NULL."""
        return None if value is None else writable(_ENCODER.encode(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        """Read the value back. Raises JSONDecodeError: the text is damaged."""
        return None if value is None else _read_json(value)


def _read_json(text: str) -> object:
    """Return the value that a text is as :func:`json.loads` does, for short ones in a third of its time."""
    try:
        found, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError:  # or there is white space before it
        return json.loads(text)
    return found if end == len(text) else json.loads(text)


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, microseconds kept. SQLite has no time zones, so they are taken off and put back here."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn to UTC and drop the zone."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC."""
        return None if value is None else value.replace(tzinfo=UTC)
