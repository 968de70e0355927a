"""Runs over REST, as they are listed and shown."""


def test_runs_are_listed_newest_first(client, run):
    (row,) = client.get("/runs").json()["runs"]
    assert (row["run"], row["answer"], row["n"], row["state"]) == (run.id, "5", 2, "done")
    view = client.get(f"/runs/{run.id}").json()
    assert view["ranking"]["mean"] == [0, 1]
