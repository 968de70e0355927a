"""What step scores say of a policy's completions, on Evaluate: the curve, what a map is worth, and keeping it.

Covers visualprm_ui/components/evaluate_board/calibration_section.js and what it is made of.
"""

import random
import re

import pytest
from playwright.sync_api import expect

from engine.domain import Problem, RunRecord, Scoring, Solution, StepScore
from storage import ScoringRun, open_store
from tests.browser.test_story import open_explore
from tests.support.accessibility import violations
from tests.support.calibration import kept_map
from tests.support.evaluations import relabel
from tests.support.rollouts import measured

POLICY, MODEL = "calibrated policy", "calibrated reward model"
RECORD = RunRecord(
    policy_model="",
    policy_revision="",
    reward_model=MODEL,
    reward_model_revision="2",
    dtype="float32",
    device="cpu",
    prompt_version="v",
    tiles=(),
    versions={},
)


@pytest.fixture(scope="session")
def scored(server) -> str:
    """Solutions that a policy wrote and completed, with scores that say too much and labels of a file."""
    chance = random.Random(11)
    with open_store(server.data_dir) as store:
        for number in range(20):
            problem = Problem(question=f"Pistachios {number}", answer="1", data_source="Pistachios")
            store.runs.add_problem(problem)
            solution = Solution(problem_id=problem.id, steps=("One.", "Two.", "Three."), policy_model=POLICY)
            store.runs.add_solution(None, solution)
            scores = [chance.random() for _ in solution.steps]
            counts = [(sum(chance.random() < each**3 for _ in range(16)), 16) for each in scores]
            steps = tuple(StepScore(first=at, last=at, score=each) for at, each in enumerate(scores))
            scoring = Scoring(solution_id=solution.id, reward_model=MODEL, step_scores=steps)
            store.runs.add_scoring_run(ScoringRun(problem_id=problem.id, record=RECORD), [scoring])
            store.runs.add_rollout_labels([measured(solution.id, *counts, policy=POLICY, completions=16)])
            relabel(store, solution.id, [1, -1, 1])
    return f"/evaluate?page=monte-carlo&measured=monte_carlo:{POLICY}&labels=file:checker&data_source=Pistachios"


def test_scores_are_shown_beside_completions_and_the_map_is_kept(page, guest, server, scored):
    admin = guest()
    found = admin.get(f"/api/calibration?policy={POLICY}")["figures"]
    page.goto(scored)
    section = page.get_by_role("region", name="Calibration", exact=True)
    errors = section.get_by_role("region", name="Errors")
    expect(errors).to_contain_text(f"A score is {100 * found['error']['value']:.1f} points")
    expect(errors).to_contain_text(f"{100 * found['before']['value']:.1f} before")
    expect(errors).to_contain_text(f"{100 * found['gain']['value']:.1f} points less")
    expect(section.locator("svg .dot")).to_have_count(sum(each["steps"] > 0 for each in found["curve"]))
    expect(section.locator("svg .fitted").first).to_be_visible()
    expect(section.get_by_label("Scores of")).to_have_value(MODEL)
    expect(section.locator(".vp-ev-command code")).to_contain_text("engine evaluate calibration")
    expect(errors.get_by_role("status")).to_contain_text("No map is kept")
    assert violations(page) == []
    section.get_by_role("button", name="Keep this map").click()
    expect(errors.get_by_role("status")).to_contain_text(re.compile(r"Kept .*: a map of 20 problems"))
    with open_store(server.data_dir) as store:
        kept = store.runs.get_calibration_map(MODEL, POLICY)
    assert kept is not None
    assert kept.record.error_after == pytest.approx(found["after"]["value"])
    page.reload()
    expect(errors.get_by_role("status")).to_contain_text("a map of 20 problems")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_where_nothing_is_scored_the_section_says_what_to_do(page, guest, server):
    guest()
    with open_store(server.data_dir) as store:
        problem = Problem(question="Walnuts", answer="1", data_source="Walnuts")
        store.runs.add_problem(problem)
        solution = Solution(problem_id=problem.id, steps=("One.",), policy_model="walnut")
        store.runs.add_solution(None, solution)
        store.runs.add_rollout_labels([measured(solution.id, (3, 4), policy="walnut")])
    page.goto("/evaluate?page=monte-carlo&measured=monte_carlo:walnut")
    section = page.get_by_role("region", name="Calibration", exact=True)
    expect(section).to_contain_text("No reward model has scored solutions that this policy wrote")
    expect(section.get_by_role("button", name="Keep this map")).to_have_count(0)


def test_a_run_of_measured_models_says_calibrated_scores_beside_its_own(page, server):
    open_explore(page)
    page.locator(".vp-example").first.click()
    page.locator(".vp-board[data-state=done]").wait_for()
    page.locator(".vp-step-more").first.wait_for()
    run = page.locator(".vp-board").get_attribute("data-run") or ""
    scores = page.locator(".vp-cards .vp-step-score")
    expect(scores.first).not_to_have_attribute("title", re.compile("calibrated"))
    with open_store(server.data_dir) as store:
        record = store.runs.get_run(run).run.record
        names = ("policy_model", "policy_revision", "reward_model", "reward_model_revision", "prompt_version")
        store.runs.add_calibration_map(
            kept_map((0.0, 0.8125), (1.0, 0.8125), **{name: getattr(record, name) for name in names})
        )
    page.goto(f"/?run={run}")
    page.locator(".vp-step-more").first.wait_for()
    expect(scores.first).to_have_attribute("title", "calibrated 0.81")
    expect(scores.first).to_contain_text(re.compile(r"0\.\d\d, .*, calibrated 0\.81"))
    page.locator(".vp-step-more").first.click()
    expect(page.get_by_role("menu", name="Step 1")).to_contain_text(re.compile(r"Score 0\.\d\d, calibrated 0\.81"))
    assert violations(page) == []
    with open_store(server.data_dir) as store:  # the server is shared: of other versions it says nothing to other tests
        store.runs.add_calibration_map(
            kept_map(**{name: getattr(record, name) for name in names} | {"policy_revision": "-"})
        )
    page.goto(f"/?run={run}")
    page.locator(".vp-step-more").first.wait_for()
    expect(scores.first).not_to_have_attribute("title", re.compile("calibrated"))
