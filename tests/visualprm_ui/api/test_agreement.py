"""Agreement over REST: what its groups are called."""

from engine.domain import Solution
from engine.evaluation.agreement import LATER
from tests.support.api_labelling import OPTIONS, label_all


def test_the_group_of_all_late_steps_is_called_so(team, store, run):
    """It was called by its first step alone, as if the ones after that counted nowhere."""
    ada, steps = team["ada"], tuple(f"Step {step}." for step in range(LATER + 4))
    store.runs.add_solution(
        run.id, Solution(problem_id=run.problem_id, draw=2, steps=steps, answer="5", policy_model="p")
    )
    made = ada.post("/projects", json={"title": "Long", "options": OPTIONS}).json()
    ada.post(f"/projects/{made['project']}/items", json={"runs": [run.id]})
    for name in ("mei", "tom"):
        label_all(team[name], made["queue"], 1)
    groups = ada.get("/agreement", params={"by": "position"}).json()["groups"]
    assert [group["name"] for group in groups] == [
        "",
        *(f"step {step}" for step in range(1, 11)),
        "step 11 and later",
        *("first step", "middle step", "last step"),
    ]
    assert {group["name"]: group["steps"] for group in groups}["step 11 and later"] == 4
