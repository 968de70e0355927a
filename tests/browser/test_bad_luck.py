"""A killed server, a reload, a second person: nothing that was labelled is lost, nobody sees what is not theirs."""

import re

from playwright.sync_api import expect

from tests.browser.test_story import fill_in, open_explore, sample_and_score
from tests.support.browser_team import Guest, make_project


def start_labelling(page):
    open_explore(page)
    fill_in(page, n=4)  # two and two are the same
    sample_and_score(page)
    page.get_by_role("button", name=re.compile("^Label [0-9]")).click()
    expect(page.locator(".vp-lb-step").first).to_be_visible()


def test_the_next_solution_of_a_problem_is_looked_at_where_the_last_one_was(page):
    """Every solution of a zoomed picture once began with zooming in again."""
    start_labelling(page)
    for key in "++a":
        page.keyboard.press(key)
    expect(page.locator(".vp-lb-percent:visible")).to_have_text("156%")
    page.keyboard.press("]")
    expect(page.locator(".vp-lb-position")).to_have_text("2 of 2")
    expect(page.locator(".vp-lb-percent:visible")).to_have_text("156%")
    expect(page.locator(".vp-lb-answers details")).to_have_attribute("open", "")
    page.keyboard.press("0")
    expect(page.locator(".vp-lb-percent:visible")).to_have_text("100%")


def test_labels_made_while_the_server_is_dead_arrive_when_it_is_back(page, server):
    start_labelling(page)
    page.keyboard.press("1")
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    server.kill()
    try:
        page.keyboard.press("3")
        expect(page.locator(".vp-lb-save")).to_contain_text("kept on this device")
        expect(page.locator(".vp-lb-step").nth(1)).to_have_attribute("data-label", "wrong")
    finally:
        server.start()
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    page.reload()
    expect(page.locator(".vp-lb-step").nth(0)).to_have_attribute("data-label", "correct")
    expect(page.locator(".vp-lb-step").nth(1)).to_have_attribute("data-label", "wrong")


def test_an_item_that_could_not_be_fetched_comes_by_itself_when_the_server_is_back(page, server):
    """The page once waited on "Try again" for ever, as a killed server sends the browser no sign of its return."""
    maker = Guest(server.url)
    page.goto(f"/annotate?queue={make_project(maker, 'Cut off', 2)}")
    maker.rest.close()
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.press("1")
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    page.keyboard.press("k")
    server.kill()
    for _ in range(2):  # the next item is there already, the one after the last is nobody's
        for _ in range(page.locator(".vp-lb-step").count()):
            page.keyboard.press("1")
        page.keyboard.press("Enter")
    try:
        expect(page.get_by_role("alert")).to_contain_text("It will appear once the server is back.")
        expect(page.get_by_role("alert")).to_contain_text("kept on this device")
    finally:
        server.start()  # the other tests of this worker need it too
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible(timeout=60_000)
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")


def test_another_person_starts_with_a_blank_page(page, browser, server):
    start_labelling(page)
    page.keyboard.press("1")
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    stranger = browser.new_context(base_url=server.url)
    other = stranger.new_page()
    other.goto(page.url)
    expect(other.locator(".vp-lb-step").first).to_have_attribute("data-label", "none")
    stranger.close()
