"""Rows of files: with labels, which are no person's, without, and with fields that the format does not know.

Covers storage/formats/solutions.py, storage/runs/imported_rows.py, storage/transfer/image_names.py,
storage/transfer/label_choice.py, storage/transfer/registry.py.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from engine.domain import Cause, Decision, Label, ProjectOptions
from engine.evaluation.agreement import measure_agreement
from storage import (
    BadProject,
    BadSetting,
    DisagreementFilter,
    GoldItem,
    HistoryKind,
    LabelState,
    Scope,
    Selection,
    SolutionFilter,
    Store,
    TaskRole,
    open_store,
)
from storage.formats.lines import BadLine
from storage.transfer.exporting import ExportReport, export_visualprocessbench
from storage.transfer.importing import ImportReport, import_any, import_solutions, import_visualprocessbench
from storage.transfer.label_choice import read_label_choice
from tests.support.label_events import make_png
from tests.support.store_labelling import say

CHECKOUT = Path(__file__).parents[3]
NEAR = [parent / "shared" / "real" for parent in CHECKOUT.parents[:2]]
REAL = Path(os.environ.get("VISUALPRM_REAL_ROWS") or next((each for each in NEAR if each.exists()), NEAR[0]))
REAL_ROWS = REAL / "visualprocessbench_rows.jsonl"
Row = dict[str, object]


def a_row(*labels: int | None, question: str = "q", steps: tuple[str, ...] = ("a", "b"), **more: object) -> Row:
    response = {"steps": list(steps)} | ({"process_correctness": list(labels)} if labels else {})
    row: Row = {"image": [], "question": question, "answer": None, "response": response}
    return row | {"policy_model": "p", "data_source": None} | more


def read_file(
    store: Store, folder: Path, *lines: Row, read: Callable[..., ImportReport] = import_any, source: str | None = None
) -> ImportReport:
    folder.mkdir(exist_ok=True)
    (folder / "test.jsonl").write_text("\n".join(json.dumps(each) for each in lines), encoding="utf-8")
    return read(store, folder, source)


def write_file(store: Store, folder: Path, labels: str = "final") -> tuple[list[Row], ExportReport]:
    report = export_visualprocessbench(store, folder, choice=read_label_choice(labels))
    lines = (folder / "test.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], report


def labels_of(found: list[Row]) -> list[object]:
    return [each["response"]["process_correctness"] for each in found]  # type: ignore[index]


def test_a_file_is_no_annotator_anywhere(store: Store, tmp_path: Path) -> None:
    """It had a vote, a row of its own in agreement, and its solutions counted as labelled by people."""
    one, two = read_file(store, tmp_path / "in", a_row(1, -1), a_row(1, 1, question="other")).solutions
    say(store, one, "ada", "++")
    assert [set(each.ratings) for each in store.results.iter_rated(Scope())] == [{"ada"}]
    assert measure_agreement(store.results.iter_rated(Scope()), resamples=10).overall.steps == 0  # with nobody else
    assert [each.name for each in store.results.summarise_annotators(Scope())] == ["ada"]
    assert store.results.list_disagreements(DisagreementFilter()).total == 0
    assert [each.by for each in store.results.get_final_labels(one, Scope()).steps] == [("ada",)] * 2
    assert [each.label for each in store.results.get_final_labels(two, Scope()).steps] == [None, None]
    assert [each.solution_id for each in store.results.iter_final_labels(Scope())] == [one]
    (labelled,) = store.results.list_solutions(SolutionFilter(state=LabelState.LABELLED)).items
    assert (labelled.solution.id, labelled.annotators) == (one, 1)
    listed = store.results.list_solutions().items
    assert [each.annotators for each in listed] == [1, 0]
    assert [[(file.source, file.labels) for file in each.file_labels] for each in listed] == [
        [("visualprocessbench", (Label.CORRECT, Label.WRONG))],
        [("visualprocessbench", (Label.CORRECT, Label.CORRECT))],
    ]
    assert store.results.summarise_dataset("ada").annotators == 0
    history = store.results.get_history(two).entries
    assert [(each.kind, each.who, each.text) for each in history] == [
        (HistoryKind.IMPORTED, None, "p"),
        (HistoryKind.FILE_LABELLED, None, "visualprocessbench"),
    ]
    assert all(each.who == "ada" for each in store.results.get_feed().entries)


def test_final_labels_are_peoples_and_a_files_where_nobody_labelled(store: Store, tmp_path: Path) -> None:
    rows = [a_row(1, -1, question=name) for name in ("people", "file", "decided", "two files")]
    people, _file, decided, _two = read_file(store, tmp_path / "in", *rows).solutions
    read_file(store, tmp_path / "in", a_row(0, 0, question="two files"), source="lab")
    say(store, people, "ada", "++")
    store.results.add_decision(Decision(solution_id=decided, labels=(Label.WRONG,) * 2, by="rev", cause=Cause.SLIP))
    found, report = write_file(store, tmp_path / "out")
    assert [each["question"] for each in found] == ["people", "file", "decided"]
    assert labels_of(found) == [[1, 1], [1, -1], [-1, -1]]
    assert report.labels_by == {"people": 2, "file:visualprocessbench": 1}
    assert (report.rows, report.skipped, report.several_annotators, report.decided) == (3, 1, 0, 1)


def test_a_files_labels_stand_in_for_nothing_that_people_said(store: Store, tmp_path: Path) -> None:
    """Where a reviewer had decided some steps, the file's labels of all steps were written as final."""
    (one,) = read_file(store, tmp_path / "in", a_row(1, 1)).solutions
    store.results.add_decision(Decision(solution_id=one, labels=(Label.WRONG, None), by="rev", cause=Cause.SLIP))
    found, report = write_file(store, tmp_path / "out")
    assert (found, report.skipped) == ([], 1)


