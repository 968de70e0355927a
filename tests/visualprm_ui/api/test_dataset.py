"""The counts of the dataset over REST.

Covers storage/results/summary.py.
"""

from tests.support.api_labelling import event, label_all, open_queue, send, submit


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


def test_the_last_week_counts_labels_and_people(team, project):
    assert team["ada"].get("/dataset/week").json() == {"labels": 0, "people": 0}
    label_all(team["mei"], project["queue"], 1)
    assert team["ada"].get("/dataset/week").json() == {"labels": 2, "people": 1}
    assert team["mei"].get("/dataset/week").status_code == 403
