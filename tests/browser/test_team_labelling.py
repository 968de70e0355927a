"""A team at work on the label board: what is asked of a wrong step, keys and dialogs, the guideline, what others hold."""

import pytest
from playwright.sync_api import expect

from tests.support.browser_team import make_project, settle


def test_a_wrong_step_is_explained_by_keyboard_and_it_is_stored(page, guest):
    admin = guest()
    queue = make_project(admin, "Explain", 1, error_types=True, first_error=True)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.press("2")
    page.keyboard.press("3")  # wrong: it is asked what is wrong with it, while the frame is on the next step already
    row, below = page.locator(".vp-lb-step").nth(1), page.locator(".vp-lb-step").nth(2)
    expect(below).to_have_attribute("aria-current", "step")
    page.keyboard.press("c")
    page.keyboard.type("The first value is 48.")
    page.keyboard.press("Enter")
    page.keyboard.press("4")
    expect(row.get_by_role("button", name="Perception")).to_have_attribute("aria-pressed", "true")
    expect(row.get_by_label("What the step should say")).to_have_value("The first value is 48.")
    expect(below).to_have_attribute("aria-current", "step")
    page.keyboard.press("1")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    (solution,) = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    mine = admin.get(f"/api/solutions/{solution['solution']}")["annotations"][-1]
    assert mine["labels"] == [0, -1, 1, 1]
    assert mine["details"][1] == {"note": "", "correction": "The first value is 48.", "error_type": "perception"}


def test_questions_left_open_cost_no_key_and_move_no_row(page, guest):
    """A wrong step once held the frame until its type was given: who went on with 1 turned it into a correct one."""
    queue = make_project(guest(), "Unasked", 1, error_types=True, first_error=True)
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.press("3")
    last = page.locator(".vp-lb-step").last
    place = last.bounding_box()
    for key in "14":  # the next label, and a type that is nobody's now
        page.keyboard.press(key)
        assert last.bounding_box() == place
    page.keyboard.press("k")
    page.keyboard.press("k")
    page.keyboard.press("4")  # back to the wrong one: its type, and on
    page.keyboard.press("j")
    assert last.bounding_box() == place, "an answer folds the other questions into the same line"
    page.keyboard.press("1")
    kinds = page.locator(".vp-lb-step").evaluate_all("rows => rows.map((row) => row.dataset.label)")
    assert kinds == ["wrong", "correct", "correct", "none"]
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_buttons_of_a_wrong_step_stand_where_there_is_room(page, guest, width):
    """Beside a scrollbar the last question stood in a line of its own; with scores the choice itself did."""
    queue = make_project(guest(), f"Room {width}", 1, error_types=True, first_error=True)
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    # a scrollbar, which tests do not have, and scores, which nobody's models gave here
    page.add_style_tag(content=".vp-board .vp-lb-list { padding-right: calc(var(--vp-gutter) + 15px) }")
    page.locator(".vp-lb-score").evaluate_all(
        "scores => scores.forEach((score) => { score.hidden = false; score.children[1].textContent = '0.45'; })"
    )
    page.keyboard.press("3")
    row, others = page.locator(".vp-lb-step").first, page.locator(".vp-lb-step").nth(1)
    expect(row).to_have_attribute("data-label", "wrong")
    tops = (
        row.locator(".vp-lb-chip").locator("visible=true").evaluate_all("chips => chips.map((chip) => chip.offsetTop)")
    )
    assert (len(tops), len(set(tops))) == (8, 1)
    choice = "(row) => { const of = row.querySelector('.vp-lb-choices'); return [of.offsetLeft, of.offsetTop]; }"
    assert row.evaluate(choice) == others.evaluate(choice)


def test_by_touch_alone_on_a_phone(browser, server, guest):
    """Labels, what is asked of a wrong step, the guideline and the submission, each under the thumb and at least 44 px high."""
    admin = guest()
    queue = make_project(admin, "Touched", 1, error_types=True)
    phone = browser.new_context(
        base_url=server.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        reduced_motion="reduce",
    )
    page = phone.new_page()
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.get_by_role("button", name="Close the guideline").tap()  # who comes first is shown it
    labels = page.locator(".vp-lb-thumb").get_by_role("radio")
    labels.nth(2).tap()
    row = page.locator(".vp-lb-step").first
    kind = row.get_by_role("button", name="Perception")
    assert kind.bounding_box()["height"] >= 44
    kind.tap()
    for _ in range(3):
        assert labels.first.bounding_box()["height"] >= 48
        labels.first.tap()
    page.get_by_role("button", name="Guideline").tap()
    expect(page.get_by_text("Errors carried on are Wrong.")).to_be_visible()
    page.get_by_role("button", name="Close the guideline").tap()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="Submit", exact=True).tap()
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    expect(page.locator(".vp-lb-save")).to_contain_text("Saved")
    (solution,) = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    mine = admin.get(f"/api/solutions/{solution['solution']}")["annotations"][-1]
    assert (mine["labels"], mine["details"][0]["error_type"]) == ([-1, 1, 1, 1], "perception")
    phone.close()


