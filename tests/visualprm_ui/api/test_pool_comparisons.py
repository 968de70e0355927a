"""Two Best-of-N evaluations side by side over REST: paired figures, whose picks are right, what cannot be compared.

Covers visualprm_ui/api/pool_comparisons.py, visualprm_ui/use_cases/evaluations/pool_comparison.py,
visualprm_ui/use_cases/evaluations/pool_comparison_report.py.
"""

import html
import json
import re
import shlex

import pytest

from engine.domain import Role
from engine.evaluation.solution_pool import Protocol
from tests.support.api_accounts import make_person, sign_in
from tests.support.evaluate_command import run_evaluate
from tests.support.model_jobs import NamedRewardModel
from tests.support.solution_pools import TEXTS, CountedPolicy, add_problems, judge_of, load, text
from tests.support.transfer_jobs import settled
from visualprm_ui.use_cases.evaluations.command import compare_command

# both are right of one solution alone; of two, a picks the first of them and b the second
GOOD_AT_A = {"a": 0.9, "b": 0.2, "c": 0.3, "d": 0.1}
GOOD_AT_B = {"a": 0.1, "b": 0.9, "c": 0.3, "d": 0.2}


@pytest.fixture
def ada(team):
    """An admin."""
    return team["ada"]


@pytest.fixture
def rev(team, store):
    """A reviewer."""
    return sign_in(store, team["tom"], make_person(store, "rev", Role.REVIEWER))


@pytest.fixture
def problems(store):
    """Three problems of one set, the reference of the last of which is the second solution's, and one of another set."""
    add_problems(store, "Other", source="elsewhere")
    return [*add_problems(store, "Q1", "Q2"), *add_problems(store, "Q3", answer="5")]


@pytest.fixture
def evaluate(ada, engine):
    def run(scores, texts=TEXTS, source="test", **body):
        load(engine, CountedPolicy(texts), NamedRewardModel("prm", judge_of(scores)))
        asked = {"kind": "best_of_n", "data_source": source, "n": 2, **body}
        answer = ada.post("/evaluations", json=asked)
        assert answer.status_code == 200, answer.text
        found = settled(ada, f"/evaluations/{answer.json()['id']}")
        assert found["state"] == "done", found["message"]
        return found["id"]

    return run


def test_differences_are_paired_on_the_problems_that_both_have(rev, problems, evaluate):
    both = {"a": evaluate(GOOD_AT_A), "b": evaluate(GOOD_AT_B, n=4)}
    found = rev.get("/comparisons/best-of-n", params=both).json()
    assert [found[side]["evaluation"]["id"] for side in "ab"] == [both["a"], both["b"]]
    assert [found[side]["model"]["key"] for side in "ab"] == ["prm", "prm"]
    assert (found["problems"], found["a"]["only_here"], found["b"]["only_here"]) == (3, 0, 0)
    assert (found["protocol"], found["protocols"]) == ("iid", ["iid"])
    assert [each["n"] for each in found["points"]] == [1, 2], "as many as both have"
    alone = {side: rev.get(f"/evaluations/{both[side]}/curve").json()["points"][1]["figures"] for side in "ab"}
    ways = found["points"][1]["ways"]
    for way, each in ways.items():
        for side in "ab":
            name = way if way in alone[side] else f"prm_{way}"
            ends = ("value", "low", "high")
            assert [each[side][end] for end in ends] == pytest.approx([alone[side][name][end] for end in ends]), way
        difference = each["difference"]
        assert difference["value"] == pytest.approx(each["b"]["value"] - each["a"]["value"])
        assert difference["low"] <= difference["value"] <= difference["high"]
    assert set(ways) == {
        "mean",
        "min",
        "max",
        "last",
        "product",
        "weighted_vote",
        "self_consistency",
        "random",
        "oracle",
    }
    swapped = rev.get("/comparisons/best-of-n", params={"a": both["b"], "b": both["a"]}).json()["points"][1]["ways"]
    assert swapped["mean"]["difference"]["value"] == pytest.approx(-ways["mean"]["difference"]["value"])


