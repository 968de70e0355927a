"""Step benchmarks over REST: figures as scikit-learn has them, the steps behind them, queues, tables and reports.

Covers visualprm_ui/api/step_benchmarks.py, visualprm_ui/api/step_figure_views.py,
visualprm_ui/use_cases/evaluations/step_benchmarks.py, visualprm_ui/use_cases/evaluations/step_list.py,
visualprm_ui/use_cases/evaluations/queueing.py, visualprm_ui/use_cases/evaluations/static_report.py,
visualprm_ui/use_cases/evaluations/report_charts.py.
"""

import csv
import io
import json
import random
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from sklearn import metrics

from engine.domain import ProjectOptions
from tests.support.evaluations import add_labelled
from tests.support.model_jobs import NamedRewardModel, models
from tests.support.transfer_jobs import settled

THRESHOLD = 0.62


def score_of(step):
    """The scripted model scores a step as its first word says."""
    return float(step.split()[0])


@pytest.fixture
def ada(team):
    """An admin."""
    return team["ada"]


@pytest.fixture
def rows(store):
    """(source, policy, place, is correct, score, solution) of each step that counts."""
    chance = random.Random(5)
    found = []
    for number in range(40):
        solutions = []
        for _policy in range(2):
            labels = [chance.choice([1, 1, -1, 0, None]) for _ in range(chance.randint(2, 13))]
            scores = [round(min(1.0, max(0.0, chance.gauss(0.5 + 0.2 * (each or 0), 0.25))), 3) for each in labels]
            solutions.append(([f"{score} <b>step</b> {at}" for at, score in enumerate(scores)], labels))
        source = ("geo", "sums", "charts")[number % 3]
        ids = add_labelled(store, f"Question <i>{number}</i>", *solutions, source=source)
        for policy, (solution, (steps, labels)) in enumerate(zip(ids, solutions, strict=True)):
            found += [
                (source, f"policy {policy}", at, label == 1, score_of(step), solution)
                for at, (step, label) in enumerate(zip(steps, labels, strict=True))
                if label in (1, -1)
            ]
    return found


@pytest.fixture
def evaluation(ada, rows, engine):
    engine.switch(lambda: models(NamedRewardModel("prm", score_of)))
    engine.wait_ready(10)
    answer = ada.post("/evaluations", json={"kind": "step_benchmark", "threshold": THRESHOLD})
    found = settled(ada, f"/evaluations/{answer.json()['id']}")
    assert found["state"] == "done", found["message"]
    return found


def expected(rows):
    labels, scores = [each[3] for each in rows], [each[4] for each in rows]
    predicted = [each > THRESHOLD for each in scores]
    return {
        "macro_f1": metrics.f1_score(labels, predicted, average="macro"),
        "f1_correct": metrics.f1_score(labels, predicted),
        "f1_wrong": metrics.f1_score(labels, predicted, pos_label=False),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "auc": metrics.roc_auc_score(labels, scores),
        "average_precision": metrics.average_precision_score(labels, scores),
    }


