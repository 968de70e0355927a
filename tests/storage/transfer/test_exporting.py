"""Export in the exact format of VisualProcessBench, and that what is exported can be imported again.

Covers storage/formats/visualprocessbench.py, storage/results/annotations.py, storage/transfer/export_rows.py.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.domain import (
    Annotation,
    Cause,
    Decision,
    FinishReason,
    Label,
    Problem,
    ProjectOptions,
    Run,
    SkipReason,
    Solution,
    Stage,
)
from storage import (
    BadFile,
    DiskError,
    EventKind,
    GoldItem,
    ImportedRow,
    ReviewVerdict,
    Scope,
    Store,
    TaskRole,
    open_store,
)
from storage.formats import problems as problem_rows
from storage.formats import visualprocessbench as vpb
from storage.runs.built_in_benchmark import CHECKER, DATA_SOURCE
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import export, export_visualprocessbench
from storage.transfer.importing import import_visualprocessbench
from storage.transfer.label_choice import read_label_choice
from tests.support.label_events import act, label, make_png
from tests.support.store_projects import judge, open_project, work

HOSTILE = "a\nb\r\n\u2028\x85\x00\x1b <script>${1}</script> {{x}} \\frac{1}{2} <|im_end|> é漢😀 \ud800"
WRITTEN = HOSTILE.replace("\ud800", "\ufffd")


def annotate(store: Store, solution: Solution, who: str = "me", **more: object) -> Annotation:
    labels = tuple(Label(1 - at % 3) for at in range(len(solution.steps)))
    annotation = Annotation(solution_id=solution.id, annotator=who, stage=Stage.BLIND, labels=labels)
    annotation = replace(annotation, **more)  # type: ignore[arg-type]
    assert store.results.add_annotation(annotation)
    return annotation


def add_solution(store: Store, image: bytes | None = None, text: str = "s") -> Solution:
    images = () if image is None else (store.images.add(image).sha,)
    problem = Problem(question=text, answer=text, data_source=text, images=images)
    store.runs.add_problem(problem)
    solution = Solution(problem_id=problem.id, steps=(text, text, text), policy_model=text)
    store.runs.add_solution(None, solution)
    return solution


def test_a_row_is_exactly_as_published(store: Store, png: bytes, tmp_path: Path) -> None:
    sha = store.images.add(png).sha
    problem = Problem(question="q", answer="4", data_source="DynaMath", images=(sha,))
    store.runs.add_problem(problem)
    solution = Solution(problem_id=problem.id, steps=("one", "two", "three"), policy_model="nano")
    store.runs.add_solution(None, solution)
    annotate(store, solution)
    report = export_visualprocessbench(store, tmp_path / "out")
    line = (tmp_path / "out" / "test.jsonl").read_text(encoding="utf-8")
    assert (
        line
        == json.dumps(
            {
                "image": [f"images/{sha}.png"],
                "question": "q",
                "answer": "4",
                "response": {"steps": ["one", "two", "three"], "process_correctness": [1, 0, -1]},
                "policy_model": "nano",
                "data_source": "DynaMath",
            }
        )
        + "\n"
    )
    assert (tmp_path / "out" / "images" / f"{sha}.png").read_bytes() == png
    assert (report.rows, report.images, report.steps) == (1, 1, 3)
    assert (report.correct, report.neutral, report.wrong, report.skipped) == (1, 1, 1, 0)


def test_export_then_import_then_export_gives_the_same_rows(store: Store, tmp_path: Path, png: bytes) -> None:
    for number, text in enumerate(("plain", HOSTILE, "")):
        annotate(store, add_solution(store, png if number else None, text))
    export_visualprocessbench(store, tmp_path / "one")
    first = list(vpb.read(tmp_path / "one"))
    assert [row.question for row in first] == ["plain", WRITTEN.replace("\0", "\ufffd"), ""]
    assert first[1].steps == (WRITTEN,) * 3
    with open_store(tmp_path / "other") as other:
        report = import_visualprocessbench(other, tmp_path / "one")
        assert (report.added, report.unchanged, report.errors, len(report.solutions)) == (3, 0, (), 3)
        assert import_visualprocessbench(other, tmp_path / "one" / "test.jsonl").unchanged == 3
        export_visualprocessbench(other, tmp_path / "two")
        assert list(other.results.iter_annotations()) == []
    assert list(vpb.read(tmp_path / "two")) == first
    assert len((tmp_path / "two" / "test.jsonl").read_text(encoding="utf-8").splitlines()) == 3


def test_an_imported_solution_has_the_answer_that_its_steps_state(store: Store, tmp_path: Path) -> None:
    problem = Problem(question="q", answer="4")
    store.runs.add_problem(problem)
    for steps in (("Two and two.", "Final answer: 5"), ("Two and two.", "I do not know.")):
        solution = Solution(problem_id=problem.id, steps=steps, policy_model="nano")
        store.runs.add_solution(None, solution)
        annotate(store, solution)
    export_visualprocessbench(store, tmp_path / "out")
    with open_store(tmp_path / "other") as other:
        ids = import_visualprocessbench(other, tmp_path / "out").solutions
        assert sorted(str(other.results.get_solution(each).solution.answer) for each in ids) == ["5", "None"]


def test_the_newest_labels_count(store: Store, tmp_path: Path) -> None:
    solution = add_solution(store)
    wrong, right = (Label.WRONG,) * 3, (Label.CORRECT,) * 3
    annotate(store, solution, labels=wrong)
    annotate(store, solution, labels=right, stage=Stage.REVEALED)
    report = export_visualprocessbench(store, tmp_path / "out")
    assert next(vpb.read(tmp_path / "out")).process_correctness == right
    assert report.several_annotators == 0
    annotate(store, solution, "you", labels=wrong)
    annotate(store, solution, "them", labels=(None,) * 3, skip_reason=SkipReason.BAD_PROBLEM)
    report = export_visualprocessbench(store, tmp_path / "out")  # an earlier export is replaced
    assert next(vpb.read(tmp_path / "out")).process_correctness == wrong
    assert (report.rows, report.several_annotators, report.skipped, report.disputed) == (1, 1, 0, 1)


def test_every_disputed_solution_is_counted(store: Store, tmp_path: Path) -> None:
    for text in ("one", "two", "agreed"):
        solution = add_solution(store, text=text)
        annotate(store, solution, "a", labels=(Label.CORRECT,) * 3)
        annotate(store, solution, "b", labels=((Label.CORRECT if text == "agreed" else Label.WRONG),) * 3)
    report = export_visualprocessbench(store, tmp_path / "out")
    assert (report.rows, report.several_annotators, report.disputed) == (3, 3, 2)


def test_the_decision_counts_before_the_majority_and_that_before_the_newest(store: Store, tmp_path: Path) -> None:
    """The newest labels were written whatever most people, or an adjudicator, had said."""
    solution = add_solution(store)
    for who, value in (("a", Label.CORRECT), ("b", Label.CORRECT), ("c", Label.WRONG)):
        annotate(store, solution, who, labels=(value,) * 3)
    report = export_visualprocessbench(store, tmp_path / "out")
    assert next(vpb.read(tmp_path / "out")).process_correctness == (Label.CORRECT,) * 3
    assert (report.decided, report.disputed) == (0, 0)
    store.results.add_decision(
        Decision(solution_id=solution.id, labels=(Label.NEUTRAL, None, None), by="rev", cause=Cause.SLIP)
    )
    alone = add_solution(store, text="decided before anybody labelled it")
    store.results.add_decision(Decision(solution_id=alone.id, labels=(Label.WRONG,) * 3, by="rev", cause=Cause.SLIP))
    report = export_visualprocessbench(store, tmp_path / "out")
    assert [row.process_correctness for row in vpb.read(tmp_path / "out")] == [
        (Label.NEUTRAL, Label.CORRECT, Label.CORRECT),
        (Label.WRONG,) * 3,
    ]
    assert (report.rows, report.decided, report.disputed) == (2, 2, 0)


def test_what_a_quiz_or_a_gold_item_got_is_not_exported(store: Store, tmp_path: Path) -> None:
    """A learner's answers to the quiz took the place of the labels that are known to be right."""
    solution = add_solution(store)
    known = annotate(store, solution, "expert")
    project = store.projects.add_project("P", ProjectOptions(quiz_pass=0.1))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_gold(queue.id, TaskRole.QUIZ, [GoldItem(solution_id=solution.id, labels=known.labels)])
    work(store, queue.id, "learner", Label.NEUTRAL)
    assert len(list(store.results.iter_annotations())) == 2
    export_visualprocessbench(store, tmp_path / "out")
    assert next(vpb.read(tmp_path / "out")).process_correctness == known.labels


