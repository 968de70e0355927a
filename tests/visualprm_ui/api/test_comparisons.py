"""Two step benchmarks side by side over REST: paired figures, the steps where they part, what cannot be compared.

Covers visualprm_ui/api/comparisons.py, visualprm_ui/use_cases/evaluations/comparison.py,
visualprm_ui/use_cases/evaluations/step_comparison_report.py.
"""

import html
import json
import random
import re
import shlex
from pathlib import Path

import pytest
from sklearn import metrics

from storage.__main__ import main as storage_main
from tests.support.evaluate_command import run_evaluate, write_lines
from tests.support.evaluations import add_labelled, relabel
from tests.support.model_jobs import NamedRewardModel, models
from tests.support.transfer_jobs import settled

PROBLEMS = 60


@pytest.fixture
def ada(team):
    """An admin."""
    return team["ada"]


def by_word(number):
    """A model that scores a step as one of its words says."""
    return lambda step: float(step.split()[number])


@pytest.fixture
def rows(store):
    """(solution, place, is correct, score of a, score of b) of each step that counts."""
    chance = random.Random(3)
    found = []
    for number in range(PROBLEMS):
        labels = [chance.choice([1, 1, -1, 0]) for _ in range(chance.randint(2, 6))]
        scores = [[round(chance.random(), 3) for _ in labels], []]
        scores[1] = [round(min(1, max(0, 0.5 + 0.3 * label + chance.gauss(0, 0.2))), 3) for label in labels]
        steps = [f"{a} {b} words" for a, b in zip(*scores, strict=True)]
        (solution,) = add_labelled(store, f"Q{number}", (steps, labels), source=f"source {number % 2}")
        found += [
            (solution, at, label == 1, a, b)
            for at, (label, a, b) in enumerate(zip(labels, *scores, strict=True))
            if label
        ]
    return found


@pytest.fixture
def evaluate(ada, engine):
    def run(name, **body):
        engine.switch(lambda: models(NamedRewardModel(name, by_word({"a": 0, "b": 1}[name]))))
        engine.wait_ready(10)
        answer = ada.post("/evaluations", json={"kind": "step_benchmark", **body})
        assert answer.status_code == 200, answer.text
        found = settled(ada, f"/evaluations/{answer.json()['id']}")
        assert found["state"] == "done", found["message"]
        return found["id"]

    return run


@pytest.fixture
def both(rows, evaluate):
    return {"a": evaluate("a"), "b": evaluate("b")}


def macro(rows, column, threshold=0.5):
    labels = [row[2] for row in rows]
    return metrics.f1_score(labels, [row[column] > threshold for row in rows], average="macro")


def test_figures_and_differences_are_those_of_the_same_steps(ada, both, rows):
    found = ada.get("/comparisons", params=both).json()
    assert (found["a"]["id"], found["b"]["id"]) == (both["a"], both["b"])
    assert (found["threshold_a"], found["threshold_b"]) == (0.5, 0.5)
    assert (found["steps"], found["solutions"], found["only_in_a"], found["only_in_b"]) == (
        len(rows),
        len({row[0] for row in rows}),
        0,
        0,
    )
    pooled = found["pooled"]
    assert pooled["a"]["value"] == pytest.approx(macro(rows, 3), abs=1e-9)
    assert pooled["b"]["value"] == pytest.approx(macro(rows, 4), abs=1e-9)
    assert pooled["difference"]["value"] == pytest.approx(macro(rows, 4) - macro(rows, 3), abs=1e-9)
    assert pooled["difference"]["low"] < pooled["difference"]["value"] < pooled["difference"]["high"]
    swapped = ada.get("/comparisons", params={"a": both["b"], "b": both["a"]}).json()
    assert swapped["pooled"]["difference"]["low"] == pytest.approx(-pooled["difference"]["high"], abs=1e-12)
    right = [((row[3] > 0.5) == row[2], (row[4] > 0.5) == row[2]) for row in rows]
    counts = [right.count(each) for each in ((True, True), (True, False), (False, True), (False, False))]
    names = ("both_right", "only_a_right", "only_b_right", "both_mistaken")
    assert [found[name] for name in names] == counts
    assert sum(each["steps"] for each in found["grid"]) == len(rows)
    assert {each["name"] for each in found["sources"]} == {"source 0", "source 1"}
    assert sum(each["steps"] for each in found["places"]) == len(rows)


