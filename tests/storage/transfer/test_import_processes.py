"""Large imports, whose answers and pictures are read in processes of their own: the store is that of an import without any.

Covers storage/transfer/import_processes.py, storage/transfer/answer_reading.py, storage/transfer/import_pictures.py.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from storage import Store, open_store
from storage.files.image_upload import KeptImage
from storage.formats.rows import Picture
from storage.transfer import answer_reading, import_pictures
from storage.transfer.import_processes import ImportProcesses, ProcessEnded
from storage.transfer.importing import ImportOptions, import_file
from tests.support.label_events import make_png
from tests.support.pages import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]
PICTURES = import_pictures._ALONE + 40
ROWS = answer_reading._ALONE + 600


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Rows of which some name a picture that is damaged or not there, first and last of two."""
    folder = tmp_path / "rows"
    folder.mkdir()
    for number in range(PICTURES):
        (folder / f"{number}.png").write_bytes(make_png(8, 8, (number, 0, 0)))
    (folder / "damaged.png").write_bytes(make_png(8, 8)[:40])
    with (folder / "test.jsonl").open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            images = [f"{number % PICTURES}.png"]
            images += ["damaged.png"] if number % 100 == 7 else []
            images = ["nowhere.png", *images] if number % 100 == 9 else images
            solution = {"response": f"First.\n\nFinal answer: {number}", "policy_model": "p", "data_source": "d"}
            file.write(json.dumps({"image": images, "question": f"Q{number // 4}", **solution}) + "\n")
    return folder


def test_an_import_with_processes_stores_what_one_without_does(rows: Path, tmp_path: Path) -> None:
    words = ["import", str(rows), "--data-dir", str(tmp_path / "beside"), "--format", "solutions", "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "storage", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    told = json.loads(done.stdout)
    with open_store(tmp_path / "alone") as alone, open_store(tmp_path / "beside") as beside:
        report = import_file(alone, rows, "solutions")
        assert (told["added"], len(report.errors)) == (report.added, 2 * ROWS // 100)
        assert [(each["line"], each["reason"]) for each in told["errors"]] == [
            (each.line, each.reason) for each in report.errors
        ]
        assert (report.pictures, report.missing_pictures) == (PICTURES, 2)
        for solution in report.solutions:
            there = beside.results.get_solution(solution)
            assert (there.solution, there.problem) == (
                alone.results.get_solution(solution).solution,
                alone.results.get_solution(solution).problem,
            )
            assert all(beside.images.path(sha).is_file() for sha in there.problem.images)


def end_itself(once: Path | None = None) -> str:
    """End the process as the system does when memory runs out; where a path is given, the first time only."""
    if once is None or not once.exists():
        if once is not None:
            once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "read"


def read_or_end(folder: Path, picture: Picture) -> KeptImage:
    if picture == "huge.png":
        end_itself()
    if picture == "unlucky.png":
        end_itself(folder / "unlucky.was-here")
    return import_pictures.read_kept(folder, picture)


def test_a_call_whose_process_is_ended_is_made_again_by_itself(tmp_path: Path) -> None:
    with ImportProcesses(2) as processes:
        waiting = [processes.call(end_itself, tmp_path / "once") for _ in range(3)]
        dead = processes.call(end_itself)
        assert [wait() for wait in waiting] == ["read"] * 3
        with pytest.raises(ProcessEnded):
            dead()
        assert processes.call(str.upper, "others are started")() == "OTHERS ARE STARTED"


def test_a_picture_that_ends_its_process_is_a_bad_line_and_the_import_goes_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One picture that took too much memory failed the whole import, with no word of which it was."""
    names = [f"{number}.png" for number in range(20)]
    # the unlucky one is further from the huge one than pictures are read ahead, so that it has processes that are whole
    names[5], names[15], names[12] = "huge.png", "unlucky.png", "damaged.png"
    with (tmp_path / "test.jsonl").open("w", encoding="utf-8") as file:
        for name in names:
            (tmp_path / name).write_bytes(make_png(8, 8)[: 40 if name == "damaged.png" else None])
            row = {"image": [name], "question": name, "response": "It is 5.", "policy_model": "p", "data_source": "d"}
            file.write(json.dumps(row) + "\n")
    monkeypatch.setattr(import_pictures, "_ALONE", 0)
    monkeypatch.setattr(import_pictures, "read_kept", read_or_end)  # in this process: the others find the real one
    report = import_file(store, tmp_path, "solutions", ImportOptions(processes=2))
    assert (report.added, report.pictures, report.missing_pictures) == (18, 18, 2)
    assert [each.line for each in report.errors] == [6, 13]
    assert report.errors[0].reason.startswith("Image 'huge.png' ended the process that read it")
    assert (tmp_path / "unlucky.was-here").is_file()  # it ended a process once, and was read after that
