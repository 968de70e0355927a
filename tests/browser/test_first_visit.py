"""What a newcomer sees in the first seconds: a finished run in which the vote is wrong, and examples that run at one press."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_story import PROBLEM
from tests.support.accessibility import violations
from tests.support.browser_team import runs, settle

PAGE_BYTES = 500_000


def open_first_visit(page: Page) -> None:
    page.goto("/")
    page.locator(".vp-board[data-state=example]").wait_for()


def test_a_first_visit_shows_a_finished_run_and_says_what_it_shows(page):
    """It was an empty box, the examples below the fold, and nothing said what a score is."""
    page.set_viewport_size({"width": 1280, "height": 720})
    before = len(runs(page))
    open_first_visit(page)
    expect(page.locator(".vp-sentence")).to_have_text(
        "Five of eight solutions say 70; scored step by step, the reward model picks 80, and 80 is right."
    )
    expect(page.get_by_text("the probability, in the reward model's judgement")).to_be_in_viewport()
    for part in (".vp-sentence", ".vp-verdict", ".vp-example-draw", "#vp-sample"):
        expect(page.locator(part).first).to_be_in_viewport(ratio=1)
    for example in page.locator(".vp-example").all():
        expect(example).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Question")).to_have_value(PROBLEM["question"])
    wrong = page.locator(".vp-step-wrong").locator("visible=true")
    expect(wrong).to_have_count(1)
    expect(wrong).to_have_text("wrong here This computation is false.")
    expect(page.locator(".vp-step", has=wrong)).to_contain_text("The change is 89 − 9 = 70 dollars.")
    assert page.url.endswith("/"), "the example has no address: it is no run of the store"
    assert len(runs(page)) == before
    assert violations(page) == []


@pytest.mark.parametrize("part", [".vp-example >> nth=1", ".vp-example-draw"])
def test_an_example_and_a_random_problem_run_at_one_press(page, part):
    open_first_visit(page)
    page.locator(part).click()
    page.locator(".vp-board[data-state=done]").wait_for()
    question = page.get_by_label("Question").input_value()
    assert question != PROBLEM["question"]
    expect(page.locator(".vp-run-problem")).to_have_text(question)
    expect(page.locator(".vp-board")).not_to_have_attribute("data-outdated", "")
    expect(page.locator(".vp-sentence")).to_be_hidden()
    expect(page.get_by_label("Reference answer")).not_to_have_value("")


def test_an_example_looks_the_same_opened_and_pressed(page):
    """Opened, it had no switches, and only the first wrong step was marked; pressed, nothing was."""
    open_first_visit(page)
    opened = _look(page)
    page.locator(".vp-example").first.click()
    page.locator(".vp-board[data-state=done]").wait_for()
    assert _look(page) == opened
    assert opened["aggregations"] == ["mean", "min", "max", "last", "product"]
    assert "wrong here This computation is false." in opened["wrong"]
    assert sum(opened["checked"].values()) > len(opened["wrong"])


def _look(page: Page) -> dict[str, object]:
    """Return what can be seen of a run's verdicts and switches."""

    def texts(selector: str) -> list[str]:
        return [" ".join(each.inner_text().split()) for each in page.locator(selector).locator("visible=true").all()]

    cards = page.locator(".vp-board .vp-sol").all()
    return {
        "aggregations": texts(".vp-aggregation .vp-segment"),
        "wrong": texts(".vp-step-wrong"),
        "checked": {
            each.get_attribute("data-draw"): each.locator(".vp-step-check").locator("visible=true").count()
            for each in cards
        },
        "checker": texts(".vp-checker"),
    }


def test_a_form_that_is_changed_before_its_script_came_is_no_error(page):
    """On a slow line "Error" stood across the reference answer, and what had changed by then took no reference with it."""
    held = []
    page.route("**/reference_note/mount.js", lambda route: held.append(route))
    open_first_visit(page)
    question, form = page.get_by_label("Question"), page.locator("#vp-form")
    question.fill("What is the red bar?")
    question.blur()
    settle(page)
    expect(form.get_by_text("Error", exact=True)).to_have_count(0)
    expect(form.get_by_label("Reference answer")).to_have_value("80")
    held[0].continue_()
    expect(page.locator(".vp-reference-note")).to_contain_text("went with the question it belonged to")
    expect(form.get_by_label("Reference answer")).to_have_value("")


def test_the_address_of_a_run_shows_no_example_before_it(page):
    open_first_visit(page)
    page.locator(".vp-example").first.click()
    page.locator(".vp-board[data-state=done]").wait_for()
    page.add_init_script(
        """new MutationObserver(() => {
          if (document.querySelector(".vp-board[data-state=example]")) window.sawExample = true;
        }).observe(document, { subtree: true, childList: true, attributes: true });"""
    )
    page.reload()
    page.locator(".vp-board[data-state=done]").wait_for()
    assert page.evaluate("window.sawExample") is None


def test_who_has_runs_lands_on_the_newest_and_the_example_is_one_press_away(page, browser, server):
    open_first_visit(page)
    expect(page.get_by_text("Your newest run.")).to_be_hidden()
    for example in (1, 2):
        before = page.locator(".vp-board").get_attribute("data-run")
        page.locator(".vp-example").nth(example).click()
        page.locator(f".vp-board[data-state=done]:not([data-run='{before}'])").wait_for()
    newest = page.locator(".vp-board").get_attribute("data-run")
    question = page.get_by_label("Question").input_value()
    page.add_init_script(
        """new MutationObserver(() => {
          if (document.querySelector(".vp-board[data-state=example]")) window.sawExample = true;
        }).observe(document, { subtree: true, childList: true, attributes: true });"""
    )
    page.goto("/")
    page.locator(f".vp-board[data-run='{newest}']").wait_for()
    assert page.evaluate("window.sawExample") is None
    expect(page.get_by_text("Your newest run.")).to_be_visible()
    expect(page.get_by_label("Question")).to_have_value(question)
    assert violations(page) == []
    page.get_by_role("link", name="Show the example").click()
    page.locator(".vp-board[data-state=example]").wait_for()
    expect(page.get_by_text("Your newest run.")).to_be_hidden()
    expect(page.get_by_label("Question")).to_have_value(PROBLEM["question"])

    somebody = browser.new_context(base_url=server.url).new_page()  # with no runs of their own
    open_first_visit(somebody)
    somebody.context.close()


def test_on_a_phone_a_result_comes_before_the_form(page):
    """A shared link opened at the form, the result 1,300 px below."""
    page.set_viewport_size({"width": 390, "height": 844})
    open_first_visit(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator(".vp-sentence")).to_be_in_viewport()
    page.get_by_role("link", name="Ask something else").click()
    expect(page.locator("#vp-picture")).to_be_in_viewport()
    page.locator(".vp-example").nth(1).click()
    page.locator(".vp-board[data-state=done]").wait_for()
    for _ in range(2):
        expect(page.locator(".vp-run-problem")).to_be_in_viewport()
        expect(page.locator(".vp-verdict")).to_be_in_viewport()
        page.reload()
        page.locator(".vp-board[data-state=done]").wait_for()


def test_a_first_visit_with_its_pictures_weighs_less_than_half_a_megabyte(received):
    page, sizes = received
    page.set_viewport_size({"width": 1280, "height": 720})
    open_first_visit(page)
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) < PAGE_BYTES
