"""Best-of-N over REST: started, its curve and picks read, solutions and scores added, files.

Covers visualprm_ui/api/evaluation_pools.py, visualprm_ui/api/downloads.py,
visualprm_ui/use_cases/evaluations/pool_report.py, visualprm_ui/use_cases/evaluations/report_page.py,
visualprm_ui/use_cases/evaluations/report_charts.py.
"""

import html
import json
import re

import pytest

from engine.domain import Role
from tests.support.api_accounts import make_person, sign_in
from tests.support.solution_pools import add_problems
from tests.support.transfer_jobs import settled


@pytest.fixture
def rev(team, store):
    """A reviewer."""
    return sign_in(store, team["tom"], make_person(store, "rev", Role.REVIEWER))


@pytest.fixture
def evaluation(team, store):
    """One of two problems, done."""
    add_problems(store, "Q1", "Q2", answer="1")
    answer = team["ada"].post("/evaluations", json={"kind": "best_of_n", "data_source": "test", "n": 4, "title": "T"})
    assert answer.status_code == 200, answer.text
    found = settled(team["ada"], f"/evaluations/{answer.json()['id']}")
    assert found["state"] == "done", found["message"]
    return found


def test_the_curve_with_its_record_beside_the_papers(rev, evaluation):
    assert (evaluation["kind"], evaluation["n"], evaluation["total"], evaluation["rows"]) == ("best_of_n", 4, 2, 2)
    assert evaluation["headline"]["name"] == "best of 4, mean of step scores"
    curve = rev.get(f"/evaluations/{evaluation['id']}/curve").json()
    assert (curve["problems"], curve["solutions"], curve["smallest"], curve["room"]) == (2, 8, 4, 124)
    assert [each["n"] for each in curve["points"]] == [1, 2, 4]
    figure = curve["points"][2]["figures"]["prm_mean"]
    assert figure.keys() == {"value", "low", "high", "reason", "sampling_error"}
    assert curve["points"][2]["differences"]["prm_mean - self_consistency"]["value"] == 0.0
    assert [(each["key"], each["mode"], each["lacking"]) for each in curve["models"]] == [("prm", "steps", 0)]
    assert curve["protocols"] == [{"protocol": "iid", "lacking": 0}, {"protocol": "greedy-first", "lacking": 2}]
    assert [each["name"] for each in curve["record"]] == ["Problems", "Policy", "PRM", "Answers", "Intervals"]
    paper = curve["paper"][0]
    assert (paper["source"], paper["points"][1]) == ("arXiv 2503.10291", {"n": 8, "value": 0.412})
    assert "best-of-n --input problems.jsonl --pool pool.jsonl --protocol iid --json" in curve["command"]
    assert (curve["is_final"], curve["can_sample"], curve["loaded"]["name"]) == (True, True, "scripted")
    refused = rev.get(f"/evaluations/{evaluation['id']}/curve?protocol=greedy-first")
    assert (refused.status_code, "no greedy solution" in refused.json()["error"]) == (400, True)


def test_picks_open_problem_by_problem(rev, evaluation):
    path = f"/evaluations/{evaluation['id']}"
    picks = rev.get(f"{path}/picks", params={"n": 2, "against": "random"}).json()
    assert (picks["n"], picks["way"], picks["against"]) == (2, "prm_mean", "random")
    assert [each["outcome"] for each in picks["problems"]] == ["none", "none"]  # the reference is another answer
    problem = picks["problems"][0]["problem"]
    found = rev.get(f"{path}/problems/{problem}", params={"n": 2}).json()
    assert (found["n"], len(found["run"]["cards"]), found["run"]["reference"]) == (2, 2, "1")
    assert (found["way"]["draw"], found["against"]["draw"], found["against"]["votes"]) == (
        0,
        0,
        found["against"]["votes"],
    )
    assert rev.get(f"/runs/{found['address']}").status_code == 200
    wrong = rev.get(f"{path}/picks", params={"way": "nobody"})
    assert (wrong.status_code, "no way to choose here" in wrong.json()["error"]) == (400, True)


def test_solutions_and_scores_are_added(team, rev, evaluation):
    path = f"/evaluations/{evaluation['id']}"
    added = team["ada"].post(f"{path}/add-solutions", json={"n": 2, "greedy": True})
    assert added.status_code == 200, added.text
    assert settled(team["ada"], path)["state"] == "done"
    again = team["ada"].post(f"{path}/score-again", json={"mode": "whole"})
    assert again.status_code == 200, again.text
    assert settled(team["ada"], path)["n"] == 7
    curve = rev.get(f"{path}/curve", params={"protocol": "greedy-first"}).json()
    assert ([each["key"] for each in curve["models"]], curve["largest"]) == (["prm", "orm"], 7)
    taken = team["ada"].post(f"{path}/score-again", json={"mode": "whole"})
    assert (taken.status_code, "already" in taken.json()["error"]) == (400, True)


