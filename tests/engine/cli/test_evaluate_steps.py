"""``python -m engine evaluate step-benchmark``: its JSON, its messages, and that it goes on where it was ended.

Covers engine/__main__.py, engine/cli/evaluate.py, engine/cli/evaluate_steps.py, engine/cli/evaluate_rows.py, engine/cli/scoring.py.
"""

import json
import math
import os
import signal
import subprocess
import sys

import pytest

from engine.__main__ import main
from engine.cli.evaluate_rows import Shard
from tests.support.evaluate_command import run_evaluate, write_lines
from tests.support.pages import ROOT
from tests.support.tiny import drawing
from tests.support.waiting import awaited

KEYS = {
    "overall",
    "step_weighted",
    "mean_of_sources",
    "sources",
    "threshold",
    "floors",
    "solutions_per_second",
    "thresholds",
}
FIGURES = {
    "macro_f1",
    "f1_correct",
    "f1_incorrect",
    "accuracy",
    "auc",
    "steps",
    "interval",
    "called_correct",
    "labelled_correct",
    "unread",
}
QUESTION = "What is the sum of the red bar and the blue bar?"


def row(labels, steps=None, *, identity=None, source="s", **more):
    steps = steps or [f"Step {at} is {at}." for at in range(len(labels))]
    value = {
        "image": [],
        "question": QUESTION,
        "answer": "3",
        "response": {"steps": steps, "process_correctness": labels},
        "policy_model": "p",
        "data_source": source,
        **more,
    }
    return value if identity is None else {"id": identity, **value}


def scores(identity, *values):
    step_scores = [{"first": at, "last": at, "score": value} for at, value in enumerate(values)]
    return {"id": identity, "step_scores": step_scores, "score": 0.5}


@pytest.fixture
def evaluate(tmp_path, capsys):
    """Run the command on rows and, where given, scores; return exit code, printed object (None: none) and standard error."""

    def run(rows, known=None, *options):
        arguments = ["--input", str(write_lines(tmp_path / "rows.jsonl", rows))]
        if known is not None:
            arguments += ["--scores", str(write_lines(tmp_path / "scores.jsonl", known))]
        return run_evaluate(capsys, "step-benchmark", *arguments, *options)

    return run


@pytest.fixture
def models(tiny_folder):
    return ["--reward-model", str(tiny_folder), "--device", "cpu", "--dtype", "float32"]


def test_the_protocol_of_the_public_harness_on_a_file_made_by_hand(evaluate):
    """Strictly above 0.85, neutral steps left out, all sources pooled.

    By hand: steps above 0.85 are one correct and one wrong; one correct step at 0.85 and one wrong at 0.2 are not. F1 of both
    classes: 2 / (2 + 1 + 1) = 0.5. Floors of two correct and two wrong steps: everything correct 1/3, a coin 1/2.
    """
    rows = [row([1, 1, 0], source="a"), row([-1, -1], source="b", question="Another?")]
    code, found, _ = evaluate(rows, [scores(1, 0.86, 0.85, 0.99), scores(2, 0.2, 0.9)], "--threshold", "0.85")
    assert code == 0
    assert found.keys() == KEYS
    assert found["overall"].keys() == FIGURES
    overall = found["overall"]
    assert (overall["macro_f1"], overall["f1_correct"], overall["f1_incorrect"]) == (0.5, 0.5, 0.5)
    assert (overall["accuracy"], overall["auc"], overall["steps"]) == (0.5, 0.5, 4)
    assert found["threshold"] == 0.85
    assert found["floors"] == {"all_correct": pytest.approx(1 / 3), "coin": 0.5}
    assert {name: figures["macro_f1"] for name, figures in found["sources"].items()} == pytest.approx(
        {"a": 1 / 3, "b": 1 / 3}
    )
    assert (found["step_weighted"], found["mean_of_sources"]) == pytest.approx((1 / 3, 1 / 3))
    assert found["solutions_per_second"] is None


def test_half_is_not_above_half_which_is_the_default(evaluate):
    _, found, _ = evaluate([row([1, -1])], [scores(1, 0.5001, 0.5)])
    assert (found["threshold"], found["overall"]["accuracy"]) == (0.5, 1.0)


