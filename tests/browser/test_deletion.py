"""Deleting a run on its page, and what those see who look at it or label it meanwhile."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_story import fill_in, open_explore, sample_and_score
from tests.support.accessibility import violations
from tests.support.browser_team import event, make_project, runs

NAME = "How much is left?"


@pytest.fixture
def run(page: Page) -> str:
    """A run on the page, made just now."""
    open_explore(page)
    fill_in(page, n=2)
    page.get_by_label("Question").fill(f"{NAME}\nSay it.")
    sample_and_score(page)
    return page.locator(".vp-board").get_attribute("data-run") or ""


def label_one(who, run: str) -> None:
    """Label one solution of a run behind REST."""
    queue = who.post(f"/api/runs/{run}/queue")["queue"]
    task = who.get(f"/api/queues/{queue}/next")["task"]
    labels = [event(task, "label", step=step, value=1) for step in range(len(task["steps"]))]
    assert who.post("/api/events", events=[*labels, event(task, "submit", seconds=9)])["rejected"] == []


def test_a_run_with_labels_is_deleted_by_its_name_and_never_by_a_stray_enter(page, context, guest, run):
    label_one(guest(), run)
    elsewhere = context.new_page()
    elsewhere.goto(f"/?run={run}")
    elsewhere.locator(".vp-board[data-state=done]").wait_for()
    button, dialog = page.get_by_role("button", name="Delete…"), page.get_by_role("dialog", name="Delete this run?")
    for key in ("Escape", "Enter"):  # the focus is on what keeps it
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Keep it")).to_be_focused()
        page.keyboard.press(key)
        expect(dialog).to_be_hidden()
        expect(button).to_be_focused()
    button.click()
    expect(dialog).to_contain_text("labels of 1 person would be lost for good: 1 annotation.")
    erase = page.get_by_role("button", name="Delete it and")
    expect(erase).to_be_disabled()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download these labels first").click()
    assert download.value.suggested_filename.endswith(".zip")
    page.set_viewport_size({"width": 390, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    page.get_by_label("To delete them too, type").fill("How much")
    expect(erase).to_be_disabled()
    page.get_by_label("To delete them too, type").fill(NAME)
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    assert run in [each["run"] for each in runs(page)]
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    erase.click()
    link = page.get_by_role("link", name="Go to Explore")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".vp-board[data-state=example]").wait_for()
    assert run not in [each["run"] for each in runs(page)]
    elsewhere.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(elsewhere.get_by_role("alert").filter(has_text="It was deleted, with its solutions.")).to_be_visible()
    expect(elsewhere.locator(f".vp-runs a[href$='{run}']")).to_have_count(0)
    page.goto(f"/?run={run}")
    expect(page.locator(".vp-board[data-state=refused]")).to_contain_text("was deleted")


def test_whoever_labels_a_deleted_solution_is_told_once_and_goes_on(page, context, guest, run):
    admin = guest()
    queue = make_project(admin, "Left", 1)
    (project,) = (
        each["project"] for each in admin.get("/api/projects")["projects"] if each["queues"][0]["queue"] == queue
    )
    assert admin.post(f"/api/projects/{project}/items", runs=[run])["added"] > 0
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    for key in ("1", "1", "1", "1", "Enter"):  # the one that was imported comes first
        page.keyboard.press(key)
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    expect(page.locator(".vp-lb-question:visible")).to_contain_text(NAME)
    context.set_offline(True)
    for key in ("1", "1", "f"):
        page.keyboard.press(key)
    assert admin.rest.request("DELETE", f"/api/runs/{run}").status_code == 200
    context.set_offline(False)
    banner = page.get_by_role("alert").filter(has_text="was deleted")
    expect(banner).to_have_count(1)
    expect(banner).to_contain_text("Item 2 was deleted. 3 changes to it are not kept.")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    banner.get_by_role("button", name="Dismiss").click()
    expect(banner).to_have_count(0)
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    assert admin.get("/api/solutions?state=labelled&queue=" + queue)["solutions"] != []
