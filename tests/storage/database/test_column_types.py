"""Values that a column's text stands for, and texts that stand for none.

Covers storage/database/column_types.py.
"""

import json

import pytest
from sqlalchemy import Column, MetaData, Table, insert, select, text

from storage import Store
from storage.database.column_types import Json, JsonList

pytestmark = pytest.mark.sqlite
VALUES = Table("json_values", MetaData(), Column("value", Json()), Column("listed", JsonList()))
COLUMNS = pytest.mark.parametrize("column", ["value", "listed"])


def read(store: Store, written: str, column: str) -> object:
    with store.database.write() as connection:
        VALUES.drop(connection, checkfirst=True)
        VALUES.create(connection)
        connection.execute(text(f"INSERT INTO json_values ({column}) VALUES (:value)"), {"value": written})
        return connection.scalar(select(VALUES.c[column]))


@COLUMNS
@pytest.mark.parametrize("written", ['{"a": 1}garbage', "[1]]", "1 2", "[1", "", " ", "\ufeff1", "[1]\0"])
def test_damaged_json_is_an_error(written: str, column: str, store: Store) -> None:
    """Whatever followed a value was passed over."""
    with pytest.raises(json.JSONDecodeError):
        json.loads(written)
    with pytest.raises(json.JSONDecodeError):
        read(store, written, column)


@COLUMNS
@pytest.mark.parametrize("written", ['{"a": [1, null]}', ' \n{"a": 1}', "[1]\t\r\n ", "  -1.5 ", '"\u2028"', "null"])
def test_json_may_have_white_space_around_it(written: str, column: str, store: Store) -> None:
    assert read(store, written, column) == json.loads(written)


def test_a_value_comes_back(store: Store) -> None:
    with store.database.write() as connection:
        VALUES.create(connection)
        connection.execute(insert(VALUES), {"value": {"a": ["\n", 0.1]}})
        assert connection.scalar(select(VALUES.c.value)) == {"a": ["\n", 0.1]}


@pytest.mark.parametrize(
    "value",
    [
        None, [], ["", "a\"\\\b\f\n\r\t\x01\x7f", "é😀\u2028"], [1, 0, -1, None], ["\ud800", "\ud83d\ude00"], ["\0"],
        ("a", "b"),
    ],
)  # fmt: skip
def test_a_list_is_written_and_read_as_any_value_is(value: object, store: Store) -> None:
    with store.database.write() as connection:
        VALUES.create(connection)
        connection.execute(insert(VALUES), {"value": value, "listed": value})
        written = connection.execute(text("SELECT value, listed FROM json_values")).one()
        assert written.value == written.listed
        found = connection.execute(select(VALUES)).one()
    assert found.value == found.listed
    assert found.listed == (None if value is None else json.loads(written.value))


def test_an_escape_without_a_character_is_read_from_a_list(store: Store) -> None:
    """Stores of old may hold it; what is faster reads none."""
    assert read(store, '["\\ud800"]', "listed") == ["\ud800"]


def test_whole_numbers_of_any_value_keep_every_digit(store: Store) -> None:
    assert read(store, '{"id": 123456789012345678901234567890}', "value") == {"id": 123456789012345678901234567890}
