"""Evaluations over REST: what can be evaluated and what it takes, started by admins, followed by reviewers.

Covers visualprm_ui/api/evaluations.py, visualprm_ui/api/evaluation_views.py,
visualprm_ui/use_cases/evaluations/labelled_choices.py, visualprm_ui/use_cases/evaluations/command.py.
"""

import math
import shlex

import pytest

from tests.support.evaluations import FILE, add_labelled, relabel
from tests.support.model_jobs import NamedRewardModel, models
from tests.support.transfer_jobs import settled
from tests.support.waiting import PATIENCE


@pytest.fixture
def ada(team):
    """An admin."""
    return team["ada"]


@pytest.fixture
def labelled(store):
    return [
        *add_labelled(store, "Q1", (["a", "b", "c"], [1, -1, 0]), (["a"], [None]), source="geo"),
        *add_labelled(store, "Q2", (["a", "b"], [1, 1]), source="sums"),
    ]


def done(client, **body):
    answer = client.post("/evaluations", json={"kind": "step_benchmark", **body})
    assert answer.status_code == 200, answer.text
    found = settled(client, f"/evaluations/{answer.json()['id']}")
    assert found["state"] == "done", found["message"]
    return found


def test_an_evaluation_is_asked_for_followed_and_removed(ada, labelled):
    found = done(ada, data_source="geo", labels=f"file:{FILE}", title="First", threshold=0.4)
    assert {name: found[name] for name in ("kind", "title", "by", "rows", "total", "already", "failed", "share")} == {
        "kind": "step_benchmark",
        "title": "First",
        "by": "ada",
        "rows": 1,
        "total": 1,
        "already": 0,
        "failed": 0,
        "share": 1.0,
    }
    assert found["set"] == {
        "name": "geo",
        "project": None,
        "queue": None,
        "evaluation": False,
        "data_source": "geo",
        "policy_model": None,
        "labels": f"file:{FILE}",
        "problem_count": None,
        "problem_seed": 0,
        "problems": 1,
        "solutions": 1,
        "steps": 2,
        "neutral": 1,
        "half_labelled": 0,
        "is_published_benchmark": False,
    }
    assert found["reward_models"] == [{"name": "scripted", "revision": "1"}]
    assert (found["threshold"], found["policy"], found["n"], found["waits_behind"]) == (0.4, None, None, None)
    # every step scores 0.5: the right one is found, the wrong one is not
    assert found["headline"]["name"] == "macro-F1, pooled"
    assert found["headline"]["figure"]["value"] == pytest.approx((2 / 3 + 0) / 2)
    assert ada.get("/evaluations").json()["evaluations"] == [found]
    assert ada.post(f"/evaluations/{found['id']}/resume").status_code == 400
    assert ada.delete(f"/evaluations/{found['id']}").json() == {}
    assert ada.get(f"/evaluations/{found['id']}").status_code == 404


def test_what_it_would_be_about_is_counted_and_nothing_is_started(ada, labelled):
    body = {"kind": "step_benchmark", "threshold": 0.85}
    extent = ada.post("/evaluations/extent", json=body).json()
    assert (extent["set"]["solutions"], extent["set"]["steps"], extent["already"]) == (2, 4, 0)
    assert (extent["seconds"], extent["waits_behind"]) == (None, 0)  # nothing was measured of this model
    assert ada.get("/evaluations").json()["evaluations"] == []
    done(ada, data_source="geo")
    again = ada.post("/evaluations/extent", json=body).json()
    assert again["already"] == 1
    assert again["seconds"] > 0
    done(ada)
    assert ada.post("/evaluations/extent", json=body).json()["seconds"] == 0


def test_the_commands_name_the_set_the_model_and_the_threshold(ada, labelled, store):
    body = {"kind": "step_benchmark", "threshold": 0.85, "data_source": "it's; geo", "labels": "file:a b"}
    export, measure = ada.post("/evaluations/extent", json=body).json()["command"].split(" && ")
    words = shlex.split(export)
    assert words[:4] == ["python", "-m", "storage", "export"]
    assert words[words.index("--data-source") + 1] == "it's; geo"
    assert words[words.index("--labels") + 1] == "file:a b"
    assert words[words.index("--data-dir") + 1] == str(store.data_dir)
    words = shlex.split(measure)
    assert words[3:5] == ["evaluate", "step-benchmark"]
    assert (words[words.index("--reward-model") + 1], words[words.index("--threshold") + 1]) == ("scripted", "0.85")