def test_the_command_gives_the_same_figures_of_the_evaluations_own_files(
    rev, problems, evaluate, tmp_path, monkeypatch, capsys
):
    both = {"a": evaluate(GOOD_AT_A), "b": evaluate(GOOD_AT_B, n=4, outcome=True)}
    found = rev.get("/comparisons/best-of-n", params={**both, "model_b": "orm"}).json()
    fetch_files(rev, both, tmp_path)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(found["command"])
    assert words[:5] == ["python", "-m", "engine", "evaluate", "compare"]
    code, printed, errors = run_evaluate(capsys, *words[4:-1])
    assert (code, printed["problems"]) == (0, 3), errors
    for point in found["points"]:
        for way, each in point["ways"].items():
            for name, figure in each.items():
                theirs = printed["points"][str(point["n"])][way][name]
                assert [theirs["value"], *theirs["interval"]] == [figure["value"], figure["low"], figure["high"]]


def test_the_command_chooses_by_no_model_where_the_app_does_not(rev, problems, evaluate, tmp_path, monkeypatch, capsys):
    """It named no model, and took the first of each file."""
    both = {"a": evaluate(GOOD_AT_A), "b": evaluate(GOOD_AT_B)}
    fetch_files(rev, both, tmp_path)
    monkeypatch.chdir(tmp_path)
    words = shlex.split(compare_command(Protocol.IID, "prm", None))
    code, printed, errors = run_evaluate(capsys, *words[4:-1])
    assert (code, list(printed["points"]["2"])) == (0, ["self_consistency", "random", "oracle"]), errors


def fetch_files(rev, both, folder):
    for side, evaluation in both.items():
        (folder / side).mkdir()
        for name in ("problems.jsonl", "pool.jsonl"):
            (folder / side / name).write_bytes(rev.get(f"/evaluations/{evaluation}/{name}").content)


def test_problems_are_told_apart_by_whose_pick_is_right(rev, problems, evaluate):
    both = {"a": evaluate(GOOD_AT_A), "b": evaluate(GOOD_AT_B)}
    found = rev.get("/comparisons/best-of-n/picks", params={**both, "n": 2}).json()
    assert (found["n"], found["way"], found["way_a"], found["way_b"]) == (2, "mean", "prm_mean", "prm_mean")
    right = {each["problem"]: (each["right_a"], each["right_b"], each["right_any"]) for each in found["problems"]}
    assert right == dict.fromkeys(problems[:2], (True, False, True)) | {problems[2]: (False, True, True)}
    assert (found["right_a"], found["right_b"], found["right_any"]) == (2, 1, 3)
    for side in "ab":
        query = {"n": 2, "way": found[f"way_{side}"], "against": found[f"way_{side}"]}
        opened = rev.get(f"/evaluations/{both[side]}/problems/{problems[2]}", params=query).json()
        assert opened["way"]["is_correct"] is (side == "b")
    voted = rev.get("/comparisons/best-of-n/picks", params={**both, "n": 2, "way": "self_consistency"}).json()
    assert (voted["way_a"], voted["right_a"], voted["right_b"]) == ("self_consistency", 2, 2)
    for query, status, words in (
        ({"way": "oracle"}, 400, "is no way to choose"),
        ({"model_a": "orm"}, 400, "no model 'orm' that has scored all"),
        ({"n": 0}, 422, "n"),
    ):
        answer = rev.get("/comparisons/best-of-n/picks", params={**both, **query})
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text