def test_a_skip_takes_ones_own_labels_back(store: Store, tmp_path: Path) -> None:
    solution = add_solution(store)
    annotate(store, solution)
    annotate(store, solution, labels=(None,) * 3, skip_reason=SkipReason.BAD_PROBLEM)
    report = export_visualprocessbench(store, tmp_path / "out")
    assert (report.rows, report.skipped) == (0, 1)
    assert (tmp_path / "out" / "test.jsonl").read_bytes() == b""


def test_an_empty_store_gives_an_empty_file(store: Store, tmp_path: Path) -> None:
    assert export_visualprocessbench(store, tmp_path / "deep" / "out").rows == 0
    assert list(vpb.read(tmp_path / "deep" / "out")) == []


def test_many_solutions_go_over_pages(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("results.votes", "results.annotations"):
        monkeypatch.setattr(f"storage.{module}.PAGE", 2)
    for number in range(5):
        annotate(store, add_solution(store, text=str(number)))
    assert export_visualprocessbench(store, tmp_path / "out").rows == 5
    assert [row.question for row in vpb.read(tmp_path / "out")] == list("01234")
    assert len(list(store.results.iter_annotations())) == 5


def test_how_far_an_export_is_is_told_also_of_what_it_leaves_out(store: Store, tmp_path: Path) -> None:
    """The share of a long export was not known, and one that left out all it read said nothing: it could not be ended."""
    imported = [a_solution(f"q{number}") for number in range(1_100)]
    (tmp_path / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in imported))
    import_visualprocessbench(store, tmp_path)
    told: list[tuple[int, float | None]] = []
    for policy, rows in (("p", 1_100), ("nobody", 0)):
        told.clear()
        choice = ExportChoice(policy_model=policy)
        export(store, tmp_path / "out", vpb.NAME, choice, lambda *so_far: told.append(so_far))
        shares = [share for _rows, share in told]
        assert len(shares) == 4
        assert shares == sorted(shares)
        assert shares[1] == pytest.approx(501 / 1_100)
        assert told[2][0] == (1_000 if rows else 0)
        assert told[3] == (rows, 1.0)  # the end