def test_whose_labels_an_earlier_export_had_is_not_said_of_others(store: Store, tmp_path: Path) -> None:
    (one,) = read_file(store, tmp_path / "in", a_row(1, 1, labels_by="person:zoe")).solutions
    assert "labels_by" not in write_file(store, tmp_path / "out")[0][0]
    say(store, one, "ada", "+-")
    assert [each["labels_by"] for each in write_file(store, tmp_path / "out", "person:ada")[0]] == ["person:ada"]


def test_an_export_writes_whose_labels_are_asked_for(store: Store, tmp_path: Path) -> None:
    (one,) = read_file(store, tmp_path / "in", a_row(1, -1)).solutions
    read_file(store, tmp_path / "in", a_row(0, 0), source="lab")
    say(store, one, "ada", "++")
    say(store, one, "bea", "+.")
    for choice, expected in (("person:ada", [1, 1]), ("file:lab", [0, 0]), ("file:visualprocessbench", [1, -1])):
        found, report = write_file(store, tmp_path / "out", choice)
        assert (labels_of(found), report.labels, report.labels_by) == ([expected], choice, {choice: 1})
    found, report = write_file(store, tmp_path / "out", "all")
    assert [(each["labels_by"], *labels_of([each])) for each in found] == [
        ("person:ada", [1, 1]),
        ("file:lab", [0, 0]),
        ("file:visualprocessbench", [1, -1]),
    ]
    assert write_file(store, tmp_path / "out", "person:visualprocessbench")[0] == []  # a file is nobody of that name
    for wrong in ("", "person", "person:", "final:x", "lab"):
        with pytest.raises(BadSetting, match="not a choice of labels"):
            read_label_choice(wrong)


def test_the_export_of_a_queue_holds_only_what_was_labelled_in_it(store: Store, tmp_path: Path) -> None:
    (one,) = read_file(store, tmp_path / "in", a_row(1, -1)).solutions
    project = store.projects.add_project("P", ProjectOptions())
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(solutions=(one,)))
    report = export_visualprocessbench(store, tmp_path / "out", queue.id)
    assert (report.rows, report.skipped) == (0, 0)
    report = export_visualprocessbench(
        store, tmp_path / "out", queue.id, choice=read_label_choice("file:visualprocessbench")
    )
    assert report.rows == 1


def test_rows_without_labels_come_in(store: Store, tmp_path: Path) -> None:
    rows = [
        a_row(),
        a_row(1, None, question="partly"),
        {"id": "a", "question": "plain", "response": " One.\n \nTwo,\n\nthree.\r\n\r\n"},
        {"question": "given", "response": {"steps": ["One.\n\nStill one.", " "]}, "image": None},
        a_row(None, None, question="all null"),
    ]
    report = read_file(store, tmp_path / "in", *rows, source="lab")
    assert (report.added, report.unlabelled, report.errors, report.kept_fields) == (5, 4, (), ("id",))
    assert read_file(store, tmp_path / "in", *rows, source="lab").unchanged == 5
    steps = [store.results.get_solution(each).solution.steps for each in report.solutions]
    assert steps[2:4] == [("One.", "Two,", "three."), ("One.\n\nStill one.", " ")]
    listed = store.results.list_solutions().items
    assert [len(each.file_labels) for each in listed] == [0, 1, 0, 0, 0]
    assert listed[1].file_labels[0].labels == (Label.CORRECT, None)
    assert write_file(store, tmp_path / "out")[0] == []
    project = store.projects.add_project("P", ProjectOptions())
    (queue,) = store.projects.list_queues(project.id)
    assert store.projects.add_items(queue.id, Selection(solutions=report.solutions)).added == 5


def test_a_row_without_labels_hides_no_earlier_ones(store: Store, tmp_path: Path) -> None:
    read_file(store, tmp_path / "in", a_row(1, -1), source="lab")
    report = read_file(store, tmp_path / "in", a_row(id=3), source="lab")
    assert (report.added, report.conflicting) == (1, 0)
    (found,), _report = write_file(store, tmp_path / "out")
    assert (labels_of([found]), found["id"]) == ([[1, -1]], 3)


