"""Files of every format written: what is chosen, what becomes of neutral steps, and what a format cannot hold.

Covers storage/transfer/csv_tables.py, storage/transfer/export_writers.py, storage/transfer/export_choice.py.
"""

import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from engine.domain import ProjectOptions, Stage
from storage import BadSetting, Selection, Store
from storage.formats import processbench
from storage.transfer.export_choice import ExportChoice, Neutral
from storage.transfer.exporting import export
from storage.transfer.label_choice import LabelChoice, LabelKind
from tests.support.format_rows import a_row, read_rows, write_rows
from tests.support.label_events import make_png
from tests.support.run_records import score_again
from tests.support.store_labelling import say, submit


def test_every_format_says_what_becomes_of_neutral_steps(store: Store, tmp_path: Path) -> None:
    read_rows(store, tmp_path / "in", [a_row(1, 0, -1), a_row(1, question="plain")], "visualprocessbench")
    for neutral, expected in ((None, [True, True, False]), (Neutral.NEGATIVE, [True, False, False])):
        found, report = write_rows(store, tmp_path / "out", "trl", neutral=neutral)
        assert [each["labels"] for each in found] == [expected, [True]]
        assert report.neutral_policy == (neutral or Neutral.POSITIVE).in_words
    found, report = write_rows(store, tmp_path / "out", "trl", neutral=Neutral.DROP)
    assert ([each["labels"] for each in found], report.cannot_hold) == ([[True]], {"solutions with a neutral step": 1})
    with pytest.raises(BadSetting, match="no neutral step"):
        write_rows(store, tmp_path / "out", "processbench", neutral=Neutral.KEEP)
    found, report = write_rows(store, tmp_path / "out", "processbench")
    assert [each["label"] for each in found] == [2, processbench.NO_ERROR]
    found, report = write_rows(store, tmp_path / "prm", "prm800k")
    assert [[each["completions"][0]["rating"] for each in row["label"]["steps"]] for row in found] == [[1, 0, -1], [1]]
    assert (report.neutral_policy, found[0]["label"]["finish_reason"]) == ("kept as 0", "found_error")


def test_what_a_format_cannot_hold_is_said(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(make_png(3, 3))
    read_rows(store, folder, [a_row(1, image=["a.png"])], "visualprocessbench")
    _found, report = write_rows(store, tmp_path / "out", "trl")
    assert (report.cannot_hold, report.left_out[0]) == ({"pictures": 1}, "pictures")
    found, report = write_rows(store, tmp_path / "raw", "visualprm400k-raw")
    assert (found, report.cannot_hold) == ([], {"solutions without Monte-Carlo figures": 1})


def test_an_export_is_narrowed_by_what_it_is_asked_for(store: Store, tmp_path: Path) -> None:
    rows = [
        a_row(1, question="a", policy_model="one"),
        a_row(1, question="b", data_source="other"),
        a_row(1, question="c"),
    ]
    one, two, three = read_rows(store, tmp_path / "in", rows, "visualprocessbench").solutions
    for who, labels in (("ada", "+"), ("bea", "-")):
        say(store, one, who, labels)
        say(store, two, who, "+")
    say(store, three, "ada", "-", Stage.REVEALED)

    def questions(**choice: Any) -> str:
        return "".join(
            each["question"] for each in write_rows(store, tmp_path / "out", "visualprocessbench", **choice)[0]
        )

    assert questions() == "abc"
    assert questions(policy_model="one") == "a"
    assert questions(data_source="other") == "b"
    assert questions(min_agreement=0.5) == "b"
    assert questions(stage=Stage.REVEALED, labels=LabelChoice(kind=LabelKind.PERSON, name="ada")) == "c"
    project = store.projects.add_project("P", ProjectOptions(split_size=1, evaluation_share=0.0))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(solutions=(three, one)))
    for each in (0, 1):
        submit(store, queue.id, each, "ada", "+")
    assert questions(project_id=project.id) == "ac"
    assert len(questions(project_id=project.id, split=1)) == 1
    for wrong in ({"split": 1}, {"project_id": project.id, "queue_id": queue.id}):
        with pytest.raises(BadSetting):
            questions(**wrong)


