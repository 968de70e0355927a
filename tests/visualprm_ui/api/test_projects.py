"""Projects, agreement, gold, slices, import and export over REST, on a real store.

Covers visualprm_ui/api/entry_quiz.py, visualprm_ui/api/project_items.py, visualprm_ui/use_cases/dataset_transfer.py.
"""

import io
import json
import zipfile
from typing import get_type_hints
from uuid import uuid4

import pytest

from engine.domain import Label, ProjectOptions
from storage import GoldItem, TaskRole
from tests.support.api_labelling import OPTIONS, label_all
from tests.support.format_rows import a_row, read_rows
from tests.support.store_projects import add_solutions, expire, open_project, work
from visualprm_ui.api.projects import OptionsBody


def test_a_project_keeps_the_options_that_are_not_sent(team, project):
    path = f"/projects/{project['project']}"
    assert team["ada"].patch(path, json={"options": {"blind": False}, "title": "Better"}).json() == {}
    (row,) = team["ada"].get("/projects").json()["projects"]
    assert (row["title"], row["queues"][0]["title"]) == ("Better", "Better")
    assert (row["options"]["blind"], row["options"]["overlap"]) == (False, 2)
    refused = team["ada"].patch(path, json={"options": {"blnd": True}})
    assert refused.status_code == 422
    assert "blnd" in refused.json()["error"]


def test_a_body_takes_every_option_of_a_project_and_no_other():
    assert get_type_hints(OptionsBody) == get_type_hints(ProjectOptions)


def test_the_page_gets_the_defaults_that_a_new_project_has(team):
    ada = team["ada"]
    defaults = ada.get("/projects").json()["default_options"]
    ada.post("/projects", json={"title": "Plain"})
    (project,) = ada.get("/projects").json()["projects"]
    assert project["options"] == defaults == {**defaults, "split_size": 300, "order": "as_imported", "overlap": None}


@pytest.mark.parametrize(
    "options",
    [{"overlap": True}, {"overlap": "2"}, {"review_share": "0.5"}, {"blind": 1}, {"blind": "no"}, {"order": 1}],
)
def test_options_of_another_json_type_are_refused(team, project, options):
    """They were converted: an overlap of true was kept as 1, and "no" as a project that is not blind."""
    before = team["ada"].get("/projects").json()
    refused = team["ada"].patch(f"/projects/{project['project']}", json={"options": options})
    assert refused.status_code == 422
    assert refused.json()["error"].startswith(f"options.{next(iter(options))}: ")
    assert team["ada"].get("/projects").json() == before


@pytest.mark.parametrize("label", [True, "1", 1.0])
def test_only_whole_numbers_are_labels(team, project, store, run, label):
    """An answer of true or "1" was taken for the label 1."""
    solution = store.runs.get_run(run.id).solutions[0]
    known = {"solution": solution.id, "labels": [label, *[1] * (len(solution.steps) - 1)]}
    path = f"/projects/{project['project']}/gold"
    refused = team["ada"].post(path, json={"role": "gold", "solutions": [known]})
    assert (refused.status_code, refused.json()["error"].split(":")[0]) == (422, "solutions.0.labels.0")


def test_progress_counts_people_and_pace(team, labelled):
    (row,) = team["ada"].get("/projects").json()["projects"]
    (queue,) = row["queues"]
    assert (queue["done"], queue["total"]) == (2, 2)
    assert [(each["annotator"], each["done"], each["seconds_an_item"]) for each in queue["people"]] == [
        ("mei", 2, 6.0),
        ("tom", 2, 6.0),
    ]


