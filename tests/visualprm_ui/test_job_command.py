"""``python app.py job``: what it asks for, what it prints, and that it goes on where it was stopped."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine import Engine
from storage import Selection, open_store
from storage.runs.built_in_benchmark import DATA_SOURCE
from tests.support.model_jobs import NamedRewardModel, add_problem, engine_of
from visualprm_ui.job_command import read_options, run_job

ROOT = Path(__file__).parents[2]


def done(store, engine, *arguments):
    """Do a job; return the exit code."""
    options, left = read_options([*arguments, "--json"])
    assert left == []
    with engine:
        return run_job(store, engine, options)


def printed(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_solutions_are_scored_and_counted(store, capsys):
    _problem, (good, bad) = add_problem(store, "Q", ["a"], ["odd"])
    judge = {"odd": float("nan")}
    engine = engine_of(NamedRewardModel("prm", lambda step: judge.get(step, 0.5)))
    assert done(store, engine, "score", "--data-source", "test") == 1
    told = printed(capsys)
    assert (told["total"], told["already"], told["failed"], told["reward_model"]["name"]) == (2, 0, 1, "prm")
    assert told["failures"][0]["solution"] == bad
    judge.clear()
    engine = engine_of(NamedRewardModel("prm", lambda step: 0.5))
    assert done(store, engine, "score") == 0  # what failed is tried again, what is done is left out
    assert (printed(capsys)["already"], len(store.results.get_solution(good).scorings)) == (1, 1)


def test_a_sampling_job_that_was_stopped_goes_on(store, capsys, monkeypatch):
    for number in range(3):
        add_problem(store, f"Q{number}")
    project = store.projects.add_project("P")
    asked = ("sample", "--n", "1", "--seed", "5", "--project", project.id)
    stored = store.runs.add_finished_run
    stops = iter((False, True))

    def stop_after_one(*values):
        if next(stops):
            raise KeyboardInterrupt
        stored(*values)

    monkeypatch.setattr(store.runs, "add_finished_run", stop_after_one)
    assert done(store, engine_of(NamedRewardModel("prm")), *asked) == 1
    assert "the same command goes on" in capsys.readouterr().err
    monkeypatch.undo()
    assert done(store, engine_of(NamedRewardModel("prm")), *asked) == 0
    told = printed(capsys)
    assert (told["total"], told["queued"], told["queue_total"]) == (3, 3, 3)
    found = store.projects.list_selected(Selection())
    assert [len(each.solutions) for each in found] == [1, 1, 1]


def test_the_built_in_benchmark_is_left_out_unless_it_is_named(store, capsys):
    add_problem(store, "Built in", ["a"], ["b"], source=DATA_SOURCE)
    assert done(store, engine_of(NamedRewardModel("prm")), "score") == 1
    assert "Only the built-in nano benchmark matches" in capsys.readouterr().err
    add_problem(store, "Mine", ["a"])
    for arguments, counts in (
        (("score",), (1, 2)),
        (("sample", "--n", "1"), (1, 1)),
        (("score", "--data-source", DATA_SOURCE), (2, 0)),
    ):
        assert done(store, engine_of(NamedRewardModel("prm")), *arguments) == 0
        told = printed(capsys)
        assert (told["total"], told["benchmark"]) == counts


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("score", "--queue", "gone"), "no queue 'gone'"),
        (("score", "--data-source", "gone"), "No solution matches"),
        (("sample", "--project", "gone"), "no project"),
        (("sample", "--n", "0"), "Solutions is 0"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(store, capsys, arguments, words):
    add_problem(store, "Q", ["a"])
    assert done(store, engine_of(NamedRewardModel("prm")), *arguments) == 1
    assert words in capsys.readouterr().err


def test_without_models_nothing_is_done(store, capsys):
    engine = Engine(lambda: None)
    engine.wait_ready(60)
    assert done(store, engine, "score") == 1
    assert "No model is loaded" in capsys.readouterr().err


def test_settings_are_left_for_the_app():
    options, left = read_options(["score", "--data-dir", "d", "--runs", "a", "b", "--policy", "p"])
    assert (options.runs, left) == (["a", "b"], ["--data-dir", "d", "--policy", "p"])
    with pytest.raises(SystemExit):
        read_options(["move"])


@pytest.mark.slow
def test_the_app_does_a_job_with_its_own_models(tmp_path):
    with open_store(tmp_path) as store:
        _problem, (solution,) = add_problem(
            store, "How many red circles are there?", ["There are two.", "Final answer: 2"]
        )
    command = [sys.executable, "app.py", "job", "score", "--json", "--data-dir", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["total"] == 1
    with open_store(tmp_path) as store:
        (scoring,) = store.results.get_solution(solution).scorings
        assert (scoring.scoring.reward_model, len(scoring.scoring.step_scores)) == ("nano-prm", 2)
