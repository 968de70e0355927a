"""Exports of everything: every table but the accounts', row by row, and the pictures.

Read from a copy that SQLite makes of the database at one moment, so that nobody's label waits while it is written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from storage.database import tables
from storage.database.connection import Database
from storage.database.migrations import read_version
from storage.files.atomic import atomic_folder
from storage.store import DATABASE, Store
from storage.transfer import full_rows

OnProgress = Callable[[int, float | None], None]
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
    tell = on_progress or (lambda _rows, _share: None)
    names = frozenset((full_rows.MANIFEST, full_rows.TABLES, full_rows.IMAGES))
    with (
        atomic_folder(out_dir, names, last=full_rows.MANIFEST) as folder,
        tempfile.TemporaryDirectory(prefix=".copy-", dir=folder) as beside,
    ):
        store.database.backup(Path(beside) / DATABASE)
        copy = Database(Path(beside) / DATABASE, None)
        try:
            with copy.read() as connection:
                version = read_version(connection)
                counts = _write_tables(connection, folder / full_rows.TABLES, tell)
                images = _copy_images(connection, store, folder / full_rows.IMAGES)
        finally:
            copy.close()
        (folder / full_rows.MANIFEST).write_text(full_rows.manifest_line(version, counts), encoding="utf-8")
    return FullExportReport(rows=sum(counts.values()), images=images, tables=counts)


def _write_tables(connection: Connection, folder: Path, tell: OnProgress) -> dict[str, int]:
    folder.mkdir()
    total = sum(connection.scalar(select(func.count()).select_from(each)) or 0 for each in full_rows.WRITTEN)
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


def _copy_images(connection: Connection, store: Store, folder: Path) -> int:
    folder.mkdir()
    count = 0
    for sha in connection.scalars(select(tables.images.c.sha)):
        path = store.images.path(sha)
        shutil.copyfile(path, folder / path.name)
        count += 1
    return count