def test_the_quiz_of_somebody_with_a_slash_in_the_name_can_be_reset(team, store):
    queue = open_project(store, 1, quiz_pass=1.0)
    (quiz,) = add_solutions(store, 1)
    store.projects.add_gold(queue, TaskRole.QUIZ, [GoldItem(solution_id=quiz, labels=(Label.WRONG, Label.WRONG))])
    work(store, queue, "x/y")
    (project,) = store.projects.list_projects()
    assert [each.annotator for each in store.projects.list_quiz_results(project.id)] == ["x/y"]
    answers = team["ada"].get(f"/projects/{project.id}/quiz/x%2Fy").json()
    assert answers["result"] | {"at": ""} == {"state": "failed", "right": 0, "steps": 2, "at": ""}
    (item,) = answers["items"]
    assert (item["solution"], item["gold_labels"], item["labels"], item["submitted"]) == (quiz, [-1, -1], [1, 1], True)
    assert len(item["steps"]) == 2
    assert team["ada"].get(f"/projects/{project.id}/quiz/mei").json()["items"][0]["labels"] is None
    assert team["mei"].get(f"/projects/{project.id}/quiz/mei").status_code == 403, (
        "the expected labels are not for them"
    )
    assert team["ada"].post(f"/projects/{project.id}/quiz/x%2Fy/reset").json() == {}
    assert team["ada"].get(f"/projects/{project.id}/quiz/x%2Fy").json()["result"] is None
    assert store.projects.list_quiz_results(project.id) == ()


def test_who_lost_a_solution_to_somebody_else_is_told_that_nothing_is_left(team, run, store):
    made = team["ada"].post("/projects", json={"title": "Once", "options": {"overlap": 1}}).json()
    team["ada"].post(f"/projects/{made['project']}/items", json={"runs": [run.id]})
    team["mei"].get(f"/queues/{made['queue']}/next")
    expire(store, "mei")
    label_all(team["tom"], made["queue"], 1)
    answer = team["mei"].get(f"/queues/{made['queue']}/next").json()
    assert (answer["task"], answer["blocked"]) == (None, None)
    assert answer["progress"] == {"done": 1, "total": 1, "taken_over": 1}


def test_labels_given_beside_the_scores_are_final_labels_too(team, run):
    """The pages took blind labels only: what the export wrote of a project that is not blind, they called unlabelled."""
    ada = team["ada"]
    made = ada.post("/projects", json={"title": "Open", "options": {**OPTIONS, "blind": False}}).json()
    ada.post(f"/projects/{made['project']}/items", json={"runs": [run.id]})
    label_all(team["mei"], made["queue"], -1)  # the scores may be seen, so whoever did not ask for them is no exception
    assert ada.get("/agreement", params={"queue": made["queue"]}).json()["groups"][0]["people"] == 0
    for row in ada.get("/solutions", params={"queue": made["queue"]}).json()["solutions"]:
        assert (row["labels"][0], row["annotators"]) == (-1, 1)
        answer = ada.get(f"/solutions/{row['solution']}").json()
        assert [each["stage"] for each in answer["annotations"]] == ["revealed"]
        final = answer["final"]
        assert [(each["rule"], each["by"]) for each in final] == [("single", ["mei"])] * len(final)
    made = ada.post("/projects", json={"title": "Gold", "options": OPTIONS}).json()
    known = {"role": "gold", "solutions": [{"solution": row["solution"]}]}
    assert ada.post(f"/projects/{made['project']}/gold", json=known).json() == {"changed": 1}


def test_agreement_tells_projects_apart(team, labelled, run):
    ada = team["ada"]
    other = ada.post("/projects", json={"title": "Other", "options": OPTIONS}).json()
    ada.post(f"/projects/{other['project']}/items", json={"runs": [run.id]})
    for name in ("mei", "tom"):
        label_all(team[name], other["queue"], 1)
    ada.patch(f"/projects/{other['project']}", json={"archived": True})  # what was labelled in it stays
    groups = ada.get("/agreement", params={"by": "project"}).json()["groups"]
    assert [(group["name"], group["percent"]["value"]) for group in groups[1:]] == [
        ("Other", 1.0),
        ("Sums", pytest.approx(3 / 5)),
    ]
    (_all, one) = ada.get("/agreement", params={"by": "project", "queue": labelled["queue"]}).json()["groups"]
    assert one["name"] == "Sums"


