"""Monte-Carlo labels beside others over REST: the figures, the steps behind them, and the command that gives them again.

Covers visualprm_ui/api/monte_carlo_labels.py, visualprm_ui/use_cases/evaluations/monte_carlo_labels.py and the command of
visualprm_ui/use_cases/evaluations/command.py.
"""

import json
import random
import shlex

import pytest
from sklearn import metrics

from engine.__main__ import main as engine_main
from engine.outcomes.rollout_labels import RolloutMode
from storage.__main__ import main as storage_main
from tests.support.evaluations import FILE, add_labelled
from tests.support.rollouts import measured
from tests.support.store_labelling import say

PATH = "/monte-carlo-labels"
MEASURED = {"measured": "monte_carlo:policy"}


@pytest.fixture
def ada(team):
    """An admin."""
    return team["ada"]


@pytest.fixture
def steps(store):
    """(solution, place, is correct, share) of each step that is compared: labelled by a file, measured with 16 completions."""
    chance, found = random.Random(3), []
    for number in range(30):
        labels = [chance.choice([1, 1, -1, 0]) for _ in range(chance.randint(2, 6))]
        counts = [(sum(chance.random() < 0.45 + 0.15 * label for _ in range(16)), 16) for label in labels]
        counts[0] = None if number % 5 == 0 else counts[0]
        (solution,) = add_labelled(store, f"Question {number}", ([f"Step {at}" for at in range(len(labels))], labels))
        store.runs.add_rollout_labels([measured(solution, *counts, completions=16)])
        found += [
            (solution, at, label == 1, count[0] / 16)
            for at, (label, count) in enumerate(zip(labels, counts, strict=True))
            if label and count is not None
        ]
    add_labelled(store, "Not measured", (["a"], [1]))
    return found


def at(found, threshold):
    return [each for each in found["points"] if each["threshold"] <= threshold][-1]


def test_the_figures_are_those_of_scikit_learn_at_every_threshold(ada, steps):
    answer = ada.get(PATH, params=MEASURED)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["steps"], found["labels"], found["name"]) == (len(steps), "final", "everything")
    assert found["solutions"] == len({solution for solution, *_ in steps})
    labels = [is_correct for _, _, is_correct, _ in steps]
    assert found["labelled_correct"] == pytest.approx(sum(labels) / len(labels))
    for threshold in (0, 0.0625, 0.3, 0.5, 0.9375):
        called = [share > threshold for *_, share in steps]
        point = at(found, threshold)
        assert point["macro_f1"]["value"] == pytest.approx(metrics.f1_score(labels, called, average="macro"))
        assert point["f1_wrong"]["value"] == pytest.approx(metrics.f1_score(labels, called, pos_label=False))
        assert point["accuracy"]["value"] == pytest.approx(metrics.accuracy_score(labels, called))
        assert point["called_correct"]["value"] == pytest.approx(sum(called) / len(called))
        assert point["accuracy"]["low"] < point["accuracy"]["value"] < point["accuracy"]["high"]
        assert sum(point["confusion"].values()) == len(steps)
    record = {each["name"]: each["value"] for each in found["record"]}
    assert (record["Monte-Carlo labels"], record["compared with"]) == ("monte_carlo:policy", f"file:{FILE}")
    assert (record["completions a step"], record["drawn"]) == ("16", "all of every step")


def test_the_steps_of_each_cell_are_listed_the_most_confident_mistakes_first(ada, steps):
    found = ada.get(PATH, params=MEASURED).json()
    cells = {
        (1, 1): "true_positives",
        (-1, 1): "false_positives",
        (1, -1): "false_negatives",
        (-1, -1): "true_negatives",
    }
    for (label, called), name in cells.items():
        asked = {**MEASURED, "label": label, "predicted": called, "threshold": 0.25, "limit": 200}
        page = ada.get(f"{PATH}/steps", params=asked).json()
        mine = [each for each in steps if each[2] == (label == 1) and (each[3] > 0.25) == (called == 1)]
        assert page["total"] == at(found, 0.25)["confusion"][name] == len(mine)
        assert {(each["solution"], each["step"], each["score"]) for each in page["steps"]} == {
            (solution, place, share) for solution, place, _, share in mine
        }
        shares = [each["score"] for each in page["steps"]]
        assert shares == sorted(shares, reverse=called == 1)
    first = page["steps"][0]
    assert (first["whose"], first["text"], first["label"]) == (f"file:{FILE}", f"Step {first['step']}", -1)