def test_sets_are_what_people_labelled_and_what_files_label(ada, labelled, project):
    from tests.support.api_labelling import label_all

    assert [each["labels"] for each in ada.get("/evaluations/sets").json()["sets"]] == [f"file:{FILE}"] * 3
    label_all(ada, project["queue"], 1)
    found = ada.get("/evaluations/sets").json()["sets"]
    assert found[0] == {
        "name": "Sums",
        "project": project["project"],
        "data_source": None,
        "labels": "final",
        "solutions": 2,
        "is_stored": True,
    }
    assert [(each["name"], each["data_source"], each["solutions"]) for each in found[1:]] == [
        (f"All of {FILE}", None, 2),
        (f"geo, by {FILE}", "geo", 1),  # the other one has no label
        (f"sums, by {FILE}", "sums", 1),
    ]
    of_project = done(ada, project=project["project"])
    assert (of_project["set"]["name"], of_project["set"]["solutions"]) == ("Sums", 2)


def test_a_choice_evaluates_as_many_solutions_as_it_says(ada, store, labelled):
    """Problems that name no source were a choice of their own, which said 1 and evaluated all that the file labels."""
    relabel(store, labelled[1], [1])  # the choices count solutions with labels
    add_labelled(store, "Q3", (["a"], [1]), source=None)
    sets = ada.get("/evaluations/sets").json()["sets"]
    assert [(each["name"], each["data_source"], each["solutions"]) for each in sets] == [
        (f"All of {FILE}", None, 4),
        (f"geo, by {FILE}", "geo", 2),
        (f"sums, by {FILE}", "sums", 1),
    ]
    for each in sets:
        body = {"kind": "step_benchmark", "data_source": each["data_source"], "labels": each["labels"]}
        counted = ada.post("/evaluations/extent", json=body).json()["set"]
        assert counted["solutions"] == each["solutions"], each
    assert done(ada, labels=f"file:{FILE}")["set"]["name"] == f"All of {FILE}"


def test_a_file_of_one_source_is_one_choice(ada, store):
    add_labelled(store, "Q1", (["a"], [1]), source="geo")
    assert [each["name"] for each in ada.get("/evaluations/sets").json()["sets"]] == [f"geo, by {FILE}"]


def test_what_makes_no_sense_is_refused_in_a_sentence(ada, labelled):
    for body, status, words in (
        ({"kind": "score"}, 422, "'step_benchmark' or 'best_of_n'"),
        ({"kind": "best_of_n", "n": 4, "sampling": {"n": 8}}, 400, "n is 4, and 8 in sampling"),
        ({"kind": "step_benchmark", "labels": "all"}, 400, "compared with one label"),
        ({"kind": "step_benchmark", "labels": "file:nobody"}, 400, "has labels of 'file:nobody'"),
        ({"kind": "step_benchmark", "project": "gone"}, 404, "gone"),
        ({"kind": "step_benchmark", "n": 4}, 400, "takes no n"),
        ({"kind": "step_benchmark", "threshold": 2}, 422, "threshold"),
        ({"kind": "step_benchmark", "thresholds": [2]}, 422, "no such field"),
    ):
        answer = ada.post("/evaluations", json=body)
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text


def test_a_set_that_the_model_was_trained_on_is_marked(ada, labelled):
    found = done(ada, data_source="geo", trained_on=["geo"])
    assert found["warnings"] == [
        "The model was trained on geo, so these figures say little about what it has not seen."
    ]
    assert done(ada, data_source="sums", trained_on=["geo"])["warnings"] == []


def test_a_set_that_holds_what_the_model_was_trained_on_is_marked(ada, labelled):
    """The source that the set was narrowed to was looked at, which a project, a queue or a whole file has none of."""
    found = done(ada, trained_on=["charts", "sums"])
    assert found["warnings"][0] == (
        "The model was trained on sums, which 1 of the 2 solutions are from, so these figures say little about what it has "
        "not seen."
    )


def test_a_threshold_is_written_in_full_into_the_command(ada, labelled):
    body = {"kind": "step_benchmark", "threshold": 0.123456789}
    command = ada.post("/evaluations/extent", json=body).json()["command"]
    assert "--threshold 0.123456789 " in command
    assert "--threshold 1 " in ada.post("/evaluations/extent", json={**body, "threshold": 1}).json()["command"]