def test_what_is_undefined_is_null_and_says_why(evaluate):
    code, found, errors = evaluate([row([1])], [scores(1, 0.9)])
    assert code == 0
    assert (found["overall"]["macro_f1"], found["overall"]["auc"], found["overall"]["interval"]) == (None, None, None)
    assert "overall.auc is undefined: All steps are labelled correct, or all wrong." in errors
    assert "overall.interval is undefined: No step of this class is labelled, and none predicted." in errors
    assert "overall.accuracy" not in errors


def test_a_row_is_found_by_its_id_or_its_line(evaluate):
    rows = [row([1], identity="x"), row([-1]), "", row([-1], identity={"k": [1]})]
    code, found, errors = evaluate(rows, [scores({"k": [1]}, 0.1), scores(2, 0.2), scores("x", 0.9), scores("y", 0.9)])
    assert (code, found["overall"]["macro_f1"]) == (0, 1.0), errors


def test_merged_steps_share_their_score_and_unread_ones_count_as_missed(evaluate):
    merged = {"id": 1, "step_scores": [{"first": 0, "last": 1, "score": 0.9}, {"first": 2, "last": 2, "score": None}]}
    code, found, errors = evaluate([row([1, -1, -1])], [merged])
    assert code == 0
    assert found["overall"]["accuracy"] == pytest.approx(1 / 3)
    assert "1 steps have a score that could not be read" in errors


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (row([1, -1], ["a"]), "line 2: not a row to evaluate: it has 1 steps and 2 labels"),
        (row([2]), "line 2: not a row to evaluate: the label 2 is none of 1, 0, -1 and null"),
        (row([True]), "line 2: not a row to evaluate: the label True is none of"),
        (row([1], [5]), "line 2: not a row to evaluate: 'steps' is not a list of texts"),
        (row([1]) | {"response": "plain"}, "line 2: not a row to evaluate: 'response' is no object"),
        (row([1]) | {"image": 3}, "line 2: not a row to evaluate: 'image' is 3"),
        (row([1]) | {"question": None}, "line 2: not a row to evaluate: it has no 'question'"),
        (row([1], identity=1), "line 2: not a row to evaluate: its id 1 is also that of line 1"),
        ('{"half', "line 2: not a row: "),
        ("[1]", "line 2: not a row: list, not an object"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_others_are_evaluated(evaluate, bad, message):
    code, found, errors = evaluate([row([1, -1]), bad], [scores(1, 0.9, 0.1)])
    assert code == 1
    assert message in errors
    assert found["overall"]["macro_f1"] == 1.0


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (scores(2, 0.9, math.nan), "line 3: the score of step 1: nan is no number in [0, 1]"),
        (scores(2, 0.9, 1.5), "line 3: the score of step 1: 1.5 is no number in [0, 1]"),
        (scores(2, 0.9), "line 3: its scores are of 1 steps, and the solution has 2"),
        (scores(2, 0.9, 0.1, 0.1), "line 3: its scores are of 3 steps, and the solution has 2"),
        ({"id": 2, "step_scores": [{"first": 1, "last": 1, "score": 0.5}]}, "line 3: its step scores go on at step 1"),
        ({"id": 2}, "line 3: it has no list 'step_scores'"),
        ({"id": 2, "step_scores": [0.5, 0.5]}, "line 3: a step score has no 'first', 'last' and 'score'"),
    ],
)
def test_bad_scores_are_told_with_the_line_of_their_row(evaluate, known, message):
    code, found, errors = evaluate([row([1, -1]), row([1, -1])], [scores(1, 0.9, 0.1), scores(9, 0.5), known])
    assert code == 1
    assert "line 2: " in errors
    assert message in errors
    assert found["overall"]["steps"] == 2


def test_rows_without_scores_are_told(evaluate):
    code, found, errors = evaluate([row([1, -1]), row([1, -1])], [scores(1, 0.9, 0.1)])
    assert code == 1
    assert "scores.jsonl' has no scores of 2" in errors
    assert found["overall"]["steps"] == 2


