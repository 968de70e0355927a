"""Best-of-N on the Evaluate page: asked for in the dialog, followed, moved through by keyboard, and added to.

Covers visualprm_ui/components/evaluate_board/pool_form.js, visualprm_ui/components/evaluate_board/pool_page.js,
visualprm_ui/components/evaluate_board/pool_picks.js, visualprm_ui/components/evaluate_board/pool_dialogs.js.
"""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser_evaluations import pooled
from tests.support.browser_team import Guest, make_project

PROBLEMS = 6
REPOSITORY = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def shared_pool(server) -> str:
    """One that is done, which tests only look at."""
    admin = Guest(server.url)
    make_project(admin, "Shared pools", PROBLEMS)
    found = pooled(admin, "Shared pools", "Shared pools", 4)
    admin.rest.close()
    return found


@pytest.fixture
def evaluation(page: Page, shared_pool) -> str:
    """Its page, opened."""
    page.goto(f"/evaluate?id={shared_pool}")
    expect(page.get_by_role("button", name="Add solutions")).to_be_visible()
    return page.url


def test_curves_and_picks_by_keyboard(page, evaluation):
    slider = page.get_by_role("slider", name="N, solutions to choose from")
    side = page.locator(".vp-ev-pool-side")
    expect(side).to_contain_text("At N = 4")
    expect(side).to_contain_text("over the vote")
    slider.focus()
    page.keyboard.press("Home")
    expect(side).to_contain_text("At N = 1")
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuenow", "2")
    expect(side).to_contain_text("At N = 2")
    expect(page.get_by_text("the first 2 of every pool: PRM mean")).to_be_visible()
    page.get_by_role("button", name="min", exact=True).click()
    expect(side).to_contain_text("PRM min")
    expect(page.get_by_role("table", name="At N = 4")).to_contain_text("PRM min minus it, paired")
    page.get_by_role("group", name="Against").get_by_role("button", name="ORM").click()
    expect(page.get_by_text("the first 2 of every pool: PRM min")).to_contain_text("ORM")
    query = page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")
    assert (query["n"], query["score"], query["against"]) == ("2", "min", "orm_min")

    cells = page.get_by_role("slider", name="Problem")
    expect(page.locator(".vp-ev-pool-problem")).to_contain_text("Reference")
    cells.focus()
    page.keyboard.press("Home")
    page.keyboard.press("End")
    expect(cells).to_have_attribute("aria-valuenow", str(PROBLEMS))
    expect(page.locator(".vp-ev-pool-number h3")).to_have_text(f"Problem {number_of(cells)}")
    page.get_by_role("button", name="Previous problem").click()
    expect(cells).to_have_attribute("aria-valuenow", str(PROBLEMS - 1))
    expect(page.locator(".vp-ev-pool-pick .vp-step").first).to_be_visible()

    page.reload()  # everything stands in the address
    expect(page.locator(".vp-ev-pool-side")).to_contain_text("At N = 2")
    expect(page.get_by_role("slider", name="Problem")).to_have_attribute("aria-valuenow", str(PROBLEMS - 1))


def number_of(cells) -> str:
    return cells.get_attribute("aria-valuetext").split(":")[0].removeprefix("Problem ")


def test_it_is_asked_for_in_the_dialog_and_a_greedy_solution_is_added_for_the_other_protocol(page, guest):
    make_project(guest(), "Pools", PROBLEMS)
    page.goto("/evaluate")
    page.get_by_role("button", name="New evaluation").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Best-of-N").check()
    dialog.get_by_label("Whose problems").select_option(label=f"Pools · {PROBLEMS} problems")
    dialog.get_by_label("Other number of solutions").fill("4")
    dialog.get_by_label("Also score whole solutions").check()
    expect(dialog).to_contain_text("nano-policy writes, nano-prm scores")
    expect(dialog).to_contain_text("evaluate best-of-n")
    assert violations(page) == []
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url("**/evaluate?id=*")
    expect(page.get_by_role("button", name="Add solutions")).to_be_visible()
    greedy = page.get_by_role("button", name="greedy first")
    expect(greedy).to_be_disabled()
    page.get_by_role("button", name="add them").click()
    dialog = page.get_by_role("dialog", name="Add solutions")
    expect(dialog).to_contain_text(f"{PROBLEMS} solutions")
    assert violations(page) == [], "more solutions"
    dialog.get_by_role("button", name="Sample them").click()
    expect(greedy).to_be_enabled()
    greedy.click()
    expect(page.get_by_text("Greedy first: the greedy solution and every choice of N − 1 others")).to_be_visible()
    assert "protocol=greedy-first" in page.url


def test_it_is_right_in_both_themes_and_on_a_phone(page, evaluation):
    expect(page.locator(".vp-ev-pool-pick .vp-step").first).to_be_visible()
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".vp-ev-pool-side")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_its_dialogs_are_accessible(page, shared_pool):
    def as_of_another_model(route):
        """The real answer, as if another model than the loaded one had scored it."""
        found = route.fetch().json()
        for each in found["models"]:
            each["revision"] = "another"
        route.fulfill(json=found)

    page.route("**/curve*", as_of_another_model)
    page.goto(f"/evaluate?id={shared_pool}")
    page.get_by_role("button", name="Score with nano-prm").click()
    dialog = page.get_by_role("dialog", name="Score with nano-prm")
    expect(dialog.get_by_role("radio", name="Every step, as a PRM")).to_be_focused()
    assert violations(page) == [], "scored again"
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("link", name="Report, one HTML file")).to_be_visible()
    assert violations(page) == [], "what is exported"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More", exact=True).click()
    expect(page.get_by_role("button", name="Add a guided search…")).to_be_visible()
    assert violations(page) == [], "more"


def test_a_chart_is_saved_and_the_command_runs_on_the_files_beside_it(page, evaluation, tmp_path):
    """The command named two files that were in a menu elsewhere, under other names."""
    page.get_by_role("button", name="Save the chart “Right answers by N”").click()
    with page.expect_download() as svg:
        page.get_by_role("button", name="SVG").click()
    assert svg.value.suggested_filename == "right-answers-by-n.svg"
    folder = tmp_path / "scratch"
    record = page.get_by_role("region", name="Record")
    for name in ("problems.jsonl", "pool.jsonl"):
        with page.expect_download() as file:
            record.get_by_role("link", name=name).click()
        file.value.save_as(folder / file.value.suggested_filename)
    command = record.get_by_label("The same again, as a command").text_content()
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, *shlex.split(command)[1:]], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    shown = page.request.get(f"/api/evaluations/{evaluation.rsplit('=', 1)[1]}/curve").json()
    theirs = json.loads(done.stdout)["curve"]
    for point in shown["points"]:
        for way, figure in point["figures"].items():
            assert theirs[str(point["n"])][way]["value"] == figure["value"], (point["n"], way)