def test_solutions_are_listed_by_state_page_by_page(team, labelled):
    ada = team["ada"]
    first = ada.get("/solutions", params={"limit": 1, "queue": labelled["queue"]}).json()
    second = ada.get("/solutions", params={"limit": 1, "queue": labelled["queue"], "after": first["next"]}).json()
    assert len({row["solution"] for row in first["solutions"] + second["solutions"]}) == 2
    assert second["next"] is None
    assert first["solutions"][0]["annotators"] == 2
    assert ada.get("/solutions", params={"state": "open"}).json()["solutions"] == []
    assert ada.get("/solutions", params={"state": "decided"}).json()["solutions"] == []
    assert ada.get("/solutions", params={"after": "x"}).status_code == 400


def test_an_export_can_be_imported_into_a_project(team, labelled):
    ada = team["ada"]
    archive = ada.get("/export/visualprocessbench").content
    made = ada.post("/projects", json={"title": "Again"}).json()
    answer = ada.post(f"/projects/{made['project']}/import", content=archive).json()
    assert answer["errors"] == []
    assert (answer["added"] + answer["unchanged"], answer["queued"]) == (2, 2)


def test_a_file_says_whose_labels_it_has_and_an_export_writes_whose_are_asked_for(team, labelled):
    """Only the command line could say so: through REST every file was the format's, and an export had final labels."""
    ada = team["ada"]
    archive = ada.get("/export/visualprocessbench").content
    path = f"/projects/{ada.post('/projects', json={'title': 'Again'}).json()['project']}/import"
    for bad in ("", " lab", "a\nb", "x" * 101):
        assert ada.post(path, content=b"", params={"source": bad}).status_code == 400
    assert ada.post(path, content=archive, params={"source": "lab-2026"}).json()["errors"] == []
    sources = [[each["source"] for each in row["file_labels"]] for row in ada.get("/solutions").json()["solutions"]]
    assert sorted(sources) == [[], [], ["lab-2026"], ["lab-2026"]]

    def whose(labels):
        found = zipfile.ZipFile(io.BytesIO(ada.get("/export/visualprocessbench", params={"labels": labels}).content))
        return [json.loads(line).get("labels_by") for line in found.read("test.jsonl").splitlines()]

    assert whose("file:lab-2026") == ["file:lab-2026"] * 2
    assert sorted(set(whose("all"))) == ["file:lab-2026", "person:mei", "person:tom"]
    assert whose("person:mei") == ["person:mei"] * 2
    assert whose("person:nobody") == []
    assert ada.get("/export/visualprocessbench", params={"labels": "person:"}).status_code == 400


def test_the_slice_and_one_queue_are_read_by_themselves(team, labelled):
    ada, queue = team["ada"], labelled["queue"]

    def exported(**which):
        archive = zipfile.ZipFile(io.BytesIO(ada.get("/export/visualprocessbench", params=which).content))
        return len(archive.read("test.jsonl").splitlines())

    assert (exported(queue=queue), exported(queue=queue, evaluation=True)) == (
        2,
        1,
    )  # the seeded draw for a tenth of two
    assert ada.get("/export/visualprocessbench", params={"queue": "none"}).status_code == 404
    assert len(ada.get("/solutions", params={"queue": queue, "evaluation": True}).json()["solutions"]) == 1
    for evaluation, solutions in ((False, 2), (True, 1)):
        (overall,) = ada.get("/agreement", params={"queue": queue, "evaluation": evaluation}).json()["groups"]
        assert overall["solutions"] == solutions