def test_every_figure_is_that_of_scikit_learn_on_the_same_rows(ada, evaluation, rows):
    found = ada.get(f"/evaluations/{evaluation['id']}/step-figures").json()
    assert found["evaluation"] == evaluation
    groups = [(found["pooled"], rows)]
    groups += [(each, [row for row in rows if row[0] == each["name"]]) for each in found["sources"]]
    groups += [(each, [row for row in rows if row[1] == each["name"]]) for each in found["policies"]]
    groups += [
        (each, [row for row in rows if str(min(row[2], 10) + 1) == each["name"].rstrip("+")])
        for each in found["places"]
        if len({row[3] for row in rows if str(min(row[2], 10) + 1) == each["name"].rstrip("+")}) == 2
    ]
    assert len(groups) > 10
    for view, mine in groups:
        values = {name: view[name]["value"] for name in expected(mine)}
        assert values == pytest.approx(expected(mine), abs=1e-9), view["name"]
        assert (view["steps"], view["solutions"]) == (len(mine), len({row[5] for row in mine}))
        assert view["paper"] is None
        assert view["macro_f1"]["low"] <= view["macro_f1"]["value"] <= view["macro_f1"]["high"]
    assert [each["name"] for each in found["places"]][-1] == "11+"
    assert evaluation["headline"]["figure"] == found["pooled"]["macro_f1"]
    assert evaluation["headline"]["floor"] == found["pooled"]["coin_floor"]
    called = sum(row[4] > THRESHOLD for row in rows) / len(rows)
    assert found["pooled"]["confusion"]["called_correct"] == pytest.approx(called)
    for label, counts in found["above"].items():
        mine = [row[4] for row in rows if row[3] == (label == "correct")]
        assert counts == [sum(score > at / 100 for score in mine) for at in range(101)]
    assert (
        sum(map(sum, found["histogram"].values())) == sum(each["steps"] for each in found["calibration"]) == len(rows)
    )
    assert found["paper"] is None
    record = {each["name"]: each["value"] for each in found["record"]}
    assert (record["reward model"], record["revision"], record["precision"]) == ("prm", "1", "float32")
    assert "--threshold 0.62" in found["command"]


