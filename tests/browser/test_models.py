"""The models panel: another reward model by keyboard, a failed load, an unload, in both themes and on a phone."""

import json
import re

import pytest
from playwright.sync_api import expect

from benchmarks.app_process import AppProcess
from engine import DEFAULT_POLICY, DEFAULT_REWARD_MODEL
from tests.browser.conftest import new_profile, watched
from tests.browser.test_story import open_explore
from tests.support.accessibility import violations


@pytest.fixture
def models(page, server):
    """Open the panel; give the embedded models back to the other tests afterwards."""
    open_explore(page)
    yield page.locator("#vp-models")
    body = {"action": "switch", "policy": str(DEFAULT_POLICY), "reward_model": str(DEFAULT_REWARD_MODEL)}
    page.request.post("/api/models", data=body, headers={"X-VP": "1"})
    served = page.locator("#vp-models section[data-state=ready]")
    page.goto("/")
    expect(served).to_be_attached()


def unfold(models):
    models.locator("summary").focus()
    models.page.keyboard.press("Enter")
    expect(models.get_by_label("Reward model", exact=True)).to_be_enabled()


def test_another_reward_model_is_loaded_by_keyboard_and_a_failure_keeps_it(page, models):
    unfold(models)
    reward = models.get_by_label("Reward model", exact=True)
    expect(reward.locator("option:checked")).to_have_text(re.compile("nano-prm"))
    assert violations(page) == [], "unfolded"
    reward.focus()
    reward.select_option(str(DEFAULT_POLICY))  # any model can be asked for scores
    models.get_by_role("button", name="Load", exact=True).press("Enter")
    expect(models.locator("#vp-models-reward_model-now")).to_have_text(re.compile("^nano-policy"))
    expect(page.locator(".vp-pill-text")).to_have_text("nano-policy · ready")
    models.get_by_label("Policy: another").fill("no/such/model/here")
    page.keyboard.press("Enter")
    expect(models.get_by_role("status")).to_have_text(re.compile("'no/such/model/here'.*The previous models stay"))
    expect(models.locator("#vp-models-policy-now")).to_have_text(re.compile("^nano-policy"))
    with page.expect_response("**/api/models"):
        page.goto("/")  # where it stood under the closed panel, for everybody, until the next change
    expect(models.locator("section[data-state=ready]")).to_be_visible()
    expect(models.get_by_text("no/such/model/here")).to_be_hidden()
    unfold(models)
    expect(models.get_by_role("status")).to_have_text(re.compile("no/such/model/here"))
    assert violations(page) == [], "a failed load"


def test_after_an_unload_the_page_says_so_and_still_labels(page, models):
    page.goto("/")
    unfold(models)
    models.get_by_role("button", name="Unload").press("Enter")
    expect(models.get_by_role("status")).to_have_text("No model is loaded. Labelling goes on without them.")
    expect(page.locator(".vp-pill-text")).to_have_text("No model loaded")
    assert violations(page) == []
    page.get_by_label("Question").fill("How many?")
    page.get_by_role("button", name="Sample & score").click()
    expect(page.get_by_text("so nothing can be sampled or scored").first).to_be_visible()
    models.get_by_role("button", name="Load", exact=True).press("Enter")
    expect(page.locator(".vp-pill-text")).to_have_text("nano-prm · ready")


def test_the_panel_fits_a_phone(page, models):
    page.set_viewport_size({"width": 390, "height": 844})
    unfold(models)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = models.get_by_role("button", name="Unload").bounding_box()
    assert box["x"] + box["width"] <= 390
    assert violations(page) == []


def test_a_remembered_model_that_is_gone_says_so_and_the_shipped_ones_are_one_press_away(browser, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "models.json").write_text('{"policy": "/no/such/folder"}', encoding="utf-8")
    app = AppProcess(data)
    app.start("failed")
    profile = new_profile(browser, app.url)
    try:
        with watched(profile, app.url):
            page = profile.new_page()
            page.goto("/")
            expect(page.locator("#vp-models").get_by_role("status").first).to_contain_text("/no/such/folder")
            page.screenshot(path=tmp_path / "gone.png")
            assert violations(page) == []
            page.get_by_role("button", name="Load the shipped models").click()
            expect(page.locator(".vp-pill-text")).to_have_text("nano-prm · ready")
            expect(page.get_by_role("button", name="Load the shipped models")).to_be_hidden()
    finally:
        profile.close()
        app.kill()
    assert json.loads((data / "models.json").read_text("utf-8")) == {}
