"""The Evaluate page: a set measured from the dialog to its figures, the threshold that moves alone, two models side by side.

Covers visualprm_ui/pages/evaluate.py, visualprm_ui/components/evaluate_board/__init__.py.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.accessibility import violations
from tests.support.browser_evaluations import evaluated, labelled_set
from tests.support.browser_team import Guest

PAGE_BYTES = 600_000


@pytest.fixture(scope="session")
def shared_set(server) -> str:
    """A labelled set that several tests evaluate."""
    admin = Guest(server.url)
    labelled_set(admin, "Walnuts")
    admin.rest.close()
    return "Walnuts"


@pytest.fixture(scope="session")
def benchmark(server, shared_set) -> str:
    """An evaluation of it that is done."""
    admin = Guest(server.url)
    found = evaluated(admin, shared_set, "Walnuts, at one half")
    admin.rest.close()
    return found


def points(value: float) -> str:
    return f"{100 * value:.1f}"


def open_figures(page: Page, evaluation: str, more: str = "") -> None:
    page.goto(f"/evaluate?id={evaluation}{more}")
    page.get_by_role("region", name="Most confident mistakes").get_by_text(
        re.compile("No step|of [0-9]+ step")
    ).wait_for()


def count(page: Page, label: str, called: str) -> int:
    """A cell of the table under the threshold."""
    row = page.locator(".vp-ev-confusion tbody tr").nth(("correct", "wrong").index(label))
    text = row.locator("td a b").nth(("right", "wrong").index(called)).inner_text()
    return int(text.replace(",", ""))


def test_a_set_is_evaluated_from_the_dialog_to_its_figures_by_keyboard(page, guest):
    admin = guest()
    labelled_set(admin, "Chestnuts")  # nobody knows scores of it, so a threshold is fixed before
    page.goto("/evaluate")
    page.get_by_role("button", name="New evaluation").wait_for()
    page.keyboard.press("n")
    dialog = page.get_by_role("dialog", name="New evaluation")
    expect(dialog.get_by_label("On which labels")).to_be_focused()
    dialog.get_by_label("On which labels").select_option(label="Chestnuts · 12 solutions")
    expect(dialog).to_contain_text("12 solutions, 44 labelled steps")
    expect(dialog).to_contain_text("nano-prm")
    expect(dialog).to_contain_text("solutions to score")
    expect(dialog).to_contain_text("Fixed now, so that it cannot be tuned on the result.")
    own = dialog.get_by_label("Other threshold")
    own.fill("7")
    expect(dialog.get_by_role("alert")).to_contain_text("The threshold is a number from 0 to 1")
    expect(dialog.get_by_role("button", name="Start")).to_be_disabled()
    dialog.get_by_role("button", name="0.8", exact=True).click()
    expect(dialog.get_by_label("The same in a terminal")).to_contain_text("--threshold 0.8")
    dialog.get_by_label("Title", exact=True).fill("Chestnuts by keyboard")
    expect(dialog.get_by_role("button", name="Start")).to_be_enabled()
    assert violations(page) == []
    dialog.get_by_role("button", name="Start").press("Enter")
    expect(page.get_by_role("heading", name="Chestnuts by keyboard")).to_be_visible()
    page.locator(".vp-ev-confusion").wait_for()
    (evaluation,) = re.findall(r"id=(\w+)", page.url)
    figures = admin.get(f"/api/evaluations/{evaluation}/step-figures")
    pooled = figures["pooled"]
    headline = page.get_by_role("region", name="Headline")
    expect(headline).to_contain_text(points(pooled["macro_f1"]["value"]))
    expect(headline).to_contain_text("above .8, fixed before this run")
    expect(page.get_by_role("region", name="Record")).to_contain_text("nano-prm")
    assert count(page, "correct", "right") == pooled["confusion"]["true_positives"]
    assert count(page, "wrong", "wrong") == pooled["confusion"]["true_negatives"]
    page.go_back()
    row = page.get_by_role("row", name=re.compile("Chestnuts by keyboard"))
    expect(row).to_contain_text(points(pooled["macro_f1"]["value"]))
    expect(row).to_contain_text("Done in")


def test_the_threshold_moves_alone_and_stands_in_the_address(page, benchmark):
    open_figures(page, benchmark)
    headline = page.locator(".vp-ev-big").first.inner_text()
    slider = page.get_by_role("slider", name="Threshold")
    correct = count(page, "correct", "right") + count(page, "correct", "wrong")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("51")
    page.keyboard.press("Shift+ArrowLeft")
    expect(slider).to_have_value("46")
    for _ in range(10):
        page.keyboard.press("Shift+ArrowLeft")
    expect(slider).to_have_value("0")
    page.wait_for_url(re.compile(r"threshold=0(&|$)"))
    assert count(page, "correct", "right") + count(page, "correct", "wrong") == correct
    assert (
        count(page, "correct", "wrong") == 0 or page.locator(".vp-ev-note", has_text="could not be read").is_visible()
    )
    assert page.locator(".vp-ev-big").first.inner_text() == headline, "fixed before the run"
    page.reload()
    expect(slider).to_have_value("0")
    page.get_by_role("button", name="Back to .5").click()
    expect(slider).to_have_value("50")
    expect(page).not_to_have_url(re.compile("threshold"))


def test_what_is_pressed_lists_its_steps_and_back_undoes_it(page, guest, benchmark):
    admin = guest()
    open_figures(page, benchmark, "&threshold=0.3")
    steps = page.get_by_role("region", name="Most confident mistakes")
    for label, called, query in (
        ("wrong", "right", "label=-1&predicted=1"),
        ("correct", "right", "label=1&predicted=1"),
    ):
        wanted = count(page, label, called)
        row = page.locator(".vp-ev-confusion tbody tr").nth(("correct", "wrong").index(label))
        row.locator("td a").first.click()
        said = f"{wanted} step" if wanted else "No step matches."
        expect(steps).to_contain_text(re.compile(rf"(of )?{said}"))
        assert admin.get(f"/api/evaluations/{benchmark}/steps?{query}&threshold=0.3")["total"] == wanted
    expect(page).to_have_url(re.compile("label=1.*threshold=0.3"))
    page.locator(".vp-ev-press[title^='Place 4']").click()
    expect(steps.get_by_role("link", name="Drop the filter: place 4")).to_be_visible()
    expect(steps).to_contain_text("of 12 steps")
    expect(steps.locator("li").first).to_contain_text("step 4 of 4")
    page.go_back()
    expect(steps.get_by_role("link", name="Drop the filter: place 4")).to_be_hidden()
    expect(page).to_have_url(re.compile("label=1"))


def test_steps_are_walked_by_keyboard_and_queued_blind(page, guest, benchmark):
    admin = guest()
    open_figures(page, benchmark, "&label=-1")
    steps = page.get_by_role("region", name="Most confident mistakes")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(steps.locator("li").nth(1).get_by_role("link")).to_be_focused()
    page.keyboard.press("k")
    expect(steps.locator("li").first.get_by_role("link")).to_be_focused()
    expect(steps.locator("li").first.locator("img")).to_be_visible()
    steps.get_by_role("button", name="Queue the first 50").click()
    dialog = page.get_by_role("dialog", name="Queue the solutions")
    dialog.get_by_label("Title of the new project").fill("Walnut mistakes")
    assert violations(page) == []
    dialog.get_by_role("button", name="Queue them").click()
    expect(dialog).to_contain_text("8 solutions added to the queue, which now has 8.")
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    titles = [each["title"] for each in admin.get("/api/projects")["projects"]]
    assert "Walnut mistakes" in titles
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dataset?view=solution&id=*")


def test_bars_of_scored_labels_are_wide_enough_to_press(page, benchmark):
    """On Dataset. Twenty of them were 13 pixels wide each."""
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto("/dataset?view=browse&source=Walnuts")
    bars = page.get_by_role("region", name="Scores by label").get_by_role("link")
    expect(bars).to_have_count(10)
    assert bars.first.bounding_box()["width"] >= 24
    assert violations(page) == []


def test_two_models_stand_side_by_side(page, guest, shared_set, benchmark):
    """The same model twice: no difference is shown, and none is made up."""
    admin = guest()
    other = evaluated(admin, shared_set, "Walnuts once more")
    page.goto("/evaluate")
    for title in ("Walnuts once more", "Walnuts, at one half"):
        page.get_by_role("link", name=title).focus()
        page.keyboard.press("x")
    expect(page.get_by_role("button", name="Compare these two")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("c")
    page.wait_for_url(f"**/evaluate?a={benchmark}&b={other}")
    strip = page.get_by_role("region", name="The difference")
    expect(strip).to_contain_text("No difference is established: the interval includes 0.")
    expect(strip.locator(".vp-ev-big").last).to_have_text("0")
    steps = page.get_by_role("region", name="Where they disagree most")
    expect(steps).to_contain_text("of 44 steps")
    expect(page.get_by_role("region", name="Record")).to_contain_text("python -m engine evaluate compare-steps")
    found = admin.get(f"/api/comparisons?a={benchmark}&b={other}")
    grid = page.get_by_role("region", name="Step by step")
    grid.get_by_role("link", name="Both right").click()
    expect(steps).to_contain_text(f"of {found['both_right']} steps")
    grid.get_by_label("Score by A from").fill("1")
    grid.get_by_label("Score by B to").fill("0")
    grid.get_by_role("button", name="List").click()
    expect(steps).to_contain_text("No step matches.")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as report:
        page.get_by_role("link", name="Report, one HTML file").click()
    assert "Macro-F1, pooled: B - A 0.0" in Path(report.value.path()).read_text()
    page.get_by_role("link", name="Swap A and B").click()
    page.wait_for_url(f"**/evaluate?a={other}&b={benchmark}")
    expect(strip).to_contain_text("No difference is established")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_two_thresholds_of_one_model_are_told_apart_and_compared(page, guest, shared_set, benchmark):
    """Two runs of one set looked the same on the list, and were refused side by side."""
    other = evaluated(guest(), shared_set, "Walnuts once again", threshold=0.9)
    page.goto("/evaluate")
    expect(page.get_by_role("row", name=re.compile("Walnuts once again"))).to_contain_text("Step benchmark at .9")
    expect(page.get_by_role("row", name=re.compile("Walnuts, at one half"))).to_contain_text("Step benchmark at .5")
    page.goto(f"/evaluate?a={benchmark}&b={other}")
    expect(page.get_by_role("heading", name="Two evaluations of")).to_be_visible()
    expect(page.get_by_text("A is measured at threshold .5, B at .9.")).to_be_visible()
    strip = page.get_by_role("region", name="The difference")
    expect(strip).to_contain_text("threshold .5")
    expect(strip).to_contain_text("threshold .9")
    grid = page.get_by_role("region", name="Step by step")
    expect(grid).to_contain_text("on the label’s side of the threshold (A .5, B .9)")
    assert violations(page) == []


def test_what_cannot_be_compared_says_why(page, benchmark):
    page.goto(f"/evaluate?a={benchmark}&b={benchmark}")
    expect(page.get_by_role("alert")).to_contain_text("Both are the same evaluation.")
    expect(page.get_by_role("alert").get_by_role("link", name="All evaluations")).to_be_visible()


def test_an_undefined_figure_is_said_to_be_so(page, guest):
    """All steps are labelled correct: there is no F1 of the wrong ones, unless one is called wrong."""
    admin = guest()
    labelled_set(admin, "Almonds", [[1, 1, 1, 1]], problems=2)
    evaluation = evaluated(admin, "Almonds", "Almonds, all correct", threshold=0)
    pooled = admin.get(f"/api/evaluations/{evaluation}/step-figures")["pooled"]
    assert pooled["macro_f1"]["value"] is None
    page.goto(f"/evaluate?id={evaluation}")
    expect(page.locator(".vp-ev-big").first).to_have_text("undefined")
    expect(page.get_by_role("region", name="Headline")).to_contain_text(pooled["macro_f1"]["reason"])
    assert violations(page) == []
    page.goto("/evaluate?q=Almonds")
    row = page.get_by_role("row", name=re.compile("Almonds, all correct"))
    expect(row).to_contain_text("undefined")
    expect(page.get_by_role("row", name=re.compile("Walnuts"))).to_have_count(0)


def test_the_nano_benchmark_runs_at_one_press_is_cancelled_resumed_and_removed(page):
    page.route("**/api/evaluations", lambda route: route.fulfill(json={"evaluations": []}))
    page.goto("/evaluate")
    expect(page.get_by_role("heading", name="How good is the reward model")).to_be_visible()
    assert violations(page) == []
    page.unroute("**/api/evaluations")
    page.get_by_role("button", name="Run the nano benchmark").click()
    page.wait_for_url("**/evaluate?id=*")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible()
    expect(page.get_by_role("region", name="Progress")).to_contain_text("Why nothing is shown yet")
    assert violations(page) == []
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Remove…").click()
    asked = page.get_by_role("dialog", name=re.compile("^Remove"))
    expect(asked.get_by_role("button", name="Keep it")).to_be_focused()
    assert violations(page) == [], "about to be removed"
    asked.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Evaluate", exact=True)).to_be_visible()


def test_rows_stay_when_the_server_is_away(page, benchmark):
    page.route("**/api/evaluations", running_first)
    page.goto("/evaluate")
    row = page.get_by_role("row", name=re.compile("Walnuts, at one half"))
    expect(row).to_contain_text("Running")
    is_away = True
    # before the other: it is asked first
    page.route("**/api/evaluations", lambda route: route.abort() if is_away else route.continue_())
    banner = page.get_by_role("alert").filter(has_text="The list may be out of date.")
    again = banner.get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    expect(row).to_be_visible()
    assert violations(page) == []
    is_away = False
    again.dispatch_event("click")  # the page asks by itself too, and may have hidden it
    expect(banner).to_be_hidden()
    expect(row).to_contain_text("Done in")


def running_first(route: Route) -> None:
    """The real list, in which everything still runs."""
    found = route.fetch().json()
    for each in found["evaluations"]:
        each |= {"state": "running", "phase": "scoring", "rows": 1, "total": 3, "headline": None}
    route.fulfill(json=found)


def test_without_a_model_the_reason_stands_in_the_buttons_place(page, benchmark):
    with_status(page, lambda status: status["engine"].update(state="empty", reward_model=None))
    page.goto("/evaluate")
    expect(page.get_by_text("No reward model is loaded.")).to_be_visible()
    expect(page.get_by_role("button", name="New evaluation")).to_be_hidden()
    expect(page.get_by_role("row", name=re.compile("Walnuts, at one half"))).to_be_visible()


def test_the_page_is_for_reviewers_and_admins(page, benchmark):
    with_status(page, lambda status: status.update(role="annotator"))
    page.goto("/annotate")
    pages = page.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Explore")).to_be_visible()
    page.get_by_text("You are").wait_for(state="attached")
    for name in ("Dataset", "Evaluate"):
        expect(pages.get_by_role("link", name=name)).to_be_hidden()
    page.goto("/evaluate")
    expect(page.get_by_text("Evaluations are for reviewers and admins.")).to_be_visible()
    page.unroute_all()
    with_status(page, lambda status: status.update(role="reviewer"))
    page.goto("/dataset")
    pages.get_by_role("link", name="Evaluate").click()
    expect(page.get_by_role("row", name=re.compile("Walnuts, at one half"))).to_be_visible()
    expect(page.get_by_role("button", name="New evaluation")).to_be_hidden()


def with_status(page: Page, change: Callable[[dict], object]) -> None:
    """Have the server say something else of itself."""

    def answer(route: Route) -> None:
        status = route.fetch().json()
        change(status)
        route.fulfill(json=status)

    page.route("**/api/status", answer)


@pytest.mark.parametrize("width", [390, 720, 1440])
def test_the_figures_are_accessible_and_never_wider_than_the_screen(page, benchmark, width):
    page.set_viewport_size({"width": width, "height": 900 if width > 720 else 450})  # 720 x 450: 200 % zoom
    open_figures(page, benchmark)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []
    page.goto("/evaluate")
    page.get_by_role("row", name=re.compile("Walnuts, at one half")).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert violations(page) == []


@pytest.mark.parametrize(("format", "begins"), [("PNG", b"\x89PNG"), ("SVG", b"<svg")])
def test_a_chart_is_saved(page, benchmark, format, begins):
    open_figures(page, benchmark)
    page.get_by_role("button", name="Save the chart “Scores by label”").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=format, exact=True).click()
    assert download.value.suggested_filename == f"scores-by-label.{format.lower()}"
    content = download.value.path().read_bytes()
    assert content.startswith(begins)
    assert len(content) > 5000


@pytest.mark.parametrize(
    ("name", "holds"),
    [("Table, CSV", "Walnuts"), ("Table, LaTeX", "tabular"), ("Report, one HTML file", "Walnuts, at one half")],
)
def test_figures_are_exported(page, benchmark, name, holds):
    open_figures(page, benchmark)
    page.get_by_role("button", name="Export").click()
    assert violations(page) == [], "what is exported"
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    assert holds in download.value.path().read_text(encoding="utf-8")


def test_charts_are_tables_for_a_screen_reader(page, benchmark):
    open_figures(page, benchmark)
    for caption, head in (
        ("In context", "Macro-F1"),
        ("Macro-F1 by threshold", "Threshold"),
        ("Is a score a probability?", "Share right"),
        ("Scores by label", "Wrong"),
        ("By step position", "95 % interval"),
    ):
        expect(page.get_by_role("table", name=caption).get_by_role("columnheader", name=head)).to_be_attached()


def test_the_page_with_charts_weighs_less_than_600_kilobytes(received, benchmark):
    page, sizes = received
    open_figures(page, benchmark)
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < PAGE_BYTES
