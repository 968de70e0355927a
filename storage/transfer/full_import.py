"""Imports of everything: the rows of an export of everything into a store, batch by batch, with the pictures.

Into an empty store it gives an equal one. Into another one it adds what is not there; what is there and differs is left and
counted as conflicting. A queue that is there and differs keeps its own tasks, drafts and events: two histories of one
queue cannot be made one. A table's file with fewer rows than the manifest counts is an error of the report. Started again after an
interruption it goes on.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sqlalchemy import Column, Connection, Table, func, select, tuple_
from sqlalchemy.exc import IntegrityError

from storage.database import tables
from storage.database.migrations import VERSION
from storage.database.numbering import go_on_counting
from storage.errors import BadImage
from storage.files.atomic import write_atomically
from storage.files.image_upload import MAX_BYTES, read_upload
from storage.formats.fields import BadValue
from storage.formats.lines import BadLine, read_values
from storage.progress import OnProgress, tell_nobody
from storage.store import Store
from storage.transfer import full_rows

Row = dict[str, object]
_BATCH = 250  # rows of a transaction
_OF_QUEUES = frozenset(
    ("tasks", "events", "drafts", "cursors", "split_events", "verdicts")
)  # what a queue's history is made of

# columns of tables without ids that do not tell a row from another: the result of a quiz that was reset is the same result
_CHANGED_LATER = {"quizzes": ("reset_by", "reset_at")}


@dataclass(frozen=True, slots=True, kw_only=True)
class FullImportReport:
    """What came of reading an export of everything."""

    added: int  # rows
    unchanged: int
    conflicting: int  # rows that differ from what is there, or belong to a queue that does: left out
    tables: Mapping[str, int]  # rows added to each
    errors: tuple[BadLine, ...]  # the reason names the table


def import_full(
    store: Store, path: Path, *, dry_run: bool = False, on_progress: OnProgress | None = None
) -> FullImportReport:
    """Add everything in a folder that :func:`export_full` wrote. Raises BadFile where it is none, or a newer version's."""
    counts = full_rows.read_manifest(path, VERSION)
    return _FullImport(store, path, counts, dry_run, on_progress or tell_nobody).run()