def test_a_broken_line_of_scores_is_told_unless_it_is_half_written(evaluate, tmp_path):
    code, _, errors = evaluate([row([1])], ['{"id": 9', scores(1, 0.9)])
    assert (code, "scores.jsonl', line 1: " in errors) == (1, True)
    with (tmp_path / "scores.jsonl").open("w", encoding="utf-8") as file:
        file.write(json.dumps(scores(1, 0.9)) + '\n{"id": 9')
    code, found, errors = evaluate([row([1])], None, "--scores", str(tmp_path / "scores.jsonl"))
    assert code == 0
    assert "the last line is half-written" in errors
    assert found["overall"]["steps"] == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Say where the scores come from"),
        (["--scores", "nowhere.jsonl"], "'nowhere.jsonl' cannot be read"),
    ],
)
def test_what_is_missing_is_told(evaluate, options, message):
    code, found, errors = evaluate([row([1])], None, *options)
    assert (code, found) == (1, None)
    assert message in errors


@pytest.mark.parametrize(
    "options", [["--threshold", "1.5"], ["--threshold", "nan"], ["--shard", "0/2"], ["--shard", "3/2"]]
)
def test_a_wrong_command_line_is_refused(evaluate, options):
    with pytest.raises(SystemExit) as end:
        evaluate([row([1])], [], *options)
    assert end.value.code == 2


def test_tables_come_in_every_form_and_by_every_part(evaluate, tmp_path, capsys):
    rows = [row([1, -1], source="a", policy_model=None), row([1, -1], source=None)]
    write_lines(tmp_path / "rows.jsonl", rows)
    write_lines(tmp_path / "scores.jsonl", [scores(1, 0.9, 0.1), scores(2, 0.9, 0.6)])
    command = [
        "evaluate",
        "step-benchmark",
        "--input",
        str(tmp_path / "rows.jsonl"),
        "--scores",
        str(tmp_path / "scores.jsonl"),
    ]
    for options, expected in (
        ([], "| (not named) | 2 |"),
        (["--format", "csv", "--by", "policy"], "(not named),2,1,1,0,1.0,"),
        (["--format", "latex", "--by", "position"], "0 & 2 & 2 & 0"),
        (["--format", "json"], '"part": "(not named)"'),
    ):
        assert main([*command, *options]) == 0
        assert expected in capsys.readouterr().out
    _, found, _ = evaluate(rows, [scores(1, 0.9, 0.1), scores(2, 0.9, 0.6)], "--by", "position")
    assert {name: figures["accuracy"] for name, figures in found["parts"].items()} == {"0": 1.0, "1": 0.5}


# ---- with a model ----


