"""The board of a run: answers are filters, chart and cards light each other up, a run can be saved."""

import json
import re

from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_story import open_explore, sample_and_score
from tests.support.accessibility import violations
from tests.support.browser_team import make_project


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
    menu = page.locator(".vp-download-menu")
    for close in (
        lambda: page.keyboard.press("Escape"),
        lambda: page.locator(".vp-run-body").click(position={"x": 2, "y": 2}),
    ):
        page.get_by_text("Download", exact=True).click()
        expect(menu).to_be_visible()
        close()
        expect(menu).to_be_hidden()
    saved = json.loads((tmp_path / "json").read_text("utf-8"))
    assert saved.pop("branches", None) in (None, page.request.get(f"/api/runs/{run}/branches").json())
    assert saved == page.request.get(f"/api/runs/{run}").json()
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


def test_the_map_shows_how_every_item_stands_and_leads_there(page, guest):
    queue = make_project(guest(), "Mapped", 4, overlap=1)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    position = page.locator(".vp-lb-position")
    page.keyboard.type("f1111")
    page.keyboard.press("Enter")
    expect(position).to_have_text("2 of 4")
    page.keyboard.type("s2")
    expect(position).to_have_text("3 of 4")
    strip = page.locator(".vp-lb-strip")  # always there, as the map is where it is opened
    expect(strip).to_contain_text("today 2 · your pace")
    assert strip.locator(".vp-lb-strip-item").count() == 4
    expect(strip.locator(".vp-lb-strip-item[data-state=done][data-flagged]")).to_have_count(1)
    expect(strip.locator(".vp-lb-strip-item[data-state=skipped]")).to_have_count(1)
    expect(strip.locator(".vp-lb-strip-item[data-here]")).to_have_attribute("title", "Item 3: to do")
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog", name="Your 4 items")
    expect(dialog.locator(".vp-lb-map-counts li")).to_have_text(
        ["1 done", "1 flagged", "1 skipped", re.compile("^2 to do")]
    )
    expect(dialog.locator(".vp-lb-map-item")).to_have_count(4)  # with those that are not assigned yet
    expect(dialog).to_contain_text("today 2 · your pace")
    expect(dialog.get_by_role("button", name="Item 3: to do")).to_be_focused()
    dialog.get_by_role("button", name="Skipped 1").click()
    expect(dialog.locator(".vp-lb-map-line")).to_have_text("2  skipped: the problem is faulty")
    dialog.get_by_role("button", name="All", exact=True).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(position).to_have_text("1 of 4")
    expect(page.get_by_role("button", name="Flag", pressed=True)).to_be_visible()
    page.keyboard.press("o")
    expect(dialog).to_be_visible()
    page.keyboard.press("o")
    expect(dialog).to_have_count(0)


def test_queues_are_opened_by_keyboard_and_what_is_done_stands_last(page, guest):
    maker = guest()
    page.goto("/annotate")
    queues = {title: make_project(maker, title, 1) for title in ("Done with", "To begin")}
    page.goto(f"/annotate?queue={queues['Done with']}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Queue finished").wait_for()
    page.goto("/annotate")
    open_ones, finished = page.locator(".vp-lb-queues").first, page.locator(".vp-lb-queues").last
    expect(open_ones).to_contain_text("To begin")
    expect(finished).to_contain_text("Done with")
    link = page.locator(".vp-lb-queue", has_text="To begin")
    while not link.evaluate("node => node === document.activeElement"):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".vp-lb-title")).to_have_text("To begin")


def test_the_sides_are_resized_by_keyboard_and_stay_so(page, guest):
    queue = make_project(guest(), "Resized", 1)
    page.goto(f"/annotate?queue={queue}")
    grip = page.get_by_role("separator", name="Width of the problem")
    grip.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(grip).to_have_attribute("aria-valuenow", "37")
    page.reload()
    expect(grip).to_have_attribute("aria-valuenow", "37")
    width = page.locator(".vp-lb-left").evaluate("node => node.getBoundingClientRect().width / innerWidth")
    assert abs(width - 0.37) < 0.01


def test_a_correction_is_shown_as_others_will_read_it(page, guest):
    queue = make_project(guest(), "Corrected", 1)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.press("3")
    page.keyboard.press("c")
    page.keyboard.type("It is $14 + 22$.")
    shown = page.locator(".vp-lb-detail-shown:not([hidden])")
    expect(shown.locator(".vp-maths, .katex").first).to_be_visible()
    page.get_by_label("What the step should say").first.fill("It is 36.")
    expect(shown).to_have_count(0)


def test_the_text_is_made_larger_by_a_key_and_stays_so(page, guest):
    queue = make_project(guest(), "Large print", 1)
    page.goto(f"/annotate?queue={queue}")
    text = page.locator(".vp-lb-step-text").first
    text.wait_for()
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    usual = text.evaluate(size)
    page.keyboard.press("t")
    expect(page.get_by_text("Text size: larger")).to_be_visible()
    assert text.evaluate(size) > usual
    page.reload()
    text.wait_for()
    assert text.evaluate(size) > usual


def test_the_map_is_accessible(page, guest):
    queue = make_project(guest(), "Map of all", 3, overlap=1)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.type("f1111")
    page.keyboard.press("Enter")
    expect(page.locator(".vp-lb-position")).to_have_text("2 of 3")
    page.keyboard.type("s2")
    expect(page.locator(".vp-lb-position")).to_have_text("3 of 3")
    page.keyboard.press("o")
    page.get_by_role("dialog", name="Your 3 items").wait_for()
    assert violations(page) == []
