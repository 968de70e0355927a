"""The board of a run: answers are filters, chart and cards light each other up, a run can be saved."""

import json

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_story import open_explore, sample_and_score
from tests.support.accessibility import violations


def open_example_run(page: Page) -> None:
    page.goto("/")
    page.locator(".vp-example").first.click()
    page.locator(".vp-board[data-state=done]").wait_for()


def test_an_answer_shows_its_solutions_alone(page):
    open_example_run(page)
    assert page.locator(".vp-sol").count() == 3
    wrong = page.locator(".vp-spread-row", has_text="70")
    wrong.click()
    expect(wrong).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".vp-sol")).to_have_count(1)
    expect(page.locator(".vp-sol-answer")).to_have_text("70")
    expect(page.locator(".vp-chart-lines .vp-line-other")).to_have_count(2)
    assert violations(page) == []
    wrong.press("Enter")
    expect(page.locator(".vp-sol")).to_have_count(3)
    expect(page.locator(".vp-line-other")).to_have_count(0)


def test_a_line_and_its_card_light_each_other_up_and_a_click_goes_there(page):
    open_example_run(page)
    card = page.locator(".vp-sol").last
    draw = card.get_attribute("data-draw")
    line = page.locator(f".vp-chart-lines [data-draw='{draw}']")
    line.locator("circle").last.hover()
    expect(card.locator(".vp-sol-card")).to_have_attribute("data-marked", "")
    expect(page.locator(".vp-line-marked")).to_have_attribute("data-draw", draw)
    line.locator("circle").last.click()
    expect(card.locator(".vp-sol-card")).to_be_focused()
    expect(card).to_be_in_viewport(ratio=1)
    other = page.locator(".vp-sol").first
    other.hover()
    expect(page.locator(".vp-line-marked")).to_have_attribute("data-draw", other.get_attribute("data-draw"))


def test_a_run_can_be_saved_as_json_markdown_and_picture(page, tmp_path):
    open_example_run(page)
    run = page.locator(".vp-board").get_attribute("data-run")
    for name, suffix in (("JSON", "json"), ("Markdown", "md"), ("PNG", "png")):
        page.get_by_text("Download", exact=True).click()
        with page.expect_download() as download:
            page.get_by_role("button", name=name).click()
        assert download.value.suggested_filename == f"run-{run[:8]}.{suffix}"
        download.value.save_as(tmp_path / suffix)
    assert json.loads((tmp_path / "json").read_text("utf-8")) == page.request.get(f"/api/runs/{run}").json()
    text = (tmp_path / "md").read_text("utf-8")
    assert text.startswith("# You buy one melon and one plum.")
    assert "## #3: 70 (×5, differs, mean 0.62)" in text
    with Image.open(tmp_path / "png") as picture:
        assert (picture.format, picture.width) == ("PNG", 2480)
        assert picture.height > 600
        colours = picture.convert("RGB").reduce(4).getcolors(1 << 20)
    assert len(colours) > 200  # text, balls, the problem's picture: no empty page
    expect(page.locator(".vp-tools-error")).to_be_hidden()


def test_a_question_can_be_asked_without_a_picture(page):
    open_explore(page)
    page.get_by_label("Question").fill("What is 3 + 4?")
    sample_and_score(page)
    expect(page.locator(".vp-run-problem")).to_have_text("What is 3 + 4?")
    expect(page.locator(".vp-run-pictures")).to_be_hidden()
    expect(page.locator(".vp-step").first).to_be_visible()
    page.reload()
    page.locator(".vp-board[data-state=done]").wait_for()
    expect(page.locator(".vp-pic-drop")).to_be_visible()
    expect(page.locator(".vp-board")).not_to_have_attribute("data-outdated", "")


def test_the_first_wrong_step_of_a_drawn_problem_is_marked(page):
    page.goto("/")
    page.locator(".vp-board[data-state=example]").wait_for()
    page.get_by_label("Temperature").fill("2")  # hot samples go wrong
    page.get_by_label("Temperature").blur()
    page.locator(".vp-example-draw").click()
    page.locator(".vp-board[data-state=done]").wait_for()
    run = page.locator(".vp-board").get_attribute("data-run")
    wrong = 0
    for card in page.request.get(f"/api/runs/{run}").json()["cards"]:
        if card["same_as"] is not None:
            continue
        labels = [step["check"]["label"] for step in card["steps"]]
        steps = page.locator(f".vp-sol[data-draw='{card['draw']}'] .vp-step")
        marked = [at for at in range(steps.count()) if steps.nth(at).locator(".vp-step-wrong").is_visible()]
        assert marked == ([labels.index(-1)] if -1 in labels else [])
        wrong += len(marked)
    assert wrong > 0


def test_solutions_that_are_cut_off_stand_apart_and_cannot_win(page):
    page.goto("/")
    page.locator(".vp-board[data-state=example]").wait_for()
    page.get_by_role("button", name="More settings").click()
    for label, value in (("Max new tokens", "30"), ("Temperature", "1.2")):
        page.get_by_label(label).fill(value)
        page.get_by_label(label).blur()
    page.locator(".vp-example").nth(1).click()  # some of its solutions have 29 tokens, others 31
    page.locator(".vp-board[data-state=done]").wait_for()
    cards = page.request.get(f"/api/runs/{page.locator('.vp-board').get_attribute('data-run')}").json()["cards"]
    cut = [card for card in cards if card["truncated"]]
    assert 0 < len(cut) < len(cards)
    box = page.locator(".vp-cut-off")
    expect(box.locator("h3").first).to_have_text(f"Cut off: {len(cut)}")
    expect(box.locator(".vp-sol")).to_have_count(sum(card["same_as"] is None for card in cut))
    expect(box.locator(".vp-sol-rank").first).to_have_text("·")
    expect(box.get_by_text("cut off after 30 tokens").first).to_be_visible()
    expect(box.get_by_text("differs").locator("visible=true")).to_have_count(0)
    expect(page.locator(".vp-full > .vp-cards .vp-sol-rank", has_text="·")).to_have_count(0)
    expect(page.locator(".vp-verdict h3").first).to_have_text(f"Best of {len(cards) - len(cut)}")
    expect(page.locator(".vp-verdict")).to_contain_text(f"{len(cards) - len(cut)} of {len(cards)} could win")
    assert violations(page) == []


def test_the_button_says_how_many_different_solutions_it_queues(page):
    open_example_run(page)
    button = page.get_by_role("button", name="Label 3", exact=True)
    expect(button).to_have_attribute("title", "Queue 3 different solutions for labelling")
    button.click()
    page.wait_for_url("**/annotate?queue=*")
    expect(page.locator(".vp-lb-position")).to_contain_text("of 3")