def test_half_labelled_solutions_are_counted_because_the_command_leaves_them_out(ada, store, labelled):
    add_labelled(store, "Q3", (["a", "b"], [1, None]), (["a", "b"], [1, 0]), source="geo")
    extent = ada.post("/evaluations/extent", json={"kind": "step_benchmark", "data_source": "geo"}).json()
    assert (extent["set"]["solutions"], extent["set"]["half_labelled"]) == (3, 1)
    found = done(ada, data_source="geo")
    assert found["set"]["half_labelled"] == 1
    assert "1 of 3 solutions have labels for some steps only" in ada.get(f"/evaluations/{found['id']}/report").text


def test_reviewers_read_and_only_admins_start(team, store, labelled, workbench):
    from engine.domain import Role
    from tests.support.api_accounts import make_person, sign_in

    found = done(team["ada"])
    reviewer = sign_in(store, team["tom"], make_person(store, "rev", Role.REVIEWER))
    assert reviewer.get("/evaluations").json()["evaluations"][0]["id"] == found["id"]
    command = reviewer.post("/evaluations/extent", json={"kind": "step_benchmark"}).json()["command"]
    assert str(store.data_dir) not in command
    for method, path in (
        ("post", ""),
        ("post", "/nano"),
        ("post", f"/{found['id']}/cancel"),
        ("delete", f"/{found['id']}"),
    ):
        assert getattr(reviewer, method)(f"/evaluations{path}").status_code == 403
    assert team["mei"].get("/evaluations").status_code == 403


def test_what_could_not_be_done_is_tried_again_and_nothing_else(ada, store, engine):
    asked: list[str] = []
    is_mended = False

    def score(step):
        asked.append(step)
        return math.nan if step == "odd" and not is_mended else 0.9 if step == "right" else 0.2

    engine.switch(lambda: models(NamedRewardModel("prm", score)))
    engine.wait_ready(PATIENCE)
    add_labelled(store, "Q1", (["right", "bad"], [1, -1]))
    add_labelled(store, "Q2", (["odd"], [-1]))
    first = done(ada)
    assert (first["state"], first["failed"], first["set"]["solutions"]) == ("done", 1, 2)
    is_mended = True
    asked.clear()
    resumed = ada.post(f"/evaluations/{first['id']}/resume").json()
    assert (resumed["headline"], resumed["has_figures"]) == (first["headline"], True)
    again = settled(ada, f"/evaluations/{first['id']}")
    assert (again["state"], again["failed"], again["warnings"]) == ("done", 0, [])
    assert set(asked) == {"odd"}
    refused = ada.post(f"/evaluations/{first['id']}/resume")
    assert (refused.status_code, "nothing is left to do" in refused.json()["error"]) == (400, True)


def test_a_threshold_is_tuned_on_another_set(ada, labelled, store):
    add_labelled(store, "D", (["a", "b", "c"], [1, -1, 0]), source="dev")
    wanted = {"kind": "step_benchmark", "data_source": "geo", "labels": f"file:{FILE}"}
    dev = {"data_source": "dev", "labels": f"file:{FILE}"}
    extent = ada.post("/evaluations/extent", json={**wanted, "tune_on": dev}).json()
    assert (extent["dev"]["name"], extent["dev"]["solutions"], extent["set"]["solutions"]) == ("dev", 1, 1)
    assert ada.post("/evaluations/extent", json=wanted).json()["dev"] is None
    found = done(ada, **{**wanted, "tune_on": dev})
    assert (found["tuned"]["set"]["name"], found["tuned"]["set"]["solutions"], found["total"]) == ("dev", 1, 2)
    figures = ada.get(f"/evaluations/{found['id']}/step-figures").json()
    (own,) = (each for each in figures["thresholds"] if each["chosen_on"] == "dev")
    assert (own["threshold"], own["macro_f1"]) == (found["threshold"], found["headline"]["figure"]["value"])
    assert (own["low"], own["high"]) == (found["headline"]["figure"]["low"], found["headline"]["figure"]["high"])
    assert "--tune-on tuned_on/test.jsonl" in figures["command"]
    again = done(ada, kind="step_benchmark", repeats=found["id"])
    assert (again["threshold"], again["tuned"]) == (found["threshold"], found["tuned"])
    for body, status, words in (
        (
            {**wanted, "tune_on": {**dev, "data_source": "geo"}},
            400,
            "1 of the 1 problems of 'geo' are in the test set too",
        ),
        ({**wanted, "tune_on": dev, "threshold": 0.5}, 400, "not both"),
        ({**wanted, "tune_on": {**dev, "problems": []}}, 422, "problems"),
        ({"kind": "best_of_n", "tune_on": dev}, 400, "takes no tune_on"),
    ):
        answer = ada.post("/evaluations", json=body)
        assert (answer.status_code, words in answer.json()["error"]) == (status, True), answer.text
