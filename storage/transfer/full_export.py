"""Exports of everything: every table but the accounts', row by row, and the pictures.

Read as it is at one moment. Of a SQLite file that is a copy, so that nobody's label waits while the rows are written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from storage.database import tables
from storage.database.connection import Database
from storage.database.migrations import read_version
from storage.database.sqlite import SQLite
from storage.files.atomic import atomic_folder
from storage.progress import OnProgress, tell_nobody
from storage.store import DATABASE, Store
from storage.transfer import full_rows

_PAGE = 1_000  # rows of a table held at once
LEFT_OUT = ("accounts, passwords, invitations, sessions and API tokens", "the audit log of accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class FullExportReport:
    """What was written."""

    rows: int
    images: int
    tables: Mapping[str, int]  # rows of each
    left_out: tuple[str, ...] = LEFT_OUT
    neutral_policy: str = "kept as 0"


def export_full(store: Store, out_dir: Path, on_progress: OnProgress | None = None) -> FullExportReport:
    """Write everything but the accounts to a folder: whole, or nothing. An earlier export there is replaced.

    Raises:
        BadFile: ``out_dir`` holds something else.
        DiskError: it cannot be written.
    """
    tell = on_progress or tell_nobody
    names = frozenset((full_rows.MANIFEST, full_rows.TABLES, full_rows.IMAGES))
    with atomic_folder(out_dir, names, last=full_rows.MANIFEST) as folder:
        with _at_one_moment(store.database, folder) as connection:
            version = read_version(connection)
            pictures = list(connection.scalars(select(tables.images.c.sha)))
            counts = _write_tables(connection, folder / full_rows.TABLES, len(pictures), tell)
            rows = sum(counts.values())
            _copy_images(store, pictures, folder / full_rows.IMAGES, rows, tell)
        (folder / full_rows.MANIFEST).write_text(full_rows.manifest_line(version, counts), encoding="utf-8")
        tell(rows, 1.0)
    return FullExportReport(rows=rows, images=len(pictures), tables=counts)


@contextmanager
def _at_one_moment(database: Database, folder: Path) -> Iterator[Connection]:
    """Give a connection that reads the database as it is now; nobody who writes waits for it."""
    if not isinstance(database, SQLite):  # readers of a server hold up nobody
        with database.read() as connection:
            yield connection
        return
    with tempfile.TemporaryDirectory(prefix=".copy-", dir=folder) as beside:
        database.backup(Path(beside) / DATABASE)
        with closing(SQLite(Path(beside) / DATABASE, None)) as copy, copy.read() as connection:
            yield connection


def _write_tables(connection: Connection, folder: Path, pictures: int, tell: OnProgress) -> dict[str, int]:
    folder.mkdir()
    total = pictures + sum(connection.scalar(select(func.count()).select_from(each)) or 0 for each in full_rows.WRITTEN)
    counts: dict[str, int] = {}
    for table in full_rows.WRITTEN:
        counts[table.name] = 0
        with (folder / f"{table.name}.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for values in connection.execute(_in_order(table), execution_options={"yield_per": _PAGE}):
                file.write(full_rows.as_line(table, values))
                counts[table.name] += 1
                if counts[table.name] % _PAGE == 0:
                    done = sum(counts.values())
                    tell(done, done / total)
    return counts


def _in_order(table: Table) -> Select[Any]:
    columns: Sequence[Any] = full_rows.columns_of(table)
    return select(*columns).order_by(*table.primary_key.columns)


def _copy_images(store: Store, pictures: Sequence[str], folder: Path, rows: int, tell: OnProgress) -> None:
    folder.mkdir()
    for done, sha in enumerate(pictures, start=1):
        path = store.images.path(sha)
        shutil.copyfile(path, folder / path.name)
        tell(rows, (rows + done) / (rows + len(pictures)))