def test_a_bad_upload_is_refused_with_a_sentence(team, project):
    path = f"/projects/{project['project']}/import"
    outside = io.BytesIO()
    with zipfile.ZipFile(outside, "w") as archive:
        archive.writestr("../escaped.txt", "x")
    nothing = io.BytesIO()
    with zipfile.ZipFile(nothing, "w") as archive:
        archive.writestr("readme.txt", "x")
    for content, word in ((b"", "empty"), (outside.getvalue(), "outside"), (nothing.getvalue(), "test.jsonl")):
        answer = team["ada"].post(path, content=content)
        assert answer.status_code == 400
        assert word in answer.json()["error"]
    bad_line = team["ada"].post(path, content=b'{"question": "?", "response": {"steps": "no list"}}\n').json()
    assert [error["line"] for error in bad_line["errors"]] == [1]
    assert bad_line["queued"] == 0
    for nothing_asked in ({}, {"runs": []}):
        answer = team["ada"].post(f"/projects/{project['project']}/items", json=nothing_asked)
        assert answer.status_code in (400, 422)
    assert team["ada"].post("/projects/none/import", content=b"x").status_code == 404


@pytest.mark.parametrize("what", ["runs", "solutions"])
def test_adding_what_is_not_stored_is_refused_whole(team, project, store, run, what):
    """Unknown ids were passed over: who misspelt one read that 0 were added, and no reason."""
    ada = team["ada"]
    made = ada.post("/projects", json={"title": "Empty"}).json()["project"]
    stored = {"runs": run.id, "solutions": store.runs.get_run(run.id).solutions[0].id}[what]
    unknown = [f"nothing-{number}" for number in range(40_000)]  # more than one statement takes as its parameters
    answer = ada.post(f"/projects/{made}/items", json={what: [stored, *unknown]})
    assert answer.status_code == 404
    assert answer.json()["error"].startswith(f"There is no {what[:-1]} 'nothing-0'.")
    assert ada.get("/projects").json()["projects"][0]["queues"][0]["total"] == 0
    assert ada.post(f"/projects/{made}/items", json={what: [stored]}).json()["added"] > 0


@pytest.mark.parametrize("route", ["gold", "known"])  # the former name goes on working
def test_gold_is_hidden_and_its_accuracy_counted(team, project, store, run, route):
    ada = team["ada"]
    solution = store.runs.get_run(run.id).solutions[0]
    known = {"role": "gold", "solutions": [{"solution": solution.id, "labels": [1] * len(solution.steps)}]}
    assert ada.post(f"/projects/{project['project']}/{route}", json=known).json() == {"changed": 1}
    label_all(team["mei"], project["queue"], 1)
    (row,) = ada.get("/projects").json()["projects"]
    (person,) = row["queues"][0]["people"]
    assert person["gold"] == {"right": 3, "steps": 3}


def test_quiz_items_are_drawn_from_what_has_labels(team, store, tmp_path):
    add_solutions(store, 1)
    ada = team["ada"]
    made = ada.post("/projects", json={"title": "Quiz", "options": {"quiz_pass": 0.8}}).json()
    path = f"/projects/{made['project']}"
    assert ada.post(f"{path}/items", json={"filter": {}}).json()["added"] > 0
    (waiting,) = ada.get(f"{path}/progress").json()["actions"]
    assert waiting["kind"] == "quiz_items"
    assert ada.get(f"{path}/gold").json() == {"quiz": 0, "gold": 0, "sources": []}
    body = {"role": "quiz", "count": 2, "data_sources": ["s"]}
    refused = ada.post(f"{path}/gold/draw", json=body)
    assert (refused.status_code, "of s has a known label" in refused.json()["error"]) == (400, True)
    rows = [a_row(1, label, question=f"q{at}", data_source="s") for at, label in enumerate((1, -1, -1))]
    assert read_rows(store, tmp_path, rows, "visualprocessbench").added == 3
    assert ada.get(f"{path}/gold").json()["sources"] == [{"data_source": "s", "solutions": 3}]
    assert len(ada.post(f"{path}/gold/draw", json=body).json()["solutions"]) == 2
    found = ada.get(f"{path}/progress").json()
    assert (found["quiz_items"], [each["kind"] for each in found["actions"]]) == (2, [])
    assert team["mei"].post(f"{path}/gold/draw", json=body).status_code == 403


def test_the_page_of_rest_names_every_route_and_asks_no_other_host(team):
    page = team["ada"].get("/docs").text
    for path in team["ada"].get("/openapi.json").json()["paths"]:
        assert path.lstrip("/") in page
    assert "http" not in page.replace("http-equiv", "").replace("SITE=http://127.0.0.1:7860", "")