def a_solution(question: str) -> dict[str, object]:
    response = {"steps": ["s"], "process_correctness": [1]}
    row = {"image": [], "question": question, "answer": None, "response": response}
    return row | {"policy_model": "p", "data_source": None}


def test_a_foreign_folder_is_not_touched(store: Store, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.tex").write_text("years of work")
    with pytest.raises(BadFile, match="thesis"):
        export_visualprocessbench(store, mine)
    with pytest.raises(DiskError, match="thesis"):
        export_visualprocessbench(store, mine / "thesis.tex")
    assert (mine / "thesis.tex").read_text() == "years of work"


def test_a_failed_export_leaves_the_earlier_one(store: Store, tmp_path: Path, png: bytes) -> None:
    annotate(store, add_solution(store, png))
    export_visualprocessbench(store, tmp_path / "out")
    before = (tmp_path / "out" / "test.jsonl").read_bytes()
    annotate(store, add_solution(store, make_png(2, 2)))
    for path in store.images.folder.glob("*/*"):
        path.unlink()
    with pytest.raises(Exception, match="no image"):
        export_visualprocessbench(store, tmp_path / "out")
    assert (tmp_path / "out" / "test.jsonl").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "out"]


@pytest.mark.parametrize("steps", [("s" * 500_000,), ("s",) * 4096], ids=["one", "many"])
def test_whatever_a_run_can_write_can_be_read_again(store: Store, tmp_path: Path, steps: tuple[str, ...]) -> None:
    """A step of over 20,000 characters, or over 500 steps, was exported and then refused."""
    problem = Problem(question="q")
    store.runs.add_problem(problem)
    solution = Solution(problem_id=problem.id, steps=steps, policy_model="p")
    store.runs.add_solution(None, solution)
    annotate(store, solution)
    export_visualprocessbench(store, tmp_path / "out")
    with open_store(tmp_path / "other") as other:
        report = import_visualprocessbench(other, tmp_path / "out")
        assert (report.added, report.errors) == (1, ())
        export_visualprocessbench(other, tmp_path / "again")
    assert (tmp_path / "again" / "test.jsonl").read_bytes() == (tmp_path / "out" / "test.jsonl").read_bytes()


