"""Rows of every format the field uses: read, stored, and written again as they were; and what each cannot hold.

Covers storage/formats/files.py, storage/formats/measured.py, storage/formats/rows.py, storage/formats/problems.py,
storage/formats/visualprm400k.py, storage/formats/visualprm400k_raw.py, storage/formats/trl.py, storage/formats/prm800k.py,
storage/formats/processbench.py, storage/transfer/registry.py, storage/transfer/columns.py, storage/transfer/csv_tables.py,
storage/transfer/import_values.py, storage/transfer/import_pictures.py, storage/transfer/import_report.py,
storage/transfer/export_writers.py, storage/transfer/export_choice.py, storage/transfer/answer_reading.py, storage/runs/bulk.py.
"""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.domain import Label, ProjectOptions, Stage
from storage import BadFile, BadSetting, Selection, Store, open_store
from storage.formats import processbench, trl, visualprm400k_raw
from storage.formats.measured import soft_labels_of
from storage.formats.visualprocessbench import PUBLISHED
from storage.transfer.columns import read_columns
from storage.transfer.export_choice import ExportChoice, Neutral
from storage.transfer.exporting import ExportReport, export
from storage.transfer.import_report import SAME, ImportReport, Tally
from storage.transfer.importing import ImportOptions, import_file
from storage.transfer.label_choice import LabelChoice, LabelKind
from tests.support.label_events import make_png
from tests.support.run_records import score_again
from tests.support.store_labelling import say, submit

Value = dict[str, Any]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
STEPS = st.lists(TEXT, min_size=1, max_size=4)
examples = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_rows(store: Store, folder: Path, rows: list[Value], name: str | None, **more: Any) -> ImportReport:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return import_file(store, folder / "rows.jsonl", name, ImportOptions(**more))


def write_rows(store: Store, folder: Path, name: str, **choice: Any) -> tuple[list[Value], ExportReport]:
    folder = folder / name  # an export replaces an earlier one of its format only
    report = export(store, folder, name, ExportChoice(**choice))
    file = "test.jsonl" if name == "visualprocessbench" else f"{name}.jsonl"
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines], report


@st.composite
def conversations(draw: st.DrawFn) -> Value:
    steps = draw(STEPS)
    question = draw(TEXT.filter(lambda text: "### Solution Process" not in text))
    turns: list[Value] = [{"from": "system", "value": draw(TEXT)}] if draw(st.booleans()) else []
    for at, step in enumerate(steps):
        first = f"### Question:\n{question}\n\n### Solution Process:\n{step}"
        turns += [{"from": "human", "value": step if at else first}]
        turns += [{"from": "gpt", "value": draw(st.sampled_from("+-"))}]
    return {"id": -1, "conversations": turns}


@st.composite
def monte_carlo(draw: st.DrawFn) -> Value:
    measured = []
    for step in draw(STEPS):
        drawn = draw(st.sampled_from((0, 16, 16)))
        right = draw(st.integers(0, drawn))
        measured.append({"step": step, "score": right / max(1, drawn), "num_mc_correct": right, "num_mc_total": drawn})
    question = draw(TEXT)
    row: Value = {"image": None, "question": question, "answer": draw(TEXT), "question_orig": question}
    row["response"] = "\n\n".join(each["step"] for each in measured)
    return row | {"steps_with_score": measured, "num_mc_sequences": 16}


@st.composite
def stepwise(draw: st.DrawFn) -> Value:
    steps = draw(STEPS)
    return {"prompt": draw(TEXT), "completions": steps, "labels": [draw(st.booleans()) for _ in steps]}


@st.composite
def earliest_errors(draw: st.DrawFn) -> Value:
    steps = draw(STEPS)
    row: Value = {"id": draw(TEXT), "generator": draw(TEXT), "problem": draw(TEXT), "steps": steps}
    return row | {"final_answer_correct": draw(st.booleans()), "label": draw(st.integers(-1, len(steps) - 1))}


@st.composite
def ratings(draw: st.DrawFn) -> Value:
    steps = []
    for text in draw(STEPS):
        completions = [{"text": text, "rating": draw(st.sampled_from((1, 0, -1))), "flagged": False}]
        if draw(st.booleans()):
            completions.append({"text": draw(TEXT), "rating": None, "flagged": None})
        chosen = draw(st.sampled_from((None, 0, 0)))
        steps.append({"completions": completions, "human_completion": None, "chosen_completion": chosen})
    written = [each["completions"][0]["text"] for each in steps] + draw(st.lists(TEXT, max_size=2))
    question = {
        "problem": draw(TEXT),
        "ground_truth_solution": None,
        "ground_truth_answer": draw(TEXT),
        "pre_generated_steps": written,
        "pre_generated_answer": None,
        "pre_generated_verifier_score": 0.5,
    }
    return {
        "labeler": draw(TEXT),
        "timestamp": "2022-07-17T16:56:51.323252",
        "generation": draw(st.sampled_from((None, 9))),
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": question,
        "label": {"steps": steps, "total_time": 278270, "finish_reason": "solution"},
    }


