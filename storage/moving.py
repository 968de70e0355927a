"""Moving a store to another database, and back: every row of every table, checked afterwards. Pictures stay in their folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Table, func, insert, select

from storage.database import tables
from storage.database.connection import Database
from storage.database.migrations import migrate
from storage.database.numbering import go_on_counting, highest_given
from storage.database.sqlite import JournalMode, SQLite
from storage.errors import BadFile, DamagedStore
from storage.files.atomic import write_atomically
from storage.progress import OnProgress, tell_nobody
from storage.store import DATABASE, MOVED, Store, open_store

ROWS_AT_ONCE = 1000
TO_SQLITE = "sqlite"  # as the target: the file in the data folder


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveReport:
    """What was moved."""

    to: str  # without a password
    tables: int
    rows: int


def move(store: Store, to: str, on_progress: OnProgress = tell_nobody) -> MoveReport:
    """Copy the store's rows into another, empty database, and check that they are the same there.

    From then on the old SQLite file opens no more, so that nobody goes on labelling in it by mistake.

    Args:
        store: nobody else may be using it.
        to: ``postgresql://USER:PASSWORD@HOST:PORT/NAME``, or ``sqlite`` for the file in the data folder.
        on_progress: told of rows.

    Raises:
        BadFile: another process serves the store, or the target holds something already.
        DamagedStore: what was copied is not what was there; the target is left for a look.
        BadSetting, StoreError, DiskError: the target cannot be used.
    """
    if others := store.other_processes():
        raise BadFile(f"{others} other process(es) use this store. Stop the app, then move it.")
    marker = store.data_dir / MOVED
    if to == TO_SQLITE:
        if isinstance(store.database, SQLite):
            raise BadFile("The store is a SQLite file already.")
        if (store.data_dir / DATABASE).exists() and not marker.exists():
            raise BadFile(f"There is a {DATABASE} in {str(store.data_dir)!r} already. Move it away first.")
        return _move_back(store, marker, on_progress)
    with open_store(store.data_dir, journal_mode=None, database=to) as target:
        report = _move_rows(store.database, target.database, on_progress)
    if isinstance(store.database, SQLite):
        write_atomically(marker, report.to.encode())
    return report


def copy_to_file(database: Database, path: Path) -> None:
    """Write a database as a new SQLite file, all of it as it is at one moment."""
    with closing(SQLite(path, JournalMode.DELETE)) as target:
        with target.write() as connection:
            migrate(connection)
        _move_rows(database, target, lambda _rows, _share: None)


def _move_back(store: Store, marker: Path, on_progress: OnProgress) -> MoveReport:
    beside = store.data_dir / f".{DATABASE}.moving"
    beside.unlink(missing_ok=True)
    with closing(SQLite(beside, JournalMode.DELETE)) as target:
        with target.write() as connection:
            migrate(connection)
        report = _move_rows(store.database, target, on_progress)
    beside.replace(store.data_dir / DATABASE)
    marker.unlink(missing_ok=True)
    return MoveReport(to=DATABASE, tables=report.tables, rows=report.rows)


def _move_rows(source: Database, target: Database, on_progress: OnProgress) -> MoveReport:
    ordered = tables.metadata.sorted_tables  # what is pointed to comes first
    with source.read() as old, target.write() as new:
        for table in ordered:
            if new.scalar(select(func.count()).select_from(table)):
                raise BadFile(f"The database {target.name} holds {table.name} already. Choose an empty one.")
        rows, total = 0, sum(old.scalar(select(func.count()).select_from(table)) or 0 for table in ordered)
        for table in ordered:
            for part in _chunks(old, table):
                new.execute(insert(table), part)
                rows += len(part)
                on_progress(rows, rows / total)
        for table in ordered:
            if _digest(old, table) != _digest(new, table):
                raise DamagedStore(f"The rows of {table.name} in {target.name} are not those of {source.name}.")
        go_on_counting(new, ordered, highest_given(old))
    return MoveReport(to=target.name, tables=len(ordered), rows=rows)


def _chunks(connection: Connection, table: Table) -> Iterator[list[dict[str, object]]]:
    """Iterate over a table's rows, by its key, some at a time."""
    query = select(table).order_by(*table.primary_key).execution_options(yield_per=ROWS_AT_ONCE)
    with connection.execute(query) as result:
        for part in result.mappings().partitions():
            yield [dict(row) for row in part]


def _digest(connection: Connection, table: Table) -> tuple[int, int]:
    """Return how many rows a table has, and a sum over their contents that does not depend on their order."""
    count = total = 0
    for part in _chunks(connection, table):
        for row in part:
            count += 1
            total += int.from_bytes(hashlib.blake2b(_as_bytes(row), digest_size=16).digest())
    return count, total % 2**128


def _as_bytes(row: Mapping[str, object]) -> bytes:
    return json.dumps(row, sort_keys=True, default=str, ensure_ascii=True).encode()
