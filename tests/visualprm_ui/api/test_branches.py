"""What is made from steps of a run on, over REST: counted, gone on with, edited, stopped; by whom, and what is refused.

Covers visualprm_ui/use_cases/branch_control.py, visualprm_ui/use_cases/branch_view.py, visualprm_ui/use_cases/live_branches.py.
"""

import threading
from contextlib import ExitStack
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from engine import Engine, Models
from engine.domain import Role, RunRecord, RunState
from storage import open_store
from storage.database import tables
from tests.support.api_accounts import accounts_api, make_person, sign_in
from tests.support.run_records import RECORD
from tests.support.scripted import CompletingPolicy, ScriptedRewardModel, scripted_engine
from tests.support.waiting import awaited
from visualprm_ui.api import build_api
from visualprm_ui.use_cases.workbench import Workbench

ENDS = ("Add 3.\n\nFinal answer: 5", "Final answer: 6", None, "I give up.")


def complete(text, draw):
    return ENDS[draw % 4]


@pytest.fixture
def engine():
    with scripted_engine(["Final answer: 5"], lambda step: 0.25 if "3" in step else 0.75, complete=complete) as engine:
        yield engine


@pytest.fixture
def mine(client, run, store):
    """The run, owned by whoever asks."""
    name = client.get("/status").json()["annotator"]
    store.runs.give("annotator", name)
    return run


@pytest.fixture
def solutions(store, run):
    return store.runs.get_run(run.id).solutions


def wait(client, run):
    return awaited(
        lambda: client.get(f"/runs/{run.id}/branches").json(),
        lambda view: all(each["state"] not in ("queued", "running") for each in view["live"]),
    )


def roll_out(client, run, solution, step=0, **more):
    return client.post(f"/runs/{run.id}/rollouts", json={"solution": solution.id, "step": step, **more})


def go_on(client, run, solution, step=0, **more):
    return client.post(f"/runs/{run.id}/continuations", json={"solution": solution.id, "step": step, **more})


def test_completions_are_counted_and_kept_with_the_run(client, mine, solutions, store):
    assert roll_out(client, mine, solutions[0], 1).status_code == 200
    view = wait(client, mine)
    (found,) = view["rollouts"]
    assert (found["solution"], found["step"], found["times"]) == (solutions[0].id, 1, 1)
    tally = found["tally"]
    assert (tally["drawn"], tally["reached"], tally["cut_off"], tally["unread"]) == (16, 4, 4, 4)
    assert (round(tally["low"], 3), round(tally["high"], 3)) == (0.102, 0.495)
    assert tally["answers"] == [
        {"text": "5", "count": 4, "matches": True},
        {"text": "6", "count": 4, "matches": False},
    ]
    assert view["live"] == view["continuations"] == []


def test_again_is_the_same_place_with_a_new_seed_and_adds_up(client, mine, solutions, store):
    for _ in range(2):
        roll_out(client, mine, solutions[0], 0, completions=4)
        wait(client, mine)
    (found,) = wait(client, mine)["rollouts"]
    assert (found["times"], found["tally"]["drawn"], found["tally"]["reached"]) == (2, 8, 2)
    assert [each["count"] for each in found["tally"]["answers"]] == [2, 2]
    kept = store.runs.get_branches(mine.id).rollouts
    assert [each.sampling.seed for each in kept] == [int(each.id, 16) % 2**53 for each in kept]
    assert kept[0].sampling.seed != kept[1].sampling.seed


def test_solutions_that_go_on_are_scored_and_no_part_of_the_choice(client, mine, solutions):
    before = client.get(f"/runs/{mine.id}").json()
    assert go_on(client, mine, solutions[1], 0, n=2).status_code == 200
    (found,) = wait(client, mine)["continuations"]
    assert (found["solution"], found["step"], found["edit"]) == (solutions[1].id, 0, None)
    first, second = found["cards"]
    assert [each["text"] for each in first["steps"]] == ["Guess.", "Add 3.", "Final answer: 5"]
    assert [each["score"] for each in first["steps"]] == [0.75, 0.25, 0.75]
    assert (first["scores"]["min"], first["matches"], second["matches"]) == (0.25, True, False)
    assert (found["tally"]["reached"], found["tally"]["drawn"]) == (1, 2)
    assert client.get(f"/runs/{mine.id}").json() == before
    # and from one of these on
    child = {"solution": first["solution"], "step": 1}
    assert client.post(f"/runs/{mine.id}/continuations", json=child).status_code == 200
    assert len(wait(client, mine)["continuations"]) == 2


