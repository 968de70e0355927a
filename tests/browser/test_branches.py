"""What is made from steps of a run on: by pointer and by keys, told, kept, and seen again after a reload.

Covers visualprm_ui/components/solution_board/branches.js, step_menu.js, step_editor.js, step_results.js, continued_cards.js there.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_story import open_explore
from tests.support.accessibility import violations

REACH = re.compile(r"\d+ of 16 reach 80")


@pytest.fixture
def run(page: Page) -> str:
    """The id of a run of the first example, whose steps can be gone on from."""
    open_explore(page)
    page.locator(".vp-example").first.click()
    page.locator(".vp-board[data-state=done]").wait_for()
    page.locator(".vp-step-more").first.wait_for()
    return page.locator(".vp-board").get_attribute("data-run") or ""


def step(page: Page, number: int, card: int = 0):
    return page.locator(".vp-cards").first.locator(".vp-sol-card").nth(card).locator(".vp-step").nth(number)


def test_a_step_is_rolled_out_from_its_menu_and_what_came_of_it_is_kept(page, run):
    third = step(page, 2)
    expect(third).to_contain_text("The rest is 100 − 11 = 89 dollars.")
    third.get_by_role("button", name="Step 3: go on from here").click()
    menu = page.get_by_role("menu", name="Step 3")
    expect(menu.get_by_role("menuitem")).to_have_count(3)
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("menuitem").nth(1)).to_be_focused()
    assert violations(page) == []
    menu.get_by_role("menuitem").first.click()
    expect(menu).to_be_hidden()
    expect(third.locator(".vp-made-count")).to_contain_text(REACH)
    assert violations(page) == []
    said = third.locator(".vp-made-count").inner_text()
    page.goto(f"/?run={run}")
    expect(step(page, 2).locator(".vp-made-count")).to_have_text(said)
    step(page, 2).get_by_role("button").first.focus()
    page.keyboard.press("r")
    expect(step(page, 2)).to_contain_text("rolled out 2 times")
    expect(step(page, 2).locator(".vp-made-count")).to_contain_text(re.compile(r"\d+ of 32 reach 80"))


def test_keys_sample_again_from_a_step_and_nothing_of_the_run_changes(page, run):
    board = page.locator(".vp-verdict")
    before = board.inner_text()
    step(page, 1).get_by_role("button").first.focus()
    page.keyboard.press("a")
    section = page.get_by_role("region", name="From steps on")
    expect(section.get_by_role("heading", name="From step 2 of #1")).to_be_visible()
    expect(section).to_contain_text(re.compile(r"\d of 8 reach 80"))
    expect(section.locator(".vp-tag:visible", has_text="from step 2").first).to_be_visible()
    assert board.inner_text() == before
    step(page, 1).get_by_role("button", name=re.compile("show ")).click()
    expect(section.get_by_role("heading", name="From step 2 of #1")).to_be_focused()
    with page.expect_download() as download:
        page.locator(".vp-download summary").click()
        page.get_by_role("button", name="JSON").click()
    assert '"branches"' in download.value.path().read_text()


def test_an_edited_step_is_shown_and_scored_while_it_is_typed_and_gone_on_from(page, run):
    wrong = page.locator(".vp-sol-card", has=page.locator(".vp-tag-bad:visible")).first
    fourth = wrong.locator(".vp-step").nth(3)
    fourth.get_by_role("button").first.focus()
    page.keyboard.press("e")
    field = page.get_by_label("What step 4 should say")
    expect(field).to_be_focused()
    field.fill("The change is $89-9=80$ dollars.")
    expect(page.locator(".vp-edit-reads")).to_have_text(re.compile("The change is 89 . 9 = 80 dollars"))
    expect(page.locator(".vp-edit-score .vp-num")).to_have_text(re.compile(r"0\.[5-9]\d"))
    assert violations(page) == []
    page.keyboard.press("Control+Enter")
    expect(fourth).to_contain_text(re.compile(r"after an edit:.*\d of 8 reach 80", re.DOTALL))
    expect(page.get_by_role("heading", name=re.compile("After an edit of step 4 of #"))).to_be_visible()
    assert page.locator(".vp-board").get_attribute("data-run") == run, "the key of the editor starts no new run"
    field.fill(" ")
    page.get_by_role("button", name="Go on once").click()
    expect(page.get_by_role("alert").filter(has_text="The edited step is empty")).to_be_visible()
    field.press("Escape")
    expect(field).to_be_hidden()
    expect(fourth.get_by_role("button", name="Step 4: go on from here")).to_be_focused()


def test_of_a_last_step_there_is_an_edit_alone(page, run):
    last = step(page, 4)
    last.get_by_role("button").first.click()
    menu = page.get_by_role("menu", name="Step 5")
    expect(menu).to_contain_text("The solution ends here")
    expect(menu.get_by_role("menuitem", disabled=True)).to_have_count(2)
    expect(menu.get_by_role("menuitem", name="Edit")).to_be_focused()
    page.keyboard.press("Escape")
    expect(last.get_by_role("button").first).to_be_focused()


def test_on_a_phone_the_menu_is_a_sheet(page, run):
    page.set_viewport_size({"width": 390, "height": 844})
    step(page, 1).get_by_role("button").first.click()
    sheet = page.get_by_role("menu").bounding_box()
    assert sheet is not None
    assert (sheet["x"], round(sheet["width"]), round(sheet["y"] + sheet["height"])) == (0, 390, 844)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.get_by_role("menuitem").first.click()
    expect(step(page, 1).locator(".vp-made-count")).to_contain_text(REACH)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_is_made_can_be_stopped(page, run):
    waiting = one_waiting(page, run)
    page.route("**/branches", lambda route: route.fulfill(json=waiting))
    page.goto(f"/?run={run}")
    expect(page.get_by_text("2 requests before this one")).to_be_visible()
    with page.expect_response("**/branches/waiting/stop") as answer:
        page.get_by_role("button", name="Stop", exact=True).last.click()
    assert answer.value.json() == {"stopped": False}
    page.unroute("**/branches")  # not before: the page asks by itself too, and the button would be gone
    expect(page.get_by_text("2 requests before this one")).to_be_hidden()


def one_waiting(page: Page, run: str) -> dict[str, object]:
    """The branches of a run of which one waits, as no test can keep the engine busy for sure."""
    solution = page.request.get(f"/api/runs/{run}").json()["cards"][0]["solution"]
    live = {"id": "waiting", "kind": "rollouts", "solution": solution, "step": 0, "edit": None, "n": 16}
    state = {"state": "queued", "ahead": 2, "finished": 0, "message": None, "cards": []}
    none: list[object] = []
    told = {"run": run, "may_branch": True, "refusal": None, "rollouts": none, "continuations": none}
    return {**told, "live": [{**live, **state}]}
