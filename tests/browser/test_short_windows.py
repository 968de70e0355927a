"""Annotate at 200 % zoom, and on a phone held sideways: problem, picture, step and buttons are in reach at once."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import violations
from tests.support.browser_team import Guest, make_project


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


@pytest.mark.parametrize("width", [1100, 1000, 960, 860, 760, 721])
def test_nothing_of_the_bar_lies_over_the_rest(page, width):
    """Between a phone and a desk the state of the models was drawn under the theme's button and the person."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/evaluate")
    expect(page.locator(".vp-pill-text")).to_contain_text("ready")
    parts = (".vp-home", ".vp-nav", ".vp-pill", ".vp-theme", ".vp-person")
    edges = [box for part in parts if (box := page.locator(part).first.bounding_box())]
    assert len(edges) == len(parts)
    for one, other in pairwise(edges):
        assert one["x"] + one["width"] <= other["x"] + 1, (width, one, other)
    assert edges[-1]["x"] + edges[-1]["width"] <= width
    expect(page.get_by_role("link", name="Evaluate")).to_be_in_viewport(ratio=1)


def test_a_phone_reads_where_to_drop_a_file(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/dataset")
    page.get_by_role("button", name="Import").click()
    words = page.get_by_role("dialog", name="Import").get_by_text("Drop a file or a folder here").locator("..")
    assert words.bounding_box()["width"] > 200