def test_steps_are_listed_by_what_they_are_the_most_confident_mistakes_first(ada, evaluation, rows):
    def listed(**query):
        answer = ada.get(f"/evaluations/{evaluation['id']}/steps", params={"limit": 200, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def mistaken(row):
        return (row[4] > THRESHOLD) != row[3]

    everything = listed()
    assert everything["total"] == len(rows)
    mistakes = sorted((row[4] if row[4] > THRESHOLD else 1 - row[4] for row in rows if mistaken(row)), reverse=True)
    sure = [each["score"] if each["score"] > THRESHOLD else 1 - each["score"] for each in everything["steps"]]
    assert sure[: len(mistakes)] == pytest.approx(mistakes)
    first = everything["steps"][0]
    assert first["text"].startswith(f"{first['score']} <b>step")
    assert first["question"].startswith("Question <i>")
    for query, keeps in (
        ({"label": 1}, lambda row: row[3]),
        ({"label": -1, "predicted": 1}, lambda row: not row[3] and row[4] > THRESHOLD),
        ({"predicted": 1, "threshold": 0.9}, lambda row: row[4] > 0.9),
        ({"source": "geo", "policy": "policy 1"}, lambda row: row[:2] == ("geo", "policy 1")),
        ({"source": ""}, lambda _row: False),
        ({"place": "11+"}, lambda row: row[2] >= 10),
        ({"place": 3}, lambda row: row[2] == 2),
        ({"score_from": 0.5, "score_to": 0.6}, lambda row: 0.5 <= row[4] < 0.6),
        ({"score_from": 0.95, "score_to": 1}, lambda row: row[4] >= 0.95),
    ):
        found = listed(**query)
        wanted = {(row[5], row[2]) for row in rows if keeps(row)}
        shown = {(each["solution"], each["step"]) for each in found["steps"]}
        assert (found["total"], shown <= wanted, len(shown)) == (len(wanted), True, min(200, len(wanted))), query


def test_pages_follow_each_other(ada, evaluation, rows):
    path, seen, after = f"/evaluations/{evaluation['id']}/steps", [], {}
    while True:
        page = ada.get(path, params={"limit": 150, **after}).json()
        seen += [(each["solution"], each["step"]) for each in page["steps"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(seen) == len(set(seen)) == len(rows)
    assert ada.get(path, params={"after": "x"}).status_code == 400
    assert ada.get(path, params={"place": 12}).status_code == 422
    for name in ("label", "predicted"):  # neutral steps are in no list
        refused = ada.get(path, params={name: 0})
        assert (refused.status_code, "1 or -1" in refused.json()["error"]) == (422, True), refused.text


def test_what_somebody_is_labelling_is_hidden_from_them_and_what_they_saw_is_noted(ada, evaluation, store, rows):
    path = f"/evaluations/{evaluation['id']}/steps"
    solution = ada.get(path).json()["steps"][0]["solution"]
    made = ada.post("/projects", json={"title": "P", "options": {"blind": True}}).json()
    ada.post(f"/projects/{made['project']}/items", json={"solutions": [solution]})
    assert solution in {each["solution"] for each in ada.get(path, params={"limit": 200}).json()["steps"]}
    task = ada.get(f"/queues/{made['queue']}/next").json()["task"]  # held from now on
    hidden = ada.get(path, params={"limit": 200}).json()
    assert solution not in {each["solution"] for each in hidden["steps"]}
    assert hidden["total"] == len(rows) - sum(row[5] == solution for row in rows)
    assert ada.get(f"/tasks/{task['id']}/reveal").status_code == 403
    assert solution not in ada.get(f"/evaluations/{evaluation['id']}/report").text


def test_steps_join_a_blind_queue(ada, evaluation, store):
    path = f"/evaluations/{evaluation['id']}/queue"
    wrong = ada.get(f"/evaluations/{evaluation['id']}/steps", params={"label": -1, "predicted": 1, "limit": 5}).json()
    solutions = {each["solution"] for each in wrong["steps"]}
    body = {"label": -1, "predicted": 1, "first": 5}
    added = ada.post(path, json={**body, "title": "Mistakes"}).json()
    assert (added["added"], added["total"]) == (len(solutions), len(solutions))
    assert store.projects.get_project(added["project"]).options.blind
    task = ada.get(f"/queues/{added['queue']}/next").json()["task"]
    assert "score" not in json.dumps({name: value for name, value in task.items() if name != "steps"})
    again = ada.post(path, json={**body, "project": added["project"]})
    assert again.status_code in (200, 400)
    for wanted, status, words in (
        ({}, 400, "one of the two"),
        ({"title": "T", "project": added["project"]}, 400, "one of the two"),
        ({"title": "T", "source": "nowhere"}, 400, "nothing to queue"),
        ({"project": "gone"}, 404, "gone"),
        ({"project": store.projects.add_project("open", ProjectOptions(blind=False)).id}, 400, "anchor"),
    ):
        answer = ada.post(path, json=wanted)
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text


def test_tables_have_the_same_figures(ada, evaluation, rows):
    path = f"/evaluations/{evaluation['id']}/table"
    table = list(csv.DictReader(io.StringIO(ada.get(path, params={"format": "csv"}).text)))
    assert [each["part"] for each in table[:4]] == ["charts", "geo", "sums", "pooled"]
    assert float(table[3]["macro_f1"]) == pytest.approx(expected(rows)["macro_f1"], abs=1e-9)
    markdown = ada.get(path, params={"format": "markdown"})
    assert markdown.text.startswith("| part |")
    assert "tabular" in ada.get(path, params={"format": "latex"}).text
    assert ada.get(path, params={"format": "xlsx"}).status_code == 422


def test_a_report_is_one_file_that_asks_nobody_for_anything(ada, evaluation, rows):
    answer = ada.get(f"/evaluations/{evaluation['id']}/report")
    assert "attachment" in answer.headers["content-disposition"]
    text = answer.text
    assert re.findall(r"(?:src|href|url|@import)\s*[=(]", text) == []
    assert "GPT-4o" not in text
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", text)
    assert "<b>step" not in text
    assert "&lt;b&gt;step" in text
    assert text.count("<svg") == 3
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*)</script>', text)[1])
    assert data["figures"]["pooled"]["macro_f1"]["value"] == pytest.approx(expected(rows)["macro_f1"], abs=1e-9)
    assert data["mistakes"][0]["text"] in [f"{row[4]} <b>step</b> {row[2]}" for row in rows]
    assert f"{100 * expected(rows)['macro_f1']:.1f}" in text


class Elements(HTMLParser):
    """The elements and attributes of a page."""

    def __init__(self, text):
        super().__init__()
        self.names, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes.update(name for name, _ in attrs)


def test_names_of_sources_and_models_make_nothing_in_tables_and_reports(ada, store, engine):
    name = '"><img src=x onerror=alert(1)></td></table><script>1</script>=1+2 \\input{x} $ % & | [a](b) \u202efdp'
    add_labelled(store, "Usual", (["0.9 a", "0.1 b"], [1, -1]), (["0.2 a"], [1]), source="usual")
    engine.switch(lambda: models(NamedRewardModel("prm", score_of)))
    engine.wait_ready(10)
    usual = ada.post("/evaluations", json={"kind": "step_benchmark"}).json()
    settled(ada, f"/evaluations/{usual['id']}")
    add_labelled(store, name, ([f"0.9 {name}", "0.1 b"], [1, -1]), ([f"0.2 {name}"], [1]), source=name)
    engine.switch(lambda: models(NamedRewardModel(name, score_of)))
    engine.wait_ready(10)
    made = ada.post("/evaluations", json={"kind": "step_benchmark", "title": f"{name}\r\nSet-Cookie: a=b"[:200]}).json()
    assert settled(ada, f"/evaluations/{made['id']}")["state"] == "done"
    answers = [ada.get(f"/evaluations/{each['id']}/report") for each in (usual, made)]
    of_usual, of_hostile = (Elements(answer.text) for answer in answers)
    assert of_hostile.names == of_usual.names
    assert {each for each in of_hostile.attributes if re.match("on|src|href", each)} == set()
    file = f'attachment; filename="step-benchmark-{made["id"][:8]}'
    assert answers[1].headers["content-disposition"] == f'{file}.html"'
    table = f"/evaluations/{made['id']}/table"
    for form, ending in (("csv", "csv"), ("markdown", "md"), ("latex", "tex")):
        answer = ada.get(table, params={"format": form})
        assert answer.headers["content-disposition"] == f'{file}.{ending}"'
        assert "set-cookie" not in answer.headers
    rows = list(csv.DictReader(io.StringIO(ada.get(table, params={"format": "csv"}).text)))
    assert name in [each["part"] for each in rows]
    lines = ada.get(table, params={"format": "markdown"}).text.splitlines()
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1
    assert "\\input" not in ada.get(table, params={"format": "latex"}).text


def test_the_papers_figures_stand_beside_those_of_the_published_benchmark(ada, workbench, store, engine):
    """Told by the counts, which such a small set cannot have: here they are said to be."""
    for source in ("WeMath", "DynaMath"):
        add_labelled(store, source, (["0.9 a", "0.1 b"], [1, -1]), source=source)
    engine.switch(lambda: models(NamedRewardModel("prm", score_of)))
    engine.wait_ready(10)
    made = ada.post("/evaluations", json={"kind": "step_benchmark"}).json()
    settled(ada, f"/evaluations/{made['id']}")
    files = workbench.evaluations.files(made["id"])
    files.update_state(counts=replace(files.read_state().counts, is_published_benchmark=True))
    found = ada.get(f"/evaluations/{made['id']}/step-figures").json()
    assert found["pooled"]["paper"] == 0.62
    assert {each["name"]: each["paper"] for each in found["sources"]} == {"WeMath": 0.618, "DynaMath": 0.627}
    assert {each["paper"] for each in found["policies"]} == {None}
    assert found["paper"]["source"] == "arXiv 2503.10291"
    assert {"model": "GPT-4o", "macro_f1": 0.603} in found["paper"]["rows"]
    assert "GPT-4o" in ada.get(f"/evaluations/{made['id']}/report").text


def test_an_evaluation_that_is_not_done_has_no_figures(ada, rows):
    for part in ("step-figures", "steps", "table", "report"):
        assert ada.get(f"/evaluations/{'0' * 32}/{part}").status_code == 404