def test_files_for_the_command_line_and_tables(rev, evaluation):
    path = f"/evaluations/{evaluation['id']}"
    problems = [json.loads(line) for line in rev.get(f"{path}/problems.jsonl").text.splitlines()]
    assert [each["answer"] for each in problems] == ["1", "1"]
    rows = [json.loads(line) for line in rev.get(f"{path}/pool.jsonl").text.splitlines()]
    assert [(each["problem"], each["draw"]) for each in rows[:2]] == [(problems[0]["id"], 0), (problems[0]["id"], 1)]
    table = rev.get(f"{path}/curve-table", params={"format": "markdown"})
    assert table.headers["content-disposition"].endswith('.md"')
    assert "| 4 | prm_mean | 0.0000 (0.0000, 0.0000) |" in table.text


def test_a_report_is_one_file_that_asks_nobody_for_anything(team, rev, store):
    add_problems(store, "Q1", "Q2", answer="1")
    asked = {"kind": "best_of_n", "data_source": "test", "n": 4, "title": "<b>T", "outcome": True}
    path = f"/evaluations/{team['ada'].post('/evaluations', json=asked).json()['id']}"
    assert settled(team["ada"], path)["state"] == "done"
    answer = rev.get(f"{path}/pool-report")
    assert answer.headers["content-disposition"].endswith('.html"')
    text = answer.text
    assert re.findall(r"(?:src|href|url|@import)\s*[=(]", text) == []
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", text)
    assert ("<b>T" in text, "&lt;b&gt;T" in text, text.count("<svg")) == (False, True, 1)
    assert text.count("<polyline") == 5  # PRM, ORM, vote, one draw, oracle
    assert "scripted as a PRM, mean, N = 4: 0.0 (0.0 to 0.0)" in text
    curve = rev.get(f"{path}/curve").json()
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*)</script>', text)[1])
    for point in curve["points"]:
        figures = data["curve"]["curve"]["figures"][str(point["n"])]
        assert {way: each["value"] for way, each in figures.items()} == {
            way: each["value"] for way, each in point["figures"].items()
        }
    assert data["record"] == {each["name"]: each["value"] for each in curve["record"]}
    assert curve["command"] in html.unescape(text)
    refused = rev.get(f"{path}/pool-report?protocol=greedy-first")
    assert (refused.status_code, "no greedy solution" in refused.json()["error"]) == (400, True)


def test_sets_of_problems(rev, store):
    add_problems(store, "Q1")
    add_problems(store, "Q2", answer=None)
    (only,) = rev.get("/evaluations/problem-sets").json()["sets"]
    assert only == {"name": "test", "project": None, "data_source": "test", "problems": 1, "unanswered": 1}


def test_what_is_not_there_is_not_found(rev):
    for name in ("curve", "picks", "curve-table", "pool-report", "problems.jsonl", "pool.jsonl"):
        assert rev.get(f"/evaluations/{'0' * 32}/{name}").status_code == 404


def test_an_evaluation_is_asked_for_again_by_its_id(team, rev, evaluation):
    path = f"/evaluations/{evaluation['id']}"
    assert {**evaluation["sampled"], "sampling": None} == {
        "protocol": "iid",
        "sampling": None,
        "outcome": False,
        "search": None,
    }
    assert evaluation["sampled"]["sampling"] == {
        "n": 4,
        "temperature": 0.7,
        "seed": 0,
        "max_new_tokens": 512,
        "top_p": 1.0,
        "top_k": 0,
        "repetition_penalty": 1.0,
        "stop": [],
    }
    team["ada"].post(f"{path}/add-solutions", json={"n": 2, "greedy": True})
    grown = settled(team["ada"], path)
    assert (grown["state"], grown["n"], grown["has_figures"]) == ("done", 7, True)
    same = {"kind": "best_of_n", "repeats": evaluation["id"]}
    assert rev.post("/evaluations/extent", json=same).json()["set"]["solutions"] == 14
    assert rev.post("/evaluations", json=same).status_code == 403
    answer = team["ada"].post("/evaluations", json={**same, "title": "Again"}).json()
    found = settled(team["ada"], f"/evaluations/{answer['id']}")
    kept = ("n", "sampled", "policy", "reward_models", "set", "total")
    assert {name: found[name] for name in kept} == {name: grown[name] for name in kept}
    assert (found["title"], found["state"], found["id"] != evaluation["id"]) == ("Again", "done", True)
    refused = team["ada"].post("/evaluations", json={**same, "n": 4})
    assert (refused.status_code, "Leave out everything but" in refused.json()["error"]) == (400, True)