def test_an_edited_step_takes_the_place_of_the_old_one(client, mine, solutions, store):
    body = {"solution": solutions[0].id, "step": 1, "text": "Take 2 and 3."}
    assert client.post(f"/runs/{mine.id}/edit-score", json=body).json() == {"score": 0.25, "reward_model": "scripted"}
    assert store.runs.get_branches(mine.id).solutions == (), "nothing is kept of that"
    go_on(client, mine, solutions[0], 1, edit=" Take 2 and 3.\n", n=1)
    (found,) = wait(client, mine)["continuations"]
    assert found["edit"] == "Take 2 and 3."
    (card,) = found["cards"]
    assert [each["text"] for each in card["steps"]] == ["Read 2.", "Take 2 and 3.", "Add 3.", "Final answer: 5"]
    last = go_on(client, mine, solutions[0], 2, edit="Final answer: 6")
    assert last.status_code == 200, "a last step can be edited"


@pytest.mark.parametrize(
    ("route", "body", "said"),
    [
        ("rollouts", {"step": 2}, "This is the solution's last step"),
        ("rollouts", {"step": 3}, "The solution has 3 steps, so it has no step 4"),
        ("rollouts", {"step": 0, "completions": 0}, "choose from 1 to 128"),
        ("continuations", {"step": 0, "n": 129}, "choose from 1 to 128"),
        ("continuations", {"step": 0, "edit": " \n"}, "The edited step is empty"),
        ("continuations", {"step": 0, "edit": "One.\n \nTwo."}, "a blank line, which would split it into two steps"),
        ("continuations", {"step": 0, "edit": "a" * 8001}, "8,001 characters; the most is 8,000"),
        ("edit-score", {"step": 0, "text": ""}, "The edited step is empty"),
    ],
)
def test_what_cannot_be_gone_on_from_is_told(client, mine, solutions, route, body, said):
    refused = client.post(f"/runs/{mine.id}/{route}", json={"solution": solutions[0].id, **body})
    assert refused.status_code == 400
    assert said in refused.json()["error"]


def test_what_is_not_there_is_told(client, mine, solutions):
    refused = client.post(f"/runs/{mine.id}/rollouts", json={"solution": "none", "step": 0})
    assert (refused.status_code, refused.json()["error"][:34]) == (404, "The run has no solution 'none'. It")
    assert client.post("/runs/none/rollouts", json={"solution": "none", "step": 0}).status_code == 404
    assert client.get("/runs/none/branches").status_code == 404
    assert client.post(f"/runs/{mine.id}/branches/none/stop").json() == {"stopped": False}
    assert client.post(f"/runs/{mine.id}/rollouts", json={"solution": solutions[0].id, "step": -1}).status_code == 422


def test_a_run_that_goes_on_is_not_gone_on_from(client, mine, solutions, store):
    store.runs.update_run(replace(mine, state=RunState.RUNNING))
    refused = roll_out(client, mine, solutions[0])
    assert (refused.status_code, refused.json()["error"][:29]) == (400, "This run is still going on. W")


def of_models(**names) -> RunRecord:
    return replace(RECORD, **{"policy_model": "scripted", "policy_revision": "1", **names})


def test_other_models_than_the_runs_make_nothing_from_its_steps_on(client, mine, solutions, store):
    store.runs.update_run(replace(mine, record=of_models(policy_revision="2")))
    roll_out(client, mine, solutions[0])
    (ended,) = wait(client, mine)["live"]
    assert (ended["state"], ended["message"][:24]) == ("failed", "Other models are loaded ")
    store.runs.update_run(replace(mine, record=of_models(reward_model="another")))
    roll_out(client, mine, solutions[0])
    view = wait(client, mine)
    assert (view["live"], len(view["rollouts"])) == ([], 1), "completions need the policy alone"
    go_on(client, mine, solutions[0])
    assert [each["state"] for each in wait(client, mine)["live"]] == ["failed"]
    body = {"solution": solutions[0].id, "step": 1, "text": "Take 2 and 3."}
    refused = client.post(f"/runs/{mine.id}/edit-score", json=body)
    assert (refused.status_code, refused.json()["error"][:33]) == (400, "Another reward model is loaded th"), (
        "a score of another"
    )
    assert store.runs.get_branches(mine.id).solutions == ()


def test_a_policy_that_cannot_go_on_says_so(store, run, identity):
    with scripted_engine(["Final answer: 5"]) as engine, ExitStack() as stack:
        api = build_api(Workbench(store, engine), identity)
        client = stack.enter_context(TestClient(api, headers={"X-VP": "1"}))
        roll_out(client, run, store.runs.get_run(run.id).solutions[0])
        (ended,) = wait(client, run)["live"]
    assert "cannot go on from a step of a solution" in ended["message"]


