"""A full disk and a locked database: a clear error, nothing acknowledged that is not stored, and on it goes once they are gone.

Covers storage/database/sqlite.py.
"""

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from engine.domain import Label
from storage import DiskError, EventKind, Store, StoreBusy, open_store
from storage.backup import check
from tests.support.label_events import act, label
from tests.support.store_projects import finish, open_project, take

pytestmark = pytest.mark.sqlite


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """SQLite's own limit of a file's size, as an error the same as a full disk's."""
    with store.database.read() as connection:  # the one connection of this thread, so that it holds for the next write
        connection.exec_driver_sql("PRAGMA max_page_count = 1")  # no less than what the file has
    yield
    with store.database.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")


def test_what_a_full_disk_took_is_not_acknowledged_and_can_be_sent_again(store: Store) -> None:
    queue = open_project(store, 1)
    task = take(store, queue, "ada")
    sent = [act(task.id, EventKind.NOTE, second, text=f"{second} " * 500) for second in range(400)]
    acknowledged, refused, errors = 0, [], set()
    with full_disk(store):
        for event in sent:
            try:
                acknowledged += len(store.labelling.save_events("ada", [event]).acknowledged)
            except DiskError as error:
                refused.append(event)
                errors.add(str(error))
        with pytest.raises(DiskError):
            open_project(store, 500)
        assert take(store, queue, "ada").id == task.id  # reading goes on
    assert len(errors) == 1
    assert "Nothing was saved; free some disk space" in errors.pop()
    assert (stored(store), len(refused)) == (acknowledged, 400 - acknowledged)
    assert len(store.labelling.save_events("ada", refused).acknowledged) == len(refused)
    assert stored(store) == 400
    finish(store, task, "ada", second=500)
    assert check(store).faults == ()


def stored(store: Store) -> int:
    with store.database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM events").scalar() or 0)


def test_a_database_locked_by_another_process_refuses_to_save_and_serves_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.connection.BUSY_SECONDS", 0.05)
    with open_store(tmp_path) as store:
        queue = open_project(store, 1)
        task = take(store, queue, "ada")
        with closing(sqlite3.connect(store.database.path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreBusy, match="Nothing was saved; try again"):
                store.labelling.save_events("ada", [label(task.id, 0, Label.WRONG)])
            assert take(store, queue, "ada").id == task.id
            other.execute("ROLLBACK")
        assert stored(store) == 0
        finish(store, task, "ada")


def test_a_long_write_refuses_everybody_in_line_behind_it_while_it_lasts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waited for the one before it, so that the tenth would have been refused only after ten times as long."""
    with open_store(tmp_path) as store, ThreadPoolExecutor(10) as pool:
        task = take(store, open_project(store, 1), "ada")
        monkeypatch.setattr("storage.database.connection.BUSY_SECONDS", 0.05)
        with store.database.write():
            saves = [
                pool.submit(store.labelling.save_events, "ada", [label(task.id, 0, Label.WRONG)]) for _ in range(10)
            ]
            errors = [save.exception() for save in saves]
        assert {type(error) for error in errors} == {StoreBusy}
        assert stored(store) == 0