def test_reference_answer_and_images_have_keys(page, guest):
    queue = make_project(guest(), "Looked up", 1)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    reference = page.locator(".vp-lb-answers details")
    expect(reference).not_to_have_attribute("open", "")
    page.keyboard.press("a")
    expect(reference).to_have_attribute("open", "")
    page.keyboard.press("i")  # a single image: nothing happens
    expect(page.locator(".vp-lb-frame:visible")).to_have_count(1)


def test_escape_leaves_the_skip_dialog_even_when_enter_follows_at_once(page, guest):
    queue = make_project(guest(), "Not skipped", 2)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    for key in ("s", "Escape", "Enter"):
        page.keyboard.press(key)
    settle(page)
    expect(page.locator(".vp-lb-position")).to_have_text("1 of 2")


def test_the_skip_dialog_takes_a_digit_by_its_place(page, guest):
    """On Czech, Slovak and French keyboards its keys 1 to 5 did nothing."""
    queue = make_project(guest(), "Czech", 2, overlap=1)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.press("s")
    page.get_by_role("dialog").wait_for()
    pressed = "{ key: 'ě', code: 'Digit2', bubbles: true, cancelable: true }"
    page.evaluate(f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {pressed}))")
    expect(page.locator(".vp-lb-position")).to_have_text("2 of 2")


def test_the_guideline_opens_beside_the_work_and_keys_go_on(page, guest):
    queue = make_project(guest(), "Guided", 1)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.press("g")
    panel = page.get_by_role("complementary", name="Guideline")
    expect(panel.get_by_text("Errors carried on are Wrong.")).to_be_visible()
    expect(panel.locator("img").first).to_have_js_property("complete", True)
    assert panel.locator("img").first.evaluate("node => node.naturalWidth") > 0
    assert panel.locator(".katex").count() > 3
    assert (
        panel.locator(".vp-text-scroll").evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth + 1)")
        == []
    )
    page.keyboard.press("1")
    expect(page.locator(".vp-lb-step").first).to_have_attribute("data-label", "correct")
    page.keyboard.press("g")
    expect(panel).to_be_hidden()
    page.keyboard.press("g")
    expect(panel).to_be_visible()
    twice = "node => [1, 2].forEach(() => node.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' })))"
    panel.evaluate(twice)  # the second one, before the focus had left, opened it again
    assert panel.count() == 0 or panel.is_hidden()


def test_a_long_session_counts_everything_and_finds_the_first_item_again(page, guest):
    """The board gives up what it built for items left long ago: nothing that was done may be missing because of it."""
    queue = make_project(guest(), "Long", 16)
    page.goto(f"/annotate?queue={queue}")
    for item in range(16):
        expect(page.locator(".vp-lb-position")).to_have_text(f"{item + 1} of 16")
        for key in ("2", "1", "1", "3", "Enter"):
            page.keyboard.press(key)
        expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    figures = page.locator(".vp-lb-totals dd").all_inner_texts()
    assert figures == ["64", "32", "16", "16", "0", "0"]
    page.get_by_role("button", name="Open item 1", exact=True).click()
    expect(page.locator(".vp-lb-position")).to_have_text("1 of 16")
    kinds = page.locator(".vp-lb-step").evaluate_all("rows => rows.map((row) => row.dataset.label)")
    assert kinds == ["neutral", "correct", "correct", "wrong"]
    page.keyboard.press("u")
    expect(page.locator(".vp-lb-step").last).to_have_attribute("data-label", "none")


def test_what_others_hold_is_said_and_comes_when_it_is_free(page, guest):
    admin, other = guest(), guest()
    queue = make_project(admin, "Leased", 1, overlap=1)
    held = other.get(f"/api/queues/{queue}/next")["task"]
    assert held is not None
    page.goto(f"/annotate?queue={queue}")
    expect(page.get_by_role("button", name="Look again")).to_be_visible()
    other.label(queue, (0, 1, 1, 1))
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("heading", name="Nothing left for you here")).to_be_visible()