def test_the_command_gives_the_same_figures(ada, steps, store, tmp_path, monkeypatch, capsys):
    found = ada.get(PATH, params=MEASURED).json()
    monkeypatch.chdir(tmp_path)
    for command in found["command"].split(" && "):
        words = shlex.split(command)
        assert {"engine": engine_main, "storage": storage_main}[words[2]](words[3:]) == 0, command
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    names = ("steps", "solutions", "neutral", "unmeasured", "stopped", "labelled_correct")
    assert {name: printed[name] for name in names} == {name: found[name] for name in names}
    for point in printed["thresholds"]:
        view = at(found, point["threshold"])
        assert point["macro_f1"]["value"] == pytest.approx(view["macro_f1"]["value"])
        assert point["macro_f1"]["interval"] == pytest.approx([view["macro_f1"]["low"], view["macro_f1"]["high"]])


def test_people_come_before_files_and_what_is_not_measured_is_counted_apart(ada, store):
    (solution,) = add_labelled(store, "Q", (["a", "b", "c"], [1, 1, 1]))
    store.runs.add_rollout_labels([measured(solution, (3, 4), None, (1, 4))])
    say(store, solution, "bob", "+-0")
    found = ada.get(PATH, params=MEASURED).json()
    assert (found["steps"], found["neutral"], found["unmeasured"]) == (1, 1, 1)
    assert found["points"][0]["macro_f1"]["value"] is None
    assert "No step of this class" in found["points"][0]["macro_f1"]["reason"]
    assert {"name": "compared with", "value": "people"} in found["record"]
    of_file = ada.get(PATH, params={**MEASURED, "labels": f"file:{FILE}"}).json()
    assert (of_file["steps"], of_file["unmeasured"]) == (2, 1)


def test_completions_that_were_stopped_have_figures_at_0_only(ada, store):
    (solution,) = add_labelled(store, "Q", (["a", "b"], [1, -1]))
    store.runs.add_rollout_labels([measured(solution, (1, 3), (0, 4), mode=RolloutMode.FIRST_SUCCESS)])
    points = ada.get(PATH, params=MEASURED).json()["points"]
    assert points[0]["accuracy"]["value"] == 1
    assert {(each["confusion"], each["accuracy"]["value"]) for each in points[1:]} == {(None, None)}


def test_what_cannot_be_compared_is_refused_with_the_reason(ada, team, store):
    add_labelled(store, "Q", (["a"], [1]))
    for asked, reason in (
        (MEASURED, "No solution has both"),
        ({"measured": "final"}, "not of Monte-Carlo completions"),
        ({"measured": f"file:{FILE}", "labels": f"file:{FILE}"}, "on both sides"),
        ({**MEASURED, "labels": "all"}, "compared with one label"),
    ):
        answer = ada.get(PATH, params=asked)
        assert answer.status_code == 400
        assert reason in answer.text
    assert ada.get(PATH).status_code == 422
    assert team["tom"].get(PATH, params=MEASURED).status_code == 403


def test_what_somebody_is_labelling_is_hidden_from_them_and_what_they_saw_is_noted(ada, store):
    solutions = add_labelled(store, "Q", (["a", "b"], [1, -1]), (["c", "d"], [1, -1]))
    store.runs.add_rollout_labels([measured(each, (3, 4), (1, 4)) for each in solutions])
    made = ada.post("/projects", json={"title": "P", "options": {"blind": True}}).json()
    ada.post(f"/projects/{made['project']}/items", json={"solutions": solutions})
    assert ada.get(f"{PATH}/steps", params=MEASURED).json()["total"] == 4
    task = ada.get(f"/queues/{made['queue']}/next").json()["task"]  # held from now on
    hidden = ada.get(f"{PATH}/steps", params=MEASURED).json()
    assert (hidden["total"], len({each["solution"] for each in hidden["steps"]})) == (2, 1)
    assert ada.get(f"/tasks/{task['id']}/reveal").status_code == 403
