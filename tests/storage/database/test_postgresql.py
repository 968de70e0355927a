"""A store on a real PostgreSQL server. (All tests of the store run on one with STORE_TESTS_ON=postgresql.)

Covers storage/moving.py and storage/database/numbering.py.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engine.domain import Label, Problem
from storage import BadFile, BadSetting, NotFound, Store, StoreBusy, StoreError, open_store
from storage.__main__ import main
from storage.backup import backup, check, restore
from storage.database import tables
from storage.database.postgresql import PostgreSQL
from storage.moving import move
from storage.runs.bulk import RowBatch
from storage.store import MOVED
from tests.support.kills import run_kills
from tests.support.label_events import label, make_png
from tests.support.make_store_version import fill
from tests.support.postgresql import Server, running_server
from tests.support.store_projects import finish, open_project, take

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]  # has a server of its own


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as found:
        if found is None:
            pytest.skip("PostgreSQL is not installed, and TEST_POSTGRESQL names no server")
        yield found


@pytest.fixture
def url(server: Server) -> str:
    """An empty database."""
    return server.make_database()


def rows_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(table.select().order_by(*table.primary_key))]
            for table in tables.metadata.sorted_tables
        }


def test_a_store_moves_there_and_back_whole(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    with open_store(data) as store:
        fill(store, tmp_path)
        picture = store.images.add(make_png(20, 10)).sha
        before = rows_of(store)
    place = ["--data-dir", str(data), "--json"]
    assert main(["move", "--to", url, *place]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out.splitlines()[-1])
    assert report["rows"] == sum(map(len, before.values()))
    assert f"{report['rows']:,} rows moved" in said.err
    with pytest.raises(BadSetting, match="was moved to postgresql"):
        open_store(data)
    with open_store(data, database=url) as there:
        assert rows_of(there) == before
        assert check(there).faults == ()
        assert there.images.open(picture).size == (20, 10)
        task = take(there, open_project(there, 1), "ada")  # new rows go on counting where the old ones end
        finish(there, task, "ada", Label.WRONG)
        after = rows_of(there)
    (data / "workbench.sqlite3").rename(tmp_path / "old.sqlite3")
    assert main(["move", "--to", "sqlite", *place, "--database", url]) == 0
    assert not (data / MOVED).exists()
    with open_store(data) as back:
        assert rows_of(back) == after
        finish(back, take(back, open_project(back, 1), "bea"), "bea", Label.CORRECT)


def test_a_dry_run_makes_no_schema(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.jsonl").write_text('{"prompt": "q", "completions": ["a"], "labels": [true]}\n')
    given = ["import", "--format", "trl", str(tmp_path / "rows.jsonl"), "--data-dir", str(tmp_path / "data"), "--json"]
    assert main([*given, "--dry-run", "--database", url]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["added"] == 1
    with psycopg.connect(url) as connection:
        (count,) = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchone() or (-1,)
    assert (count, (tmp_path / "data").exists()) == (0, False)


def test_a_store_moves_into_an_empty_database_only_and_while_nobody_uses_it(url: str, tmp_path: Path) -> None:
    with open_store(tmp_path / "one") as store, open_store(tmp_path / "two", database=url) as other:
        open_project(other, 1)
        with pytest.raises(BadFile, match=r"holds .* already. Choose an empty one"):
            move(store, url)
        assert not (tmp_path / "one" / MOVED).exists()
    program = (
        "import sys; from pathlib import Path; from storage import open_store\n"
        "store = open_store(Path(sys.argv[1])); store.claim(); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "one")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as app:
        assert app.stdout is not None
        app.stdout.readline()
        with open_store(tmp_path / "one") as store, pytest.raises(BadFile, match="Stop the app, then move it"):
            move(store, url)
        app.communicate()


def test_its_backup_is_a_sqlite_store(url: str, tmp_path: Path) -> None:
    with open_store(tmp_path / "data", database=url) as store:
        fill(store, tmp_path)
        store.images.add(make_png(20, 10))
        report = backup(store, tmp_path / "backup")
        before = rows_of(store)
    assert report.images == 1
    restore(tmp_path / "backup", tmp_path / "back")
    with open_store(tmp_path / "back") as back:
        changed = {"people_events", "sessions", "api_tokens", "invitations"}  # a restore ends all access
        assert {name: rows for name, rows in rows_of(back).items() if name not in changed} == {
            name: rows for name, rows in before.items() if name not in changed
        }
        assert check(back).faults == ()


def test_two_processes_hand_no_task_out_twice(url: str, tmp_path: Path) -> None:
    """Read committed, without one writer at a time, gives the same task to two people."""
    with open_store(tmp_path, database=url) as store:
        queue = open_project(store, 60, overlap=1)
    program = (
        "import sys; from pathlib import Path; from storage import open_store\n"
        "from tests.support.store_projects import work\n"
        "with open_store(Path(sys.argv[1]), database=sys.argv[2]) as store:\n"
        "    print(len(work(store, sys.argv[3], sys.argv[4])))"
    )
    people = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path), url, queue, who], stdout=subprocess.PIPE)
        for who in ("ada", "bea", "cy")
    ]
    done = [int(person.communicate()[0]) for person in people]
    assert sum(done) == 60
    with open_store(tmp_path, database=url) as store:
        annotations = list(store.results.iter_annotations())
        assert len({each.solution_id for each in annotations}) == len(annotations) == 60
        assert check(store).faults == ()


def test_a_killed_server_loses_no_acknowledged_label(url: str, tmp_path: Path) -> None:
    report = run_kills(tmp_path / "data", kills=20, people=4, database=url)
    assert report.acknowledged >= 20
    assert (report.lost, report.duplicated, report.invented) == (0, 0, 0)
    assert (report.annotations_missing, report.annotations_twice, report.faults) == (0, 0, ())


def test_a_writer_of_another_process_is_waited_for_and_then_told(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.connection.BUSY_SECONDS", 0.2)
    with open_store(tmp_path, database=url) as store, open_store(tmp_path, database=url) as other:
        task = take(store, open_project(store, 1), "ada")
        with other.database.write(), pytest.raises(StoreBusy, match="Nothing was saved; try again"):
            store.labelling.save_events("ada", [label(task.id, 0, Label.WRONG)])
        assert store.labelling.save_events("ada", [label(task.id, 0, Label.WRONG)]).acknowledged


def test_a_server_that_went_away_is_said_and_comes_back(server: Server, url: str, tmp_path: Path) -> None:
    with open_store(tmp_path, database=url) as store:
        store.claim()
        with psycopg.connect(f"{server.url}/postgres", autocommit=True) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [url.rpartition("/")[2]]
            )
        assert store.runs.list_runs() == ()
        assert store.claim() == 0
    with pytest.raises(StoreError, match=r"cannot be used .*check that its server runs, and --database"):
        open_store(tmp_path, database="postgresql://nobody:secret@127.0.0.1:1/nothing")


def test_what_no_id_can_be_is_not_found(url: str, tmp_path: Path) -> None:
    """The server refuses NUL in any text, and an address may hold it."""
    with open_store(tmp_path, database=url) as store:
        for ask in (
            store.runs.get_run,
            store.runs.get_problem,
            store.images.size,
            lambda id_: store.labelling.get_task(id_, "me"),
        ):
            with pytest.raises(NotFound):
                ask("\0")
        assert store.labelling.save_events("me", [label("\0", 0, Label.WRONG)]).rejected


def test_no_message_and_no_log_holds_the_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(tmp_path, database="postgresql://nobody:secret@127.0.0.1:1/nothing")
    assert "secret" not in str(refused.value)
    assert "secret" not in PostgreSQL("postgresql://nobody:secret@127.0.0.1:1/nothing").name


@pytest.mark.parametrize("address", ["mysql://host/name", "workbench.sqlite3", "://", "sqlite:///x"])
def test_another_kind_of_database_is_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="must be postgresql://"):
        open_store(tmp_path, database=address)


def test_what_did_not_wait_for_the_disk_is_there_once_it_is_made_durable(url: str, tmp_path: Path) -> None:
    with open_store(tmp_path, database=url) as store:
        store.runs.add_batch(RowBatch(problems=[Problem(question="q")]), durable=False)
        with store.database.read() as connection:
            written = connection.exec_driver_sql("SELECT pg_current_wal_insert_lsn()").scalar()
        store.database.make_durable()
        with store.database.read() as connection:
            assert (
                connection.exec_driver_sql(f"SELECT pg_current_wal_flush_lsn() >= '{written}'::pg_lsn").scalar() is True
            )


def test_people_are_listed_in_the_same_order_as_in_sqlite(url: str, tmp_path: Path) -> None:
    with open_store(tmp_path, database=url) as store:
        queue = open_project(store, 1, overlap=3)
        for who in ("b", "a", "C"):
            finish(store, take(store, queue, who), who, Label.CORRECT)
        assert [each.annotator for each in store.projects.get_progress(queue).people] == ["C", "a", "b"]
