"""Files of every format read: told, refused, mapped, tried without storing, and taken up again.

Covers storage/formats/files.py, storage/formats/problems.py, storage/transfer/columns.py, storage/transfer/import_values.py,
storage/transfer/import_pictures.py, storage/transfer/import_report.py, storage/transfer/answer_reading.py, storage/runs/bulk.py.
"""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.domain import Label
from storage import BadFile, BadSetting, Store
from storage.formats.visualprocessbench import PUBLISHED
from storage.transfer.columns import read_columns
from storage.transfer.import_report import SAME, Tally
from storage.transfer.importing import ImportOptions, import_file
from tests.support.format_rows import Value, a_row, read_rows, write_rows
from tests.support.label_events import make_png

NAMED = [
    (
        "visualprm400k",
        {"conversations": [{"from": "human", "value": "hello"}, {"from": "gpt", "value": "+"}]},
        "must begin",
    ),
    ("visualprm400k", {"conversations": []}, "must begin"),
    ("visualprm400k-raw", {"question": "q"}, "'steps_with_score' is missing"),
    ("trl", {"prompt": "q", "completions": ["a"], "labels": []}, "1 steps but 0 labels in 'labels'"),
    ("trl", {"prompt": "q", "completions": ["a"], "labels": [7]}, "from 0 to 1"),
    ("processbench", {"problem": "q", "generator": "g", "steps": ["a"], "label": 1}, "one of the 1 steps"),
    ("prm800k", {"question": {"problem": "q"}, "label": {"steps": []}}, "no steps"),
    ("problems", {"answer": "5"}, "'question' is missing"),
    ("solutions", {"question": "q"}, "'response' is missing"),
    ("visualprocessbench", {"question": "q", "response": "text"}, "must be an object"),
]


@pytest.mark.parametrize(("name", "row", "reason"), NAMED)
def test_a_row_that_lacks_its_formats_fields_is_a_bad_line(
    name: str, row: Value, reason: str, store: Store, tmp_path: Path
) -> None:
    (bad,) = read_rows(store, tmp_path / "in", [row], name).errors
    assert (bad.line, reason in bad.reason) == (1, True), bad.reason


def test_problems_and_solutions_come_in_without_labels(store: Store, tmp_path: Path) -> None:
    rows = [
        {"question": "one", "answer": "1", "id": 4},
        {"question": "two", "response": "a\n\nb"},
        {"question": "three"},
    ]
    report = read_rows(store, tmp_path / "in", rows, None)
    assert (report.added, report.problems, report.unlabelled, report.ignored_fields) == (3, 2, 1, ("id",))
    assert read_rows(store, tmp_path / "in", rows, None).unchanged == 3
    found, written = write_rows(store, tmp_path / "out", "problems")
    assert sorted(each["question"] for each in found) == ["one", "three", "two"]
    assert (written.rows, written.labels_by) == (3, {"nobody": 3})
    found, _written = write_rows(store, tmp_path / "out", "solutions")
    assert [each["response"] for each in found] == [{"steps": ["a", "b"]}]


@pytest.mark.parametrize(
    ("stated", "kept"), [(5, "5"), (-2.5, "-2.5"), (10**20, "1" + "0" * 20), (None, None), ("05", "05")]
)
def test_a_reference_answer_may_be_a_number(stated: object, kept: str | None, store: Store, tmp_path: Path) -> None:
    for number, (format_name, more) in enumerate(
        (("problems", {}), ("solutions", {"response": "a"}), (None, a_row(1)))
    ):
        row = {**more, "question": f"Q{number}", "answer": stated}
        report = read_rows(store, tmp_path / f"in{number}", [row], format_name)
        assert (report.added, len(report.errors)) == (1, 0)
    found, _written = write_rows(store, tmp_path / "out", "problems")
    assert [each["answer"] for each in found] == [kept] * 3


def test_truth_is_no_answer(store: Store, tmp_path: Path) -> None:
    (bad,) = read_rows(store, tmp_path / "in", [{"question": "q", "answer": True}], "problems").errors
    assert "'answer' must be text" in bad.reason