def test_scores_are_made_kept_and_made_no_second_time(evaluate, models, tmp_path):
    rows = [row([1, -1, 1]), row([1, 1], identity="b"), row([-1] * 14)]
    code, found, errors = evaluate(rows, [], *models)
    assert (code, found["overall"]["steps"]) == (0, 19), errors
    assert found["solutions_per_second"] > 0
    kept = (tmp_path / "scores.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in kept.splitlines()]
    assert [line["id"] for line in lines] == [1, "b", 3]
    assert [len(line["step_scores"]) for line in lines] == [3, 2, 14]  # a list is never merged
    code, again, _ = evaluate(rows, lines, *models)
    assert (tmp_path / "scores.jsonl").read_text(encoding="utf-8") == kept
    assert again == found | {"solutions_per_second": None}
    # without a file to keep them the figures are the same, and those of `engine score`
    _, unkept, _ = evaluate(rows, None, *models)
    assert unkept["overall"] == found["overall"]


def test_a_half_written_line_is_cut_off_and_made_anew(evaluate, models, tmp_path):
    rows = [row([1, -1]), row([1, 1])]
    _, found, _ = evaluate(rows, [], *models)
    path = tmp_path / "scores.jsonl"
    whole = path.read_text(encoding="utf-8")
    half = [*whole.splitlines()[:1], whole.splitlines()[1][:40]]
    path.write_text("\n".join(half), encoding="utf-8")
    source = str(tmp_path / "rows.jsonl")
    assert main(["evaluate", "step-benchmark", "--input", source, "--scores", str(path), *models, "--json"]) == 0
    assert path.read_text(encoding="utf-8") == whole
    assert found["overall"]["steps"] == 4


def test_scores_of_other_models_and_other_texts_are_not_mixed(evaluate, models):
    rows = [row([1]), row([1])]
    other = scores(1, 0.5) | {"reward_model": "other@1", "inner_blank_lines": "keep"}
    code, found, errors = evaluate(rows, [other], *models)
    assert (code, found) == (1, None)
    assert "holds scores made with reward_model 'other@1', not " in errors
    code, found, errors = evaluate(rows, [other], *models, "--inner-blank-lines", "collapse")
    assert (code, found) == (1, None)
    assert "made with inner_blank_lines 'keep', not 'collapse'" in errors


def test_inner_blank_lines_are_kept_or_collapsed(evaluate, models, tmp_path):
    steps = ["The red bar\n\n  is 12. \n", "12 + 30 = 42."]
    collapsed = ["The red bar\nis 12.", "12 + 30 = 42."]
    made = {}
    for name, rows, how in (
        ("kept", [row([1, 1], steps)], "keep"),
        ("collapsed", [row([1, 1], steps)], "collapse"),
        ("same", [row([1, 1], collapsed)], "keep"),
    ):
        evaluate(rows, [], *models, "--inner-blank-lines", how)
        made[name] = json.loads((tmp_path / "scores.jsonl").read_text(encoding="utf-8"))
    assert made["collapsed"]["step_scores"] == made["same"]["step_scores"] != made["kept"]["step_scores"]
    assert (made["kept"]["inner_blank_lines"], made["collapsed"]["inner_blank_lines"]) == ("keep", "collapse")


def test_a_row_that_cannot_be_scored_is_told_and_the_others_are_evaluated(evaluate, models):
    rows = [row([1, -1]), row([1], image=["nowhere.png"]), row([1], ["word " * 9000])]
    code, found, errors = evaluate(rows, [], *models)
    assert code == 1
    assert "line 2: The picture" in errors
    assert "line 3: " in errors
    assert "too long" in errors
    assert found["overall"]["steps"] == 2


def test_shards_are_parts_that_make_the_whole(evaluate, models, tmp_path):
    drawing().save(tmp_path / "one.png")
    # no step twice: its scores are equal in one batch and not in another, and the area under the curve with them
    rows = [
        row([1, -1]),
        row([1, 1], question="Q?"),
        row([1], image=["one.png"]),
        row([-1], ["Another."]),
        row([-1], ["A third."], question="Q?"),
    ]
    _, whole, _ = evaluate(rows, [], *models)
    parts = []
    for number in (1, 2):
        code, _, _ = evaluate(rows, [], *models, "--shard", f"{number}/2")
        assert code == 0
        parts.append((tmp_path / "scores.jsonl").read_text(encoding="utf-8").splitlines())
    assert [[json.loads(line)["id"] for line in part] for part in parts] == [[1, 3, 4], [2, 5]]
    _, merged, _ = evaluate(rows, [*parts[1], *parts[0]])
    assert merged == whole | {"solutions_per_second": None}


def test_a_shard_is_read_strictly():
    assert [Shard(number=2, of=3).has(index) for index in range(5)] == [False, True, False, False, True]
    for text in ("", "1", "a/2", "1/0", "-1/2"):
        with pytest.raises(ValueError, match="is no part I/N"):
            Shard.read(text)


@pytest.mark.kills
def test_a_killed_run_goes_on_and_comes_to_the_same_figures(evaluate, models, tmp_path, capsys):
    """SIGKILL in the middle; no solution whose scores were kept is scored again."""
    rows = [
        row([1, -1] * 4, [f"Bar {bar}." for bar in range(8)], question=f"How many are {at // 2}?") for at in range(60)
    ]
    _, expected, _ = evaluate(rows, [], *models)
    path = tmp_path / "scores.jsonl"
    whole = path.read_text(encoding="utf-8").splitlines()
    path.unlink()
    arguments = ["evaluate", "step-benchmark", "--input", str(tmp_path / "rows.jsonl"), "--scores", str(path)]
    command = [sys.executable, "-m", "engine", *arguments, *models]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        awaited(lambda: (path.exists() and path.stat().st_size) or child.poll() is not None)
        os.kill(child.pid, signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL, "it ended by itself before it was killed"
    kept = path.read_text(encoding="utf-8").splitlines()
    assert 1 <= len(kept) < len(rows)
    assert main([*arguments, *models, "--json"]) == 0
    printed = capsys.readouterr()
    assert f"{len(rows) - len(kept) // 2 * 2} of" in printed.err  # a problem has two solutions
    found = json.loads(printed.out.splitlines()[-1])
    assert found | {"solutions_per_second": None} == expected | {"solutions_per_second": None}
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[: len(kept) - 1] == kept[:-1]  # the last may have been half-written
    assert lines == whole
