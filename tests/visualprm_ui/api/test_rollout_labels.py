"""Labels of rollouts over REST: asked for, planned, and shown with what was counted of each step.

Covers visualprm_ui/api/rollout_labels.py.
"""

import pytest

from engine import Engine, Models
from engine.outcomes.rollout_labels import RolloutMode
from tests.support.model_jobs import add_problem
from tests.support.rollouts import measured
from tests.support.scripted import CompletingPolicy, ScriptedRewardModel
from tests.support.transfer_jobs import settled
from tests.support.waiting import PATIENCE


@pytest.fixture
def engine():
    """Half of the completions reach the answer."""
    policy = CompletingPolicy(["One."], lambda text, draw: f"So.\n\nFinal answer: {1 + draw % 2}")
    with Engine(lambda: Models(policy=policy, reward_model=ScriptedRewardModel())) as engine:
        engine.wait_ready(PATIENCE)
        yield engine


@pytest.fixture
def ada(team):
    """An admin."""
    return team["ada"]


def test_solutions_are_labelled_and_show_what_was_counted(ada, store):
    _problem, (solution,) = add_problem(store, "Q", ["a", "b", "Final answer: 2"])
    body = {"kind": "label", "solutions": [solution], "rollouts": {"completions": 4}, "sampling": {"seed": 5}}
    extent = ada.post("/jobs/extent", json=body).json()
    assert (extent["solutions"], extent["completions"], extent["unanswered"], extent["estimate"]) == (1, 8, 0, None)
    answer = ada.post("/jobs", json=body | {"plan_first": True})
    assert answer.status_code == 200, answer.text
    job = settled(ada, f"/jobs/{answer.json()['id']}")
    assert (job["state"], job["kind"], job["reward_model"]) == ("done", "label", None), "all took less than the plan"
    assert job["rollouts"] == {"completions": 4, "mode": "every"}
    assert (job["sampling"]["temperature"], job["sampling"]["top_k"], job["sampling"]["seed"]) == (1.0, 50, 5)
    assert (job["figures"]["completions"], job["estimate"]["completions"]) == (8, 8)
    (found,) = ada.get(f"/solutions/{solution}").json()["rollout_labels"]
    assert (found["policy_model"], found["seed"], found["job"]) == ("scripted", 5, job["id"])
    first, _second, last = found["steps"]
    assert (first["label"], first["reached"], first["drawn"], first["is_own"]) == (1, 2, 4, False)
    assert first["interval"] == pytest.approx([0.15, 0.85], abs=0.005)
    assert (last["label"], last["drawn"], last["interval"], last["is_own"]) == (-1, 1, None, True)
    (row,) = ada.get("/solutions").json()["solutions"]
    assert row["rollout_labels"] == [{"policy_model": "scripted", "labels": [1, 1, -1]}]
    assert ada.get("/evaluations/sets").json()["sets"][0]["name"] == "test, Monte-Carlo by scripted"


def test_counts_of_completions_that_were_stopped_early_have_no_interval(ada, store):
    _problem, (solution,) = add_problem(store, "Q", ["a", "b"])
    store.runs.add_rollout_labels([measured(solution, (1, 3), None, mode=RolloutMode.FIRST_SUCCESS)])
    (found,) = ada.get(f"/solutions/{solution}").json()["rollout_labels"]
    assert [(each["drawn"], each["interval"], each["is_own"]) for each in found["steps"]] == [
        (3, None, False),
        (0, None, False),
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kind": "score", "rollouts": {}}, "Only labelling takes rollouts"),
        ({"kind": "sample", "plan_first": True}, "Only labelling takes plan_first"),
        ({"kind": "label", "rollouts": {"completions": 0}}, "completions"),
        ({"kind": "label", "rollouts": {"mode": "some"}}, "mode"),
        ({"kind": "label", "problems": ["p"]}, "Only sampling takes problems"),
        ({"kind": "label", "data_source": "nowhere"}, "No solution matches"),
    ],
)
def test_a_wrong_request_is_refused_in_words(ada, store, asked, words):
    add_problem(store, "Q", ["a"])
    answer = ada.post("/jobs", json=asked)
    assert answer.status_code in (400, 404, 422)
    assert words in answer.json()["error"]
    assert ada.get("/jobs").json() == {"jobs": []}
