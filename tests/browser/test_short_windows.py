"""Annotate at 200 % zoom, and on a phone held sideways: problem, picture, step and buttons are in reach at once."""

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
