"""Backups and copied data folders, put back: with every label, with the secret, and where a folder cannot be moved."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine.domain import Annotation, Label, Problem, Run, Solution, Stage
from storage import BadFile, Store, open_store
from storage.backup import RestoreReport, backup, check, restore
from storage.files.atomic import atomic_folder
from storage.store import DATABASE
from tests.support.label_events import make_png
from tests.support.store_projects import add_solutions
from visualprm_ui.access.identity import open_identity

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.sqlite


def annotate(store: Store, count: int) -> None:
    for solution in add_solutions(store, count, steps=1):
        store.results.add_annotation(
            Annotation(solution_id=solution, annotator="ada", stage=Stage.BLIND, labels=(Label.CORRECT,))
        )


def count_annotations(data_dir: Path) -> int:
    with open_store(data_dir, journal_mode=None) as store:
        return len(list(store.results.iter_annotations()))


def test_a_copied_data_folder_is_put_back_with_its_write_ahead_log(store: Store, tmp_path: Path) -> None:
    """Every label that SQLite still had in the -wal file was left behind, and the restore said that all was well."""
    annotate(store, 3)
    shutil.copytree(store.data_dir, tmp_path / "copy")  # as `cp -r` of a running or killed app
    assert (tmp_path / "copy" / "workbench.sqlite3-wal").stat().st_size
    restore(tmp_path / "copy", tmp_path / "back")
    assert count_annotations(tmp_path / "back") == 3
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["workbench.sqlite3"]


KILLED = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size=1")  # pages go to the file before the commit
connection.execute("BEGIN IMMEDIATE")
connection.execute("DELETE FROM annotations")
connection.execute("CREATE TABLE large AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 500) "
                   "SELECT i, randomblob(1000) AS filler FROM n")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_hot_journal_is_rolled_back(tmp_path: Path) -> None:
    """Without the journal of an interrupted write its half-done work would be put back as if it were the labels."""
    with open_store(tmp_path / "data", "delete") as store:
        annotate(store, 3)
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "data" / "workbench.sqlite3")], check=False)
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    assert (tmp_path / "copy" / "workbench.sqlite3-journal").stat().st_size
    restore(tmp_path / "copy", tmp_path / "back")
    assert count_annotations(tmp_path / "back") == 3


def test_guests_are_the_same_after_a_restore(store: Store, tmp_path: Path) -> None:
    """Without the secret every guest came back as a new one and had lost their own work."""
    cookie = open_identity(store.data_dir).new_cookie()
    (store.data_dir / "secret").chmod(0o644)
    for _time in range(2):  # an earlier backup is replaced
        backup(store, tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "back")
    assert open_identity(tmp_path / "back").read(cookie) == open_identity(store.data_dir).read(cookie) is not None
    assert [(tmp_path / name / "secret").stat().st_mode & 0o777 for name in ("copy", "back")] == [0o600] * 2


def test_a_backup_does_not_replace_a_store(store: Store, tmp_path: Path) -> None:
    """With its secret a backup has the same names as a data folder."""
    open_identity(store.data_dir)
    for folder in (store.data_dir, tmp_path / "other"):
        with open_store(folder, "delete" if folder.name == "other" else None):
            open_identity(folder)
        before = sorted(path.name for path in folder.iterdir())
        with pytest.raises(BadFile, match="holds the data of a store"):
            backup(store, folder)
        assert sorted(path.name for path in folder.iterdir()) == before


def test_pictures_that_a_backup_lacks_are_counted(
    store: Store, add_run: Callable[..., Run], png: bytes, tmp_path: Path
) -> None:
    add_run(image=png)
    kept = store.images.add(make_png(3, 3)).sha
    assert restore_of(store, tmp_path / "whole").missing_images == 0
    store.images.path(store.runs.list_runs()[0].problem.images[0]).unlink()
    report = restore_of(store, tmp_path / "part")
    assert (report.images, report.missing_images) == (1, 1)
    assert (tmp_path / "part" / "back" / "images" / kept[:2] / f"{kept}.png").is_file()


def restore_of(store: Store, folder: Path) -> RestoreReport:
    backup(store, folder / "copy")
    return restore(folder / "copy", folder / "back")


def test_an_empty_folder_is_filled_and_not_replaced(store: Store, tmp_path: Path, png: bytes) -> None:
    """A container's volume is a mount point: it can be filled, but neither moved nor replaced."""
    problem = Problem(question="?", images=(store.images.add(png).sha,))
    store.runs.add_problem(problem)
    store.runs.add_solution(None, Solution(id="s", problem_id=problem.id, steps=("a",), policy_model="p"))
    for name in ("copy", "back"):
        (tmp_path / name).mkdir()
    before = [(tmp_path / name).stat().st_ino for name in ("copy", "back")]
    backup(store, tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "back")
    assert [(tmp_path / name).stat().st_ino for name in ("copy", "back")] == before
    for name in ("copy", "back"):
        assert sorted(path.name for path in (tmp_path / name).iterdir()) == ["images", "workbench.sqlite3"]
    with open_store(tmp_path / "back") as back:
        assert back.images.open(problem.images[0]).size == (12, 8)


