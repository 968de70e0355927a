"""Review over REST: what is ready, the sample, verdicts about the work that was shown, and splits sent back.

Covers visualprm_ui/api/waiting.py.
"""

from sqlalchemy import event

from tests.support.api_labelling import OPTIONS, label_all, shown


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


def test_splits_are_counted_once_a_request(team, labelled, store):
    """Each split of each queue was counted twice: once for the list, and once for what its asker can judge."""
    counted = []

    def note(_connection, _cursor, statement, *_rest):
        if "tasks.position /" in statement:
            counted.append(statement)

    event.listen(store.database._engine, "before_cursor_execute", note)
    for path in ("/splits", f"/queues/{labelled['queue']}/splits", "/waiting"):
        counted.clear()
        assert team["ada"].get(path).status_code == 200
        assert len(counted) == 1
    event.remove(store.database._engine, "before_cursor_execute", note)


def test_an_item_holds_no_score_before_its_verdict(team, labelled):
    path = f"/queues/{labelled['queue']}/splits/0"
    sample = team["ada"].get(path).json()
    assert (sample["title"], sample["round"], sample["total"], sample["limit"]) == ("Sums", 1, 2, 1)
    listed = sample["items"][0]
    item = team["ada"].get(f"{path}/items/{listed['task']}").json()
    assert (item["labels"], item["own"], item["before"]) == (listed["labels"], False, None)
    assert len(item["steps"]) == len(item["labels"])
    assert (item["scores"], item["predicted"]) == (None, None)
    body = {**shown(listed), "verdict": "wrong", "note": "No.", "questioned": [{"step": 0, "should_be": None}]}
    assert team["ada"].post(f"{path}/verdicts", json=body).status_code == 200
    judged = team["ada"].get(f"{path}/items/{listed['task']}").json()
    assert judged["verdict"] == "wrong"
    assert judged["questioned"] == [{"step": 0, "should_be": None}]
    assert len(judged["scores"]) == len(judged["predicted"]) == len(item["steps"])
    assert team["mei"].get(f"{path}/items/{listed['task']}").status_code == 403


def test_the_annotator_is_told_what_was_found_wrong(team, labelled):
    path = f"/queues/{labelled['queue']}/splits/0"
    for each in team["ada"].get(path).json()["items"]:
        body = {**shown(each), "verdict": "wrong", "note": "Read it.", "questioned": [{"step": 0, "should_be": None}]}
        assert team["ada"].post(f"{path}/verdicts", json=body).status_code == 200
    judged = {each["name"]: each["task"] for each in team["ada"].get(path).json()["items"]}
    team["ada"].post(f"{path}/send-back", json={"note": "Once more."})
    name, task = next(iter(judged.items()))
    client, found = team[name], None
    for position in range(2):
        found = client.get(f"/queues/{labelled['queue']}/tasks/{position}").json()["task"]
        if found["id"] == task:
            break
    assert found["returned"] == "Once more."
    assert found["review"] == {"by": "ada", "note": "Read it.", "questioned": [{"step": 0, "should_be": None}]}


def test_what_waits_is_counted_for_reviewers(team, labelled):
    waiting = team["ada"].get("/waiting").json()
    assert waiting["review"] == len(team["ada"].get("/splits", params={"state": "review"}).json()["splits"]) == 1
    open_ones = team["ada"].get("/disagreements", params={"open_only": True}).json()
    assert waiting["adjudication"] == open_ones["total"] > 0
    assert team["mei"].get("/waiting").status_code == 403


def test_own_labels_wait_for_somebody_else(team, run):
    """They were counted for the person who gave them; the page had nothing for them to do, and did not say why."""
    ada = team["ada"]
    options = {"split_size": 2, "review_share": 1.0, "overlap": 1}
    made = ada.post("/projects", json={"title": "Alone", "options": options}).json()
    ada.post(f"/projects/{made['project']}/items", json={"runs": [run.id]})
    label_all(ada, made["queue"], 1)
    assert ada.get("/waiting").json()["review"] == 0
    listed = ada.get("/splits").json()
    assert ([each["judgeable"] for each in listed["splits"]], listed["others"]) == ([False], [])
    sample = ada.get(f"/queues/{made['queue']}/splits/0").json()
    assert ({each["own"] for each in sample["items"]}, sample["others"]) == ({True}, [])