def test_the_command_gives_the_same_figures(ada, rows, evaluate, store, tmp_path, monkeypatch, capsys):
    """The exported set with each model's scores; the commands in the middle, which load the models, are played by hand."""
    both = {"a": evaluate("a", threshold=0.3), "b": evaluate("b")}
    found = ada.get("/comparisons", params=both).json()
    export, *scored, compare = [shlex.split(each) for each in found["command"].split(" && ")]
    assert [(each[6:8], each[-3:]) for each in scored] == [
        (["evaluated/test.jsonl", "--reward-model"], [name, "--scores", f"{name}.jsonl"]) for name in "ab"
    ]
    monkeypatch.chdir(tmp_path)
    assert storage_main(export[3:]) == 0
    capsys.readouterr()
    lines = [json.loads(line) for line in Path("evaluated/test.jsonl").read_text(encoding="utf-8").splitlines()]
    for number, name in enumerate("ab"):
        scores = [[by_word(number)(step) for step in line["response"]["steps"]] for line in lines]
        groups = [[{"first": at, "last": at, "score": one} for at, one in enumerate(each)] for each in scores]
        write_lines(Path(f"{name}.jsonl"), [{"id": at, "step_scores": each} for at, each in enumerate(groups, 1)])
    code, printed, errors = run_evaluate(capsys, *compare[4:-1])
    assert (code, printed["solutions"]) == (0, found["solutions"]), errors
    ends = ("value", "low", "high")
    for name, row in (("macro_f1", "pooled"), ("f1_correct", "f1_correct"), ("f1_incorrect", "f1_wrong")):
        for figure in ("a", "b", "difference"):
            theirs = printed[name][figure]
            assert [theirs["value"], *theirs["interval"]] == [found[row][figure][end] for end in ends]
    assert [printed[each] for each in ("both_right", "only_a_right", "only_b_right", "both_mistaken")] == [
        found[each] for each in ("both_right", "only_a_right", "only_b_right", "both_mistaken")
    ]


def test_one_model_at_two_thresholds_is_scored_once_by_the_command(ada, rows, evaluate):
    both = {"a": evaluate("a", threshold=0.3), "b": evaluate("a")}
    command = ada.get("/comparisons", params=both).json()["command"]
    assert command.count("step-benchmark") == 1
    assert "--scores a.jsonl --against a.jsonl --threshold 0.3 --against-threshold 0.5" in command


def test_no_command_is_named_where_the_two_are_of_different_sets(ada, rows, evaluate):
    both = {"a": evaluate("a"), "b": evaluate("b", data_source="source 0")}
    found = ada.get("/comparisons", params=both).json()
    assert (found["only_in_a"] > 0, found["command"]) == (True, "")


def test_each_is_judged_at_its_own_threshold(ada, rows, evaluate):
    """Two whose thresholds differ were refused, with advice and nothing to press."""
    both = {"a": evaluate("a", threshold=0.3), "b": evaluate("b", threshold=0.6)}
    found = ada.get("/comparisons", params=both).json()
    assert (found["threshold_a"], found["threshold_b"]) == (0.3, 0.6)
    assert found["pooled"]["a"]["value"] == pytest.approx(macro(rows, 3, 0.3), abs=1e-9)
    assert found["pooled"]["b"]["value"] == pytest.approx(macro(rows, 4, 0.6), abs=1e-9)
    sides = [(row[3] > 0.3, row[4] > 0.6) for row in rows]
    assert (found["called"]["by_a"], found["called"]["by_b"]) == (
        sides.count((True, False)),
        sides.count((False, True)),
    )
    only_a = {row[:2] for row in rows if ((row[3] > 0.3) == row[2], (row[4] > 0.6) == row[2]) == (True, False)}
    listed = ada.get("/comparisons/steps", params={**both, "which": "only_a_right", "limit": 200}).json()
    assert {(each["solution"], each["step"]) for each in listed["steps"]} == only_a
    assert found["only_a_right"] == listed["total"] == len(only_a)


@pytest.mark.parametrize("threshold", [0.5, 0.52])
def test_steps_are_counted_by_which_scores_are_above_the_threshold_not_at_it(ada, store, evaluate, threshold):
    """A cell of the grid that the threshold cuts was counted by where it begins: [.5, .55) as above .5, .5 itself too."""
    pairs = [(0.5, 0.5), (0.5, 0.9), (0.53, 0.51), (0.9, 0.2), (0.9, 0.9)]
    add_labelled(store, "Q", ([f"{a} {b} words" for a, b in pairs], [1, -1, 1, 1, -1]))
    both = {"a": evaluate("a", threshold=threshold), "b": evaluate("b", threshold=threshold)}
    called = ada.get("/comparisons", params=both).json()["called"]
    sides = [(a > threshold, b > threshold) for a, b in pairs]
    assert called == {
        "by_both": sides.count((True, True)),
        "by_a": sides.count((True, False)),
        "by_b": sides.count((False, True)),
        "by_none": sides.count((False, False)),
    }


