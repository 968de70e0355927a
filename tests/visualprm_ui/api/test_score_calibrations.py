"""Scores of steps beside a policy's completions over REST: figures, what is left out, the map that is kept, the command.

Covers visualprm_ui/api/score_calibrations.py, visualprm_ui/use_cases/evaluations/score_calibrations.py and the command of
visualprm_ui/use_cases/evaluations/command.py.
"""

import json
import random
import shlex
from dataclasses import replace

import pytest
from sklearn.isotonic import IsotonicRegression

from engine.__main__ import main as engine_main
from engine.domain import Problem, RunRecord, Scoring, Solution, StepScore
from engine.outcomes.rollout_labels import RolloutMode
from storage import ScoringRun
from storage.__main__ import main as storage_main
from tests.support.evaluate_command import write_lines
from tests.support.rollouts import measured

PATH = "/calibration"
ASKED = {"policy": "policy", "reward_model": "r"}
RECORD = RunRecord(
    policy_model="",
    policy_revision="",
    reward_model="r",
    reward_model_revision="2",
    dtype="float32",
    device="cpu",
    prompt_version="v",
    tiles=(),
    versions={},
)


@pytest.fixture
def ada(team):
    """An admin."""
    return team["ada"]


def add_scored(store, number, groups, counts, *, policy="policy", record=RECORD, **of_rollouts):
    """Store a solution of its own problem with merged scores, (last step, score), and counted completions of each step."""
    problem = Problem(question=f"Question {number}", answer="1")
    store.runs.add_problem(problem)
    solution = Solution(
        problem_id=problem.id, steps=tuple(f"Step {at}" for at in range(len(counts))), policy_model=policy
    )
    store.runs.add_solution(None, solution)
    score(store, problem.id, solution.id, groups, record)
    store.runs.add_rollout_labels([measured(solution.id, *counts, completions=16, **of_rollouts)])
    return problem.id, solution.id


def score(store, problem, solution, groups, record=RECORD):
    firsts = [0, *(last + 1 for last, _ in groups)]
    scores = tuple(
        StepScore(first=first, last=last, score=each) for first, (last, each) in zip(firsts, groups, strict=False)
    )
    scoring = Scoring(solution_id=solution, reward_model=record.reward_model, step_scores=scores)
    store.runs.add_scoring_run(ScoringRun(problem_id=problem, record=record), [scoring])


@pytest.fixture
def steps(store):
    """(score, reached of 16) of steps whose scores say too much; the last of three is merged with the one before."""
    chance, found = random.Random(4), []
    for number in range(20):
        scores = [chance.random(), chance.random()]
        reached = [sum(chance.random() < each**2 for _ in range(16)) for each in scores]
        add_scored(
            store, number, [(0, scores[0]), (2, scores[1])], [(reached[0], 16), (16 - reached[1], 16), (reached[1], 16)]
        )
        found += list(zip(scores, reached, strict=True))
    return found


