"""Finding solutions in the list: search, chips, charts, keyboard, views, selection, and the way through what was found."""

import json
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser_team import Guest, make_project


@pytest.fixture
def queue(guest) -> str:
    """Three solutions, two of them labelled by two people who differ on their second step."""
    one, two = guest(), guest()
    queue = make_project(one, "Browsed", 3, overlap=2)
    for who, second in ((one, 1), (two, -1)):
        label_two(who, queue, second)
    return queue


def label_two(who: Guest, queue: str, second: int) -> None:
    for number in range(2):
        task = who.get(f"/api/queues/{queue}/tasks/{number}")["task"]
        events = [
            {
                "uuid": f"{number}{step}{second}{queue}"[:32].ljust(32, "0"),
                "ts": 1.0,
                "task": task["id"],
                "type": "label",
            }
            | {"step": step, "value": second if step == 1 else 1}
            for step in range(4)
        ]
        submit = {
            "uuid": f"s{number}{second}{queue}"[:32],
            "ts": 2.0,
            "task": task["id"],
            "type": "submit",
            "seconds": 9,
        }
        assert who.post("/api/events", events=[*events, submit])["rejected"] == []


def rows(page: Page):
    return page.locator(".vp-br-row")


def test_filters_stand_in_the_address_and_back_takes_the_last_one_off(page, queue):
    page.goto(f"/dataset?view=browse&queue={queue}")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_text("3 solutions")).to_be_visible()
    page.locator("summary", has_text="Label state").click()
    page.get_by_role("link", name="split, not decided 2").click()
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("1 browsed")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    assert "state=split" in page.url
    page.reload()
    expect(rows(page)).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("1 browsed")
    page.go_back()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Remove the filter Label state").click()
    expect(rows(page)).to_have_count(3)


def test_a_bar_narrows_the_list_and_the_same_figures_are_a_table(page, queue):
    page.goto(f"/dataset?view=browse&queue={queue}")
    bars = page.get_by_role("region", name="Wrong labels by position of the step")
    expect(bars.get_by_role("link")).to_have_count(4)
    expect(bars.get_by_role("table")).to_contain_text("no label")
    expect(page.get_by_text("No step here is scored.")).to_be_attached()  # undefined, not a row of zeros
    bars.get_by_role("link", name="Step 4:").click()
    page.wait_for_url("**label=-1&step=3**")
    expect(rows(page)).to_have_count(1)  # the file's label: the others are labelled by people
    expect(bars.get_by_role("link", name="Step 4:")).to_have_attribute("aria-current", "true")
    bars.get_by_role("link", name="Step 4:").click()
    expect(rows(page)).to_have_count(3)
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_text("Charts", exact=True).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_keys_move_select_and_open_and_lead_through_what_was_found(page, queue):
    page.goto(f"/dataset?view=browse&queue={queue}&sort=stored")
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.get_by_text("2 selected")).to_be_visible()
    page.keyboard.press("Enter")
    way = page.get_by_role("navigation", name="Previous and next in the list")
    expect(way).to_contain_text("2 of the 3 on this page")
    expect(page.locator(".vp-sv-labels thead")).to_contain_text("guest-")  # every person's labels
    expect(page.locator(".vp-sv-history")).to_be_visible()
    page.keyboard.press("k")
    expect(way).to_contain_text("1 of the 3")
    page.keyboard.press("j")
    expect(way).to_contain_text("2 of the 3")
    page.keyboard.press("j")
    expect(way).to_contain_text("3 of the 3")
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(3)
    expect(page.get_by_text("2 selected")).to_be_visible()  # as long as the page is open