def test_formulas_are_inert_in_tables(store: Store, tmp_path: Path) -> None:
    row = a_row(1, -1, question="=1+2", answer="-5", policy_model="@p", data_source="+s")
    row["response"]["steps"] = ["\t=x", "plain"]
    read_rows(store, tmp_path / "in", [row], "visualprocessbench")
    export(store, tmp_path / "out", "csv")
    with (tmp_path / "out" / "solutions.csv").open(newline="", encoding="utf-8") as file:
        (solution,) = csv.DictReader(file)
    assert [solution[name] for name in ("question", "reference_answer", "policy_model", "data_source")] == [
        "'=1+2",
        "'-5",
        "'@p",
        "'+s",
    ]
    with (tmp_path / "out" / "steps.csv").open(newline="", encoding="utf-8") as file:
        steps = list(csv.DictReader(file))
    assert [(each["text"], each["label"], each["labels_by"]) for each in steps] == [
        ("'\t=x", "1", "file:visualprocessbench"),
        ("plain", "-1", "file:visualprocessbench"),
    ]


def test_what_a_format_never_holds_is_named(store: Store, tmp_path: Path) -> None:
    left_out = {name: write_rows(store, tmp_path / name, name)[1].left_out for name in ("trl", "prm800k", "problems")}
    assert left_out["trl"][:3] == ("pictures", "reference answers", "soft labels")
    assert left_out["prm800k"][:3] == ("pictures", "data sources", "names of policy models")
    assert left_out["problems"][:2] == ("solutions", "labels")
    row = {"question": "q", "image": [], "policy_model": "p", "response": "<think>Hm.</think>\n\nFinal answer: 5"}
    read_rows(store, tmp_path / "in", [row, row | {"response": "<think>Oh!</think>\n\nFinal answer: 5"}], "solutions")
    (written,), report = write_rows(store, tmp_path / "thoughts", "solutions")
    assert written["response"]["steps"] == ["Final answer: 5"]
    assert "thoughts" in report.left_out, "they vanished without a word"
    (found,) = store.results.list_solutions().items
    assert store.results.get_solution(found.solution.id).solution.thought == "Hm.", "of the first of equal ones"


def test_prm800k_says_how_labelling_ended(store: Store, tmp_path: Path) -> None:
    """A solution of which some steps were rated, none wrong, came out as solved."""
    labels = ((1, 1), (1, -1, None), (1, None, None), (1, None, 1))
    rows = [a_row(*each, question=str(at)) for at, each in enumerate(labels)]
    read_rows(store, tmp_path / "in", rows, "solutions")
    found, report = write_rows(store, tmp_path / "out", "prm800k")
    assert [each["label"]["finish_reason"] for each in found] == ["solution", "found_error", "give_up"]
    assert report.cannot_hold == {"solutions with a label behind an unlabelled step": 1}


def test_tables_take_no_statement_for_each_solution(store: Store, tmp_path: Path) -> None:
    """The scores of each solution were read by themselves, with seven statements, so that a table took twenty times its time."""
    counts: list[int] = []
    for rows in (5, 40):
        read_rows(store, tmp_path / str(rows), [a_row(1, question=f"q{at}") for at in range(rows)], None)
        found: list[str] = []

        def note(_connection, _cursor, statement, *_rest, found=found) -> None:  # type: ignore[no-untyped-def]
            found.append(statement)

        event.listen(store.database._engine, "before_cursor_execute", note)
        assert export(store, tmp_path / "out", "csv").rows == rows
        event.remove(store.database._engine, "before_cursor_execute", note)
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_tables_hold_the_scores_of_the_model_that_is_named(store: Store, tmp_path: Path) -> None:
    (solution,) = read_rows(store, tmp_path / "in", [a_row(1, -1)], "visualprocessbench").solutions
    score_again(store, solution, "a", [0.1, 0.3])
    score_again(store, solution, "b", [0.8, 0.8])
    for chosen, model, mean, steps in (
        (None, "b", "0.8", ["0.8", "0.8"]),
        ("a", "a", "0.2", ["0.1", "0.3"]),
        ("nobody", "", "", ["", ""]),
    ):
        export(store, tmp_path / "out", "csv", ExportChoice(reward_model=chosen))
        with (tmp_path / "out" / "solutions.csv").open(newline="", encoding="utf-8") as file:
            (row,) = csv.DictReader(file)
        assert (row["reward_model"], row["score"]) == (model, mean)
        with (tmp_path / "out" / "steps.csv").open(newline="", encoding="utf-8") as file:
            found = list(csv.DictReader(file))
        assert [each["score"] for each in found] == steps
        assert {each["reward_model"] for each in found} == {model}
    with pytest.raises(BadSetting, match="holds no score"):
        export(store, tmp_path / "rows", "trl", ExportChoice(reward_model="a"))
