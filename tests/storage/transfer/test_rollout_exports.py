"""Labels of rollouts in exports: asked for by the policy's name, with their figures, and by thresholds of shares.

Covers storage/transfer/label_choice.py, storage/transfer/step_masks.py, storage/formats/visualprm400k_raw.py.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from engine.domain import Label, Scoring, StepScore
from engine.outcomes.rollout_labels import RolloutMode
from storage import BadSetting, Scope, Store
from storage.runs.imported_rows import ImportedRow
from storage.transfer.export_choice import ExportChoice
from storage.transfer.exporting import ExportReport, export
from storage.transfer.importing import ImportOptions, import_file
from storage.transfer.label_choice import ShareThresholds, read_label_choice
from tests.support.format_rows import measured as raw_row
from tests.support.format_rows import read_rows, write_rows
from tests.support.model_jobs import add_problem
from tests.support.rollouts import measured
from tests.support.store_labelling import say

RAW, CONVERSATIONS, SOLUTIONS = "visualprm400k-raw", "visualprm400k", "solutions"


@pytest.fixture
def solution(store: Store) -> str:
    """A solution of four steps, the last of which was not measured."""
    _problem, (solution,) = add_problem(store, "Q", ["a", "b", "c", "d"])
    store.runs.add_rollout_labels([measured(solution, (4, 4), (2, 4), (0, 4), None)])
    return solution


def rows_of(
    store: Store, folder: Path, name: str, labels: str, *thresholds: float
) -> tuple[list[dict[str, Any]], ExportReport]:
    report = export(store, folder, name, ExportChoice(labels=read_label_choice(labels, *thresholds)))
    text = (folder / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()], report


def test_they_stand_in_for_no_others_and_are_asked_for_by_name(store: Store, solution: str, tmp_path: Path) -> None:
    rows, report = rows_of(store, tmp_path / "final", CONVERSATIONS, "final")
    assert (rows, report.skipped) == ([], 0)
    rows, report = rows_of(store, tmp_path / "own", SOLUTIONS, "monte_carlo:policy")
    assert rows[0]["response"]["process_correctness"] == [1, 1, -1, None]
    assert (rows[0]["labels_by"], report.labels_by) == ("monte_carlo:policy", {"monte_carlo:policy": 1})
    assert rows_of(store, tmp_path / "other", SOLUTIONS, "monte_carlo:other")[0] == []
    say(store, solution, "ada", "++++")
    _rows, report = rows_of(store, tmp_path / "all", SOLUTIONS, "all")
    assert report.labels_by == {"person:ada": 1, "monte_carlo:policy": 1}
    assert {each.solution_id for each in store.results.iter_latest(Scope())} == {solution}, "no vote"


def test_the_raw_format_has_the_figures_and_reads_them_again(store: Store, solution: str, tmp_path: Path) -> None:
    (row,), _report = rows_of(store, tmp_path / "out", RAW, "monte_carlo:policy")
    figures = [(each["num_mc_correct"], each["num_mc_total"], each["score"]) for each in row["steps_with_score"]]
    assert figures == [(4, 4, 1.0), (2, 4, 0.5), (0, 4, 0.0), (0, 0, 0.0)]
    assert (row["num_mc_sequences"], row["mc_policy_model"], "mc_mode" in row) == (4, "policy", False)
    assert row["policy_model"] == "p", "that wrote the solution"
    report = import_file(store, tmp_path / "out", RAW, ImportOptions(source="back"))
    (again,) = store.runs.get_imported_rows(report.solutions[0])
    assert again.labels == (Label.CORRECT, Label.CORRECT, Label.WRONG, None)
    assert rows_of(store, tmp_path / "again", RAW, "file:back")[0] == [row | {"labels_by": "file:back"}]


def test_a_conversation_ends_before_the_first_step_without_a_label(store: Store, solution: str, tmp_path: Path) -> None:
    (row,), report = rows_of(store, tmp_path / "out", CONVERSATIONS, "monte_carlo:policy")
    assert [each["value"] for each in row["conversations"]][1::2] == ["+", "+", "-"]
    assert report.cannot_hold == {"steps behind the first one without a label": 1}
    say(store, solution, "ada", "+...")
    assert rows_of(store, tmp_path / "people", CONVERSATIONS, "person:ada")[0] == [], "people's are whole or not there"


def test_thresholds_of_shares_mask_what_lies_between(store: Store, solution: str, tmp_path: Path) -> None:
    (row,), _report = rows_of(store, tmp_path / "out", SOLUTIONS, "monte_carlo:policy", 0.125, 0.75)
    assert row["response"]["process_correctness"] == [1, None, -1, None]
    thresholds = ShareThresholds()
    shares = (0.0, 0.125, 0.126, 0.749, 0.75, 1.0, None)
    right, wrong = Label.CORRECT, Label.WRONG
    assert thresholds.labels_of(shares) == (wrong, wrong, None, None, right, right, None)
    with pytest.raises(BadSetting, match="holds the shares themselves"):
        rows_of(store, tmp_path / "raw", RAW, "monte_carlo:policy", 0.125, 0.75)
    for labels in ("final", "all", "person:ada"):
        with pytest.raises(BadSetting, match="no shares"):
            read_label_choice(labels, 0.1)
    for low, high in ((0.8, 0.75), (0.5, 0.5), (-0.1, 0.5), (0.5, 1.1)):
        with pytest.raises(BadSetting, match="the first below the second"):
            read_label_choice("monte_carlo:policy", low, high)


def test_thresholds_take_the_figures_of_a_file_too(store: Store, tmp_path: Path) -> None:
    _problem, (solution,) = add_problem(store, "Q", ["a", "b"])
    steps = [{"num_mc_correct": 1, "num_mc_total": 16}, {"num_mc_correct": 12, "num_mc_total": 16}]
    kept = {RAW: {"steps_with_score": steps}}
    labels = (Label.CORRECT, Label.CORRECT)
    store.runs.add_imported_row(ImportedRow(solution_id=solution, source="v", labels=labels, kept_fields=kept))
    (row,), _report = rows_of(store, tmp_path / "out", SOLUTIONS, "file:v", 0.125, 0.75)
    assert row["response"]["process_correctness"] == [-1, 1]


@pytest.mark.parametrize("mode", [RolloutMode.FIRST_SUCCESS, RolloutMode.FIRST_ERROR])
def test_completions_that_were_stopped_early_are_no_shares(store: Store, mode: RolloutMode, tmp_path: Path) -> None:
    _problem, (solution,) = add_problem(store, "Q", ["a", "b"])
    store.runs.add_rollout_labels([measured(solution, (1, 3), (0, 1), mode=mode)])
    assert rows_of(store, tmp_path / "shares", SOLUTIONS, "monte_carlo:policy", 0.125, 0.75)[0] == []
    (row,), _report = rows_of(store, tmp_path / "raw", RAW, "monte_carlo:policy")
    assert row["mc_mode"] == mode.value


# ---- what labels may be left out ----


def score(store: Store, solution: str, *scores: float | None, model: str = "judge") -> None:
    """Store what a reward model says of the steps of a solution; None: nothing."""
    found = tuple(StepScore(first=at, last=at, score=each) for at, each in enumerate(scores) if each is not None)
    store.runs.add_scoring(None, Scoring(solution_id=solution, reward_model=model, step_scores=found))


def masked(
    store: Store, folder: Path, name: str = SOLUTIONS, **choice: object
) -> tuple[list[list[int | None]], ExportReport]:
    """Export the labels of "policy" and return those of each row, and the report."""
    labels = read_label_choice("monte_carlo:policy", *choice.pop("thresholds", ()))  # type: ignore[misc]
    report = export(store, folder, name, ExportChoice(labels=labels, **choice))  # type: ignore[arg-type]
    rows = [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    return [each["response"]["process_correctness"] for each in rows], report


def test_the_report_counts_the_steps_between_the_shares(store: Store, solution: str, tmp_path: Path) -> None:
    rows, report = masked(store, tmp_path / "out", thresholds=(0.125, 0.75))
    assert rows == [[1, None, -1, None]]
    assert report.masked == {"steps that are neither wrong nor correct by their share": 1}, (
        "what was not measured is not between them"
    )
    assert (report.rows, report.correct, report.wrong) == (1, 1, 1)


def test_steps_that_a_model_scores_otherwise_have_no_label(store: Store, solution: str, tmp_path: Path) -> None:
    score(store, solution, 0.9, 0.9, 0.1, 0.9, model="other")
    score(store, solution, 0.9, 0.5, None, 0.9)
    rows, report = masked(store, tmp_path / "half", agrees_with="judge")
    assert rows == [[1, None, None, None]], "at the threshold is not above it"
    assert report.masked == {"steps whose label judge contradicts": 1, "steps that judge has not scored": 1}
    rows, report = masked(store, tmp_path / "low", agrees_with="judge", agreement_threshold=0.4)
    assert rows == [[1, 1, None, None]]
    rows, report = masked(store, tmp_path / "both", agrees_with="other", thresholds=(0.125, 0.75))
    assert rows == [[1, None, -1, None]]
    assert report.masked == {"steps that are neither wrong nor correct by their share": 1}
    rows, report = masked(store, tmp_path / "none", agrees_with="nobody")
    assert (rows, report.skipped) == ([], 1)
    assert report.masked == {"steps that nobody has not scored": 3}


def test_the_subset_holds_the_solutions_of_each_source_that_teach_most(store: Store, tmp_path: Path) -> None:
    for source in ("geo", "sums"):
        _problem, found = add_problem(store, f"Q {source}", *([f"{at}", "b"] for at in range(10)), source=source)
        counts = [((16, 16), (at, 16)) for at in range(8)] + [((16, 16), (0, 16)), (None, None)]
        store.runs.add_rollout_labels([measured(one, *two) for one, two in zip(found, counts, strict=True)])
    rows, report = masked(store, tmp_path / "out", subset=0.25)
    assert rows == [[1, -1], [1, -1]] * 2, "two of the nine of each source that were measured"
    assert report.masked == {"solutions not among the best": 14, "solutions without counted completions": 2}
    rows, report = masked(store, tmp_path / "least", subset=0.01)
    assert (rows, report.rows) == ([[1, -1]] * 2, 2), "one of each at least"
    _figures, report = rows_of(store, tmp_path / "all", SOLUTIONS, "monte_carlo:policy")
    assert report.masked == {}


def test_figures_of_a_file_that_stopped_at_the_first_success_are_no_shares(store: Store, tmp_path: Path) -> None:
    """One success in k completions was ranked and masked as a share of 1/k."""
    whole, stopped = (raw_row((16, 16), (1, 8)) | {"question": each} for each in ("whole", "stopped"))
    read_rows(store, tmp_path / "in", [whole, stopped | {"mc_mode": "first-success"}], RAW, source="file")
    rows, report = write_rows(store, tmp_path / "subset", SOLUTIONS, labels=read_label_choice("file:file"), subset=1.0)
    assert [each["question"] for each in rows] == ["whole"]
    assert report.masked == {"solutions without counted completions": 1}
    choice = read_label_choice("file:file", 0.125, 0.75)
    rows, report = write_rows(store, tmp_path / "thresholds", SOLUTIONS, labels=choice)
    assert [each["question"] for each in rows] == ["whole"]
    rows, report = write_rows(store, tmp_path / "any", SOLUTIONS, labels=read_label_choice("file:file"))
    assert [each["response"]["process_correctness"] for each in rows] == [[1, 1], [1, 1]], "at least one reached it"


def test_masks_that_cannot_be_are_refused(store: Store, solution: str, tmp_path: Path) -> None:
    for name, choice, reason in (
        (SOLUTIONS, {"agreement_threshold": 0.4}, "Name the model"),
        (SOLUTIONS, {"agrees_with": "judge", "agreement_threshold": 1.5}, r"in \[0, 1\]"),
        (SOLUTIONS, {"subset": 0.0}, "not a share of solutions"),
        (RAW, {"agrees_with": "judge"}, "no place for steps without a label"),
        ("problems", {"subset": 0.5}, "holds no solutions"),
    ):
        with pytest.raises(BadSetting, match=reason):
            masked(store, tmp_path / "out", name, **choice)
    with pytest.raises(BadSetting, match="no shares of completions to choose"):
        export(store, tmp_path / "out", SOLUTIONS, ExportChoice(subset=0.1))
