"""The pages of a team: what a project asks of a wrong step, leases, disagreements, decisions, review, progress, the guideline."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.team import Guest, event, make_project
from tests.browser.test_story import fill_in, open_explore, sample_and_score


@pytest.fixture
def guest(server) -> Iterator[Callable[[], Guest]]:
    """A function that gives a new person."""
    made: list[Guest] = []

    def new() -> Guest:
        made.append(Guest(server.url))
        return made[-1]

    yield new
    for each in made:
        each.rest.close()


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
    page.wait_for_timeout(300)
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
    figures = page.locator(".vp-lb-facts dd").all_inner_texts()
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


def test_a_disagreement_is_decided_and_its_history_tells_it(page, guest):
    one, two = guest(), guest()
    queue = make_project(one, "Disputed", 2, overlap=2)
    assert one.label(queue, (0, 1, 1, -1)) == 2
    assert two.label(queue, (0, -1, 1, -1)) == 2
    page.goto(f"/dataset?view=agreement&queue={queue}")
    expect(page.locator(".vp-dataset-table tbody tr").first).to_contain_text("8")
    page.goto(f"/dataset?view=disagreements&queue={queue}")
    rows = page.locator(".vp-dataset-table tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Decide").first.click()
    page.locator(".vp-sv-sheet").wait_for()
    page.reload()  # what is looked at stands in the address
    sheet = page.locator(".vp-sv-sheet")
    expect(sheet.locator("tr[data-differs]")).to_have_count(1)
    expect(sheet.get_by_role("button", name="Decide")).to_be_disabled()
    page.get_by_role("radiogroup", name="Decide step 2").get_by_role("radio").first.click()
    page.get_by_role("button", name="Somebody slipped").click()
    page.get_by_label("Why this decision").fill("It says 14.")
    sheet.get_by_role("button", name="Decide").click()
    expect(page.get_by_text(re.compile("^Decided by"))).to_be_visible()
    expect(page.locator(".vp-sv-history")).to_contain_text("slip")
    page.goto(f"/dataset?view=disagreements&queue={queue}")
    expect(page.get_by_role("link", name="Look")).to_have_count(1)


def test_a_long_history_is_shown_to_its_end(page, guest):
    """It ended after 200 events, without a word, and the newest were missing."""
    admin, annotator = guest(), guest()
    queue = make_project(admin, "Much ado", 1, overlap=1)
    task = annotator.get(f"/api/queues/{queue}/next")["task"]
    changes = [event(task, "label", step=number % 4, value=1 if number > 205 else 0) for number in range(210)]
    receipt = annotator.post("/api/events", events=[*changes, event(task, "submit", seconds=9)])
    assert receipt["rejected"] == []
    (solution,) = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    path = f"/api/solutions/{solution['solution']}/decision"
    admin.post(path, labels=[1, 1, 1, 1], cause="slip", note="At last.", queue=queue)
    page.goto(f"/dataset?view=solution&id={solution['solution']}&queue={queue}")
    expect(page.locator(".vp-sv-history li").last).to_contain_text("At last.")
    assert page.locator(".vp-sv-history li").count() > 210


def test_an_adjudicator_goes_from_one_disagreement_to_the_next(page, guest):
    one, two = guest(), guest()
    queue = make_project(one, "In a row", 2, overlap=2)
    one.label(queue, (0, 1, 1, -1)), two.label(queue, (0, -1, 1, -1))
    page.goto(f"/dataset?view=disagreements&queue={queue}&open_only=true")
    page.get_by_role("link", name="Decide").first.click()
    way = page.get_by_role("navigation", name="Way through the list")
    for left in (1, 0):
        page.get_by_role("radiogroup", name="Decide step 2").get_by_role("radio").first.click()
        page.get_by_role("button", name="Somebody slipped").click()
        page.get_by_role("button", name="Decide", exact=True).click()
        expect(page.get_by_text(re.compile("^Decided by"))).to_be_visible()
        expect(way).to_contain_text(f"{left} to decide" if left else "All are decided.")
        if left:
            expect(way.get_by_role("link", name="Next")).to_be_focused()
            page.keyboard.press("Enter")
            expect(page.get_by_text(re.compile("^Decided by"))).to_be_hidden()
    way.get_by_role("link", name="All disagreements").click()
    expect(page.get_by_role("link", name="Look")).to_have_count(2)


def test_a_reviewer_judges_with_the_steps_in_view_and_is_led_on(page, guest):
    """A verdict once meant: open the solution, go back, find its row again, press there."""
    admin, annotator = guest(), guest()
    queue = make_project(admin, "Led on", 2, overlap=1, review_share=1.0, split_size=2)
    annotator.label(queue, (0, 1, 1, 1))
    page.goto("/dataset?view=splits")
    waiting = page.locator(".vp-dataset-table tbody tr", has_text="Led on")
    waiting.get_by_role("link", name="Review").click()
    page.get_by_role("link", name="Open").first.click()
    way = page.get_by_role("navigation", name="Way through the list")
    expect(page.locator(".vp-sv-sheet tbody tr")).to_have_count(4)
    first = page.url
    way.get_by_role("button", name="Right").click()
    expect(way).to_contain_text("1 of 2 judged")
    assert page.url != first
    way.get_by_role("button", name="Right").click()
    expect(page.get_by_text("2 of 2 judged, 0 wrong.")).to_be_visible()
    page.get_by_role("button", name="Accept the split").click()
    expect(page.get_by_role("button", name="Accept the split")).to_be_hidden()


def test_what_is_ready_for_review_takes_one_question_however_many_queues_there_are(page, guest):
    admin, annotator = guest(), guest()
    for title in ("Ready one", "Ready two"):
        queue = make_project(admin, title, 1, overlap=1, review_share=1.0)
        annotator.label(queue, (0, 1, 1, 1))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/dataset?view=splits")
    for title in ("Ready one", "Ready two"):
        expect(page.locator(".vp-dataset-table tbody tr", has_text=title)).to_have_count(1)
    assert [url.partition("/api/")[2] for url in asked if re.search("/api/.*splits", url)] == ["splits?state=review"]


def test_every_list_of_a_team_fits_a_phone(page, guest):
    """The list of disagreements once pushed its Decide links off the screen, out of reach."""
    one, two = guest(), guest()
    queue = make_project(one, "A rather long name for a small project", 2, overlap=2, review_share=1.0, split_size=2)
    one.label(queue, (0, 1, 1, -1)), two.label(queue, (1, -1, 0, 1))
    page.set_viewport_size({"width": 390, "height": 844})
    for view in ("overview", "browse", "disagreements", "agreement", "splits"):
        page.goto(f"/dataset?view={view}&queue={queue}")
        cells = page.locator(".vp-dataset-table tbody :is(th, td)")
        cells.first.wait_for()
        ends = cells.evaluate_all("nodes => nodes.map((node) => node.getBoundingClientRect().right)")
        assert max(ends) <= 390, view
        wide = page.locator(".vp-dataset-table").evaluate_all(
            "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth).length"
        )
        assert wide == 0, view


def test_settled_solutions_become_a_quiz_that_stands_before_the_work(page, guest):
    admin, newcomer = guest(), guest()
    settled = make_project(admin, "Settled", 1)
    queue = make_project(admin, "Gated", 2, quiz_pass=0.75, overlap=1)
    (known,) = admin.get(f"/api/solutions?queue={settled}")["solutions"]
    page.goto(f"/dataset?view=solution&id={known['solution']}")
    part = page.get_by_role("region", name="Known labels")
    part.get_by_label("Project").select_option(label="Gated")
    part.get_by_role("button", name="Item of the entry quiz").click()
    expect(part.get_by_text("Part of the entry quiz now.")).to_be_visible()
    page.goto(f"/annotate?queue={queue}")
    expect(page.locator(".vp-lb-source")).to_have_text("Entry quiz")
    for key in "3333":  # the imported labels say neutral, correct, correct, wrong
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Look again")).to_be_visible()
    assert newcomer.get(f"/api/queues/{queue}/next")["task"]["is_quiz"]
    assert newcomer.label(queue, (0, 1, 1, -1)) == 3, "the quiz, passed, and then the work"


def test_in_a_project_that_is_not_blind_scores_stand_beside_the_steps_at_once(page, server, guest):
    """The store knew such projects; the Admin page could not make one, and the board hid the scores all the same."""
    admin = guest()
    open_explore(page)
    fill_in(page, n=2)
    sample_and_score(page)
    run = page.locator(".vp-board").get_attribute("data-run")
    page.goto("/admin")
    page.get_by_text("New project").click()
    page.get_by_label("Title").fill("Seeing")
    page.get_by_label("Blind: scores only after submission").first.uncheck()
    page.get_by_role("button", name="Make the project").click()
    page.get_by_role("region", name="Seeing").wait_for()
    (made,) = (each for each in admin.get("/api/projects")["projects"] if each["title"] == "Seeing")
    assert made["options"]["blind"] is False
    card = page.get_by_role("region", name="Seeing")
    card.get_by_text("Add solutions of the store").click()
    card.get_by_label("Of one run").fill(f"{server.url}/?run={run}")
    card.get_by_role("button", name="Add them").click()
    expect(card.get_by_role("status")).to_have_text("2 solutions added.")
    page.goto(f"/annotate?queue={made['queues'][0]['queue']}")
    figure = page.locator(".vp-lb-score .vp-num").first
    expect(figure).to_have_text(re.compile(r"[01]\.\d\d"))
    page.keyboard.press("b")
    expect(figure).to_be_hidden()
    for _ in range(page.locator(".vp-lb-step").count()):
        page.keyboard.press("1")
    expect(page.locator(".vp-lb-submit")).to_contain_text("Submit and next")


def test_a_split_with_an_error_goes_back_and_says_why(page, guest):
    admin, annotator = guest(), guest()
    queue = make_project(admin, "Reviewed", 2, overlap=1, review_share=1.0, split_size=2)
    assert annotator.label(queue, (0, 1, 1, 1)) == 2
    page.goto(f"/dataset?view=splits&queue={queue}")
    page.locator(".vp-dataset-table").get_by_role("link", name="Review").click()
    expect(page.get_by_role("button", name="Accept the split")).to_be_disabled()
    page.get_by_role("button", name="Right", exact=True).first.click()
    expect(page.get_by_role("button", name="Right", exact=True).first).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Wrong", exact=True).last.click()
    expect(page.get_by_text("2 of 2 judged, 1 wrong.")).to_be_visible()
    page.get_by_label("Note to the annotators").fill("Look at the last step again.")
    page.get_by_role("button", name="Send it back").click()
    expect(page.get_by_role("button", name="Send it back")).to_be_hidden()
    task = annotator.get(f"/api/queues/{queue}/next")["task"]
    assert task["returned"] == "Look at the last step again."
    assert task["labels"] == [0, 1, 1, 1], "the labels are still there, to be corrected"


def test_an_admin_makes_a_project_and_sees_how_far_it_is(page):
    page.goto("/admin")
    page.get_by_text("New project").click()
    page.get_by_label("Title").fill("From the page")
    page.get_by_label("People for each solution").first.fill("1")
    page.get_by_role("button", name="Make the project").click()
    card = page.get_by_role("region", name="From the page")
    card.wait_for()
    page.goto("/dataset")  # which once called it an import, all of it labelled
    row = page.locator(".vp-dataset-table tbody tr", has_text="From the page")
    expect(row.locator("td").first).to_have_text("project")
    row.get_by_role("link", name="Add solutions: From the page").click()
    card.get_by_text("Add solutions of the store").click()
    card.get_by_role("button", name="Add them").click()
    expect(card.get_by_role("status")).to_have_text(re.compile(r"^\d+ solutions? added\.$"))
    expect(card.locator(".vp-admin-progress")).to_contain_text(re.compile(r"0 of \d+ done"))
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("There are no accounts yet")).to_be_visible()
