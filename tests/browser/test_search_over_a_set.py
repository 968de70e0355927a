"""Guided search over a set on the Evaluate page: asked for in the dialog, beside the curve, problems that open, another added.

Covers visualprm_ui/components/evaluate_board/search_fields.js, visualprm_ui/components/evaluate_board/search_card.js,
visualprm_ui/components/evaluate_board/search_chart.js.
"""

import re

from playwright.sync_api import expect

from tests.support.accessibility import violations
from tests.support.browser_team import make_project

PROBLEMS = 4


def test_it_is_asked_for_in_the_dialog_and_stands_beside_best_of_n(page, guest):
    make_project(guest(), "Searched", PROBLEMS)
    page.goto("/evaluate")
    page.get_by_role("button", name="New evaluation").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Best-of-N").check()
    dialog.get_by_label("Whose problems").select_option(label=f"Searched · {PROBLEMS} problems")
    dialog.get_by_label("Other number of solutions").fill("4")
    width = dialog.get_by_label("Width of the search")
    expect(width).to_be_hidden()
    dialog.get_by_label("Also run a guided search").check()
    width.fill("0")
    expect(dialog.get_by_text("Width and expansions of a search are whole numbers from 1.")).to_be_visible()
    width.fill("2")
    dialog.get_by_label("Expansions of the search").fill("2")
    expect(dialog).to_contain_text("--search 2x2")
    assert violations(page) == []
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url("**/evaluate?id=*")

    card = page.get_by_role("region", name="Guided search at the same tokens")
    expect(page.get_by_role("button", name="Add solutions")).to_be_visible()
    expect(card).to_contain_text(re.compile("The search is right (more|less) often|do not tell the two apart"))
    expect(card).to_contain_text(re.compile(r"A search took [\d,]+ tokens on average over 4 problems"))
    expect(card.get_by_role("table", name="Right answers by tokens")).to_contain_text("Search 2x2")
    expect(card.locator("svg path.search")).to_have_count(1)
    expect(card).to_contain_text(re.compile(r"among the first \d+ of every pool", re.I))
    assert violations(page) == []

    curve = page.request.get(f"/api/evaluations/{page.url.rsplit('=', 1)[1]}/curve").json()
    (search,) = curve["searches"]
    shown = f"{100 * search['accuracy']['value']:.1f} % of the problems"
    expect(card).to_contain_text(shown)
    found = page.request.get(f"/api/evaluations/{curve['evaluation']['id']}/searches/2x2").json()
    differing = [each for each in found["problems"] if each["outcome"].startswith("only_")]
    expect(card.get_by_role("listitem")).to_have_count(len(differing))

    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Add a guided search…").click()
    dialog = page.get_by_role("dialog", name="Add a guided search")
    expect(dialog).to_contain_text("Each of the 4 problems is searched under nano-prm")
    dialog.get_by_label("Width of the search").fill("100")
    dialog.get_by_role("button", name="Search them").click()
    expect(dialog).to_contain_text("Width times expansions of a search is at most 128.")
    dialog.get_by_label("Width of the search").fill("1")
    dialog.get_by_label("Expansions of the search").fill("2")
    assert violations(page) == []
    dialog.get_by_role("button", name="Search them").click()
    expect(dialog).to_have_count(0)
    expect(card.get_by_role("table", name="Right answers by tokens")).to_contain_text("Search 1x2")
    expect(card.locator("svg path.search")).to_have_count(2)
    again = page.request.get(f"/api/evaluations/{curve['evaluation']['id']}/curve").json()
    assert (again["solutions"], [each["title"] for each in again["searches"]]) == (curve["solutions"], ["2x2", "1x2"])

    page.set_viewport_size({"width": 390, "height": 844})
    expect(card).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    # where the list leads, of a problem in it or, where the two agree, of any: Explore shows the search step by step
    if differing:
        card.get_by_role("link", name="Search of problem").first.click()
    else:
        page.goto(f"/?run={found['problems'][0]['search']}")
    expect(page.locator(".vp-run-facts")).to_contain_text("up to 2 paths × 2 a step")