def test_a_named_format_asks_for_all_of_its_fields(store: Store, tmp_path: Path) -> None:
    rows = [a_row(), a_row(1, None), {"question": "q", "response": "One."}, a_row(1, 1)]
    report = read_file(store, tmp_path / "in", *rows, read=import_visualprocessbench)
    assert (report.added, report.errors) == (
        1,
        (
            BadLine(line=1, reason="The field 'process_correctness' is missing."),
            BadLine(line=2, reason="Item 1 of 'process_correctness' must be 1, 0 or -1, not None."),
            BadLine(line=3, reason="'response' must be an object, or JSON text that holds one, not 'One.'."),
        ),
    )
    bad = [{"response": "s"}, a_row(1), a_row(1, 2), {"question": "q", "response": ""}, a_row(image=["gone.png"])]
    report = read_file(store, tmp_path / "in", *bad, read=import_solutions)
    assert [each.line for each in report.errors] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("read", [import_any, import_visualprocessbench])
def test_a_response_may_be_json_text(store: Store, tmp_path: Path, read: Callable[..., ImportReport]) -> None:
    """The card of the published set declares it as text."""
    row = a_row(1, -1)
    report = read_file(store, tmp_path / "in", row | {"response": json.dumps(row["response"])}, read=read)
    assert (report.added, report.errors) == (1, ())
    assert read_file(store, tmp_path / "in", row, read=read).unchanged == 1
    assert write_file(store, tmp_path / "out")[0] == [row]


def test_unknown_fields_are_named_and_written_again(store: Store, tmp_path: Path) -> None:
    others: Row = {"id": 7, "category": None, "meta": {"a": [1.5, "é\u2028\ud800"]}}
    row = a_row(1, -1, **others)
    response = row["response"]
    assert isinstance(response, dict)
    response["judge"] = "x"
    report = read_file(store, tmp_path / "in", row, a_row(1, 1, question="plain"))
    assert report.kept_fields == ("category", "id", "meta", "response.judge")
    found, _report = write_file(store, tmp_path / "out")
    assert found == [row | {"meta": {"a": [1.5, "é\u2028\ufffd"]}}, a_row(1, 1, question="plain")]
    with open_store(tmp_path / "other") as other:
        import_any(other, tmp_path / "out")
        assert write_file(other, tmp_path / "again")[0] == found


def test_pictures_keep_the_names_that_they_can_have(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    names = ["images/a/1.png", "images/A/1.png", "elsewhere/2.png", "images/3.html", "images/a", "images/ok.jpg"]
    for place, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if name != "images/a":
            (folder / name).write_bytes(make_png(3 + place, 3))
    read_file(store, folder, *(a_row(1, 1, image=[name]) for name in names if name != "images/a"))
    found, report = write_file(store, tmp_path / "out")
    first, *others, last = [each["image"] for each in found]
    assert (first, last) == (["images/a/1.png"], ["images/ok.jpg"])
    assert all(isinstance(each, list) and len(each[0]) == len("images/.png") + 64 for each in others)
    assert report.images == 5
    for place, each in zip((0, 1, 2, 3, 5), found, strict=True):
        assert (tmp_path / "out" / each["image"][0]).read_bytes() == make_png(3 + place, 3)  # type: ignore[index]


def test_known_labels_may_be_those_of_a_file(store: Store, tmp_path: Path) -> None:
    one, two = read_file(store, tmp_path / "in", a_row(1, -1), a_row(question="without")).solutions
    project = store.projects.add_project("P", ProjectOptions())
    (queue,) = store.projects.list_queues(project.id)
    assert store.projects.add_gold(queue.id, TaskRole.GOLD, [GoldItem(solution_id=one)]) == 1
    with pytest.raises(BadProject, match="0 known labels"):
        store.projects.add_gold(queue.id, TaskRole.GOLD, [GoldItem(solution_id=two)])


@pytest.mark.parametrize("source", ["", " lab", "a\nb", "x" * 101])
def test_a_source_is_a_name(store: Store, tmp_path: Path, source: str) -> None:
    with pytest.raises(BadSetting, match="cannot be the name of a source"):
        read_file(store, tmp_path / "in", a_row(1, 1), source=source)


@pytest.mark.skipif(not REAL_ROWS.is_file(), reason="the real rows are not here")
def test_real_rows_come_out_as_they_went_in(store: Store, tmp_path: Path) -> None:
    lines = REAL_ROWS.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        for name in json.loads(line)["image"]:
            picture = tmp_path / "in" / name
            picture.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (5 + number, 5), (200, 30, 40)).save(picture)
    (tmp_path / "in" / "test.jsonl").write_text("\n".join(lines), encoding="utf-8")
    report = import_visualprocessbench(store, tmp_path / "in")
    assert (report.added, report.errors, report.kept_fields) == (len(lines), (), ())
    found, exported = write_file(store, tmp_path / "out")
    assert [json.dumps(each) for each in found] == [json.dumps(json.loads(line)) for line in lines]
    assert exported.labels_by == {"file:visualprocessbench": len(lines)}
