"""``python -m engine evaluate monte-carlo``: what one file's labels are worth beside those of another.

Covers engine/cli/evaluate_monte_carlo.py, and the measured rows of engine/cli/evaluate_rows.py.
"""

import pytest

from engine.__main__ import main
from engine.evaluation.monte_carlo import SIXTEENTHS
from tests.support.evaluate_command import run_evaluate, write_lines


def labelled(question, labels, image="images/a.png"):
    steps = [f"Step {at}." for at in range(len(labels))]
    response = {"steps": steps, "process_correctness": labels}
    return {"image": [image], "question": question, "answer": "3", "response": response}


def measured(question, counts, image="images/a.png", **more):
    steps = [
        {"step": f"Step {at}.", "score": 0.0, "num_mc_correct": reached, "num_mc_total": drawn}
        for at, (reached, drawn) in enumerate(counts)
    ]
    return {"image": image, "question": question, "answer": "3", "steps_with_score": steps, **more}


@pytest.fixture
def files(tmp_path):
    trusted = [labelled("one", [1, -1, 0]), labelled("two", [1, 1, -1]), labelled("alone", [1])]
    made = [measured("two", [(16, 16), (2, 16), (0, 0)]), measured("one", [(9, 16), (1, 16), (5, 16)])]
    return [
        "--input",
        str(write_lines(tmp_path / "test.jsonl", trusted)),
        "--measured",
        str(write_lines(tmp_path / "raw.jsonl", made)),
    ]


def test_the_labels_of_the_same_steps_are_compared_at_every_threshold(files, capsys):
    code, found, told = run_evaluate(capsys, "monte-carlo", *files)
    assert code == 0
    assert "compared 4 steps of 2 solutions; 1 of 3 labelled solutions are not measured" in told
    assert (found["problems"], found["steps"], found["neutral"], found["unmeasured"]) == (2, 4, 1, 1)
    assert [each["threshold"] for each in found["thresholds"]] == list(SIXTEENTHS)
    cells = [
        [each["confusion"][name] for name in ("true_positives", "false_positives")] for each in found["thresholds"]
    ]
    assert cells[:4] == [[3, 1], [3, 0], [2, 0], [2, 0]]
    assert cells[9] == [1, 0]
    assert found["thresholds"][1]["macro_f1"]["value"] == found["thresholds"][1]["accuracy"]["value"] == 1
    assert found["thresholds"][0]["f1_wrong"]["value"] == 0, "a wrong step is labelled, and none is called so"
    assert main(["evaluate", "monte-carlo", *files]) == 0
    assert "| 0.0625 | 1.0000 (" in capsys.readouterr().out


def test_figures_of_early_stops_are_taken_at_0_only(tmp_path, capsys):
    files = [
        "--input",
        str(write_lines(tmp_path / "test.jsonl", [labelled("one", [1, -1])])),
        "--measured",
        str(write_lines(tmp_path / "raw.jsonl", [measured("one", [(1, 3), (0, 16)], mc_mode="first-success")])),
    ]
    _code, found, _told = run_evaluate(capsys, "monte-carlo", *files)
    first, *others = found["thresholds"]
    assert first["accuracy"]["value"] == 1
    assert {each["macro_f1"]["value"] for each in others} == {None} == {each["confusion"] for each in others}
    assert "first success" in others[0]["macro_f1"]["reason"]


def test_bad_lines_and_files_without_a_common_solution_are_told(tmp_path, capsys):
    trusted = write_lines(tmp_path / "test.jsonl", [labelled("one", [1])])
    bad = [measured("one", [(3, 2)]), measured("one", [("1", 2)]), {"question": "one"}, measured("other", [(1, 2)])]
    made = write_lines(tmp_path / "raw.jsonl", bad)
    code = main(["evaluate", "monte-carlo", "--input", str(trusted), "--measured", str(made)])
    told = capsys.readouterr().err
    assert code != 0
    assert "line 1: not a row to evaluate: a step has 3 correct completions of 2" in told
    assert "line 2: not a row to evaluate: a step lacks 'num_mc_correct'" in told
    assert "line 3: not a row to evaluate: 'steps_with_score' is not a list" in told
    assert "No solution is in both files" in told