def test_a_file_of_no_format_is_refused_before_anything_is_stored(store: Store, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no known format: its first row has the fields a, b"):
        read_rows(store, tmp_path / "in", [{"b": 1, "a": 2}], None)
    said: list[str] = []
    read_rows(store, tmp_path / "in", [{"problem": "q", "steps": [], "label": 0}], None, on_recognised=said.append)
    for rows in ([a_row(1)], [a_row()], [{"question": "q"}], [a_row(1), {"question": "q"}]):
        read_rows(store, tmp_path / "in", rows, None, on_recognised=said.append)
    assert said == [
        "rows.jsonl holds ProcessBench's rows: 1 of its first 1 rows do.",
        "rows.jsonl holds VisualProcessBench's rows: 1 of its first 1 rows do.",
        "rows.jsonl holds solutions and problems: 1 of its first 1 rows do.",
        "rows.jsonl holds problems: 1 of its first 1 rows do.",
        "rows.jsonl holds solutions and problems: 2 of its first 2 rows do.",
    ]


def test_a_list_of_rows_and_a_table_are_read(store: Store, tmp_path: Path) -> None:
    rows = [{"question": f"{at}" * 1000, "answer": "1"} for at in range(2500)]  # more than is held at once
    (tmp_path / "rows.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    assert (import_file(store, tmp_path / "rows.json", "problems").added) == 2500
    (tmp_path / "bad.json").write_text('[{"question": "a"}, {"question": }, {"question": "b"}]', encoding="utf-8")
    report = import_file(store, tmp_path / "bad.json", "problems")
    assert (report.added, len(report.errors)) == (1, 1)
    with (tmp_path / "rows.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerows([["prompt", "gt", "out"], ["two\nlines", "", "a\n\nb"], ["short"], ["x", "5", "c"]])
    columns = read_columns("question=prompt, answer=gt,response=out")
    report = import_file(store, tmp_path / "rows.csv", "solutions", ImportOptions(columns=columns))
    assert (report.added, [each.line for each in report.errors]) == (2, [6])
    (first, second) = (store.results.get_solution(each) for each in report.solutions)
    assert (first.problem.question, first.problem.answer, first.solution.steps) == ("two\nlines", None, ("a", "b"))
    assert second.problem.answer == "5"
    for wrong in ("question", "question=", "nonsense=a", "answer=a,answer=b"):
        with pytest.raises(BadSetting, match="does not name a column"):
            read_columns(wrong)


def test_steps_and_labels_may_be_columns_of_their_own(store: Store, tmp_path: Path) -> None:
    row = {"q": "q", "s": ["a", "b"], "l": [1, -1]}
    columns = read_columns("question=q,steps=s,labels=l")
    (solution,) = read_rows(store, tmp_path / "in", [row], None, columns=columns).solutions
    assert store.runs.get_imported_rows(solution)[0].labels == (Label.CORRECT, Label.WRONG)


@pytest.mark.parametrize("name", [None, "visualprocessbench"])
def test_a_dry_run_reports_the_same_and_stores_nothing(name: str | None, store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(make_png(3, 3))
    rows = [a_row(1, -1, image=["a.png"]), a_row(0, 0), a_row(1, 1), a_row(1, 1), a_row(1, image=["gone.png"])]
    dry = read_rows(store, folder, rows, name, dry_run=True)
    assert list(store.results.list_solutions().items) == []
    assert not list(store.images.folder.glob("*/*"))
    real = read_rows(store, folder, rows, name)
    assert (dry.added, dry.unchanged, dry.conflicting, dry.errors) == (3, 1, 1, real.errors)
    assert (real.added, real.unchanged, real.conflicting, len(real.errors)) == (3, 1, 1, 1)
    assert dry.solutions == real.solutions


def test_the_published_benchmark_is_told_by_its_counts(store: Store, tmp_path: Path) -> None:
    """A few rows of one of its sources were told that they are not the benchmark, source by source."""
    few = read_rows(store, tmp_path / "in", [a_row(1, -1, 0, data_source="WeMath")], "visualprocessbench")
    assert few.published is None
    tally = Tally()
    tally._solutions.update({name: each.solutions for name, each in PUBLISHED.items()})
    for name, each in PUBLISHED.items():
        tally._steps.update({(name, Label.CORRECT): each.correct, (name, Label.WRONG): each.wrong})
    tally.neutral = 2674
    assert tally.compare() == SAME
    tally._solutions["WeMath"] -= 1
    assert "WeMath: 290 solutions, 1776 correct" in str(tally.compare())
    assert sum(each.solutions for each in PUBLISHED.values()) == 2866
    assert sum(each.correct for each in PUBLISHED.values()) == 16585
    assert sum(each.wrong for each in PUBLISHED.values()) == 7691


def test_an_interrupted_import_goes_on(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.transfer.importing.BATCH", 2)
    monkeypatch.setattr("storage.transfer.importing.AHEAD", 0)
    rows = [a_row(1, question=str(at)) for at in range(5)]

    def stop(number: int, _share: float, known: float) -> None:
        assert known == 0
        if number == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_rows(store, tmp_path / "in", rows, "visualprocessbench", on_progress=stop)
    told: list[tuple[int, float, float]] = []
    report = read_rows(store, tmp_path / "in", rows, "visualprocessbench", on_progress=lambda *each: told.append(each))
    assert (report.added, report.unchanged) == (1, 4)
    (_two, share, none), (last, whole, known) = told[-2:]
    assert (none, last, whole, known) == (0, 5, 1, share), "what was here says nothing of how long the rest takes"


def test_a_name_of_a_picture_in_the_row_leads_nowhere(
    store: Store, tmp_path: Path, add_run: Callable[..., object]
) -> None:
    rows = [a_row(1, image=["../../etc/passwd"]), a_row(1, image=["\0"]), a_row(1, image=["."])]
    report = read_rows(store, tmp_path / "in", rows, "visualprocessbench")
    assert [each.line for each in report.errors] == [1, 2, 3]


def test_a_damaged_part_of_a_parquet_file_costs_its_rows_alone(store: Store, tmp_path: Path) -> None:
    """The import ended with an error at the first group of rows that could not be read, and nobody knew what had come in."""
    rows = [{"question": f"{at} " * 40, "response": f"It is {at}."} for at in range(300)]
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=100, use_dictionary=False, compression="zstd")
    with pq.ParquetFile(path) as file:
        damaged = file.metadata.row_group(1).column(0).data_page_offset + 20
    data = bytearray(path.read_bytes())
    data[damaged : damaged + 40] = bytes(40)
    path.write_bytes(data)
    report = import_file(store, path, None)
    assert (report.added, [each.line for each in report.errors]) == (200, [101])
    assert report.errors[0].reason.startswith("Rows 101 to 200 of rows.parquet cannot be read: ")
