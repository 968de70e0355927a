"""Annotate at 200 % zoom, and on a phone held sideways: problem, picture, step and buttons are in reach at once."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import violations
from tests.support.browser_team import Guest, make_project, settle


@pytest.mark.parametrize(("width", "height"), [(720, 450), (844, 390), (640, 360)])
def test_everything_needed_for_a_label_is_in_sight(page, server, width, height):
    """The picture had 20 pixels, the heading lay over it, and no step was to be seen."""
    maker = Guest(server.url)
    queue = make_project(maker, f"Short {width}", 2)
    maker.rest.close()
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"/annotate?queue={queue}")
    step = page.locator(".vp-lb-step").first
    step.wait_for()
    expect(step).to_be_in_viewport(ratio=1)
    expect(page.locator(".vp-lb-question")).to_be_in_viewport(ratio=1)
    expect(page.locator(".vp-lb-submit")).to_be_in_viewport(ratio=1)
    for name in ("Correct", "Neutral", "Wrong"):
        expect(page.get_by_role("radio", name=name).locator("visible=true").first).to_be_in_viewport(ratio=1)
    page.locator(".vp-lb-left").get_by_text("Image", exact=True).click()
    assert page.locator(".vp-lb-pictures img").first.bounding_box()["height"] >= 120
    expect(page.locator(".vp-lb-pictures img").first).to_be_in_viewport(ratio=0.9)
    expect(step).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("1")
    expect(step).to_have_attribute("data-label", "correct")
    assert violations(page) == []


def test_a_phone_shows_which_page_it_is_and_that_there_are_more(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/evaluate")
    nav = page.get_by_role("navigation", name="Pages")
    expect(nav.get_by_role("link", name="Admin")).to_be_visible()
    expect(nav.get_by_role("link", name="Evaluate")).to_be_in_viewport(ratio=1)
    expect(nav).to_have_attribute("data-before", "")
    page.goto("/")
    expect(nav.get_by_role("link", name="Explore")).to_be_in_viewport(ratio=1)
    expect(nav).to_have_attribute("data-after", "")


@pytest.mark.parametrize(
    ("width", "height"), [(1100, 800), (1000, 800), (960, 800), (860, 800), (760, 800), (721, 800), (640, 360)]
)
def test_nothing_of_the_bar_lies_over_the_rest(page, width, height):
    """Between a phone and a desk the state of the models was drawn under the theme's button and the person.

    At 200 % zoom an admin's theme button and account menu were out of sight.
    """
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/evaluate")
    expect(page.locator(".vp-pill-text")).to_contain_text("ready")
    parts = (".vp-home", ".vp-nav", ".vp-pill", ".vp-theme", ".vp-person")
    edges = [box for part in parts if (box := page.locator(part).first.bounding_box())]
    assert len(edges) == len(parts)
    for one, other in pairwise(edges):
        assert one["x"] + one["width"] <= other["x"] + 1, (width, one, other)
    assert edges[-1]["x"] + edges[-1]["width"] <= width
    assert edges[-1]["x"] + edges[-1]["width"] <= width
    expect(page.get_by_role("link", name="Evaluate")).to_be_in_viewport(ratio=1)


def test_a_phone_reads_where_to_drop_a_file(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/dataset")
    page.get_by_role("button", name="Import").click()
    words = page.get_by_role("dialog", name="Import").get_by_text("Drop a file or a folder here").locator("..")
    assert words.bounding_box()["width"] > 200


def make_work_of_two(guest, title):
    """A project whose solutions two people have labelled differently, all to be reviewed; return its queue."""
    one, two = guest(), guest()
    queue = make_project(one, title, 2, overlap=2, review_share=1.0)
    one.label(queue, (0, 1, 1, -1))
    two.label(queue, (0, -1, 1, 1))
    return queue


def outside(page):
    """The parts of the board that reach over the window's edge, but for what scrolls by itself."""
    return page.evaluate("""() => [...document.querySelectorAll('.vp-lb-board *')].filter((node) => {
      const { left, right, width } = node.getBoundingClientRect();
      return width > 1 && (left < -1 || right > innerWidth + 1) && !node.closest('.vp-lb-chips, .katex, .vp-text-scroll');
    }).map((node) => node.className || node.tagName)""")


@pytest.mark.parametrize(("width", "height"), [(640, 360), (390, 844), (1280, 720)])
def test_reviewers_and_adjudicators_have_everything_in_the_window(page, guest, width, height):
    """Adjudicate's cards were as wide as their longest line and reached over the edge; at 200 % the button that goes on did."""
    queue = make_work_of_two(guest, f"Of two, {width}")
    page.set_viewport_size({"width": width, "height": height})
    page.goto("/review")
    page.locator(".vp-lb-queue", has_text=f"Of two, {width}").click()
    page.locator(".vp-rv-step").first.wait_for()
    assert outside(page) == []
    for name in ("All right", "Not right", "Next"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
    page.goto(f"/adjudicate?queue={queue}")
    page.locator(".vp-ad-line").first.click()
    card = page.locator(".vp-ad-card").first
    card.wait_for()
    assert outside(page) == []
    expect(page.get_by_role("button", name="0 of 2 decided")).to_be_in_viewport(ratio=1)
    assert card.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_a_low_window_has_one_bar_and_a_way_to_the_pages(page, guest):
    """Three bars left room for two lines of a step."""
    queue = make_project(guest(), "One bar", 2)
    page.set_viewport_size({"width": 640, "height": 360})
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    steps = page.locator(".vp-lb-list")
    assert steps.bounding_box()["height"] >= 240
    page.get_by_role("button", name="Pages").click()
    link = page.get_by_role("navigation", name="Pages").get_by_role("link", name="Annotate")
    expect(link).to_be_focused()
    assert link.evaluate("""node => {
      const { x, y, width, height } = node.getBoundingClientRect();
      return node.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    }""")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Explore").click()
    expect(page).to_have_url(re.compile(r"/(explore)?(\?.*)?$"))


@pytest.mark.parametrize(("width", "height"), [(640, 360), (390, 844)])
def test_the_step_to_label_is_in_sight_with_every_key(page, guest, width, height):
    """A step below the window was brought to its lower edge before it was laid out, then grew over it: its buttons were hidden."""
    step = "The value is $14 + 22 = 36$, which is read off the second bar, and not off the first one. " * 2
    queue = make_project(guest(), f"In sight {width}", 1, steps=[f"{number}. {step}" for number in range(12)])
    page.set_viewport_size({"width": width, "height": height})
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    current, board = page.locator(".vp-lb-step[aria-current]"), page.locator(".vp-lb-list")
    for _ in range(11):
        page.keyboard.press("1")
        settle(page)
        inner, outer = current.bounding_box(), board.bounding_box()
        assert outer["y"] <= inner["y"]
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
