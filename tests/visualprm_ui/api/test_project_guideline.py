"""A project's own guideline over REST: saved as versions, read by whoever labels there.

Covers visualprm_ui/api/project_guideline.py, visualprm_ui/use_cases/guideline.py and storage/labelling/guideline.py.
"""

from storage.labelling.guideline import next_version
from tests.support.api_labelling import label_all


def test_a_new_version_is_what_annotators_read_and_labels_say(team, project, store):
    path = f"/projects/{project['project']}/guideline"
    before = team["ada"].get(path).json()
    shipped = team["mei"].get("/guideline").json()
    assert (before["current"], before["text"], before["versions"]) == ("1", shipped["text"], [])
    saved = team["ada"].post(path, json={"text": " **Look** first.\n", "based_on": "1"})
    assert saved.json() == {"version": "2"}
    found = team["mei"].get(f"/guideline?queue={project['queue']}").json()
    assert found == {"version": "2", "text": "**Look** first."}
    assert team["mei"].get("/guideline").json() == shipped, "that of other queues stays"
    label_all(team["mei"], project["queue"], 1)
    assert {each.guideline_version for each in store.results.iter_annotations() if each.annotator == "mei"} == {"2"}
    after = team["ada"].get(path).json()
    assert [(each["version"], each["by"]) for each in after["versions"]] == [("2", "ada")]
    assert team["ada"].get(f"{path}?version=1").json()["text"] == shipped["text"]
    unknown = team["ada"].get(f"{path}?version=nonsense")
    assert (unknown.status_code, "no version 'nonsense'" in unknown.json()["error"]) == (404, True)


def test_two_who_edit_at_once_do_not_overwrite_each_other(team, project):
    path = f"/projects/{project['project']}/guideline"
    assert team["ada"].post(path, json={"text": "One", "based_on": "1"}).status_code == 200
    late = team["ada"].post(path, json={"text": "Two", "based_on": "1"})
    assert late.status_code == 409
    assert "has reached version '2'" in late.json()["error"]
    assert team["ada"].get(path).json()["text"] == "One"
    assert team["ada"].post(path, json={"text": " ", "based_on": "2"}).status_code == 400
    assert team["ada"].post(path, json={"text": "x" * 100_001, "based_on": "2"}).status_code == 400


def test_only_admins_save_it_and_only_those_who_may_label_there_read_it(team, project):
    path = f"/projects/{project['project']}/guideline"
    assert team["mei"].post(path, json={"text": "Mine", "based_on": "1"}).status_code == 403
    assert team["mei"].get(path).status_code == 403
    closed = {"options": {"members_only": True}}
    assert team["ada"].patch(f"/projects/{project['project']}", json=closed).status_code == 200
    assert team["mei"].get(f"/guideline?queue={project['queue']}").status_code == 404
    assert team["mei"].get("/guideline?queue=nowhere").status_code == 404


def test_a_project_goes_with_its_guideline(team, project):
    path = f"/projects/{project['project']}"
    team["ada"].post(f"{path}/guideline", json={"text": "One", "based_on": "1"})
    title = team["ada"].get(f"{path}/deletion").json()["title"]
    assert team["ada"].request("DELETE", path, json={"title": title}).status_code == 200
    assert team["ada"].get(f"{path}/guideline").status_code == 404


def test_what_follows_a_version():
    assert [next_version(each) for each in ("1", "9", "v3", "draft", "")] == ["2", "10", "v4", "draft-2", "-2"]


def test_a_version_without_a_text_is_refused_once_a_project_has_its_own(team, project):
    """The project's own guideline vanished: annotators were shown that of the data folder."""
    path = f"/projects/{project['project']}"
    assert team["ada"].patch(path, json={"guideline_version": "team-1"}).status_code == 200, "that of the data folder"
    for base, text in (("team-1", "One"), ("team-2", "Two")):
        assert team["ada"].post(f"{path}/guideline", json={"text": text, "based_on": base}).status_code == 200
    refused = team["ada"].patch(path, json={"guideline_version": "9"})
    assert refused.status_code == 400
    assert "no version '9' of it. Give one of team-3, team-2" in refused.json()["error"]
    assert team["mei"].get(f"/guideline?queue={project['queue']}").json() == {"version": "team-3", "text": "Two"}
    assert team["ada"].patch(path, json={"guideline_version": "team-2"}).status_code == 200
    assert team["mei"].get(f"/guideline?queue={project['queue']}").json() == {"version": "team-2", "text": "One"}