def test_the_map_is_that_of_scikit_learn_and_worth_is_measured_elsewhere(ada, steps):
    answer = ada.get(PATH, params={"policy": "policy"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["reward_model"], found["reward_models"]) == ("r", [{"name": "r", "solutions": 20}])
    figures = found["figures"]
    assert (figures["problems"], figures["steps"], figures["completions"]) == (20, 40, 640)
    reference = IsotonicRegression().fit([each for each, _ in steps], [reached / 16 for _, reached in steps])
    for segment in figures["map"]:
        for mapped, share in segment:
            assert share == pytest.approx(reference.predict([mapped])[0])
    assert sum(each["steps"] for each in figures["curve"]) == 40
    assert figures["before"]["value"] > figures["after"]["value"]
    assert figures["gain"]["low"] < figures["gain"]["value"] < figures["gain"]["high"]
    record = {each["name"]: each["value"] for each in figures["record"]}
    assert (record["scores of"], record["completions of"], record["completions a step"]) == ("r", "policy", "16")
    assert (record["revision of the reward model"], record["revision of the policy"]) == ("2", "1")
    assert found["kept"] is None


def test_a_map_is_kept_with_its_record_and_the_newest_counts(ada, team, store, steps):
    assert team["tom"].get(PATH, params=ASKED).status_code == 403
    assert team["tom"].post(PATH, json=ASKED).status_code == 403
    figures = ada.get(PATH, params=ASKED).json()["figures"]
    answer = ada.post(PATH, json=ASKED)
    assert answer.status_code == 200, answer.text
    kept = ada.get(PATH, params=ASKED).json()["kept"]
    assert kept == answer.json()
    assert (kept["made_by"], kept["problems"], kept["steps"], kept["is_of_these_versions"]) == ("ada", 20, 40, True)
    assert (kept["before"], kept["after"]) == (figures["before"]["value"], figures["after"]["value"])
    stored = store.runs.get_calibration_map("r", "policy")
    assert stored.map.value_at(figures["map"][0][0][0]) == figures["map"][0][0][1]
    assert (stored.record.pair.prompt_version, stored.record.pair.policy_revision) == ("v", "1")
    for number in range(
        30, 60
    ):  # a newer version of the reward model scores more solutions: it is what is measured now
        add_scored(store, number, [(0, number / 100)], [(8, 16)], record=replace(RECORD, reward_model_revision="3"))
    later = ada.get(PATH, params=ASKED).json()
    assert later["kept"]["is_of_these_versions"] is False
    assert (later["figures"]["solutions"], later["figures"]["versions"]) == (30, 20)


def test_what_a_map_is_not_about_is_left_out_and_counted(ada, store, steps):
    add_scored(store, 40, [(0, 0.5)], [(16, 16)], policy="other")
    add_scored(store, 41, [(0, 0.5)], [(1, 3)], mode=RolloutMode.FIRST_SUCCESS)
    add_scored(store, 42, [(0, 0.5)], [(16, 16)], record=replace(RECORD, reward_model="another"))
    add_scored(store, 43, [(0, 0.5)], [(16, 16)], policy_revision="2")
    add_scored(store, 44, [(0, None), (1, 0.4)], [(16, 16), None])  # could not be read, was not measured
    found = ada.get(PATH, params=ASKED).json()["figures"]
    assert [found[each] for each in ("others", "stopped", "unscored", "versions")] == [1, 1, 1, 1]
    assert (found["problems"], found["steps"]) == (20, 40)


def test_what_was_measured_is_read_once(ada, store, steps, monkeypatch):
    """It was read for the list of reward models, and again for the figures of one."""
    reads, read = [], type(store.runs).list_measured_by

    def counted(runs, policy):
        reads.append(policy)
        return read(runs, policy)

    monkeypatch.setattr(type(store.runs), "list_measured_by", counted)
    found = ada.get(PATH, params={"policy": "policy"}).json()
    assert (found["reward_models"], found["figures"]["solutions"]) == ([{"name": "r", "solutions": 20}], 20)
    assert reads == ["policy"]


def test_the_newest_scoring_of_a_solution_counts(ada, store):
    problem, solution = add_scored(store, 1, [(0, 0.1)], [(8, 16)])
    score(store, problem, solution, [(0, 0.9)])
    assert ada.get(PATH, params=ASKED).json()["figures"]["map"] == [[[0.9, 0.5]]]


def test_a_map_whose_worth_was_not_measured_is_not_kept(ada, store):
    add_scored(store, 1, [(0, 0.1)], [(8, 16)])
    found = ada.get(PATH, params=ASKED).json()
    assert found["figures"]["after"]["value"] is None
    assert "too few" in found["figures"]["after"]["reason"]
    answer = ada.post(PATH, json=ASKED)
    assert answer.status_code == 400
    assert "not measured" in answer.text
    assert store.runs.get_calibration_map("r", "policy") is None


def test_where_nothing_can_be_compared_the_reason_is_said(ada, steps):
    nothing = ada.get(PATH, params={"policy": "unknown"}).json()
    assert (nothing["reward_model"], nothing["figures"], nothing["kept"]) == (None, None, None)
    assert "No reward model has scored" in nothing["reason"]
    answer = ada.get(PATH, params={**ASKED, "reward_model": "unknown"})
    assert answer.status_code == 400
    assert "has scores of 'unknown'" in answer.text


def test_the_command_gives_the_same_figures(ada, store, tmp_path, monkeypatch, capsys):
    """The reward model of this test cannot be loaded, so that its scores are given to the command as a file."""
    chance = random.Random(5)
    for number in range(12):
        value = chance.random()
        add_scored(store, number, [(0, value)], [(sum(chance.random() < value**2 for _ in range(16)), 16)])
    found = ada.get(PATH, params=ASKED).json()["figures"]
    monkeypatch.chdir(tmp_path)
    export, measure = map(shlex.split, found["command"].split(" && "))
    assert storage_main(export[3:]) == 0
    at = measure.index("--reward-model")
    assert measure[at + 1] == "r"
    rows = [json.loads(line) for line in (tmp_path / "measured/visualprm400k-raw.jsonl").read_text().splitlines()]
    of_question = {}
    for each in store.runs.iter_problems():
        (solution,) = [one for one in store.runs.list_measured_by("policy") if problem_of(store, one) == each.id]
        ((recorded),) = store.runs.list_scorings([solution])[solution]
        of_question[each.question] = recorded.scoring.step_scores[0].score
    lines = [
        {"id": at, "step_scores": [{"first": 0, "last": 0, "score": of_question[row["question"]]}]}
        for at, row in enumerate(rows, 1)
    ]
    write_lines(tmp_path / "scores.jsonl", lines)
    assert engine_main([*measure[3:at], *measure[at + 2 :]]) == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert json.loads((tmp_path / "map.json").read_text(encoding="utf-8")) == printed
    assert (printed["map"], printed["steps"]) == (found["map"], found["steps"])
    assert printed["error"]["value"] == pytest.approx(found["error"]["value"])


def problem_of(store, solution):
    return store.runs.read_solutions([solution])[solution].problem_id