def test_a_view_is_saved_by_name_and_a_column_hidden(page, queue):
    page.goto(f"/dataset?view=browse&queue={queue}&state=split")
    page.locator("summary", has_text="Save view").click()
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.locator(".vp-br-saving")).to_be_in_viewport(ratio=1)  # on a phone two thirds were out of sight
    page.get_by_label("Name of the view").fill("To look at")
    page.get_by_role("button", name="Save", exact=True).click()
    saved = page.get_by_role("navigation", name="Views").get_by_role("link", name="To look at")
    expect(saved).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="All", exact=True).click()
    page.reload()
    saved.click()
    expect(rows(page)).to_have_count(2)
    page.locator("summary", has_text="Columns").click()
    for column in ("Mean", "By"):  # without opening the menu anew
        page.get_by_role("checkbox", name=column, exact=True).uncheck()
        expect(page.get_by_role("columnheader", name=column, exact=True)).to_have_count(0)
    page.reload()
    expect(page.get_by_role("columnheader", name="Steps")).to_have_count(1)
    for column in ("Mean", "By"):
        expect(page.get_by_role("columnheader", name=column, exact=True)).to_have_count(0)


def test_nothing_found_names_the_filter_that_costs_most(page, queue):
    page.goto(f"/dataset?view=browse&queue={queue}&flagged=true&state=split")
    expect(page.get_by_text("Without Flagged: by somebody there are 2.")).to_be_visible()
    page.get_by_role("link", name="Flagged: by somebody", exact=True).click()
    expect(rows(page)).to_have_count(2)


def test_an_empty_store_says_what_to_do(page):
    """It was a list of nothing under filters that matched nothing. Other tests fill the store, so the answers are sent by hand."""
    nothing = {"total": 0, "all": 0, "in_work": 0, "by_place": [], "by_score": None, "times": None}
    page.route("**/api/solutions?*", lambda route: route.fulfill(json={"solutions": [], "next": None, "unlisted": 0}))
    page.route("**/api/solutions/summary?*", lambda route: route.fulfill(json=nothing))
    page.goto("/dataset?view=browse&flagged=true")
    expect(page.get_by_role("heading", name="Nothing here yet")).to_be_visible()
    expect(page.get_by_role("group", name="Filters")).to_have_count(0)
    expect(page.get_by_role("link", name="Sample on Explore")).to_be_visible()
    assert violations(page) == []
    page.locator(".vp-dataset-part").get_by_role("button", name="Import").click()
    expect(page.get_by_role("dialog", name="Import")).to_be_visible()


def test_a_selection_is_queued_exported_and_deleted(page, guest, queue, tmp_path):
    project = guest().post("/api/projects", title="From the list", options={})
    page.goto(f"/dataset?view=browse&queue={queue}&sort=stored")
    rows(page).nth(1).get_by_role("checkbox").check()
    page.get_by_role("button", name="Take all 3").click()
    expect(page.get_by_text("3 selected")).to_be_visible()
    page.get_by_role("button", name="Queue for labelling").click()
    dialog = page.get_by_role("dialog", name="Queue for labelling")
    dialog.get_by_label("Project").select_option(project["project"])
    dialog.get_by_role("button", name="Queue 3 solutions").click()
    bar = page.get_by_role("region", name="Selection")
    expect(bar).to_contain_text("3 solutions added to “From the list”.")
    expect(bar.get_by_role("button", name="Delete…")).to_be_disabled()  # two were never shown as selected rows
    bar.get_by_role("button", name="Export").click()
    dialog = page.get_by_role("dialog", name="Export")
    expect(dialog).to_contain_text("of 3 selected solutions")
    dialog.get_by_role("button", name="Prepare").click()
    with page.expect_download() as download:
        dialog.get_by_role("link", name="Download zip").click()
    download.value.save_as(tmp_path / "out.zip")
    lines = zipfile.ZipFile(tmp_path / "out.zip").read("test.jsonl").decode().splitlines()
    assert len([json.loads(line) for line in lines]) == 3
    page.keyboard.press("Escape")
    bar.get_by_role("button", name="Clear the selection").click()
    expect(bar).to_be_hidden()
    for number in (1, 2):
        rows(page).nth(number).get_by_role("checkbox").check()
    bar.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog", name="Delete the problems of the selection?")
    expect(dialog).to_contain_text("With it go 1 solution and 1 row of files.")
    expect(dialog).to_contain_text("1 problem of the selection stays")
    dialog.get_by_role("button", name="Delete 1 problem").click()
    dialog.get_by_role("button", name="Close").click()
    expect(rows(page)).to_have_count(2)