def test_work_sent_back_is_left_out_until_it_is_submitted_again(store: Store, tmp_path: Path) -> None:
    """A reviewer had called it wrong, and it was exported, and counted in agreement and final labels, all the same."""
    queue = open_project(store, 2, overlap=1, review_share=1.0)
    work(store, queue, "ada", Label.WRONG)
    for each in store.projects.list_sample(queue, 0):
        judge(store, "eve", queue, 0, each, ReviewVerdict.WRONG)
    assert export_visualprocessbench(store, tmp_path / "out", queue).rows == 2
    store.projects.send_back_split("eve", queue, 0, "all wrong")
    for queue_id in (queue, None):
        report = export_visualprocessbench(store, tmp_path / "out", queue_id)
        assert (report.rows, report.skipped, report.sent_back) == (0, 0, 2)
    assert list(store.results.iter_rated(Scope())) == []
    assert list(store.results.iter_final_labels(Scope(queue_id=queue))) == []
    (first,) = work(store, queue, "ada", most=1, second=60)
    report = export_visualprocessbench(store, tmp_path / "out", queue)
    assert (report.rows, report.correct, report.sent_back) == (1, 2, 1)
    store.labelling.save_events("ada", [act(first.id, EventKind.REOPEN, 90)])  # a second thought of one's own
    assert export_visualprocessbench(store, tmp_path / "out", queue).rows == 1


def test_labels_from_the_board_are_exported(store: Store, add_run: Callable[..., Run], tmp_path: Path) -> None:
    queue = store.labelling.open_run_queue(add_run().id, "A")
    task = store.labelling.next_task(queue.id, "me")
    assert task is not None
    events = [label(task.id, step, Label.WRONG) for step in range(3)]
    store.labelling.save_events("me", [*events, act(task.id, EventKind.SUBMIT, 9)])
    export_visualprocessbench(store, tmp_path / "out")
    (row,) = vpb.read(tmp_path / "out")
    assert (row.steps, row.process_correctness) == (task.steps, (Label.WRONG,) * 3)


def test_the_report_says_how_many_equal_solutions_the_rows_stand_for(
    store: Store, add_run: Callable[..., Run], tmp_path: Path
) -> None:
    """48 equal solutions of a run are one task and one row, which has only the published fields; the report counts them."""
    run = add_run(solutions=2)
    first, second = store.runs.get_run(run.id).solutions
    for draw in (2, 3):
        store.runs.add_solution(run.id, replace(first, id=f"again{draw}", draw=draw))
    stopped = replace(first, id="stopped", draw=4, finish=FinishReason.CANCELLED)
    store.runs.add_solution(run.id, stopped)
    for each in (first, second):
        annotate(store, each)
    report = export_visualprocessbench(store, tmp_path / "out")
    lines = (tmp_path / "out" / "test.jsonl").read_text("utf-8").splitlines()
    assert (report.rows, report.equal, ["count" in json.loads(line) for line in lines]) == (2, 2, [False, False])
    other = open_store(tmp_path / "other")
    import_visualprocessbench(other, tmp_path / "out")
    export_visualprocessbench(other, tmp_path / "again")
    assert (tmp_path / "again" / "test.jsonl").read_text("utf-8").splitlines() == lines
    other.close()


def test_the_built_in_benchmark_is_exported_only_where_it_is_named(store: Store, tmp_path: Path) -> None:
    """A first export of one's own few labels had the 800 rows of the benchmark among them."""
    own = add_solution(store, text="own")
    annotate(store, own)
    built_in = [add_solution(store, text=DATA_SOURCE) for _ in range(3)]
    for each in built_in:
        labels = (Label.CORRECT,) * 3
        store.runs.add_imported_row(ImportedRow(solution_id=each.id, source=CHECKER, labels=labels))
    annotate(store, built_in[0])  # a person's work, whatever it is about

    def counts(name: str = vpb.NAME, **choice: object) -> tuple[int, int]:
        report = export(store, tmp_path / f"{name}-{choice}"[:80], name, ExportChoice(**choice))  # type: ignore[arg-type]
        return report.rows, report.benchmark_left_out

    assert counts() == (2, 2)
    assert counts(policy_model=DATA_SOURCE) == (1, 2)
    assert counts(data_source=DATA_SOURCE) == (3, 0)
    assert counts(solutions=(own.id, built_in[1].id)) == (2, 0)
    assert counts(labels=read_label_choice(f"file:{CHECKER}")) == (3, 0)
    assert counts(problem_rows.NAME) == (1, 3)
    assert counts(problem_rows.NAME, data_source=DATA_SOURCE) == (3, 0)
