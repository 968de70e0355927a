"""python -m storage, as a person or a script runs it.

Covers storage/__main__.py.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from engine.domain import Label
from storage import Store, open_store
from storage.__main__ import main
from storage.backup import check
from storage.database.connection import Database
from tests.support.storage_command import run
from tests.support.store_projects import open_project, work

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.sqlite


def test_export_and_import(labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = ("--format", "visualprocessbench")
    code, report = run("export", *named, f"{tmp_path}/OUT/", "--data-dir", labelled, capsys=capsys)
    assert (code, report["rows"], report["images"], report["neutral_policy"]) == (0, 1, 1, "kept as 0")
    for added in (1, 0):
        expected = {
            "format": "visualprocessbench",
            "added": added,
            "unchanged": 1 - added,
            "conflicting": 0,
            "unlabelled": 0,
            "problems": 0,
            "kept_fields": [],
            "ignored_fields": [],
            "sources": {"test": {"solutions": 1, "correct": 0, "wrong": 3}},
            "neutral": 0,
            "dry_run": False,
            "errors": [],
        }
        assert run("import", *named, tmp_path / "OUT", "--data-dir", tmp_path / "new", capsys=capsys) == (0, expected)
    with (tmp_path / "OUT" / "test.jsonl").open("a") as file:
        file.write("{}\n")
    code, report = run("import", *named, tmp_path / "OUT", "--data-dir", tmp_path / "new", capsys=capsys)
    assert code == 2
    assert report["errors"] == [{"line": 2, "reason": "The field 'response' is missing."}]


def test_a_dry_run_needs_no_store_and_makes_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.jsonl").write_text('{"prompt": "q", "completions": ["a"], "labels": [true]}\nnonsense\n')
    given = ("import", "--format", "auto", tmp_path / "rows.jsonl", "--data-dir", tmp_path / "new")
    assert main([*map(str, given), "--dry-run", "--json"]) == 2
    said = capsys.readouterr()
    assert "rows.jsonl holds TRL's stepwise supervision: 1 of its first 1 rows do." in said.err
    report = json.loads(said.out.splitlines()[-1])
    assert (report["format"], report["added"], report["dry_run"]) == ("trl", 1, True)
    assert [each["line"] for each in report["errors"]] == [2]
    assert not (tmp_path / "new").exists()


def test_a_dry_run_leaves_the_store_as_it_is(
    labelled: Path, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It brought an older store to the present schema, and stopped the runs of a process that had died."""
    (tmp_path / "rows.jsonl").write_text('{"prompt": "q", "completions": ["a"], "labels": [true]}\n')
    given = ("import", "--format", "trl", tmp_path / "rows.jsonl", "--dry-run", "--data-dir")
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE runs SET state = 'running', owner = 'gone'")
    code, report = run(*given, labelled, capsys=capsys)
    assert (code, report["added"]) == (0, 1)
    with store.database.read() as connection:
        assert connection.exec_driver_sql("SELECT state FROM runs").scalars().all() == ["running"]
    (tmp_path / "old").mkdir()
    old = tmp_path / "old" / "workbench.sqlite3"
    shutil.copy(ROOT / "tests" / "storage" / "database" / "version_0005.sqlite3", old)
    before = old.read_bytes()
    code, report = run(*given, tmp_path / "old", capsys=capsys)
    assert (code, "Run without --dry-run first" in str(report["error"]), old.read_bytes() == before) == (2, True, True)


