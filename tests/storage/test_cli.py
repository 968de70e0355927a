"""python -m storage, as a person or a script runs it.

Covers storage/__main__.py.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from engine.domain import Label, Run
from storage import EventKind, GoldItem, Store, TaskRole, open_store
from storage.__main__ import main
from storage.backup import check
from storage.database.connection import Database
from tests.support.label_events import act, label
from tests.support.store_accounts import add_person
from tests.support.store_projects import add_solutions, open_project, take, work

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.sqlite


@pytest.fixture
def labelled(store: Store, add_run: Callable[..., Run], png: bytes) -> Path:
    queue = store.labelling.open_run_queue(add_run(image=png).id, "A")
    task = store.labelling.next_task(queue.id, "me")
    assert task is not None
    store.labelling.save_events("me", [label(task.id, step, Label.WRONG) for step in range(3)])
    store.labelling.save_events("me", [act(task.id, EventKind.SUBMIT, 9)])
    return store.data_dir


def run(*arguments: object, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, object]]:
    code = main([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


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


def test_projects_are_made_filled_and_followed_by_scripts(
    labelled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--data-dir", labelled)
    run("export", "--format", "visualprocessbench", tmp_path / "OUT", *here, capsys=capsys)
    make = ("projects", "add", "P", "--from-import", tmp_path / "OUT", "--overlap", 2, "--order", "random")
    code, made = run(*make, *here, capsys=capsys)
    assert (code, made["added"], made["total"], made["quiz"]) == (0, 1, 1, 0)
    code, everything = run("projects", "add", "Q", *here, capsys=capsys)
    assert (code, everything["added"]) == (0, 3)  # the run's two and the imported one
    (listed, _first) = run("projects", "list", *here, capsys=capsys)[1]["projects"]  # type: ignore[misc]
    assert listed == {
        "project": everything["project"],
        "title": "Q",
        "archived": False,
        "members_only": False,
        "queues": f"{everything['queue']} (3)",
    }
    code, report = run("projects", "gold", made["queue"], "--from-import", tmp_path / "OUT", *here, capsys=capsys)
    assert (code, report) == (0, {"role": "gold", "added": 1})
    code, report = run("projects", "gold", made["queue"], *here, capsys=capsys)
    assert (code, str(report["error"]).startswith("No solution was named.")) == (2, True)
    draw = ("projects", "gold", everything["queue"], "--draw", 1, "--data-source", "test")
    code, report = run(*draw, *here, capsys=capsys)
    assert (code, report["added"], len(report["solutions"])) == (0, 1, 1)  # type: ignore[arg-type]
    code, report = run(*draw, "--solutions", "x", *here, capsys=capsys)
    assert (code, str(report["error"]).startswith("--draw chooses the solutions itself")) == (2, True)
    code, report = run("projects", "progress", made["queue"], *here, capsys=capsys)
    assert (code, report["total"], report["done"], report["labels_an_hour"], report["gold"]) == (0, 0, 0, None, [])
    code, report = run("projects", "add", "R", "--overlap", 0, *here, capsys=capsys)
    assert (code, "Overlap 0 is not 1 to 100 people" in str(report["error"])) == (2, True)
    for named in ("--runs", "--quiz"):
        code, report = run("projects", "add", "S", named, "no-such", *here, capsys=capsys)
        assert (code, "no-such" in str(report["error"])) == (2, True)
    titles = [each["title"] for each in run("projects", "list", *here, capsys=capsys)[1]["projects"]]  # type: ignore[attr-defined]
    assert "S" not in titles


def test_a_project_of_members_is_made_and_changed(
    store: Store, add_run: Callable[..., Run], capsys: pytest.CaptureFixture[str]
) -> None:
    add_run()
    for name in ("mei", "tom"):
        add_person(store, name)
    where = ("--data-dir", store.data_dir)
    code, made = run(
        "projects", "add", "Sums", "--members-only", "--member", "mei", "--overlap", 1, *where, capsys=capsys
    )
    assert code == 0
    assert [len(store.labelling.list_queues(who)) for who in ("mei", "tom")] == [1, 0]
    expected = {"project": made["project"], "members_only": True, "added": 0, "released": 0, "members": ["mei"]}
    for which in ("project", "queue"):
        assert run("projects", "members", made[which], *where, capsys=capsys) == (0, expected)
    store.labelling.next_task(str(made["queue"]), "mei")
    changes = ("--add", "tom", "--remove", "mei")
    changed = expected | {"added": 1, "released": 1, "members": ["tom"]}
    assert run("projects", "members", made["queue"], *changes, *where, capsys=capsys) == (0, changed)
    assert [len(store.labelling.list_queues(who)) for who in ("mei", "tom")] == [0, 1]
    assert main(["projects", "members", str(made["project"]), "--add", "mei", "--remove", "zoe", *map(str, where)]) == 2
    assert "no person 'zoe'" in capsys.readouterr().err
    assert store.projects.list_members(str(made["project"])) == ("tom",)
    assert main(["projects", "add", "Other", "--member", "zoe", *map(str, where)]) == 2
    assert len(store.projects.list_projects()) == 1


def test_a_project_is_changed_filled_and_emptied_by_scripts(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("--data-dir", store.data_dir)
    queue = open_project(store, 2, overlap=2, quiz_pass=0.75)

    def tell(command: str, *words: object) -> dict[str, object]:
        code, report = run("projects", command, queue, *words, *here, capsys=capsys)
        assert code == 0, report
        return report

    changes = ("--new-title", "Renamed", "--paused", "--overlap", "everybody", "--quiz-pass", "none")
    changed = tell("change", *changes, "--gold-every", 5, "--no-blind", "--order", "random")
    assert (changed["title"], changed["paused"], changed["overlap"], changed["quiz_pass"]) == (
        "Renamed",
        True,
        None,
        None,
    )
    assert (changed["gold_every"], changed["blind"], changed["order"], changed["archived"]) == (
        5,
        False,
        "random",
        False,
    )
    again = tell("change", "--no-paused", "--archived")
    assert (again["paused"], again["archived"], again["gold_every"]) == (False, True, 5)
    assert tell("change", "--no-archived")["archived"] is False
    add_solutions(store, 3)
    assert tell("fill", "--data-source", "test", "--dry-run")["would_be_added"] == 3
    assert tell("fill", "--all")["total"] == 5
    code, refused = run("projects", "fill", queue, *here, capsys=capsys)
    assert (code, str(refused["error"]).startswith("Say which solutions to add")) == (2, True)
    held = take(store, queue, "ada")
    assert tell("remove", "--policy-model", "nobody")["removed"] == 0
    assert tell("remove", "--data-source", "test")["removed"] == 4
    assert tell("release", "ada", "bob")["released"] == 1
    assert tell("remove")["contents"] == []
    assert store.results.get_solution(held.solution_id).queues == ()
    rules = tmp_path / "rules.md"
    rules.write_text("Read the picture first.", encoding="utf-8")
    assert tell("guideline")["own"] is False
    saved = tell("guideline", "--save", rules)
    assert (saved["version"], saved["own"]) == ("2", True)
    code, refused = run("projects", "guideline", queue, "--save", tmp_path / "none.md", *here, capsys=capsys)
    assert (code, "cannot be read as text" in str(refused["error"])) == (2, True)


def test_somebody_who_failed_the_quiz_may_try_again(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """The page told people to ask for it, and nobody could grant it."""
    queue = open_project(store, 1, overlap=1, quiz_pass=1.0)
    known = [GoldItem(solution_id=each, labels=(Label.CORRECT, Label.CORRECT)) for each in add_solutions(store, 1)]
    store.projects.add_gold(queue, TaskRole.QUIZ, known)
    work(store, queue, "mei", Label.WRONG)
    where = ("--data-dir", store.data_dir)
    code, shown = run("projects", "quiz", queue, *where, capsys=capsys)
    assert (code, shown["results"]) == (0, [{"annotator": "mei", "state": "failed", "right": 0, "steps": 2}])
    code, shown = run("projects", "quiz", queue, "--again", "mei", *where, capsys=capsys)
    assert (code, shown["again"], shown["results"]) == (0, 1, [])
    assert take(store, queue, "mei").is_quiz
    assert main(["projects", "quiz", queue, "--again", "nobody", *map(str, where)]) == 2
    assert "no finished quiz" in capsys.readouterr().err


def test_a_project_is_deleted_by_its_title(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    queue = open_project(store, 2, overlap=1)
    work(store, queue, "mei")
    where = ("--data-dir", store.data_dir)
    code, shown = run("projects", "delete", queue, *where, capsys=capsys)
    assert (code, shown["labels"], shown["deleted"]) == (0, 2, False)
    assert main(["projects", "delete", queue, "--title", "Another", *map(str, where)]) == 2
    assert "is not the title" in capsys.readouterr().err
    code, shown = run("projects", "delete", queue, "--title", "A project", *where, capsys=capsys)
    assert (code, shown["deleted"]) == (0, True)
    assert store.projects.list_projects(archived=True) == ()
