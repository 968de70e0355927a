"""Guided search over a set, over REST: asked for with Best-of-N, its figures, the problems behind them, files for the command line.

Covers visualprm_ui/api/evaluation_pools.py, visualprm_ui/api/evaluations.py, visualprm_ui/use_cases/evaluations/pool_rows.py,
visualprm_ui/use_cases/evaluations/pool_report.py.
"""

import json
import shlex

import pytest

from engine.__main__ import main
from engine.domain import Role
from tests.support.api_accounts import make_person, sign_in
from tests.support.scripted import scripted_engine
from tests.support.searched_steps import complete, judge
from tests.support.solution_pools import TEXTS, add_problems
from tests.support.transfer_jobs import settled

SEARCH = {"width": 2, "expansions": 2}
ASKED = {"kind": "best_of_n", "data_source": "test", "n": 4, "search": SEARCH}


@pytest.fixture
def engine():
    with scripted_engine(TEXTS, judge, complete=complete) as found:
        yield found


@pytest.fixture
def rev(team, store):
    """A reviewer."""
    return sign_in(store, team["tom"], make_person(store, "rev", Role.REVIEWER))


@pytest.fixture
def evaluation(team, store):
    """Of two problems that the search solves and one that the pool does, done."""
    add_problems(store, "Q1", "Q2", answer="2")
    add_problems(store, "Q3", answer="4")
    answer = team["ada"].post("/evaluations", json=ASKED)
    assert answer.status_code == 200, answer.text
    found = settled(team["ada"], f"/evaluations/{answer.json()['id']}")
    assert (found["state"], found["failed"]) == ("done", 0), found
    return found


def test_figures_of_the_search_stand_beside_the_curve(rev, evaluation):
    assert evaluation["sampled"]["search"] == SEARCH
    curve = rev.get(f"/evaluations/{evaluation['id']}/curve").json()
    (search,) = curve["searches"]
    assert (search["title"], search["against"], search["problems"]) == ("2x2", "prm_mean", 3)
    assert search["accuracy"]["value"] == pytest.approx(2 / 3)
    assert search["accuracy"]["low"] <= 2 / 3 <= search["accuracy"]["high"]
    assert search["difference"]["value"] == pytest.approx(search["accuracy"]["value"] - search["best_of_n"]["value"])
    assert search["n_tokens"] <= search["tokens"]
    assert {"name": "Guided search", "value": "2x2, under scripted"} in curve["record"]


def test_problems_where_the_two_differ_open(rev, evaluation):
    path = f"/evaluations/{evaluation['id']}/searches/2x2"
    found = rev.get(path).json()
    assert (found["protocol"], found["title"], found["n"]) == ("iid", "2x2", 4)
    assert sorted((each["question"], each["outcome"]) for each in found["problems"]) == [
        ("Q1", "only_search"),
        ("Q2", "only_search"),
        ("Q3", "only_best"),
    ]
    first = found["problems"][0]
    run = rev.get(f"/runs/{first['search']}").json()
    assert (run["search"]["width"], run["search"]["expansions"]) == (2, 2)
    assert rev.get(f"/runs/{first['solutions']}").json()["search"] is None
    assert rev.get(f"/evaluations/{evaluation['id']}/searches/3x3").status_code == 404
    assert rev.get(f"{path}?protocol=greedy-first").status_code == 400


def test_the_command_line_gives_the_same_figures_of_the_files(rev, evaluation, tmp_path, monkeypatch, capsys):
    path = f"/evaluations/{evaluation['id']}"
    for name in ("problems.jsonl", "pool.jsonl"):
        (tmp_path / name).write_text(rev.get(f"{path}/{name}").text, encoding="utf-8")
    curve = rev.get(f"{path}/curve").json()
    assert "--pool pool.jsonl --search 2x2 --protocol iid" in curve["command"]
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(curve["command"])[3:]) == 0
    (theirs,) = json.loads(capsys.readouterr().out)["searches"]
    (mine,) = curve["searches"]
    for name in (
        "against",
        "problems",
        "tokens",
        "n",
        "n_tokens",
        "next_n",
        "next_tokens",
        "next_weight",
        "ends_early",
    ):
        assert theirs[name] == mine[name], name
    for name in ("accuracy", "best_of_n", "difference"):
        assert theirs[name] == {"value": mine[name]["value"], "interval": [mine[name]["low"], mine[name]["high"]]}, name


def test_table_and_report_have_the_search(rev, evaluation):
    path = f"/evaluations/{evaluation['id']}"
    table = rev.get(f"{path}/curve-table", params={"format": "markdown"}).text
    assert "| search_2x2 - prm_mean |" in table
    report = rev.get(f"{path}/pool-report").text
    assert "<h2>Guided search at the same tokens</h2>" in report
    assert "<td>2x2</td><td>66.7" in report


def test_it_is_told_before_it_is_started_and_refused_where_it_cannot_be(team, store):
    add_problems(store, "Q1", answer="2")
    extent = team["ada"].post("/evaluations/extent", json=ASKED).json()
    assert "--search 2x2" in extent["command"]
    for search, message in (
        ({"width": 0}, "both must be at least 1"),
        ({"width": 64, "expansions": 64}, "their product at most"),
    ):
        refused = team["ada"].post("/evaluations/extent", json={**ASKED, "search": search})
        assert (refused.status_code, message in refused.json()["error"]) == (400, True)
    cold = team["ada"].post("/evaluations/extent", json={**ASKED, "sampling": {"temperature": 0}})
    assert (cold.status_code, "At temperature 0" in cold.json()["error"]) == (400, True)
    step = {"kind": "step_benchmark", "search": SEARCH}
    assert "takes no search" in team["ada"].post("/evaluations", json=step).json()["error"]


def test_an_evaluation_without_a_search_has_none(team, store):
    add_problems(store, "Q1", answer="2")
    started = team["ada"].post("/evaluations", json={**ASKED, "search": None}).json()
    found = settled(team["ada"], f"/evaluations/{started['id']}")
    assert found["sampled"]["search"] is None
    curve = team["ada"].get(f"/evaluations/{found['id']}/curve").json()
    assert (curve["searches"], "--search" in curve["command"]) == ([], False)
    assert "Guided search" not in team["ada"].get(f"/evaluations/{found['id']}/pool-report").text