def test_a_report_is_one_file_that_asks_nobody_for_anything(rev, problems, evaluate):
    both = {"a": evaluate(GOOD_AT_A, title="<b>first"), "b": evaluate(GOOD_AT_B, n=4, title="second", outcome=True)}
    found = rev.get("/comparisons/best-of-n", params={**both, "model_b": "orm"}).json()
    answer = rev.get("/comparisons/best-of-n/report", params={**both, "model_b": "orm", "way": "min"})
    assert answer.headers["content-disposition"].endswith('.html"')
    text = answer.text
    assert re.findall(r"(?:src|href|url|@import)\s*[=(]", text) == []
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", text)
    assert ("<b>first" in text, "&lt;b&gt;first" in text, text.count("<svg"), text.count("<polyline")) == (
        False,
        True,
        1,
        2,
    )
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*)</script>', text)[1])
    for point in found["points"]:
        for way, each in data["figures"][str(point["n"])].items():
            there = point["ways"][way]
            assert [each[name]["value"] for name in ("a", "b", "difference")] == [
                there[name]["value"] for name in ("a", "b", "difference")
            ]
    assert (data["sides"]["A"]["model"], data["sides"]["B"]["model"]) == ("prm", "orm")
    difference = 100 * found["points"][-1]["ways"]["min"]["difference"]["value"]
    assert f"min, N = 2: B - A {difference:.1f}" in text
    assert found["command"] in html.unescape(text)
    usual = rev.get("/comparisons/best-of-n/report", params=both).text
    assert "<h2>Right answers by N, mean</h2>" in usual
    refused = rev.get("/comparisons/best-of-n/report", params={**both, "way": "median"})
    assert (refused.status_code, "no way that both chose by" in refused.json()["error"]) == (400, True)


def test_a_model_that_scored_whole_solutions_can_choose_instead(rev, problems, evaluate):
    both = {"a": evaluate(GOOD_AT_A, outcome=True), "b": evaluate(GOOD_AT_B)}
    found = rev.get("/comparisons/best-of-n", params={**both, "model_a": "orm"}).json()
    assert [each["key"] for each in found["a"]["models"]] == ["prm", "orm"]
    assert (found["a"]["model"]["mode"], found["b"]["model"]["mode"]) == ("whole", "steps")


def test_problems_that_one_has_alone_are_left_out_and_counted(rev, problems, evaluate):
    few = evaluate(GOOD_AT_A, data_source=None, problems=problems[:1], labels="final")
    found = rev.get("/comparisons/best-of-n", params={"a": few, "b": evaluate(GOOD_AT_B)}).json()
    assert (found["problems"], found["a"]["only_here"], found["b"]["only_here"]) == (1, 0, 2)
    difference = found["points"][0]["ways"]["mean"]["difference"]
    assert (difference["low"], difference["reason"]) == (None, "One problem is too few for an interval.")


def test_what_cannot_be_compared_is_refused_with_its_reason(rev, ada, problems, evaluate, store):
    from tests.support.evaluations import add_labelled

    one = evaluate(GOOD_AT_A)
    apart = evaluate(GOOD_AT_A, source="elsewhere")
    greedy = evaluate(GOOD_AT_A, n=1, protocol="greedy-first")
    add_labelled(store, "Q", (["a"], [1]), source="labelled")
    steps = ada.post("/evaluations", json={"kind": "step_benchmark", "labels": "file:checker"}).json()
    assert settled(ada, f"/evaluations/{steps['id']}")["state"] == "done"
    for a, b, more, status, words in (
        (one, one, {}, 400, "the same evaluation"),
        (one, apart, {}, 400, "They have no problem in common"),
        (one, greedy, {}, 400, "and the other greedy ones only"),
        (one, steps["id"], {}, 404, "no best_of_n"),
        (one, "0" * 32, {}, 404, "no job"),
    ):
        answer = rev.get("/comparisons/best-of-n", params={"a": a, "b": b, **more})
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
    assert rev.get("/comparisons", params={"a": one, "b": apart}).status_code == 404
    grown = evaluate(GOOD_AT_B, [text("a", 4), text("b", 5)], n=3, protocol="greedy-first")
    refused = rev.get("/comparisons/best-of-n", params={"a": one, "b": grown, "protocol": "greedy-first"})
    assert (refused.status_code, "Choose iid" in refused.json()["error"]) == (400, True)
    found = rev.get("/comparisons/best-of-n", params={"a": grown, "b": one}).json()
    assert (found["protocol"], found["protocols"]) == ("iid", ["iid"])
