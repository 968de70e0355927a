"""Deleting a project over REST."""


def test_what_goes_is_said_and_goes_only_with_its_title(team, labelled):
    path = f"/projects/{labelled['project']}"
    found = team["ada"].get(f"{path}/deletion").json()
    assert (found["title"], found["solutions"], found["labels"], found["people"]) == ("Sums", 2, 4, 2)
    assert team["ada"].get(f"/{found['export']}").headers["content-type"] == "application/zip"
    assert team["mei"].request("DELETE", path, json={"title": "Sums"}).status_code == 403
    refused = team["ada"].request("DELETE", path, json={"title": "sums"})
    assert (refused.status_code, "is not the title" in refused.json()["error"]) == (409, True)
    assert team["ada"].request("DELETE", path, json={"title": "Sums"}).json()["export"] is None
    assert team["ada"].get("/projects").json()["projects"] == []
    assert team["ada"].get("/dataset").json()["queues"] == []
    assert team["ada"].get(f"{path}/deletion").status_code == 404