def test_what_waits_says_its_place_and_can_be_stopped(store, run, identity):
    gate = threading.Event()
    models = Models(policy=CompletingPolicy((), complete, gate), reward_model=ScriptedRewardModel())
    with Engine(lambda: models, max_active=2) as engine, ExitStack() as stack:
        stack.callback(gate.set)
        api = build_api(Workbench(store, engine), identity)
        client = stack.enter_context(TestClient(api, headers={"X-VP": "1"}))
        first, second = store.runs.get_run(run.id).solutions
        ids = [roll_out(client, run, each, at).json()["branch"] for each, at in ((first, 0), (first, 1), (second, 0))]
        awaited(  # two are served in turns
            lambda: client.get(f"/runs/{run.id}/branches").json()["live"],
            lambda live: (ids[2], "queued", 2) in [(each["id"], each["state"], each["ahead"]) for each in live],
        )
        assert client.post(f"/runs/{run.id}/branches/{ids[2]}/stop").json() == {"stopped": True}
        assert client.post(f"/runs/{run.id}/branches/{ids[0]}/stop").json() == {"stopped": True}
        gate.set()
        view = wait(client, run)
    assert {each["id"]: each["state"] for each in view["live"]} == {ids[0]: "stopped", ids[2]: "stopped"}
    assert [(each["solution"], each["step"]) for each in view["rollouts"]] == [(first.id, 1)], "of what ended by itself"


def test_it_goes_on_when_nobody_looks(client, mine, solutions, tmp_path, store):
    roll_out(client, mine, solutions[0])
    awaited(lambda: store.runs.get_branches(mine.id).rollouts)
    with open_store(store.data_dir) as again:
        assert again.runs.get_branches(mine.id).rollouts[0].tally.drawn == 16


def test_only_whoever_may_change_a_run_adds_to_it(workbench, run, solutions):
    make_person(workbench.store, "ada", Role.ADMIN)
    api = accounts_api(workbench)
    with ExitStack() as stack:
        guest, owner, other, admin = (stack.enter_context(TestClient(api, headers={"X-VP": "1"})) for _ in range(4))
        for client, name, role in (
            (owner, "annotator", Role.ANNOTATOR),
            (other, "tom", Role.ANNOTATOR),
            (admin, "eva", Role.ADMIN),
        ):
            sign_in(workbench.store, client, make_person(workbench.store, name, role))
        assert roll_out(guest, run, solutions[0]).status_code == 403
        refused = go_on(other, run, solutions[0])
        assert (refused.status_code, refused.json()["error"][:29]) == (403, "This run is somebody else's: ")
        assert roll_out(admin, run, solutions[0]).status_code == 200
        assert roll_out(owner, run, solutions[0], 1).status_code == 200
        view = wait(owner, run)
        assert (view["may_branch"], len(view["rollouts"])) == (True, 2)
        seen = guest.get(f"/runs/{run.id}/branches").json()
        assert (seen["may_branch"], len(seen["rollouts"])) == (False, 2)
        assert seen["refusal"] == refused.json()["error"]


def test_a_run_that_a_job_made_is_nobodys_to_add_to(team, run, solutions, store):
    with store.database.write() as connection:
        connection.execute(tables.runs.update().values(made_by=None))
    store.runs.update_run(replace(run, record=of_models(job="7")))
    refused = roll_out(team["mei"], run, solutions[0])
    assert (refused.status_code, refused.json()["error"][:35]) == (403, "This run was made by a background j")
    assert team["mei"].get(f"/runs/{run.id}/branches").json()["may_branch"] is False
    assert roll_out(team["ada"], run, solutions[0]).status_code == 200
    store.runs.update_run(replace(run, record=of_models(job=None)))
    assert team["mei"].get(f"/runs/{run.id}/branches").json()["refusal"] is None, "a press of nobody who can be told"


def test_a_blinded_run_shows_and_takes_nothing_made_from_its_steps(team, project, run, solutions, store):
    store.runs.give("annotator", "mei")
    assert team["mei"].get(f"/runs/{run.id}/branches").status_code == 403
    body = {"solution": solutions[0].id, "step": 0, "text": "Read 3."}
    answers = (
        roll_out(team["mei"], run, solutions[0]),
        go_on(team["mei"], run, solutions[0]),
        team["mei"].post(f"/runs/{run.id}/edit-score", json=body),
    )
    assert [each.status_code for each in answers] == [403] * 3, "a score would spoil labels that are still to be given"
    assert store.runs.get_branches(run.id).rollouts == store.runs.get_branches(run.id).solutions == ()


def test_a_branch_counts_among_what_one_has_in_progress(store, run, identity):
    gate = threading.Event()
    with scripted_engine(["Final answer: 5"], complete=complete, gate=gate) as engine, ExitStack() as stack:
        stack.callback(gate.set)
        api = build_api(Workbench(store, engine), identity)
        client = stack.enter_context(TestClient(api, headers={"X-VP": "1"}))
        solution = store.runs.get_run(run.id).solutions[0]
        for _ in range(16):
            assert roll_out(client, run, solution).status_code == 200
        refused = roll_out(client, run, solution)
        assert refused.status_code == 400
        assert "16 runs in progress" in refused.json()["error"]
        gate.set()
        wait(client, run)
    seeds = {each.sampling.seed for each in store.runs.get_branches(run.id).rollouts}
    assert len(seeds) == 16, "each with a seed of its own"