ROUND_TRIPS = {
    "visualprm400k": conversations(),
    "visualprm400k-raw": monte_carlo(),
    "trl": stepwise(),
    "processbench": earliest_errors(),
    "prm800k": ratings(),
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_rows_come_out_as_they_went_in(name: str, empty_data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    @examples
    @given(st.lists(ROUND_TRIPS[name], min_size=1, max_size=3, unique_by=json.dumps))
    def trip(rows: list[Value]) -> None:
        folder = tmp_path_factory.mktemp(name)
        with open_store(copytree(empty_data, folder / "data")) as store:
            report = read_rows(store, folder / "in", rows, name)
            assert (report.errors, report.format) == ((), name)
            if len(report.solutions) == len(rows) and not report.conflicting:
                assert write_rows(store, folder / "out", name)[0] == rows
                assert read_rows(store, folder / "in", rows, name).added == 0
            told = read_rows(store, folder / "in", rows, None)  # told from the first rows
            assert (told.format, told.unchanged) == (name, len(rows))

    trip()


def a_row(*labels: int | None, **more: Any) -> Value:
    response = {"steps": [f"step {at}" for at in range(len(labels))], "process_correctness": list(labels)}
    return (
        {"image": [], "question": "q", "answer": "5", "response": response}
        | {"policy_model": "p", "data_source": "s"}
        | more
    )


def measured(*counts: tuple[int, int]) -> Value:
    steps = [
        {"step": f"s{at}", "score": right / max(1, drawn), "num_mc_correct": right, "num_mc_total": drawn}
        for at, (right, drawn) in enumerate(counts)
    ]
    return {"image": None, "question": "q", "answer": "5", "response": "s0", "steps_with_score": steps}


def test_a_step_that_was_not_measured_has_no_label_and_no_share(store: Store, tmp_path: Path) -> None:
    report = read_rows(store, tmp_path / "in", [measured((3, 16), (0, 16), (0, 0))], visualprm400k_raw.NAME)
    (imported,) = store.runs.get_imported_rows(report.solutions[0])
    assert imported.labels == (Label.CORRECT, Label.WRONG, None)
    assert soft_labels_of(imported.kept_fields) == (3 / 16, 0.0, None)
    bad = [measured((17, 16)), measured((1, -1)), measured()]
    assert [each.line for each in read_rows(store, tmp_path / "in", bad, visualprm400k_raw.NAME).errors] == [1, 2, 3]


def test_soft_labels_survive_and_become_true_and_false_for_trl(store: Store, tmp_path: Path) -> None:
    """TRL's trainer makes a whole number of a label: 0.75 would be 0."""
    row = {"prompt": "q", "completions": ["a", "b", "c"], "labels": [0.75, 0.0, 1]}
    (solution,) = read_rows(store, tmp_path / "in", [row], trl.NAME).solutions
    (imported,) = store.runs.get_imported_rows(solution)
    assert soft_labels_of(imported.kept_fields) == (0.75, 0.0, 1.0)
    found, _report = write_rows(store, tmp_path / "out", trl.NAME)
    assert found == [row | {"labels": [True, False, True]}]
    export(store, tmp_path / "parquet", "parquet")
    with open_store(tmp_path / "other") as other:
        assert import_file(other, tmp_path / "parquet", "parquet").errors == ()
        (again,) = other.runs.get_imported_rows(solution)
    assert soft_labels_of(again.kept_fields) == (0.75, 0.0, 1.0)


def test_a_conversation_shows_its_pictures_before_the_question(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(make_png(3, 3))
    first = "### Question:\n<image>\nHow many?\n\n### Solution Process:\nTwo."
    row = {
        "id": 7,
        "image": "a.png",
        "conversations": [{"from": "human", "value": first}, {"from": "gpt", "value": "-"}],
    }
    (solution,) = read_rows(store, folder, [row], "visualprm400k").solutions
    assert store.results.get_solution(solution).problem.question == "How many?"
    (found,), _report = write_rows(store, tmp_path / "out", "visualprm400k")
    assert (found["id"], found["conversations"]) == (7, row["conversations"])
    assert (tmp_path / "out" / "visualprm400k" / found["image"]).read_bytes() == make_png(3, 3)


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
        with pytest.raises(BadSetting, match="names no column"):
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
    report = read_rows(store, tmp_path / "in", [a_row(1, -1, 0, data_source="WeMath")], "visualprocessbench")
    assert report.published is not None
    assert (
        "WeMath: 1 solutions, 1 correct and 1 wrong steps, published: 291 solutions, 1776 correct" in report.published
    )
    assert read_rows(store, tmp_path / "in", [a_row(1)], "visualprocessbench").published is None
    tally = Tally()
    tally._solutions.update({name: each.solutions for name, each in PUBLISHED.items()})
    for name, each in PUBLISHED.items():
        tally._steps.update({(name, Label.CORRECT): each.correct, (name, Label.WRONG): each.wrong})
    tally.neutral = 2674
    assert tally.compare() == SAME
    assert sum(each.solutions for each in PUBLISHED.values()) == 2866
    assert sum(each.correct for each in PUBLISHED.values()) == 16585
    assert sum(each.wrong for each in PUBLISHED.values()) == 7691


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


@pytest.mark.parametrize("written", ["visualprocessbench", "parquet"])
def test_monte_carlo_figures_pass_through_other_formats(written: str, store: Store, tmp_path: Path) -> None:
    row = measured((3, 16), (0, 16))
    read_rows(store, tmp_path / "in", [row], visualprm400k_raw.NAME)
    export(store, tmp_path / "between", written)
    with open_store(tmp_path / "other") as other:
        assert import_file(other, tmp_path / "between", written).errors == ()
        assert write_rows(other, tmp_path / "out", visualprm400k_raw.NAME)[0] == [row]


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


def test_an_interrupted_import_goes_on(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.transfer.importing.BATCH", 2)
    monkeypatch.setattr("storage.transfer.importing.AHEAD", 0)
    rows = [a_row(1, question=str(at)) for at in range(5)]

    def stop(number: int, _share: float) -> None:
        if number == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_rows(store, tmp_path / "in", rows, "visualprocessbench", on_progress=stop)
    report = read_rows(store, tmp_path / "in", rows, "visualprocessbench")
    assert (report.added, report.unchanged) == (1, 4)


def test_a_name_of_a_picture_in_the_row_leads_nowhere(
    store: Store, tmp_path: Path, add_run: Callable[..., object]
) -> None:
    rows = [a_row(1, image=["../../etc/passwd"]), a_row(1, image=["\0"]), a_row(1, image=["."])]
    report = read_rows(store, tmp_path / "in", rows, "visualprocessbench")
    assert [each.line for each in report.errors] == [1, 2, 3]


def test_monte_carlo_figures_are_not_written_as_other_labels(store: Store, tmp_path: Path) -> None:
    """People's labels came out as the file's own figures, which say something else."""
    (solution,) = read_rows(store, tmp_path / "in", [measured((3, 16), (0, 16))], visualprm400k_raw.NAME).solutions
    assert write_rows(store, tmp_path / "out", visualprm400k_raw.NAME)[1].rows == 1
    say(store, solution, "ada", "++")
    found, report = write_rows(store, tmp_path / "out", visualprm400k_raw.NAME)
    assert (found, report.cannot_hold) == ([], {"labels that its Monte-Carlo figures do not say": 1})
    say(store, solution, "ada", "0-", Stage.REVEALED)
    found, report = write_rows(store, tmp_path / "out", visualprm400k_raw.NAME)
    assert (len(found), report.neutral_policy) == (1, Neutral.POSITIVE.in_words)
    assert "labels that its Monte-Carlo figures do not say" in report.left_out


OWN: dict[str, Value] = {
    "visualprm400k": {"answer": "5", "policy_model": "p", "data_source": "s"},
    "trl": {"policy_model": "p", "data_source": "s", "answer": "5"},
    "processbench": {"answer": "5", "data_source": "s"},
}


@pytest.mark.parametrize("name", OWN)
def test_fields_that_are_read_are_written_again(name: str, store: Store, tmp_path: Path) -> None:
    """They were read, and in no export of the same format."""
    plain: dict[str, Value] = {
        "visualprm400k": {
            "id": 1,
            "conversations": [
                {"from": "human", "value": "### Question:\nq\n\n### Solution Process:\na"},
                {"from": "gpt", "value": "+"},
            ],
        },
        "trl": {"prompt": "q", "completions": ["a"], "labels": [True]},
        "processbench": {
            "id": "x", "generator": "p", "problem": "q", "steps": ["a"], "final_answer_correct": True, "label": -1
        },
    }  # fmt: skip
    row = plain[name] | OWN[name]
    read_rows(store, tmp_path / "in", [row], name)
    assert write_rows(store, tmp_path / "out", name)[0] == [row]


def test_what_a_format_never_holds_is_named(store: Store, tmp_path: Path) -> None:
    left_out = {name: write_rows(store, tmp_path / name, name)[1].left_out for name in ("trl", "prm800k", "problems")}
    assert left_out["trl"][:3] == ("pictures", "reference answers", "soft labels")
    assert left_out["prm800k"][:3] == ("pictures", "data sources", "names of policy models")
    assert left_out["problems"][:2] == ("solutions", "labels")


def test_prm800k_says_how_labelling_ended(store: Store, tmp_path: Path) -> None:
    """A solution of which some steps were rated, none wrong, came out as solved."""
    labels = ((1, 1), (1, -1, None), (1, None, None), (1, None, 1))
    rows = [a_row(*each, question=str(at)) for at, each in enumerate(labels)]
    read_rows(store, tmp_path / "in", rows, "solutions")
    found, report = write_rows(store, tmp_path / "out", "prm800k")
    assert [each["label"]["finish_reason"] for each in found] == ["solution", "found_error", "give_up"]
    assert report.cannot_hold == {"solutions with a label behind an unlabelled step": 1}


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
