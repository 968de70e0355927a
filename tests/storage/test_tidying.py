"""What nothing uses goes, after some days; what anything uses stays."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.domain import Problem, Run, Sampling, Solution, now
from storage import Store, open_store, tidying
from storage.__main__ import main
from storage.backup import check
from storage.database import tables
from storage.tidying import tidy
from tests.support.label_events import make_png


@pytest.fixture
def shas(store: Store) -> dict[str, str]:
    """Pictures of a problem with a run, of one with a solution, of one with neither, and of none; all a month old."""
    made = {
        name: store.images.add(make_png(width, 10)).sha
        for width, name in enumerate(("run", "solution", "nothing", "upload"), 20)
    }
    problems = {name: Problem(images=(made[name],), question=name) for name in ("run", "solution", "nothing")}
    for problem in problems.values():
        store.runs.add_problem(problem)
    store.runs.add_run(Run(problem_id=problems["run"].id, sampling=Sampling()))
    solution = Solution(problem_id=problems["solution"].id, steps=("One.",), policy_model="p")
    store.runs.add_solution(None, solution)
    store.images.thumbnail(made["upload"], 80)
    store.images.thumbnail(made["run"], 80)
    age(store, 30)
    return made


def age(store: Store, days: float) -> None:
    """Let everything be so many days old."""
    at = now() - timedelta(days=days)
    with store.database.write() as connection:
        for table in (tables.images, tables.problems):
            connection.execute(table.update().values(created_at=at))
    for path in store.data_dir.rglob("*"):
        if path.is_file():
            os.utime(path, (at.timestamp(), at.timestamp()))


def kept(store: Store) -> set[str]:
    return {path.stem for path in store.images.folder.glob("??/*")}


def test_what_nothing_uses_goes_and_what_anything_uses_stays(store: Store, shas: dict[str, str]) -> None:
    """Uploads that no run used stayed for ever."""
    part = store.images.folder / "ab" / ".picture.png.1.tmp"
    part.parent.mkdir(exist_ok=True)
    part.write_bytes(b"interrupted")
    os.utime(part, (0, 0))
    expected = tidy(store, dry_run=True)
    assert kept(store) >= set(shas.values()), "only counted"
    report = tidy(store)
    assert report == expected
    assert (report.problems, report.images, report.files) == (
        1,
        2,
        4,
    )  # two pictures, a small copy, what was interrupted
    assert report.bytes > len(b"interrupted")
    assert kept(store) == {shas["run"], shas["solution"]}
    assert check(store).faults == ()
    assert tidy(store).images == tidy(store).files == 0


def test_what_was_touched_lately_stays(store: Store, shas: dict[str, str]) -> None:
    age(store, 6)
    assert tidy(store).images == 0
    assert kept(store) == set(shas.values())
    assert tidy(store, days=5).images == 2


def test_a_picture_that_was_tidied_away_can_be_uploaded_again(store: Store, shas: dict[str, str]) -> None:
    tidy(store)
    again = store.images.add(make_png(23, 10))
    assert again.sha == shas["upload"]
    assert store.images.open(again.sha).size
    assert check(store).faults == ()


def test_a_picture_that_is_uploaded_again_meanwhile_stays(
    store: Store, shas: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = tidying._unused_files

    def while_somebody_uploads(*given: Any) -> list[Path]:
        paths = list(found(*given))
        assert store.images.add(make_png(23, 10)).sha == shas["upload"]
        return paths

    monkeypatch.setattr(tidying, "_unused_files", while_somebody_uploads)
    tidy(store)
    assert store.images.open(shas["upload"]).size == (23, 10)
    assert check(store).faults == ()


@pytest.mark.sqlite
def test_the_command_counts_and_removes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(tmp_path / "data") as store:
        sha = store.images.add(make_png(20, 10)).sha
    place = ["--data-dir", str(tmp_path / "data"), "--json"]
    assert main(["tidy", "--dry-run", "--days", "0", *place]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 1
    assert main(["tidy", *place]) == 0
    assert json.loads(capsys.readouterr().out) == {"problems": 0, "images": 0, "files": 0, "bytes": 0}
    assert main(["tidy", "--days", "0", *place]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 1
    assert not list((tmp_path / "data" / "images").glob(f"*/{sha}*"))
    with pytest.raises(SystemExit):
        main(["tidy", "--days", "-1", *place])
