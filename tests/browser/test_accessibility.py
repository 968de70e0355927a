"""Every page, and the label board in every state, is accessible in both themes."""

import re

from playwright.sync_api import expect

from tests.browser.test_story import fill_in, open_explore, sample_and_score
from tests.support.accessibility import violations
from tests.support.browser_team import Guest, make_project, settle


def test_every_page_is_accessible(page):
    open_explore(page)
    assert violations(page) == []
    fill_in(page)
    sample_and_score(page)
    assert violations(page) == []
    page.get_by_role("button", name=re.compile("^Label [0-9]")).click()
    expect(page.locator(".vp-lb-step").first).to_be_visible()
    page.keyboard.press("3")
    assert violations(page) == []
    page.goto("/annotate")
    expect(page.locator("#vp-label-board").get_by_role("link").first).to_be_visible()
    assert violations(page) == []
    page.goto("/dataset")
    expect(page.get_by_role("heading", name="Dataset")).to_be_visible()
    assert violations(page) == []


def test_every_page_of_a_team_is_accessible(page, server):
    one, two = Guest(server.url), Guest(server.url)
    queue = make_project(one, "Accessible", 1, overlap=2, review_share=1.0, error_types=True, first_error=True)
    one.label(queue, (0, 1, 1, -1))
    two.label(queue, (0, -1, 1, -1))
    one.rest.close(), two.rest.close()
    for view in ("browse", "agreement"):
        page.goto(f"/dataset?view={view}&queue={queue}")
        page.locator(".vp-br-row, .vp-dataset-table").first.wait_for()
        assert violations(page) == [], view
    page.goto(f"/adjudicate?queue={queue}")
    page.locator(".vp-ad-line").wait_for()
    assert violations(page) == []
    page.locator(".vp-ad-line").click()
    page.locator(".vp-ad-card").wait_for()
    page.keyboard.type("16")
    assert violations(page) == []
    page.get_by_text("Step 1: all agree").click()
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.get_by_text("Nothing to decide").wait_for()
    page.goto("/review")
    page.locator(".vp-lb-queue", has_text="Accessible").click()
    page.locator(".vp-rv-step").first.wait_for()
    assert violations(page) == []
    page.keyboard.type("22")
    page.get_by_text("All changes saved").wait_for()
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="All 1 are judged").wait_for()
    assert violations(page) == []
    page.keyboard.press("b")
    page.get_by_text("was sent back").wait_for()
    assert violations(page) == []
    (solution,) = page.request.get(f"/api/solutions?queue={queue}").json()["solutions"]
    page.goto(f"/dataset?view=solution&id={solution['solution']}")
    page.locator(".vp-sv-history").wait_for()
    assert violations(page) == []
    (project,) = (
        each for each in page.request.get("/api/projects").json()["projects"] if each["title"] == "Accessible"
    )
    for part in ("progress", "fill", "people", "setup"):
        page.goto(f"/admin?project={project['project']}&part={part}")
        page.get_by_role("heading", name="Accessible").wait_for()
        assert violations(page) == [], part
    page.get_by_role("button", name="Delete …").click()
    page.get_by_label("Type its title to confirm").wait_for()
    assert violations(page) == [], "about to delete"
    page.goto("/admin?project=new")
    page.get_by_role("heading", name="New project").wait_for()
    assert violations(page) == []
    page.goto("/admin")
    page.get_by_role("link", name="Accessible").wait_for()
    assert violations(page) == []
    page.get_by_role("link", name="People").click()
    page.get_by_text("There are no accounts yet").wait_for()
    assert violations(page) == []


def test_the_label_board_is_accessible_in_every_state(page, server):
    maker = Guest(server.url)
    queue = make_project(maker, "States", 2, error_types=True, first_error=True)
    maker.rest.close()
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    position = page.locator(".vp-lb-position")
    for keys, shown in (
        ("3c", page.get_by_label("What the step should say").first),
        (("Escape", "?"), page.get_by_role("dialog", name="Keyboard")),
        (("Escape", "s"), page.get_by_role("dialog", name="Why skip this item?")),
        (("Escape", "g"), page.get_by_role("complementary", name="Guideline")),
        (("g", "a", "4", "f", "3", "1", "1"), page.get_by_role("button", name="Flag", pressed=True)),
        (("Enter",), position.get_by_text("2 of 2")),
        (("[",), position.get_by_text("1 of 2")),
    ):
        for key in keys:
            page.keyboard.press(key)
        expect(shown).to_be_visible()
        assert violations(page) == [], shown
    with page.expect_response("**/reveal"):
        page.keyboard.press("b")
    settle(page)
    assert violations(page) == [], "scores asked for"
