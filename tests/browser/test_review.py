"""What happens to labels once they are given: disagreements, decisions, review, and the history that tells of them."""

import re

from playwright.sync_api import expect

from tests.support.browser_team import event, make_project


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
    page.locator(".vp-sv-labels").wait_for()
    page.reload()  # what is looked at stands in the address
    sheet = page.locator(".vp-sv-labels")
    expect(sheet.locator("tr[data-differs]")).to_have_count(1)
    expect(sheet.get_by_role("button", name="Decide")).to_be_disabled()
    page.get_by_role("button", name="Somebody slipped").click()
    expect(sheet.get_by_text("Step 2 is still open: its labels differ.")).to_be_visible()
    expect(sheet.get_by_role("button", name="Decide")).to_be_disabled()
    page.get_by_role("radiogroup", name="Decide step 2").get_by_role("radio").first.click()
    page.get_by_label("Why this decision").fill("It says 14.")
    sheet.get_by_role("button", name="Decide").click()
    expect(page.get_by_text(re.compile("^Decided by"))).to_be_visible()
    expect(page.locator(".vp-sv-history")).to_contain_text("slip")
    page.goto(f"/dataset?view=disagreements&queue={queue}")
    expect(page.get_by_role("link", name="Look")).to_have_count(1)


def test_a_second_look_adds_to_the_time_of_the_first(page, guest):
    """The clock began anew at each submission, so that a changed mind made minutes of work into seconds."""
    queue = make_project(guest(), "Second look", 2, overlap=1)
    told = []
    page.on("request", lambda request: told.extend((request.post_data_json or {}).get("events", [])))
    page.clock.install()
    page.goto(f"/annotate?queue={queue}&item=1")
    page.locator(".vp-lb-step").first.wait_for()
    page.clock.fast_forward(600_000)
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    position = page.locator(".vp-lb-position")
    expect(position).to_have_text("2 of 2")
    page.keyboard.press("[")
    expect(position).to_have_text("1 of 2")
    page.clock.fast_forward(600_000)
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(position).to_have_text("2 of 2")
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    sent = {each["uuid"]: each["seconds"] for each in told if each["type"] == "submit"}  # an event may be sent twice
    first, again, other = sent.values()
    assert 600 <= first < 1200 <= again < 1800
    assert other < 600  # its clock is its own


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
    expect(page.locator(".vp-sv-labels tbody tr")).to_have_count(4)
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
