"""Column types for text, JSON values and times, the same in every database. Knows no table.

Text that cannot be written as UTF-8 (a lone surrogate out of a JSON escape), and the character NUL, which PostgreSQL refuses, are
stored as U+FFFD: one such character in a question must not make a run impossible to save.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator, UserDefinedType

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


class Json(UserDefinedType[object]):
    """A JSON value as text: one format in every database, readable by people. Whole numbers keep every digit."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        """Return what the column is in SQL."""
        return "TEXT"

    def bind_processor(self, dialect: Dialect) -> Callable[[object], str | None]:
        """Return what writes a value; None stays SQL NULL."""
        return _write_json

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], object]:
        """Return what reads a value back. It raises JSONDecodeError: the text is damaged."""
        return _read_json


class JsonList(Json):
    """A list of texts, or of labels, as :class:`Json` writes them: most of what a store holds, and read in a third of the time.

    For nothing else: whole numbers of over 64 bits come back as floats.
    """

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[object], str | None]:
        """See :class:`Json`."""
        return _write_list

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[str | None], object]:
        """See :class:`Json`."""
        return _read_list


def _write_json(value: object) -> str | None:
    return None if value is None else writable(_ENCODER.encode(value))


def _read_json(text: str | None) -> object:
    """Return the value that a text is as :func:`json.loads` does, for short ones in a third of its time."""
    if text is None:
        return None
    try:
        found, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError:  # or there is white space before it
        return json.loads(text)
    return found if end == len(text) else json.loads(text)


def _write_list(value: object) -> str | None:
    if value is None:
        return None
    try:
        return writable(orjson.dumps(value).decode())
    except orjson.JSONEncodeError:  # a lone surrogate
        return _write_json(value)


def _read_list(text: str | None) -> object:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:  # damaged, or with an escape that stands for no character
        return _read_json(text)


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
