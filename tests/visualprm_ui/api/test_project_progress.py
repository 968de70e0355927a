"""How a project is doing, over REST.

Covers visualprm_ui/api/project_progress.py and visualprm_ui/use_cases/project_progress.py.
"""

from datetime import UTC, datetime, timedelta

from storage import AccountRepository, ProjectRepository
from tests.support.api_labelling import event, label_all, send
from tests.support.store_projects import add_solutions
from visualprm_ui.use_cases.project_progress import count_by_day


def progress(team, made):
    answer = team["ada"].get(f"/projects/{made['project']}/progress")
    assert answer.status_code == 200, answer.text
    return answer.json()


def kinds(found):
    return [each["kind"] for each in found["actions"]]


def test_an_empty_project_waits_to_be_filled(team):
    made = team["ada"].post("/projects", json={"title": "Empty"}).json()
    found = progress(team, made)
    assert kinds(found) == ["fill"]
    assert found["forecast"]["reason"] is None
    assert found["forecast"]["days_left"] == 0
    assert found["gold"] == {
        "share": {"value": None, "interval": None, "reason": found["gold"]["share"]["reason"]},
        "of": 0,
    }
    assert found["days"] == []
    assert found["agreement_days"] == []


def test_progress_and_names_are_read_once(team, labelled, monkeypatch):
    """Display names were read once for each person, the progress of everybody twice."""
    read = []

    def count(of, name):
        ask = getattr(of, name)
        monkeypatch.setattr(of, name, lambda *args: read.append(name) or ask(*args))

    count(AccountRepository, "get_display_names")
    count(ProjectRepository, "get_progress")
    assert len(progress(team, labelled)["people"]) == 2
    assert sorted(read) == ["get_display_names", "get_progress"]


def test_labels_pace_and_agreement(team, labelled):
    found = progress(team, labelled)
    assert found["labels"] == {
        "wanted": 4, "done": 4, "sent_back": 0, "in_work": 0, "to_do": 0, "unclaimed": 0, "last_day": 4,
    }  # fmt: skip
    assert [each["labels"] for each in found["days"]] == [0, 4]
    assert found["agreement"]["of"] == 2
    assert found["agreement"]["share"]["value"] is not None
    assert found["agreement_days"][-1]["alpha"]["value"] == found["agreement"]["share"]["value"]
    people = {each["annotator"]: each for each in found["people"]}
    assert (people["mei"]["done"], people["mei"]["last_day"]) == (2, 2)
    assert people["mei"]["agreement"]["value"] == people["tom"]["agreement"]["value"]
    assert people["mei"]["median_seconds_a_step"] == (6 / 3 + 6 / 2) / 2


def test_gold_accuracy_of_a_person_has_an_interval_or_the_reason_why_not(team, project, store):
    for person in progress(team, project)["people"]:
        assert person["gold_share"]["value"] is None
    known = add_solutions(store, 3)
    gold = [{"solution": each, "labels": [1, 1]} for each in known]
    team["ada"].post(f"/projects/{project['project']}/gold", json={"role": "gold", "solutions": gold})
    label_all(team["mei"], project["queue"], 1)
    label_all(team["tom"], project["queue"], -1)
    mei, tom = progress(team, project)["people"]
    assert mei["gold_share"] == {"value": 1.0, "interval": [1.0, 1.0], "reason": None}
    assert tom["gold_share"] == {"value": 0.5, "interval": [0.5, 0.5], "reason": None}
    assert tom["gold"] == {"right": 3, "steps": 6}


def test_answers_to_quiz_and_gold_items_are_told_from_labels_of_the_project(team, store):
    """The sums said that nobody had labelled anything, beside a person with three items done."""
    made = team["ada"].post("/projects", json={"title": "Gated", "options": {"overlap": 1, "quiz_pass": 0.5}}).json()
    quiz, gold, *work = add_solutions(store, 4)
    for role, solution in (("quiz", quiz), ("gold", gold)):
        known = {"role": role, "solutions": [{"solution": solution, "labels": [1, 1]}]}
        team["ada"].post(f"/projects/{made['project']}/gold", json=known)
    team["ada"].post(f"/projects/{made['project']}/items", json={"solutions": work})
    task = team["mei"].get(f"/queues/{made['queue']}/next").json()["task"]
    send(team["mei"], *(event(task, "label", step=step, value=1) for step in range(2)), event(task, "submit"))
    found = progress(team, made)
    (mei,) = found["people"]
    assert (found["labels"]["done"], mei["done"], mei["work_done"], mei["quiz_done"]) == (0, 1, 0, 1)
    while task := team["mei"].get(f"/queues/{made['queue']}/next").json()["task"]:
        send(team["mei"], event(task, "skip", reason="bad_problem"))
    found = progress(team, made)
    (mei,) = found["people"]
    assert (mei["done"], mei["work_done"], mei["work_skipped"], mei["quiz_done"]) == (4, 2, 2, 1)
    assert found["labels"]["done"] == mei["work_done"]


def test_review_comes_before_disagreements(team, labelled):
    found = progress(team, labelled)
    assert kinds(found) == ["review", "disagreements"]
    assert found["actions"][0]["split"] == 0


def test_what_was_labelled_too_fast_is_listed_with_its_times(team, project):
    for name, seconds in (("mei", 0.1), ("tom", 30.0)):
        while task := team[name].get(f"/queues/{project['queue']}/next").json()["task"]:
            given = [event(task, "label", step=step, value=1) for step in range(len(task["steps"]))]
            send(team[name], *given, event(task, "submit", seconds=seconds))
    path = f"/projects/{project['project']}/fast-items?annotator="
    items = team["ada"].get(path + "mei").json()["items"]
    assert [(each["question"], each["seconds"]) for each in items] == [("What is $2 + 3$?", 0.1)] * 2
    assert {each["words"] for each in items} == {4, 7}
    assert team["ada"].get(path + "tom").json() == {"annotator": "tom", "name": "tom", "items": []}
    mei, tom = progress(team, project)["people"]
    assert (mei["too_fast"], mei["timed"], tom["too_fast"]) == (2, 2, 0)
    assert not mei["worth_a_look"], "two are no alarm"


def test_days_end_now_and_begin_with_the_first_label():
    at = datetime(2026, 5, 4, 12, tzinfo=UTC)
    hours = (1, 23, 25, 80)
    assert count_by_day([at - timedelta(hours=each) for each in hours], at) == (1, 0, 1, 2)
    assert count_by_day([], at) == ()


def test_only_admins_are_told(team, project):
    assert team["mei"].get(f"/projects/{project['project']}/progress").status_code == 403
    label_all(team["mei"], project["queue"], 1)
    assert team["ada"].get("/projects/nowhere/progress").status_code == 404
