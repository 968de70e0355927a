"""Guests as browsers make them: one that keeps no cookie, and one whose cookie became another guest's."""

import urllib.request

from playwright.sync_api import expect

from tests.browser.conftest import new_profile
from tests.support.browser_team import Guest, make_project


def without_cookie(route):
    """Answer with the page as a browser sees it that drops the page's cookie."""
    request = urllib.request.Request(route.request.url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(request) as answer:
        route.fulfill(body=answer.read(), content_type="text/html")


def make_queue(server, title):
    maker = Guest(server.url)
    queue = make_project(maker, title, 2)
    maker.rest.close()
    return queue


def test_a_browser_that_keeps_no_cookie_is_led_to_a_tab_that_does(page, context, server):
    """All such browsers were one annotator and undid each other's labels."""
    queue = make_queue(server, "No cookie")
    page.route("**/annotate?*", without_cookie)
    page.goto(f"/annotate?queue={queue}")
    expect(page.get_by_role("alert")).to_have_text(
        "This browser keeps no cookie for this page; open the app in its own tab."
    )
    assert context.cookies() == []
    with context.expect_page() as opened:
        page.get_by_role("link", name="Open in its own tab").click()
    tab = opened.value
    tab.locator(".vp-lb-step").first.wait_for()
    tab.keyboard.press("1")
    expect(tab.locator(".vp-lb-save")).to_contain_text("All changes saved")


def test_labels_of_the_guest_before_are_said_to_be_unsent_and_nobody_is_sent_to_sign_in(page, context, server):
    """A second app on the host took the cookie: "Sign in" led to a page without accounts, and then all was said to be saved."""
    page.goto(f"/annotate?queue={make_queue(server, 'Another guest')}")
    page.locator(".vp-lb-step").first.wait_for()
    save = page.locator(".vp-lb-save")
    page.keyboard.press("1")
    expect(save).to_contain_text("All changes saved")
    context.clear_cookies()
    page.keyboard.press("2")
    expect(save).to_contain_text("This browser keeps no cookie – 1 change kept on this device")
    expect(save.get_by_role("link")).to_have_text("Open in its own tab")
    other = context.new_page()
    other.goto("/")  # makes another guest
    other.close()
    page.keyboard.press("3")
    expect(save).to_contain_text("This browser now belongs to another guest – 2 changes kept on this device")
    expect(page.get_by_role("link", name="Sign in")).to_have_count(0)
    save.get_by_role("button", name="Reload").click()
    expect(save).to_contain_text("2 changes made as another guest are kept in this browser and were not sent")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.press("1")
    expect(page.locator(".vp-lb-step").first).to_have_attribute("data-label", "correct")
    expect(save).to_contain_text("2 changes made as another guest")


def test_a_guest_is_shown_the_guideline_of_a_project_at_first(browser, server):
    """Only people with an account were: whoever labelled without one had to find the guideline by themselves."""
    queue = make_queue(server, "New here")
    stranger = new_profile(browser, server.url)
    try:
        page = stranger.new_page()
        page.goto(f"/annotate?queue={queue}")
        panel = page.get_by_role("complementary", name="Guideline")
        expect(panel).to_contain_text("Read this before you begin.")
        expect(panel).to_contain_text("The three labels")
        page.keyboard.press("1")  # the keys are the steps' all the same
        expect(page.locator(".vp-lb-step").first).to_have_attribute("data-label", "correct")
        page.keyboard.press("g")
        expect(panel).to_be_hidden()
        page.reload()
        expect(page.locator(".vp-lb-step").first).to_be_visible()
        expect(panel).to_be_hidden()
    finally:
        stranger.close()
