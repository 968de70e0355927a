"""Searching the words of solutions: an index of each database's own. Knows no noun but the numbers of rows.

A search finds texts that have every word of it, the last of which may be the beginning of one: "circle diam" finds "the diameter
of the circle". (All as beginnings took thrice as long.)
Words are those of SQLite's FTS5 (``unicode61``) and PostgreSQL's configuration ``simple``: no language's endings are taken off, and
scripts that write no spaces are found from the start of a run of characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Connection, Integer, Select, TextClause, column, select, table, text
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from storage.database.column_types import writable
from storage.errors import BadSetting

MOST_WORDS = 20  # of one search
MOST_EXPANDED = 50  # words that a beginning stands for, looked for by name: SQLite takes thrice as long for a beginning
LONGEST = 200_000  # characters of a text that PostgreSQL's index takes
Row = TypeVarTuple("Row")
_WORD = re.compile(r"[^\W_]+")


def read_words(search: str) -> tuple[str, ...]:
    """Return the words of a search. Raises BadSetting where it has none, or too many."""
    words = tuple(dict.fromkeys(_WORD.findall(writable(search).lower())))
    if not words:
        raise BadSetting(
            f"{search!r} has no word to search for. Type a word from a question, a step, an answer or a remark."
        )
    if len(words) > MOST_WORDS:
        raise BadSetting(f"A search may have at most {MOST_WORDS} different words; this one has {len(words)}.")
    return words


def join_search(
    connection: Connection, query: Select[*Row], number: ColumnElement[int], words: Sequence[str]
) -> Select[*Row]:
    """Narrow a query to the rows, by their numbers, whose texts have all these words."""
    if connection.dialect.name == "postgresql":
        *whole, last = words
        found = table("searched_solutions", column("seq", Integer()))
        wanted = " & ".join([*(f"'{word}'" for word in whole), f"'{last}':*"])
        condition = text("words @@ to_tsquery('simple', :words)").bindparams(words=wanted)
        return query.join(found, found.c.seq == number).where(condition)
    found = table("searched_solutions", column("rowid", Integer()))
    # behind + the number cannot be looked up in the index for each row, which takes seconds: the index comes first
    unsearched = UnaryExpression(found.c.rowid, operator=custom_op("+"), type_=Integer())
    return query.join(found, number == unsearched).where(_matches(connection, words))


def number_column(connection: Connection) -> ColumnElement[int]:
    """Return the numbers of a joined search, by which it is in order already."""
    name = "seq" if connection.dialect.name == "postgresql" else "rowid"
    return table("searched_solutions", column(name, Integer())).c[name]


def _beginning(connection: Connection, last: str) -> str:
    """Return how SQLite's index is asked for the words that begin with one: by name, where these are few."""
    if not last.isascii():  # the index has such words without their accents
        return f'"{last}"*'
    connection.exec_driver_sql(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.searched_words USING fts5vocab('main', 'searched_solutions', 'row')"
    )
    query = text("SELECT term FROM temp.searched_words WHERE term >= :first AND term < :end LIMIT :most")
    bounds = {"first": last, "end": f"{last}\U0010ffff", "most": MOST_EXPANDED + 1}
    found = list(connection.scalars(query, bounds))
    if not 0 < len(found) <= MOST_EXPANDED:
        return f'"{last}"*'
    return "(" + " OR ".join(f'"{word}"' for word in found) + ")"


def is_from(number: int) -> TextClause:
    """Return the condition that a joined search finds no row before one: SQLite's index leaves those out without reading them."""
    return text("searched_solutions.rowid >= :first_number").bindparams(first_number=number)


def last_found(connection: Connection, words: Sequence[str], before: int | None, limit: int) -> list[int]:
    """Return the last numbers, up to one, of the rows whose texts have all these words, as SQLite's index finds them."""
    key = number_column(connection)
    query = select(key).where(_matches(connection, words)).order_by(key.desc()).limit(limit)
    return list(connection.scalars(query if before is None else query.where(key <= before)))


def _matches(connection: Connection, words: Sequence[str]) -> TextClause:
    """Return the condition on SQLite's index that a text has all these words."""
    *whole, last = words
    wanted = " AND ".join([*(f'"{word}"' for word in whole), _beginning(connection, last)])
    return text("searched_solutions MATCH :words").bindparams(words=wanted)


def remove_texts(connection: Connection, numbers: Sequence[int]) -> None:
    """Take texts out of the index, before anything of them changes: SQLite's index reads them once more."""
    key = "seq" if connection.dialect.name == "postgresql" else "rowid"
    if numbers:
        statement = text(f"DELETE FROM searched_solutions WHERE {key} = :seq")
        connection.execute(statement, [{"seq": number} for number in numbers])


def add_texts(connection: Connection, texts: Mapping[int, str]) -> None:
    """Put texts into the index, by their numbers. SQLite's reads them from the view ``solution_texts``, written before."""
    if not texts:
        return
    if connection.dialect.name == "postgresql":
        statement = "INSERT INTO searched_solutions (seq, words) VALUES (:seq, to_tsvector('simple', :text))"
        rows = [{"seq": seq, "text": writable(each[:LONGEST])} for seq, each in texts.items()]
        connection.execute(text(statement), rows)
        return
    statement = "INSERT INTO searched_solutions (rowid, text) SELECT seq, text FROM solution_texts WHERE seq = :seq"
    connection.execute(text(statement), [{"seq": seq} for seq in texts])
