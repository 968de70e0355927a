"""A run on Explore under two reward models, and its own Best-of-n curve.

Covers visualprm_ui/components/solution_board/second_model.js, visualprm_ui/components/solution_board/chart_cell.js.
"""

import pytest
from playwright.sync_api import Page, expect

from engine import DEFAULT_POLICY, DEFAULT_REWARD_MODEL
from tests.browser.test_story import open_explore
from tests.support.accessibility import violations

ORM = DEFAULT_REWARD_MODEL.parent / "outcome_model"


def load(page: Page, reward_model: object) -> None:
    body = {"action": "switch", "policy": str(DEFAULT_POLICY), "reward_model": str(reward_model)}
    assert page.request.post("/api/models", data=body, headers={"X-VP": "1"}).ok
    name = "nano-orm" if reward_model == ORM else "nano-prm"
    page.wait_for_function(
        "name => fetch('/api/status').then(r => r.json()).then(s => s.engine.state === 'ready' && s.engine.reward_model === name)",
        arg=name,
    )


@pytest.fixture
def run(page: Page):
    """A run of an example; the embedded models are given back to the other tests afterwards."""
    open_explore(page)
    load(page, DEFAULT_REWARD_MODEL)
    page.locator(".vp-example").nth(2).click()
    page.locator(".vp-board[data-state=done]").wait_for()
    yield page.locator(".vp-board").get_attribute("data-run")
    load(page, DEFAULT_REWARD_MODEL)


def test_a_run_shows_its_own_curve(page, run):
    charts = page.get_by_role("group", name="Chart")
    expect(charts.get_by_role("button", name="Score by step")).to_have_attribute("aria-pressed", "true")
    charts.get_by_role("button", name="Right of n").click()
    curve = page.get_by_role("img", name="Best of 8: right in")
    expect(curve).to_be_visible()
    by_mean = curve.get_attribute("aria-label")
    page.get_by_role("button", name="max", exact=True).click()
    expect(curve).not_to_have_attribute("aria-label", by_mean)
    assert violations(page) == []


def test_a_second_model_scores_the_run_again_and_the_greatest_gap_is_framed(page, run):
    load(page, ORM)
    page.route("**/other-scores", lambda route: route.abort(), times=1)  # asked again: the server may only be away
    page.goto(f"/?run={run}")
    page.get_by_role("button", name="Score again with nano-orm").click()
    panel = page.get_by_role("region", name="A second reward model")
    expect(panel).to_contain_text("Where the two disagree most")
    expect(panel).to_contain_text("nano-prm ranks; beside it nano-orm")
    framed = page.locator(".vp-step-second[data-apart]")
    expect(framed).to_have_count(1)
    expect(panel).to_contain_text("1 of ")
    assert violations(page) == []
    first = panel.locator(".vp-second-step").inner_text()
    page.keyboard.press("d")
    expect(panel).to_contain_text("2 of ")
    expect(panel.locator(".vp-second-step")).not_to_have_text(first)
    expect(framed).to_have_count(1)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    panel.get_by_role("button", name="Hide").click()
    expect(framed).to_have_count(0)
