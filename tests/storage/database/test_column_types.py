"""Values that a column's text stands for, and texts that stand for none.

Covers storage/database/column_types.py.
"""

import json

import pytest
from sqlalchemy import Column, MetaData, Table, insert, select, text

from storage import Store
from storage.database.column_types import Json

pytestmark = pytest.mark.sqlite
VALUES = Table("json_values", MetaData(), Column("value", Json()))


def read(store: Store, written: str) -> object:
    with store.database.write() as connection:
        VALUES.drop(connection, checkfirst=True)
        VALUES.create(connection)
        connection.execute(text("INSERT INTO json_values (value) VALUES (:value)"), {"value": written})
        return connection.scalar(select(VALUES.c.value))


@pytest.mark.parametrize("written", ['{"a": 1}garbage', "[1]]", "1 2", "[1", "", " ", "\ufeff1", "[1]\0"])
def test_damaged_json_is_an_error(written: str, store: Store) -> None:
    """Whatever followed a value was passed over."""
    with pytest.raises(json.JSONDecodeError):
        json.loads(written)
    with pytest.raises(json.JSONDecodeError):
        read(store, written)


@pytest.mark.parametrize("written", ['{"a": [1, null]}', ' \n{"a": 1}', "[1]\t\r\n ", "  -1.5 ", '"\u2028"', "null"])
def test_json_may_have_white_space_around_it(written: str, store: Store) -> None:
    assert read(store, written) == json.loads(written)


def test_a_value_comes_back(store: Store) -> None:
    with store.database.write() as connection:
        VALUES.create(connection)
        connection.execute(insert(VALUES), {"value": {"a": ["\n", 0.1]}})
        assert connection.scalar(select(VALUES.c.value)) == {"a": ["\n", 0.1]}
