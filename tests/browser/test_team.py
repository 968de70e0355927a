"""The pages of a team: what a project asks of a wrong step, leases, progress, the quiz, the guideline."""

import re

from playwright.sync_api import expect

from tests.browser.test_story import fill_in, open_explore, sample_and_score
from tests.support.browser_team import archive, make_project, settle


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


def test_an_admin_gives_others_what_somebody_holds(page, guest):
    """A solution sent back to somebody who was ill stayed theirs for seven days, and nobody could change that."""
    holder, other = guest(), guest()
    queue = make_project(holder, "Held", 1, overlap=1)
    task = holder.get(f"/api/queues/{queue}/next")["task"]
    page.goto("/admin")
    card = page.get_by_role("region", name="Held", exact=True)
    card.get_by_role("button", name=re.compile("^Give back 1 solution that guest-")).press("Enter")
    expect(card.get_by_role("status").first).to_have_text(re.compile(r"^1 solution of guest-\S+ given back\.$"))
    expect(card.get_by_role("button", name=re.compile("^Give back"))).to_have_count(0)
    assert other.get(f"/api/queues/{queue}/next")["task"]["id"] == task["id"]


def test_every_list_of_a_team_fits_a_phone(page, guest):
    """The list of disagreements once pushed its Decide links off the screen, out of reach."""
    one, two = guest(), guest()
    queue = make_project(one, "A rather long name for a small project", 2, overlap=2, review_share=1.0, split_size=2)
    one.label(queue, (0, 1, 1, -1)), two.label(queue, (1, -1, 0, 1))
    page.set_viewport_size({"width": 390, "height": 844})
    for view in ("overview", "browse", "disagreements", "agreement", "splits"):
        page.goto(f"/dataset?view={view}&queue={queue}")
        cells = page.locator(":is(.vp-dataset-table, .vp-br-table) tbody :is(th, td)")
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
    part = page.get_by_role("region", name="Gold labels")
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
    expect(card.get_by_role("status")).to_have_text(re.compile(r"^[12] solutions? added\.$"))  # equal ones are one
    page.goto(f"/annotate?queue={made['queues'][0]['queue']}")
    figure = page.locator(".vp-lb-score .vp-num").first
    expect(figure).to_have_text(re.compile(r"[01]\.\d\d"))
    page.keyboard.press("b")
    expect(figure).to_be_hidden()
    for _ in range(page.locator(".vp-lb-step").count()):
        page.keyboard.press("1")
    expect(page.locator(".vp-lb-submit")).to_contain_text("Submit and next")


def test_an_admin_makes_a_project_and_sees_how_far_it_is(page):
    page.goto("/admin")
    page.get_by_text("New project").click()
    page.get_by_label("Title").fill("From the page")
    page.get_by_label("People for each solution").first.fill("1")
    page.get_by_role("button", name="Make the project").click()
    card = page.get_by_role("region", name="From the page")
    card.wait_for()
    page.goto("/dataset")  # which once called it an import, all of it labelled
    row = page.locator(":is(.vp-dataset-table, .vp-br-table) tbody tr", has_text="From the page")
    expect(row.locator("td").first).to_have_text("project")
    row.get_by_role("link", name="Add solutions: From the page").click()
    card.get_by_text("Add solutions of the store").click()
    card.get_by_role("button", name="Add them").click()
    expect(card.get_by_role("status")).to_have_text(re.compile(r"^\d+ solutions? added\.$"))
    expect(card.locator(".vp-admin-progress")).to_contain_text(re.compile(r"0 of [\d,]+ done"))
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("There are no accounts yet")).to_be_visible()


def test_a_file_is_added_under_the_name_of_whom_its_labels_come_from(page, guest):
    admin = guest()
    queue = admin.post("/api/projects", title="From a lab")["queue"]
    page.goto("/admin?view=projects")
    project = page.locator(".vp-admin-project").filter(has_text="From a lab")
    project.get_by_label("Labels come from").fill(" lab-2026 ")
    file = {"name": "rows.zip", "mimeType": "application/zip", "buffer": archive("From a lab", 1)}
    project.get_by_label("File of solutions").set_input_files(file)
    expect(page.get_by_text("1 added, 0 there already, 0 refused.")).to_be_visible()
    (row,) = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    assert [each["source"] for each in row["file_labels"]] == ["lab-2026"]
