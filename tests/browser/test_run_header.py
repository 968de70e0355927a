"""Whose result is shown: the head of a run, one of an earlier question, the reference answer and what it belongs to."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_story import EXAMPLES, PROBLEM, fill_in, open_explore, sample_and_score
from tests.support.accessibility import violations

OTHER_PICTURE = EXAMPLES / "images" / "000009.png"


def choose_example(page: Page, index: int) -> None:
    page.locator(".vp-example").nth(index).click()
    expect(page.locator(".vp-pic-image")).to_be_visible()


def reference(page: Page):
    return page.get_by_label("Reference answer")


def test_a_run_says_whose_result_it_is(page):
    open_explore(page)
    fill_in(page, n=2)
    page.get_by_label("Question").fill("What is $3 \\cdot 7$?")
    reference(page).fill("21")
    sample_and_score(page)
    header = page.locator(".vp-run-header")
    expect(header.locator(".vp-run-problem .vp-maths")).to_be_visible()  # rendered, not its source
    assert header.locator("img").evaluate("image => image.naturalWidth") > 0
    for text in ("Reference answer 21", "Policynano-policy", "Reward modelnano-prm", "N2", "T0.7", "seed0"):
        expect(header).to_contain_text(text)
    expect(header).to_contain_text(re.compile(r"\d s · [\d,]+ tokens.*today \d\d:\d\d"))
    page.reload()
    expect(header).to_contain_text("Reference answer 21")


def test_a_result_of_an_earlier_question_is_dimmed_and_can_get_its_question_back(page):
    """After an example the verdict before it stood beside the new picture as if it were its own."""
    open_explore(page)
    fill_in(page, n=2)
    sample_and_score(page)
    board = page.locator(".vp-board")
    banner = page.get_by_text("From an earlier question.")
    expect(banner).to_be_hidden()
    page.get_by_label("Question").press("End")
    page.get_by_label("Question").press("!")
    expect(banner).to_be_visible()
    expect(board).to_have_attribute("data-outdated", "")
    assert violations(page) == []  # it was made so pale that nobody could read it
    page.get_by_label("Question").press("Backspace")
    expect(banner).to_be_hidden()
    page.locator("#vp-picture input[type=file]").set_input_files(OTHER_PICTURE)
    expect(banner).to_be_visible()
    page.get_by_role("button", name="Bring its question back").click()
    expect(banner).to_be_hidden()
    expect(page.get_by_label("Question")).to_have_value(PROBLEM["question"])
    expect(reference(page)).to_have_value(PROBLEM["answer"])
    page.reload()
    page.locator(".vp-board[data-state=done]").wait_for()
    expect(banner).to_be_hidden()


def test_a_reference_answer_goes_with_its_question_or_picture(page):
    """It stayed, folded away: right answers were marked as differing, and the wrong reference was exported."""
    open_explore(page)
    fill_in(page, n=2)
    expect(reference(page)).to_have_value(PROBLEM["answer"])
    page.get_by_label("Question").fill("How much is a kiwi?")
    expect(reference(page)).to_have_value("")
    note = page.locator(".vp-reference-note")
    expect(note).to_contain_text(f"The reference answer {PROBLEM['answer']} went with the question it belonged to.")
    page.get_by_label("Question").fill(PROBLEM["question"])
    expect(reference(page)).to_have_value(PROBLEM["answer"])
    expect(note).to_be_hidden()
    page.locator("#vp-picture input[type=file]").set_input_files(OTHER_PICTURE)
    expect(reference(page)).to_have_value("")
    assert [each for each in violations(page) if "vp-reference" in each] == []
    note.get_by_role("button", name="Put it back").click()
    expect(reference(page)).to_have_value(PROBLEM["answer"])
    page.get_by_label("Remove the image").click()
    expect(reference(page)).to_have_value("")