HUGE = [2**31, 2**63 - 1, 2**63, 10**30]


@pytest.mark.parametrize("number", HUGE)
def test_a_number_no_row_has_is_an_error_of_the_asker(team, project, number):
    """They were too large for the database and came back as 500."""
    queue, mei = project["queue"], team["mei"]
    assert mei.get(f"/queues/{queue}/tasks/{number}").status_code == 422
    assert team["ada"].get(f"/queues/{queue}/splits/{number}").status_code == 422
    for act in ("accept", "return"):
        assert team["ada"].post(f"/queues/{queue}/splits/{number}/{act}", json={}).status_code == 422
    assert team["ada"].post("/projects", json={"title": "x", "options": {"split_size": number}}).status_code == 400
    task = mei.get(f"/queues/{queue}/next").json()["task"]
    note = {"uuid": uuid4().hex, "ts": 0, "task": task["id"], "type": "note", "text": "x", "step": number}
    refused = mei.post("/events", json={"events": [note]})
    assert (refused.status_code, "step" in refused.json()["error"]) == (422, True)


def test_a_body_that_would_fill_the_memory_is_not_read(team):
    for headers, status in (({"Content-Length": str(2**40)}, 413), ({"Transfer-Encoding": "chunked"}, 411)):
        answer = team["mei"].post("/events", content=b"{}", headers=headers)
        assert answer.status_code == status
        assert "error" in answer.json()


def test_an_admin_gives_others_what_somebody_holds(team, project):
    held = team["mei"].get(f"/queues/{project['queue']}/next").json()["task"]

    def people():
        (shown,) = team["ada"].get("/projects").json()["projects"]
        return {each["annotator"]: each["held"] for each in shown["queues"][0]["people"]}

    assert people() == {"mei": 1}
    path = f"/queues/{project['queue']}/release"
    assert team["tom"].post(path, json={"annotator": "mei"}).status_code == 403
    assert team["ada"].post(path, json={"annotator": "mei"}).json() == {"released": 1}
    assert people() == {"mei": 0}
    assert team["ada"].post(path, json={"annotator": "nobody"}).json() == {"released": 0}
    assert team["ada"].post("/queues/none/release", json={"annotator": "mei"}).status_code == 404
    assert held["id"] == team["tom"].get(f"/queues/{project['queue']}/next").json()["task"]["id"]


def test_what_would_be_added_is_said_first_and_what_nobody_has_begun_can_go(team, project):
    path = f"/projects/{project['project']}/items"
    found = team["ada"].post(f"{path}/preview", json={"filter": {}}).json()
    assert found == {
        "matching": 2,
        "added": 0,
        "present": 2,
        "equal": 0,
        "unusable": 0,
        "benchmark": 0,
        "spread": found["spread"],
    }
    assert sum(found["spread"]["mean_scores"]) == 2
    assert sum(found["spread"]["steps"]) == 2
    low = team["ada"].post(f"{path}/preview", json={"filter": {"min_score": 1, "max_score": 1}}).json()
    assert (low["matching"], low["spread"]) == (0, found["spread"]), "the limits show what else there is"
    assert team["ada"].post(f"{path}/preview", json={}).status_code == 400
    (content,) = team["ada"].get(path).json()["contents"]
    assert content == {"data_source": None, "policy_model": "p", "solutions": 2, "begun": 0, "held": 0}
    team["mei"].get(f"/queues/{project['queue']}/next")
    which = {"data_source": None, "policy_model": "p"}
    assert team["ada"].post(f"{path}/removal", json=which).json() == {"removed": 1}
    (content,) = team["ada"].get(path).json()["contents"]
    assert (content["solutions"], content["begun"], content["held"]) == (1, 0, 1)
    assert team["ada"].post(f"{path}/preview", json={"filter": {}}).json()["added"] == 1
    assert team["mei"].post(f"{path}/removal", json=which).status_code == 403
