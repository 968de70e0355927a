"""``python -m engine evaluate calibration``: scores of steps against shares of completions, from files and from a model.

Covers engine/cli/evaluate_calibration.py, ``score_rows`` of engine/cli/scored_rows.py.
"""

import json

import pytest

from engine.__main__ import main
from tests.support.evaluate_command import run_evaluate, write_lines
from tests.support.pages import ROOT


def measured(question, counts, **more):
    steps = [
        {"step": f"Step {at}.", "score": 0.0, "num_mc_correct": reached, "num_mc_total": drawn}
        for at, (reached, drawn) in enumerate(counts)
    ]
    row = {"image": [], "question": question, "answer": "3", "policy_model": "p", "steps_with_score": steps}
    return {**row, **more}


def scores(identity, *groups):
    """Groups of (last step, score)."""
    step_scores, first = [], 0
    for last, score in groups:
        step_scores.append({"first": first, "last": last, "score": score})
        first = last + 1
    return {"id": identity, "step_scores": step_scores, "score": 0.5, "reward_model": "r@1"}


@pytest.fixture
def calibration(tmp_path, capsys):
    """Run the command on rows with figures and scores; return exit code, printed object and standard error."""

    def run(rows, known, *options):
        arguments = ["--measured", str(write_lines(tmp_path / "raw.jsonl", rows))]
        arguments += ["--scores", str(write_lines(tmp_path / "scores.jsonl", known))]
        return run_evaluate(capsys, "calibration", *arguments, *options)

    return run


SIX = [measured(f"Question {at}", [(at, 16), (16, 16), (0, 0)]) for at in range(6)]
SCORES = [scores(at + 1, (0, 0.3 + at / 50), (1, 0.8), (2, 0.1)) for at in range(6)]


def test_the_map_and_what_it_is_worth_are_printed_and_written_with_their_record(calibration, tmp_path):
    code, found, told = calibration(SIX, SCORES, "--output", str(tmp_path / "map.json"))
    assert code == 0
    assert (found["problems"], found["solutions"], found["steps"], found["completions"]) == (6, 6, 12, 192)
    assert found["map"][0][0] == [0.3, 0.0], "a step without completions is not 0 reached"
    assert found["map"][-1] == [[0.8, 1.0]]
    assert found["before"]["value"] > found["after"]["value"]
    assert len(found["curve"]) == 10
    assert found["curve"][0] | {"share": None} == {
        "low": 0.0,
        "high": 0.1,
        "steps": 0,
        "completions": 0,
        "mean_score": None,
        "share": None,
    }
    record = found["record"]
    assert (record["reward_model"], record["policy"], record["folds"], record["seed"]) == ("r@1", "p", 5, 0)
    assert record["completions_a_step"] == {"16": 12, "0": 6}
    assert json.loads((tmp_path / "map.json").read_text(encoding="utf-8")) == found
    assert "compared 12 steps of 6 solutions, 6 problems" in told


def test_merged_steps_are_compared_where_they_end(calibration):
    _code, found, _told = calibration([measured("one", [(3, 16), (8, 16)])], [scores(1, (1, 0.5))])
    assert (found["steps"], found["map"]) == (1, [[[0.5, 0.5]]])
    assert found["after"]["value"] is None
    assert "too few" in found["after"]["reason"]


def test_what_another_policy_completed_and_what_was_stopped_is_left_out(calibration):
    rows = [
        measured("one", [(4, 16)]),
        measured("two", [(1, 3)], mc_mode="first-success"),
        measured("three", [(16, 16)], mc_policy_model="other"),
    ]
    code, found, told = calibration(rows, [scores(at, (0, 0.5)) for at in (1, 2, 3)])
    assert code == 0
    assert found["map"] == [[[0.5, 0.25]]]
    assert "1 of 3 solutions are left out: their completions ended with the first success" in told
    assert "1 of 3 solutions are left out: another policy" in told


def test_several_policies_and_nothing_to_compare_are_refused(calibration):
    code, _, told = calibration([measured("one", [(1, 2)]), measured("two", [(1, 2)], policy_model="q")], [])
    assert code != 0
    assert "several policies: p, q" in told
    code, _, told = calibration([measured("one", [(1, 2)])], [])
    assert code != 0
    assert "No step has both" in told


def test_a_row_without_scores_is_told_and_the_others_are_compared(calibration):
    code, found, told = calibration(SIX, SCORES[1:])
    assert code == 1
    assert "has no scores of 1" in told
    assert found["solutions"] == 5


def test_without_json_a_table_is_printed(tmp_path, capsys):
    arguments = ["--measured", str(write_lines(tmp_path / "raw.jsonl", SIX))]
    arguments += ["--scores", str(write_lines(tmp_path / "scores.jsonl", SCORES))]
    assert main(["evaluate", "calibration", *arguments]) == 0
    printed = capsys.readouterr().out
    assert "| 0.8 to 0.9 | 6 | 96 | 0.8000 | 1.0000 (1.0000, 1.0000) |" in printed
    assert "undefined: No step has such a score." in printed
    assert "calibration error: " in printed


def test_without_scores_and_model_it_says_what_to_give(tmp_path, capsys):
    raw = write_lines(tmp_path / "raw.jsonl", SIX)
    assert main(["evaluate", "calibration", "--measured", str(raw)]) != 0
    assert "--reward-model MODEL, --scores FILE" in capsys.readouterr().err


@pytest.mark.slow
def test_a_model_scores_what_is_missing_and_keeps_it(tmp_path, capsys):
    raw = write_lines(tmp_path / "raw.jsonl", SIX[:2])
    kept = tmp_path / "kept.jsonl"
    arguments = ["--measured", str(raw), "--scores", str(kept)]
    model = ["--reward-model", str(ROOT / "nano/weights/reward_model"), "--device", "cpu"]
    code, found, _told = run_evaluate(capsys, "calibration", *arguments, *model)
    assert code == 0
    assert found["steps"] == 4
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 2
    assert "@" in found["record"]["reward_model"]
    _code, again, _told = run_evaluate(capsys, "calibration", *arguments)
    assert again["map"] == found["map"]
