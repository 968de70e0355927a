"""The counts of the dataset over REST.

Covers storage/results/summary.py.
"""

from tests.support.api_labelling import event, label_all, open_queue, send, submit
from tests.support.store_projects import add_solutions


def test_the_dataset_counts_what_is_labelled(client, run):
    _, task = open_queue(client, run)
    assert client.get("/dataset").json()["labelled"] == 0
    submit(client, task, 1, 1, 1)
    summary = client.get("/dataset").json()
    assert (summary["labelled"], summary["solutions"], summary["annotators"]) == (1, 2, 1)
    assert summary["queues"][0]["done"] == 1


def test_nobody_has_labelled_more_than_everybody(client, run):
    """A solution that was skipped counted as labelled by the one who skipped it, and by nobody."""
    _, task = open_queue(client, run)
    send(client, event(task, "skip", reason="bad_problem"))
    (row,) = client.get("/dataset").json()["queues"]
    assert (row["mine"], row["done"], row["skipped"], row["total"]) == (0, 0, 1, 2)


def test_gold_items_are_not_counted_as_labels_nor_as_ready_to_export(team, project, store):
    """The front page of an admin promised 18 solutions to export, of which 6 were quiz and gold items."""
    (gold,) = add_solutions(store, 1)
    known = {"role": "gold", "solutions": [{"solution": gold, "labels": [1, 1]}]}
    team["ada"].post(f"/projects/{project['project']}/gold", json=known)
    label_all(team["mei"], project["queue"], 1)
    assert team["ada"].get("/dataset/week").json() == {"labels": 2, "people": 1}
    summary = team["ada"].get("/dataset").json()
    assert (summary["labelled"], summary["exportable"]) == (3, 2)
    assert team["mei"].get("/dataset").json()["exportable"] is None


def test_the_last_week_counts_labels_and_people(team, project):
    assert team["ada"].get("/dataset/week").json() == {"labels": 0, "people": 0}
    label_all(team["mei"], project["queue"], 1)
    assert team["ada"].get("/dataset/week").json() == {"labels": 2, "people": 1}
    assert team["mei"].get("/dataset/week").status_code == 403
