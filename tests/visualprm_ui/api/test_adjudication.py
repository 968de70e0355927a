"""Adjudication over REST: what people said first, the scores after the decision."""


def test_a_disputed_solution_holds_no_score_before_its_decision(team, labelled):
    ada = team["ada"]
    first = ada.get("/disagreements").json()["solutions"][0]
    path = f"/disagreements/{first['solution']}"
    view = ada.get(path).json()
    assert view["differing"] == [each["step"] for each in first["differing"]]
    assert [each["annotator"] for each in view["annotations"]] == first["annotators"]
    assert [each["text"] for each in first["differing"]] == [view["steps"][at] for at in view["differing"]]
    for at, each in enumerate(first["differing"]):
        assert [said["labels"][each["step"]] for said in view["annotations"]] == first["differing"][at]["labels"]
    assert (view["decision"], view["decided"], view["scores"], view["predicted"]) == (None, False, None, None)
    labels = [1 if step in view["differing"] else None for step in range(len(view["steps"]))]
    body = {"labels": labels, "cause": "slip", "note": "It says 14.", "queue": labelled["queue"]}
    assert ada.post(f"/solutions/{first['solution']}/decision", json=body).json() == {"added": True}
    decided = ada.get(path).json()
    assert (decided["decided"], decided["decision"]["by"], decided["decision"]["labels"]) == (True, "ada", labels)
    assert len(decided["scores"]) == len(decided["predicted"]) == len(view["steps"])
    assert team["mei"].get(path).status_code == 403


def test_a_solution_on_which_nobody_differs_is_not_there_to_be_decided(team, run):
    ada = team["ada"]
    solution = ada.get("/solutions").json()["solutions"][0]["solution"]
    answer = ada.get(f"/disagreements/{solution}")
    assert (answer.status_code, "People do not, or no longer, differ" in answer.json()["error"]) == (404, True)
