"""Two Best-of-N evaluations side by side: marked on the list, switched, opened problem by problem, by keyboard and on a phone.

Covers visualprm_ui/components/evaluate_board/__init__.py.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.support.accessibility import violations
from tests.support.browser_evaluations import labelled_set, pooled, settled
from tests.support.browser_team import Guest, make_project

PROBLEMS = 5


@pytest.fixture(scope="module")
def two_pools(server) -> tuple[str, str]:
    """Four and two solutions of the same problems, written at different temperatures."""
    admin = Guest(server.url)
    make_project(admin, "Compared pools", PROBLEMS)
    first = pooled(admin, "Compared pools", "Four at a time", 4)
    asked = {"kind": "best_of_n", "data_source": "Compared pools", "n": 2, "sampling": {"temperature": 1.3}}
    second = admin.post("/api/evaluations", title="Two, hotter", **asked)
    assert settled(admin, f"/api/evaluations/{second['id']}")["state"] == "done"
    admin.rest.close()
    return first, str(second["id"])


def test_two_pools_stand_side_by_side(page, guest, two_pools):
    a, b = two_pools
    page.goto("/evaluate")
    for title in ("Two, hotter", "Four at a time"):
        page.get_by_role("link", name=title).focus()
        page.keyboard.press("x")
    page.keyboard.press("c")
    page.wait_for_url(f"**/evaluate?a={a}&b={b}")
    found = guest().get(f"/api/comparisons/best-of-n?a={a}&b={b}")
    ways = found["points"][-1]["ways"]
    strip = page.get_by_role("region", name="The difference")
    expect(page.get_by_text(f"{PROBLEMS} problems in common · iid")).to_be_visible()
    expect(page.get_by_text("sampled differently")).to_be_visible()
    expect(strip.locator(".vp-ev-big").nth(0)).to_have_text(f"{100 * ways['mean']['a']['value']:.1f}")
    expect(strip.locator(".vp-ev-big").nth(1)).to_have_text(f"{100 * ways['mean']['b']['value']:.1f}")
    expect(strip).to_contain_text("mean, N = 2")
    assert violations(page) == []
    page.get_by_role("button", name="majority vote", exact=True).click()
    expect(strip).to_contain_text("majority vote, N = 2")
    expect(page.get_by_role("button", name="majority vote", exact=True)).to_be_focused()
    page.get_by_role("group", name="N").get_by_role("button", name="1", exact=True).click()
    expect(page.get_by_role("table", name="Every way at N = 1")).to_contain_text("oracle")
    expect(page.get_by_role("table", name="By majority vote at every N").get_by_role("row")).to_have_count(3)
    curve = page.get_by_role("slider", name="N, solutions to choose from")
    curve.focus()
    page.keyboard.press("ArrowRight")
    expect(strip).to_contain_text("majority vote, N = 2")
    expect(curve).to_be_focused()
    page.keyboard.press("Home")
    expect(curve).to_have_attribute("aria-valuenow", "1")
    expect(page.get_by_role("region", name="Right answers by N").locator("polyline")).to_have_count(2)
    page.reload()
    expect(strip).to_contain_text("majority vote, N = 1")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Report").click()
    report = saved.value.path().read_text(encoding="utf-8")
    vote = found["points"][0]["ways"]["self_consistency"]["difference"]["value"]
    assert "Right answers by N, majority vote" in report
    assert f"{100 * vote:.1f}" in report

    section = page.get_by_role("region", name="Problem by problem")
    expect(section).to_contain_text("the first 1 of every pool, by majority vote")
    cells = section.get_by_role("slider", name="Problem")
    cells.focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    expect(cells).to_have_attribute("aria-valuenow", str(PROBLEMS))
    expect(section.locator(".vp-ev-pool-head")).to_have_count(2)
    page.wait_for_url(re.compile("problem="))
    assert violations(page) == []
    page.get_by_role("link", name="Swap A and B").click()
    page.wait_for_url(f"**/evaluate?a={b}&b={a}")
    expect(strip.locator(".vp-ev-link").first).to_have_text("Two, hotter")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_what_cannot_stand_side_by_side_is_said(page, guest, two_pools):
    admin = guest()
    labelled_set(admin, "Pine nuts", problems=2)
    apart = pooled(admin, "Pine nuts", "Pine nuts pool", 2)
    choice = next(each for each in admin.get("/api/evaluations/sets")["sets"] if each["data_source"] == "Pine nuts")
    steps = {"kind": "step_benchmark", "data_source": "Pine nuts", "labels": choice["labels"]}
    started = admin.post("/api/evaluations", title="Pine nuts steps", **steps)
    assert settled(admin, f"/api/evaluations/{started['id']}")["state"] == "done"
    page.goto(f"/evaluate?a={two_pools[0]}&b={apart}")
    expect(page.get_by_role("alert")).to_contain_text("They have no problem in common.")
    page.goto(f"/evaluate?id={apart}")
    page.get_by_role("link", name="Compare with…").click()
    expect(page.get_by_role("button", name="Compare two: 1 of 2 marked")).to_be_visible()
    page.get_by_role("checkbox", name="Mark to compare: Pine nuts steps").check()
    expect(page.get_by_text("Only two of one kind can be compared")).to_be_visible()
    expect(page.get_by_role("button", name="Compare two: 1 of 2 marked")).to_be_visible()
    expect(page.get_by_role("checkbox", name="Mark to compare: Pine nuts pool")).not_to_be_checked()
