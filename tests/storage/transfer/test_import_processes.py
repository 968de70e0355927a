"""Large imports, whose answers and pictures are read in processes of their own: the store is that of an import without any.

Covers storage/transfer/import_processes.py, storage/transfer/answer_reading.py, storage/transfer/import_pictures.py.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from storage import open_store
from storage.transfer import answer_reading, import_pictures
from storage.transfer.importing import import_file
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
