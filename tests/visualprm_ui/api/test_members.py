"""Members of a project over REST: an admin changes them, and nobody else finds the project."""

from tests.support.api_labelling import event


def test_a_project_of_its_members_is_not_there_for_others(team, project):
    path, queue = f"/projects/{project['project']}", project["queue"]
    assert team["ada"].get(f"{path}/members").json() == {"members_only": False, "members": []}
    assert team["ada"].patch(path, json={"options": {"members_only": True}}).status_code == 200
    assert team["ada"].post(f"{path}/members", json={"name": "mei"}).json() == {
        "members_only": True,
        "members": ["mei"],
    }
    (shown,) = team["ada"].get("/projects").json()["projects"]
    assert (shown["members"], shown["options"]["members_only"]) == (["mei"], True)
    task = team["mei"].get(f"/queues/{queue}/next").json()["task"]
    for name, found in (("mei", True), ("tom", False), ("ada", True)):
        assert (queue in team[name].get("/queues").text) == found
        assert (queue in team[name].get("/dataset").text) == found
        assert (team[name].get(f"/queues/{queue}/next").status_code == 200) == found
    sent = team["tom"].post("/events", json={"events": [event(task, "label", step=0, value=1)]}).json()
    assert len(sent["rejected"]) == 1
    assert team["ada"].delete(f"{path}/members/mei").json() == {"released": 1}
    answer = team["mei"].get(f"/queues/{queue}/next").json()
    assert (answer["task"], answer["blocked"]["why"]) == (None, "closed")
    sent = team["mei"].post("/events", json={"events": [event(task, "label", step=0, value=1)]}).json()
    assert sent["rejected"] == []


def test_who_is_nobody_is_said(team, project):
    path = f"/projects/{project['project']}/members"
    assert team["ada"].post(path, json={"name": "meii"}).json() == {"error": "There is no account named 'meii'."}
    assert team["ada"].delete(f"{path}/tom").json() == {"error": "'tom' is not a member of this project."}
    for client in (team["mei"], team["tom"]):
        assert client.get(path).status_code == client.delete(f"{path}/tom").status_code == 403


def test_several_people_are_invited_at_once_and_are_members_when_they_join(team, project, store):
    path = f"/projects/{project['project']}"
    team["ada"].patch(path, json={"options": {"members_only": True}})
    answer = team["ada"].post(f"{path}/invitations", json={"names": ["eve ", "gus", "tom", "eve"]}).json()
    assert [each["name"] for each in answer["invited"]] == ["eve", "gus"]
    (refused,) = answer["refused"]
    assert refused["name"] == "tom"
    assert "tom" in refused["reason"]
    assert team["ada"].get(f"{path}/members").json()["members"] == ["eve", "gus"]
    store.accounts.accept_invitation(answer["invited"][0]["link"].split("#")[1], "correct horse battery", "eve")
    assert store.labelling.next_task(project["queue"], "eve").solution_id
    assert team["mei"].post(f"{path}/invitations", json={"names": ["zoe"]}).status_code == 403
    assert team["ada"].post("/projects/nowhere/invitations", json={"names": ["zoe"]}).status_code == 404
    assert "zoe" not in team["ada"].get("/people").text