def test_what_makes_a_folder_a_store_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed half-way, a folder must not look like a store that lost its pictures."""
    moved: list[str] = []
    rename = Path.rename

    def look(path: Path, to: Path) -> Path:
        moved.append(to.name)
        return rename(path, to)

    monkeypatch.setattr(Path, "rename", look)
    (tmp_path / "volume").mkdir()
    with atomic_folder(tmp_path / "volume", frozenset(), last="b") as folder:
        for name in "cba":
            (folder / name).write_text(name)
    assert moved == ["a", "c", "b"]
    assert sorted(path.name for path in (tmp_path / "volume").iterdir()) == ["a", "b", "c"]


def test_what_was_written_into_the_folder_meanwhile_stays(tmp_path: Path) -> None:
    """An app that was started on the empty volume during a restore would have lost what it had stored by then."""
    target = tmp_path / "volume"
    target.mkdir()

    def restore_meanwhile() -> None:
        with atomic_folder(target, frozenset(), last="b") as folder:
            (folder / "b").write_text("restored")
            (target / "workbench.sqlite3").write_text("new labels")

    with pytest.raises(BadFile, match=r"wrote 'workbench\.sqlite3'"):
        restore_meanwhile()
    assert [path.name for path in target.iterdir()] == ["workbench.sqlite3"]


MOUNTED = """
mount -t tmpfs none "$1/volume" && "$2" -m storage restore "$1/copy" --data-dir "$1/volume" &&
"$2" -m storage check --data-dir "$1/volume" &&
mount -t tmpfs none "$1/disk" && "$2" -m storage backup "$1/disk" --data-dir "$1/volume" &&
! "$2" -m storage backup "$1/disk" --data-dir "$1/volume"
"""


@pytest.mark.slow
def test_a_mounted_volume_is_restored_and_backed_up_into(store: Store, tmp_path: Path) -> None:
    """It was refused: "Device or resource busy. Free some disk space"."""
    inside = ("unshare", "--user", "--map-root-user", "--mount")
    if (
        shutil.which("unshare") is None
        or subprocess.run([*inside, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("no mount can be made here")
    annotate(store, 2)
    backup(store, tmp_path / "copy")
    for name in ("volume", "disk"):
        (tmp_path / name).mkdir()
    call = [*inside, "sh", "-c", MOUNTED, "sh", str(tmp_path), sys.executable]
    done = subprocess.run(call, cwd=ROOT, env={**os.environ}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "annotations: 2" in done.stdout
    assert "is a mount point" in done.stderr


@pytest.mark.parametrize(
    "released", sorted((ROOT / "tests" / "storage" / "database").glob("version_*.sqlite3")), ids=lambda path: path.stem
)
def test_a_backup_of_every_released_version_is_put_back(released: Path, tmp_path: Path) -> None:
    """A rehearsal: with every solution and label that it has, and nothing damaged."""
    (tmp_path / "old").mkdir()
    shutil.copy(released, tmp_path / "old" / DATABASE)
    with closing(sqlite3.connect(released)) as connection:
        events, solutions = (
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("events", "solutions")
        )
    assert events > 0
    restore(tmp_path / "old", tmp_path / "back")
    with open_store(tmp_path / "back") as store:
        report = check(store)
        backup(store, tmp_path / "again")
    assert (report.events, report.solutions) == (events, solutions)
    assert [fault for fault in report.faults if not fault.startswith("image ")] == []  # the files have no pictures
    restore(tmp_path / "again", tmp_path / "twice")
    assert count_annotations(tmp_path / "twice") == count_annotations(tmp_path / "back") > 0