def test_everything_is_copied_to_another_store(
    labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, written = run("export", "--format", "full", tmp_path / "all", "--data-dir", labelled, capsys=capsys)
    assert (code, written["tables"]["annotations"]) == (0, 1)  # type: ignore[index]
    given = ("import", "--format", "auto", tmp_path / "all", "--data-dir", tmp_path / "new")
    code, report = run(*given, "--dry-run", capsys=capsys)
    assert (code, report["added"], (tmp_path / "new").exists()) == (0, written["rows"], False)
    code, report = run(*given, capsys=capsys)
    assert (code, report["added"], report["conflicting"]) == (0, written["rows"], 0)
    assert run(*given, "--source", "lab", capsys=capsys)[0] == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Most of what was read so far is stored; the same command goes on from there."),
        (("--dry-run",), "Nothing was stored: it was a dry run."),
    ],
)
def test_an_import_that_is_stopped_says_how_to_go_on(
    options: tuple[str, ...],
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stop(*_words: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("storage.cli.transfer.import_file", stop)
    (tmp_path / "rows.jsonl").write_text("{}\n")
    given = ("import", "--format", "trl", tmp_path / "rows.jsonl", "--data-dir", tmp_path / "new")
    code, report = run(*given, *options, capsys=capsys)
    assert (code, report["error"]) == (2, f"Stopped at row 0. {said}")


def test_one_queue_and_the_slice_are_exported_by_themselves(
    labelled: Path, store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export = ("export", "--format", "visualprocessbench", tmp_path / "OUT", "--data-dir", labelled)
    (queue,) = (each.queue.id for each in store.labelling.list_queues("me"))
    assert run(*export, "--queue", queue, capsys=capsys)[1]["rows"] == 1
    assert run(*export, "--queue", queue, "--evaluation", capsys=capsys)[1]["rows"] == 0  # a run's queue has no slice
    code, report = run(*export, "--queue", "misspelt", capsys=capsys)
    assert (code, "no queue 'misspelt'" in str(report["error"])) == (2, True)


def test_backup_restore_and_check(labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _time in range(2):  # an earlier backup is replaced
        assert run("backup", tmp_path / "copy", "--data-dir", labelled, capsys=capsys)[0] == 0
    assert run("restore", tmp_path / "copy", "--data-dir", tmp_path / "back", capsys=capsys)[0] == 0
    code, report = run("check", "--data-dir", tmp_path / "back", capsys=capsys)
    assert (code, report) == (0, {"solutions": 2, "events": 4, "annotations": 1, "images": 1, "faults": []})
    with open_store(tmp_path / "back") as back:
        assert [each.labels for each in back.results.iter_annotations()] == [(Label.WRONG,) * 3]
    code, report = run("restore", tmp_path / "copy", "--data-dir", tmp_path / "back", capsys=capsys)
    assert (code, "holds a store already" in str(report["error"])) == (2, True)


@pytest.mark.parametrize("name", ["visualprocessbench", "csv", "full"])
def test_an_export_tells_the_number_of_rows_it_wrote(
    name: str, labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last that was told of 20,000 rows was 19,500, and of a few nothing."""
    words = ["export", "--format", name, str(tmp_path / "OUT"), "--data-dir", str(labelled), "--json"]
    assert main(words) == 0
    printed = capsys.readouterr()
    rows = json.loads(printed.out)["rows"]
    assert (rows > 0, printed.err.startswith(f"{rows:,} rows exported, ")) == (True, True)


def test_copies_tell_how_far_they_are(labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a store with many pictures nothing was heard for minutes."""
    asked = (
        (("backup", tmp_path / "copy", "--data-dir", labelled), "1 pictures copied"),
        (("backup", tmp_path / "dated", "--keep", "7", "daily", "--data-dir", labelled), "1 pictures copied"),
        (("restore", tmp_path / "copy", "--data-dir", tmp_path / "back"), "1 pictures copied"),
        (("check", "--data-dir", tmp_path / "back"), "1 pictures checked"),
    )
    for words, told in asked:
        assert main([*map(str, words), "--json"]) == 0
        printed = capsys.readouterr()
        assert (len(printed.out.splitlines()), printed.err.startswith(told)) == (1, True)


def test_check_finds_what_is_broken(labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (picture,) = (labelled / "images").glob("*/*.png")
    picture.write_bytes(b"other")
    code, report = run("check", "--data-dir", labelled, capsys=capsys)
    assert (code, report["faults"]) == (2, [f"image {picture.stem}: its file has other bytes than were stored"])
    picture.unlink()
    assert run("check", "--data-dir", labelled, capsys=capsys)[1]["faults"] == [
        f"image {picture.stem}: its file is missing"
    ]


def test_check_finds_a_draft_that_its_events_do_not_lead_to(
    labelled: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE drafts SET labels = '[1,1,1]'")
    code, report = run("check", "--data-dir", labelled, capsys=capsys)
    assert code == 2
    assert "draft" in str(report["faults"])


def test_a_check_reads_in_many_short_transactions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In journal mode DELETE one long look at all drafts kept everybody from saving, in a large store for over 15 s."""
    work(store, open_project(store, 5), "ada")
    with store.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE drafts SET labels = '[0,0]' WHERE task_id = (SELECT max(task_id) FROM drafts)"
        )
    ended: list[int] = []
    kind = type(store.database)
    read = kind.read

    @contextmanager
    def counted(database: Database) -> Iterator[Connection]:
        with read(database) as connection:
            yield connection
        ended.append(1)

    monkeypatch.setattr(kind, "read", counted)
    (fault,) = check(store).faults
    assert "its events lead to another one" in fault
    few = len(ended)
    monkeypatch.setattr("storage.backup.DRAFTS_A_TRANSACTION", 2)
    assert check(store).faults == (fault,)
    assert len(ended) - few == few + 2


def test_a_damaged_backup_is_not_put_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "workbench.sqlite3").write_bytes(b"not a database" * 500)
    assert run("restore", tmp_path / "copy", "--data-dir", tmp_path / "back", capsys=capsys)[0] == 2
    assert run("restore", tmp_path / "nowhere", "--data-dir", tmp_path / "back", capsys=capsys)[0] == 2
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("command", [("check",), ("backup", "x"), ("export", "--format", "visualprocessbench", "x")])
def test_a_missing_store_is_not_made(
    tmp_path: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = run(*command, "--data-dir", tmp_path / "none", capsys=capsys)
    assert (code, "no store" in str(report["error"])) == (2, True)
    assert not (tmp_path / "none").exists()


def test_people_are_invited_listed_and_reset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = ("--data-dir", tmp_path / "new")
    code, report = run("people", "add", "Ada", "--role", "admin", *place, capsys=capsys)
    assert (code, report["name"], report["role"]) == (0, "Ada", "admin")
    path = str(report["path"])
    assert path.startswith("/account/join#vpi_")
    with open_store(tmp_path / "new") as store:
        store.accounts.accept_invitation(path.partition("#")[2], "correct horse battery")
    code, report = run("people", "list", *place, capsys=capsys)
    ada = {
        "name": "Ada",
        "display_name": "Ada",
        "role": "admin",
        "origin": "local",
        "active": True,
        "last_seen_at": None,
    }
    assert (code, report) == (0, {"people": [ada]})
    assert main(["people", "list", *map(str, place)]) == 0
    assert "people: 1\nname: Ada, display name: Ada, role: admin" in capsys.readouterr().out
    code, report = run("people", "reset", "ada", *place, capsys=capsys)
    with open_store(tmp_path / "new") as store:
        store.accounts.accept_invitation(str(report["path"]).partition("#")[2], "another password")
        assert store.accounts.sign_in("Ada", "another password", "here")
    code, report = run("people", "log", "--limit", 2, *place, capsys=capsys)
    events = report["events"]
    assert (code, [(each["by"], each["name"], each["kind"]) for each in events]) == (  # type: ignore[attr-defined]
        0,
        [("Ada", "Ada", "password_set"), ("command line", "Ada", "reset_offered")],
    )
    assert run("people", "add", "ADA", *place, capsys=capsys)[0] == 2
    assert run("people", "reset", "Bea", *place, capsys=capsys)[0] == 2


def test_it_runs_as_a_module_and_reads_its_folder_from_the_environment(labelled: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "storage", "check"],
        cwd=ROOT,
        env={"VISUALPRM_DATA_DIR": str(labelled)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "events: 4" in done.stdout
    refused = subprocess.run(
        [sys.executable, "-m", "storage", "export", "--format", "csv", "x"], cwd=ROOT, check=False, capture_output=True
    )
    assert refused.returncode == 2