class _FullImport:
    """One reading of a folder."""

    def __init__(
        self, store: Store, path: Path, counts: Mapping[str, int], dry_run: bool, on_progress: OnProgress
    ) -> None:
        self._store = store
        self._path = path
        self._counts = counts
        self._total = max(1, sum(counts.values()))
        self._dry_run = dry_run
        self._on_progress = on_progress
        self._lines: Counter[str] = Counter()  # of each table's file, bad ones too
        self._errors: list[BadLine] = []
        self._added: dict[str, int] = {}
        self._unchanged = self._conflicting = self._read = 0
        self._kept_queues: set[object] = set()  # that are there and differ
        self._promised: dict[str, set[object]] = {}  # by column, keys that a dry run would have added

    def run(self) -> FullImportReport:
        """Read the tables in an order in which everything is there before it is referred to."""
        for table in full_rows.WRITTEN:
            self._added[table.name] = 0
            file = self._path / full_rows.TABLES / f"{table.name}.jsonl"
            if file.is_file():
                self._read_table(table, file)
            found, promised = self._lines[table.name], self._counts.get(table.name, 0)
            if found < promised:
                self._refuse(
                    table, found + 1, f"The file ends after {found:,} of {promised:,} rows. Copy the export again."
                )
        return FullImportReport(
            added=sum(self._added.values()),
            unchanged=self._unchanged,
            conflicting=self._conflicting,
            tables={name: count for name, count in self._added.items() if count},
            errors=tuple(self._errors),
        )

    def _read_table(self, table: Table, path: Path) -> None:
        rows = self._rows(table, path)
        while batch := list(islice(rows, _BATCH)):
            good = [each for each in batch if self._is_whole(table, *each)]
            with self._store.database.read() if self._dry_run else self._store.database.write() as connection:
                self._add(connection, table, good)
            self._read += len(batch)
            self._on_progress(self._read, min(1.0, self._read / self._total))

    def _rows(self, table: Table, path: Path) -> Iterator[tuple[int, Row]]:
        with path.open("rb") as file:
            for number, value in read_values(file, full_rows.MAX_LINE):
                self._lines[table.name] += 1
                try:
                    if isinstance(value, BadLine):
                        raise BadValue(value.reason)
                    yield number, full_rows.as_row(table, value)
                except BadValue as error:
                    self._refuse(table, number, str(error))

    def _refuse(self, table: Table, number: int, reason: str) -> None:
        self._errors.append(BadLine(line=number, reason=f"{table.name}: {reason}"))

    def _is_whole(self, table: Table, number: int, row: Row) -> bool:
        """Return whether a row can be stored by itself; a picture's file is stored now."""
        if table is not tables.images:
            return True
        try:
            self._add_picture(str(row["sha"]), str(row["format"]))
        except (OSError, BadImage, BadValue) as error:
            self._refuse(table, number, str(error))
            return False
        return True

    def _add_picture(self, sha: str, ending: str) -> None:
        """Store a picture's file. It was made plain when it was taken in: one that is not is nobody's picture."""
        folder = (self._path / full_rows.IMAGES).resolve()
        path = (folder / f"{sha}.{ending}").resolve()
        if path.parent != folder:
            raise BadValue(f"{sha[:80]!r} is not the name of a picture.")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        kept = read_upload(data)
        if hashlib.sha256(data).hexdigest() != sha or kept.data != data or kept.format != ending:
            raise BadValue(f"The file of picture {sha[:12]} holds a different picture.")
        target = self._store.images.folder / sha[:2] / path.name
        if not self._dry_run and not target.exists():
            write_atomically(target, data)

    def _add(self, connection: Connection, table: Table, batch: Sequence[tuple[int, Row]]) -> None:
        """Insert what is not there and count the rest."""
        key = _key_of(table)
        stored = _stored(connection, table, key, [row for _number, row in batch])
        new: list[tuple[int, Row]] = []
        for number, row in batch:
            found = stored.get(_values(row, key))
            if found is not None:
                is_equal = all(found[name] == _comparable(value) for name, value in row.items() if name != "seq")
                self._unchanged, self._conflicting = self._unchanged + is_equal, self._conflicting + (not is_equal)
                if table is tables.queues and not is_equal:
                    self._kept_queues.add(row["id"])
            elif table.name in _OF_QUEUES and self._queue_of(connection, row) in self._kept_queues:
                self._conflicting += 1
            else:
                new.append((number, row))
        new = self._referring(connection, table, new)
        self._added[table.name] += len(new) if self._dry_run else self._insert(connection, table, new)

    def _queue_of(self, connection: Connection, row: Row) -> object:
        if not self._kept_queues or "queue_id" in row:
            return row.get("queue_id")
        return connection.scalar(select(tables.tasks.c.queue_id).where(tables.tasks.c.id == row["task_id"]))

    def _referring(self, connection: Connection, table: Table, batch: list[tuple[int, Row]]) -> list[tuple[int, Row]]:
        """Return the rows whose references all lead somewhere; the others are refused, or left out with their queue."""
        for column in table.columns:
            for reference in column.foreign_keys:
                target = reference.column
                wanted = {row[column.name] for _number, row in batch if row[column.name] is not None}
                known = set(connection.scalars(select(target).where(target.in_(wanted))))
                known |= self._promised.get(str(target), set())
                for number, row in batch:
                    if row[column.name] is not None and row[column.name] not in known:
                        if self._kept_queues and target.table is tables.tasks:
                            self._conflicting += 1
                        else:
                            self._refuse(
                                table, number, f"It refers to {str(row[column.name])[:40]!r}, which is not there."
                            )
                batch = [each for each in batch if each[1][column.name] is None or each[1][column.name] in known]
        if self._dry_run:
            for name in ("id", "sha"):
                if name in table.columns:
                    promised = self._promised.setdefault(str(table.c[name]), set())
                    promised |= {row[name] for _number, row in batch}
        return batch

    def _insert(self, connection: Connection, table: Table, batch: list[tuple[int, Row]]) -> int:
        """Insert rows, in their old places where these are free; return how many it were."""
        last = (connection.scalar(select(func.max(table.c.seq))) or 0) if "seq" in table.columns else 0
        added = 0
        for _number, row in batch:
            seq = row.get("seq")
            if isinstance(seq, int):
                row = row if seq > last else {name: value for name, value in row.items() if name != "seq"}
            try:
                with connection.begin_nested():
                    connection.execute(table.insert().values(**row))
            except IntegrityError:
                self._conflicting += 1  # another row has its place: a position in a queue, a draw of a run
                continue
            added += 1
            last = max(last, seq) if isinstance(seq, int) else last
        go_on_counting(connection, [table])
        return added


def _key_of(table: Table) -> tuple[Column[object], ...]:
    """Return the columns that tell one row from another, whatever store it is in."""
    for name in ("id", "uuid"):
        if name in table.columns:
            return (table.c[name],)
    if "seq" not in table.columns:
        return tuple(table.primary_key.columns)
    return tuple(each for each in table.columns if each.name not in ("seq", *_CHANGED_LATER.get(table.name, ())))


def _stored(
    connection: Connection, table: Table, key: Sequence[Column[object]], rows: Sequence[Row]
) -> dict[object, Row]:
    """Return the rows that are there, by their keys."""
    if not rows:
        return {}
    query = select(table)
    if len(key) == 1:
        query = query.where(key[0].in_([row[key[0].name] for row in rows]))
    else:
        by = key if len(key) <= 3 else key[:1]  # of append-only tables all columns tell: looked for by the first
        query = query.where(tuple_(*by).in_({tuple(row[each.name] for each in by) for row in rows}))
    found = (dict(each._mapping) for each in connection.execute(query))
    return {_values(row, key): {name: _comparable(value) for name, value in row.items()} for row in found}


def _values(row: Row, key: Sequence[Column[object]]) -> object:
    return tuple(repr(_comparable(row[each.name])) for each in key)


def _comparable(value: object) -> object:
    """Return a value as it is read back: a tuple is a list in JSON."""
    return list(value) if isinstance(value, tuple) else value
