"""What Monte-Carlo labels are worth, as a reviewer sees it: completions of a policy beside labels of a file.

Covers visualprm_ui/components/evaluate_board/monte_carlo_page.js and what it is made of.
"""

import random
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from storage import open_store
from tests.support.accessibility import violations
from tests.support.browser_evaluations import labelled_set
from tests.support.browser_team import Guest
from tests.support.rollouts import measured as measurement

SET = "Acorns"


@pytest.fixture(scope="session")
def measured(server) -> str:
    """A labelled set with completions of a policy after its steps; returns whose the labels of the completions are."""
    admin = Guest(server.url)
    labelled_set(admin, SET, problems=8)
    found = admin.get(f"/api/solutions?source={SET}&limit=200")["solutions"]
    admin.rest.close()
    chance = random.Random(7)
    with open_store(server.data_dir) as store:
        for each in found:
            counts = [
                (chance.randint(*((2, 16) if label == 1 else (0, 12))), 16)
                for label in each["file_labels"][0]["labels"]
            ]
            store.runs.add_rollout_labels([measurement(each["solution"], None, *counts[1:], completions=16)])
    return "monte_carlo:policy"


def cells(page: Page) -> list[int]:
    """The four counts: correct and wrong steps called correct and called wrong."""
    return [int(text) for text in page.locator(".vp-ev-confusion td a b").all_inner_texts()]


def test_the_threshold_moves_and_its_cells_list_their_steps(page, guest, measured):
    admin = guest()
    page.goto("/evaluate")
    page.get_by_role("link", name="Monte-Carlo labels").click()
    expect(page.get_by_role("heading", name="What Monte-Carlo labels are worth")).to_be_visible()
    page.get_by_label("Monte-Carlo labels of").select_option(measured)
    beside = page.get_by_label("beside", exact=True)
    beside.select_option(beside.locator("option", has_text=SET).get_attribute("value"))
    expect(page).to_have_url(re.compile(f"data_source={SET}"))
    asked = dict(parse_qsl(urlsplit(page.url).query))
    del asked["page"]
    found = admin.get(f"/api/monte-carlo-labels?{urlencode(asked)}")
    at = found["points"][0]["confusion"]
    names = ("true_positives", "false_negatives", "false_positives", "true_negatives")
    headline = page.get_by_role("region", name="Headline")
    expect(headline).to_contain_text(f"{100 * found['points'][0]['macro_f1']['value']:.1f}")
    expect(headline).to_contain_text("Not measured: 16 labelled steps")
    assert cells(page) == [at[name] for name in names]
    expect(page.get_by_role("region", name="By threshold").get_by_role("row")).to_have_count(1 + len(found["points"]))
    expect(page.locator(".vp-ev-command code")).to_contain_text("engine evaluate monte-carlo")
    assert violations(page) == []

    page.get_by_role("button", name="mc > 3/4", exact=True).click()
    high = [each for each in found["points"] if each["threshold"] <= 0.75][-1]["confusion"]
    assert cells(page) == [high[name] for name in names] != [at[name] for name in names]
    expect(page).to_have_url(re.compile("threshold=0.75"))
    page.get_by_role("slider", name="Threshold of the share").press("Home")
    assert cells(page) == [at[name] for name in names]
    page.get_by_role("slider", name="Threshold of the share").press("End")
    last = [each for each in found["points"] if each["threshold"] <= 0.99][-1]["confusion"]
    assert cells(page) == [last[name] for name in names]

    missed = page.locator(".vp-ev-confusion td a").nth(1)  # labelled correct, called wrong
    missed.click()
    steps = page.get_by_role("region", name="Where the two differ")
    expect(steps.get_by_role("status")).to_contain_text(f"of {last['false_negatives']} step")
    row = steps.get_by_role("listitem").first
    expect(row).to_contain_text("Correct")
    expect(row.locator("img")).to_be_visible()
    row.get_by_role("link").click()
    expect(page).to_have_url(re.compile("dataset.*view=solution"))


def test_equal_thresholds_are_one_row(page, server, guest):
    """Of 4 completions a step every row of the table was there four times."""
    admin = guest()
    labelled_set(admin, "Beechnuts", problems=3)
    found = admin.get("/api/solutions?source=Beechnuts&limit=200")["solutions"]
    with open_store(server.data_dir) as store:
        counts = [(4, 4), (3, 4), (1, 4), (0, 4)]
        made = [measurement(each["solution"], *counts, policy="beech", completions=4) for each in found]
        store.runs.add_rollout_labels(made)
    asked = {"measured": "monte_carlo:beech", "data_source": "Beechnuts", "labels": "file:visualprocessbench"}
    page.goto(f"/evaluate?page=monte-carlo&{urlencode(asked)}")
    table = page.get_by_role("region", name="By threshold")
    expect(table.get_by_role("row")).to_have_count(4)
    names = [" ".join(each.split()) for each in table.get_by_role("rowheader").all_inner_texts()]
    assert names == ["mc > 0 same below 1/4", "mc > 1/4 same below 3/4", "mc > 3/4 same below 1"]
    page.get_by_role("button", name="mc > 1/4", exact=True).click()
    slider = page.get_by_role("slider", name="Threshold of the share")
    slider.press("ArrowRight")  # between two rows the one below holds
    expect(page.get_by_role("button", name="mc > 1/4", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("threshold=0.26"))
    expect(page.locator(".vp-ev-steps[aria-busy]")).to_have_count(0)
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_without_completions_the_page_says_what_is_missing(page, guest):
    guest()
    page.route("**/api/evaluations/sets", lambda route: route.fulfill(json={"sets": []}))
    page.goto("/evaluate?page=monte-carlo")
    expect(page.get_by_role("heading", name="Nothing can be compared yet")).to_be_visible()
    assert violations(page) == []