def test_steps_where_they_differ_most_come_first_and_can_be_narrowed_and_queued(ada, both, rows):
    found = ada.get("/comparisons/steps", params={**both, "limit": 200}).json()
    gaps = [abs(each["score"] - each["score_b"]) for each in found["steps"]]
    assert gaps == pytest.approx(sorted((abs(row[3] - row[4]) for row in rows), reverse=True)[:200])
    assert found["total"] == len(rows)
    query = {**both, "which": "only_b_right", "a_to": 0.4, "b_from": 0.6, "limit": 200}
    narrowed = ada.get("/comparisons/steps", params=query).json()
    wanted = [row for row in rows if row[2] and row[3] < 0.4 and row[4] >= 0.6]
    assert {(each["solution"], each["step"]) for each in narrowed["steps"]} == {row[:2] for row in wanted}
    body = {**both, "which": "only_b_right", "a_to": 0.4, "b_from": 0.6, "title": "They differ", "first": 1000}
    queued = ada.post("/comparisons/queue", json=body).json()
    assert queued["added"] == len({row[0] for row in wanted})
    assert ada.get("/comparisons/steps", params={**both, "which": "nobody"}).status_code == 422


def test_what_cannot_be_compared_is_refused_with_its_reason(ada, both, rows, evaluate, store):
    add_labelled(store, "Q", (["0.1 0.9"], [1]), source="elsewhere")
    apart = evaluate("b", data_source="elsewhere")
    relabel(store, rows[0][0], [-1] * len(store.runs.read_solutions([rows[0][0]])[rows[0][0]].steps))
    changed = evaluate("b")
    for a, b, status, words in (
        (both["a"], both["a"], 400, "the same evaluation"),
        (both["a"], apart, 400, "no solution in common"),
        (both["a"], changed, 400, "were changed between the two"),
        (both["a"], "0" * 32, 404, "no job"),
    ):
        answer = ada.get("/comparisons", params={"a": a, "b": b})
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
    part = evaluate("a", data_source="elsewhere")
    found = ada.get("/comparisons", params={"a": part, "b": changed}).json()
    assert (found["steps"], found["only_in_a"], found["only_in_b"]) == (1, 0, PROBLEMS)


def test_a_report_is_one_file_that_asks_nobody_for_anything(ada, rows, evaluate):
    both = {"a": evaluate("a", title="<b>first"), "b": evaluate("b")}
    found = ada.get("/comparisons", params=both).json()
    answer = ada.get("/comparisons/report", params=both)
    assert answer.headers["content-disposition"].endswith('.html"')
    text = answer.text
    assert re.findall(r"(?:src|href|url|@import)\s*[=(]", text) == []
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", text)
    assert ("<b>first" in text, "&lt;b&gt;first" in text, "words" in text) == (False, True, False)
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*)</script>', text)[1])
    for name in ("pooled", "f1_correct", "f1_wrong"):
        for side in ("a", "b", "difference"):
            assert data["comparison"][name][side]["value"] == found[name][side]["value"]
    assert [each["source"] for each in data["comparison"]["sources"]] == [each["name"] for each in found["sources"]]
    assert f"B - A {100 * found['pooled']['difference']['value']:.1f} (" in text
    assert (text.count("<svg"), text.count("<circle")) == (1, 1 + len(found["sources"]) + len(found["places"]))
    cells = (found["both_right"], found["only_b_right"])
    assert "<tr><td>B right</td><td>{}</td><td>{}</td></tr>".format(*cells) in text
    assert found["command"] in html.unescape(text)
    assert "Left out" not in text
    assert "threshold" not in text.partition("<h2>")[0]


def test_a_report_warns_as_the_evaluations_do(ada, rows, evaluate):
    """It left out what each said of its own figures."""
    both = {"a": evaluate("a", trained_on=["source 0"]), "b": evaluate("b", threshold=0.8)}
    notes = ada.get("/comparisons/report", params=both).text.partition("<h2>")[0]
    assert '<p class="note">A: The model was trained on source 0' in notes
    assert '<p class="note">A is measured at threshold 0.5, B at 0.8.</p>' in notes


def test_an_axis_of_differences_ends_at_the_number_that_it_names(ada, both):
    """An end at 1.49 points was called 1."""
    text = ada.get("/comparisons/report", params=both).text
    chart = re.search(r'<svg.*?aria-label="Differences.*?</svg>', text)[0]
    (low, high) = [
        (float(x), int(points)) for x, points in re.findall(r'<text x="([\d.]+)"[^>]*>([+-]\d+)</text>', chart)
    ]
    a_point = (high[0] - low[0]) / (high[1] - low[1])
    pooled = float(re.search(r'<circle cx="([\d.]+)"', chart)[1])
    found = ada.get("/comparisons", params=both).json()["pooled"]["difference"]["value"]
    assert (pooled - (low[0] + high[0]) / 2) / a_point == pytest.approx(100 * found, abs=0.1)


def test_a_report_says_what_is_left_out_and_names_no_command_for_it(ada, rows, evaluate):
    few = evaluate("a", data_source="source 0")
    both = {"a": few, "b": evaluate("b")}
    found = ada.get("/comparisons", params=both).json()
    text = ada.get("/comparisons/report", params=both).text
    assert f"Left out: {found['only_in_b']} solutions that only B has scores of." in text
    assert (found["only_in_b"] > 0, found["command"], "<pre>" in text) == (True, "", False)
