"""Review over REST: what is ready, the sample, verdicts about the work that was shown, and splits sent back."""

from tests.support.api_labelling import OPTIONS, shown


def test_a_verdict_names_the_work_that_was_shown(team, labelled):
    """It named the solution alone, and was booked about whoever was drawn when it arrived."""
    path = f"/queues/{labelled['queue']}/splits/0"
    item = team["ada"].get(path).json()["items"][0]
    changed = {**shown(item), "labels": [0] * len(item["labels"]), "verdict": "wrong"}
    refused = team["ada"].post(f"{path}/verdicts", json=changed)
    assert (refused.status_code, "Reload the page" in refused.text) == (409, True)
    unnamed = {"task": item["task"], "verdict": "wrong"}
    assert team["ada"].post(f"{path}/verdicts", json=unnamed).status_code in (400, 422)


def test_a_split_is_judged_sent_back_and_comes_back_with_the_note(team, labelled):
    path = f"/queues/{labelled['queue']}/splits"
    (split,) = team["ada"].get(path).json()["splits"]
    assert (split["state"], split["round"]) == ("review", 1)
    items = team["ada"].get(f"{path}/0").json()["items"]
    assert {each["annotator"] for each in items} <= {"mei", "tom"}
    assert team["ada"].post(f"{path}/0/accept").status_code == 409
    for each in items:
        body = {**shown(each), "verdict": "wrong", "note": "Look at step 1."}
        assert team["ada"].post(f"{path}/0/verdicts", json=body).status_code == 200
    assert team["ada"].post(f"{path}/0/send-back", json={"note": "Once more."}).json()["reopened"] > 0
    assert team["mei"].get(f"/queues/{labelled['queue']}/next").json()["task"]["returned"] == "Once more."


def test_what_is_ready_for_review_is_listed_over_all_projects(team, labelled, run):
    """The page asked for the splits of every queue there is, with one request each."""
    ada = team["ada"]
    queues = {"Sums": labelled["queue"]}
    for title, options in (("Begun", OPTIONS), ("Unreviewed", {**OPTIONS, "review_share": 0.0}), ("Closed", OPTIONS)):
        made = ada.post("/projects", json={"title": title, "options": options}).json()
        ada.post(f"/projects/{made['project']}/items", json={"runs": [run.id]})
        queues[title] = made["queue"]
    ada.patch(f"/projects/{made['project']}", json={"archived": True})
    ada.post(f"/runs/{run.id}/queue")  # nobody reviews a run's own queue
    answer = ada.get("/splits").json()["splits"]
    assert [(each["title"], each["split"], each["state"]) for each in answer] == [
        ("Begun", 0, "labelling"),
        ("Sums", 0, "review"),
    ]
    (ready,) = ada.get("/splits", params={"state": "review"}).json()["splits"]
    (alone,) = ada.get(f"/queues/{queues['Sums']}/splits").json()["splits"]
    assert ready == {"queue": queues["Sums"], "title": "Sums", **alone}
    assert ada.get("/splits", params={"state": "reviewed"}).status_code == 422
    assert team["mei"].get("/splits").status_code == 403
