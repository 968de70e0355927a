"""What happens to labels once they are given: disagreements, decisions, review, and the history that tells of them.

Covers visualprm_ui/pages/review.py, visualprm_ui/pages/adjudicate.py, visualprm_ui/components/review_board/__init__.py,
visualprm_ui/components/adjudicate_board/__init__.py.
"""

import re

from playwright.sync_api import expect

from tests.support.browser_team import event, make_project, settle


def test_a_disagreement_is_decided_by_keyboard_and_its_history_tells_it(page, guest):
    one, two = guest(), guest()
    queue = make_project(one, "Disputed", 2, overlap=2)
    assert one.label(queue, (0, 1, 1, -1)) == 2
    assert two.label(queue, (0, -1, 1, -1)) == 2
    page.goto(f"/dataset?view=agreement&queue={queue}")
    expect(page.locator(".vp-dataset-table tbody tr").first).to_contain_text("8")
    page.goto(f"/adjudicate?queue={queue}")
    expect(page.locator(".vp-ad-line")).to_have_count(2)
    expect(page.locator(".vp-ad-line").first).to_contain_text("Step 2: The first value is 14.")  # what they differ on
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    cards = page.locator(".vp-ad-card")
    expect(cards).to_have_count(1)  # the steps on which they agree are folded away
    page.reload()  # what is looked at stands in the address
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text(one.name)
    expect(page.locator(".vp-rv-score")).to_have_count(0)
    page.keyboard.press("6")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Step 2 is still open.")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("n")
    page.keyboard.type("It says 14.")
    page.keyboard.press("Enter")
    position = page.locator(".vp-lb-position")
    expect(position).to_have_text("1 of 2")
    page.keyboard.press("Enter")
    expect(position).to_have_text("2 of 2")
    page.keyboard.press("[")
    expect(page.get_by_text(re.compile("^Decided by"))).to_be_visible()
    page.get_by_role("link", name="Scores and history").click()
    expect(page.locator(".vp-sv-history")).to_contain_text("slip")
    expect(page.locator(".vp-sv-decision").first).to_contain_text("Decided by")
    page.goto(f"/adjudicate?queue={queue}")
    expect(page.locator(".vp-ad-line")).to_have_count(1)
    page.get_by_label(re.compile("^State")).select_option(label="Decided ones too")
    expect(page.locator(".vp-ad-line").get_by_text("Look")).to_have_count(1)


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


def test_the_last_decision_leads_back_to_the_list_and_the_count_follows(page, guest):
    one, two = guest(), guest()
    queue = make_project(one, "In a row", 2, overlap=2, review_share=0.0)
    one.label(queue, (0, 1, 1, -1)), two.label(queue, (0, -1, 1, -1))
    page.goto(f"/adjudicate?queue={queue}")
    count = page.locator("[data-page=adjudicate] .vp-nav-count")
    expect(count).to_be_visible()
    before = int(count.get_attribute("data-count"))
    page.locator(".vp-ad-line").first.click()
    for at in (1, 2):
        expect(page.locator(".vp-lb-position")).to_have_text(f"{at} of 2")
        page.keyboard.type("14")
        page.keyboard.press("Enter")
    expect(page.get_by_text("Saved. All of these have been decided.")).to_be_visible()
    expect(page.get_by_text("Nothing to decide")).to_be_visible()
    expect(page.get_by_text("All are decided.")).to_have_count(0)  # it stood above the same in other words
    page.get_by_role("link", name="See what has been decided").click()
    expect(page.locator(".vp-ad-line")).to_have_count(2)
    if before > 2:
        expect(count).to_have_attribute("data-count", str(before - 2))
    else:
        expect(count).to_have_count(0)


def test_where_nobody_differs_nobody_is_asked_why(page, guest):
    one = guest()
    queue = make_project(one, "Agreed", 1, overlap=1)
    one.label(queue, (0, 1, 1, 1))
    (solution,) = one.get(f"/api/solutions?queue={queue}")["solutions"]
    page.goto(f"/dataset?view=solution&id={solution['solution']}")
    expect(page.locator(".vp-sv-labels tbody tr")).to_have_count(4)
    expect(page.get_by_role("group", name="Why they differ")).to_have_count(0)
    expect(page.get_by_role("link", name="Decide")).to_have_count(0)


def open_sample(page, title):
    """Open a split from the list, by keyboard."""
    page.goto("/review")
    link = page.locator(".vp-lb-queue", has_text=title)
    link.wait_for()
    while not link.evaluate("node => node === document.activeElement"):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator(".vp-rv-step").first.wait_for()


def test_a_sample_is_judged_in_keys_alone_and_accepted(page, guest):
    admin, annotator = guest(), guest()
    queue = make_project(admin, "Led on", 3, overlap=1, review_share=1.0, split_size=3)
    annotator.label(queue, (0, 1, 1, 1))
    open_sample(page, "Led on")
    position = page.locator(".vp-lb-position")
    expect(page.get_by_text(f"Are {annotator.name}’s labels right?")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("No verdict yet")).to_be_visible()
    for at in (1, 2, 3):
        expect(position).to_have_text(f"{at} of 3")
        page.keyboard.press("r")
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All 3 are judged")).to_be_focused()
    expect(page.get_by_text("0 of 3 are not right; at most 1 is allowed")).to_be_visible()
    expect(page.get_by_role("button", name="Send back")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_text("Split 1 of Led on is accepted.")).to_be_visible()
    (split,) = admin.get(f"/api/queues/{queue}/splits")["splits"]
    assert (split["state"], split["reviewed"], split["wrong"]) == ("accepted", 3, 0)


def test_a_split_with_an_error_goes_back_and_says_which_step_and_why(page, guest):
    admin, annotator = guest(), guest()
    queue = make_project(admin, "Reviewed", 2, overlap=1, review_share=1.0, split_size=2, review_limit=0)
    assert annotator.label(queue, (0, 1, 1, 1)) == 2
    open_sample(page, "Reviewed")
    expect(page.get_by_text("drawn at random · to be sent back if any is not right")).to_be_visible()
    with page.expect_response("**/verdicts"):
        page.keyboard.press("w")
        page.keyboard.press("Enter")
    settle(page)  # that it is saved was said over what is missing
    expect(page.get_by_text("Mark the step by its number, or say why")).to_be_visible()
    page.keyboard.press("4")
    page.keyboard.press("4")
    expect(page.locator(".vp-rv-step[data-questioned]")).to_have_count(1)
    expect(page.get_by_role("button", name="Step 4: should be Wrong")).to_be_visible()
    page.keyboard.press("n")
    page.keyboard.type("The sum is 36.")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".vp-lb-position")).to_have_text("2 of 2")
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 of 2 is not right; none is allowed")).to_be_visible()
    card = page.get_by_role("region", name="Sent back")  # as the annotator will read it
    expect(card).to_contain_text("you said Correct")
    page.keyboard.press("n")
    page.keyboard.type("Look at the last step again.")
    expect(card).to_contain_text("Look at the last step again.")
    page.keyboard.press("Escape")
    page.keyboard.press("b")
    expect(page.get_by_text("was sent back: its 2 solutions are open")).to_be_visible()
    for position in range(2):
        task = annotator.get(f"/api/queues/{queue}/tasks/{position}")["task"]
        assert task["returned"] == "Look at the last step again."
        assert task["labels"] == [0, 1, 1, 1], "the labels are still there, to be corrected"
        if task["review"]:
            assert (task["review"]["note"], task["review"]["questioned"]) == (
                "The sum is 36.",
                [{"step": 3, "should_be": -1}],
            )
    annotator.label(queue, (0, 1, 1, -1))
    open_sample(page, "Reviewed")
    for _ in range(2):
        if page.get_by_text("found this not right on").count():
            break
        page.keyboard.press("]")
        expect(page.locator(".vp-lb-position")).to_have_text("2 of 2")
        page.locator(".vp-lb-list .vp-banner").wait_for()
    expect(page.get_by_text("found this not right on")).to_be_visible()
    expect(page.locator(".vp-rv-step").last).to_contain_text("last time Correct, now Wrong")


def test_the_annotator_reads_on_the_item_what_was_found_wrong(page, context, guest):
    admin = guest()
    page.goto("/annotate")
    queue = make_project(admin, "Came back", 1, overlap=1, review_share=1.0)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    path = f"/api/queues/{queue}/splits/0"
    (item,) = admin.get(path)["items"]
    shown = {name: item[name] for name in ("task", "name", "labels")}
    questioned = [{"step": 3, "should_be": -1}]
    admin.post(f"{path}/verdicts", **shown, verdict="wrong", note="Read it.", questioned=questioned)
    admin.post(f"{path}/send-back", note="")
    page.reload()
    card = page.get_by_role("region", name="Sent back")
    expect(card).to_contain_text("sent this back")
    expect(card).to_contain_text("“Read it.”")
    expect(card).to_contain_text("Step 4")
    expect(card).to_contain_text("would say Wrong")


def test_a_verdict_that_is_not_saved_does_not_lead_on(page, guest):
    admin, annotator = guest(), guest()
    queue = make_project(admin, "Unsaved", 2, overlap=1, review_share=1.0, split_size=2)
    annotator.label(queue, (0, 1, 1, 1))
    open_sample(page, "Unsaved")
    page.route("**/verdicts", lambda route: route.fulfill(status=503, body="busy"))
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.get_by_text("answered with an error (503)")).to_be_visible()
    expect(page.locator(".vp-lb-position")).to_have_text("1 of 2")
    page.unroute("**/verdicts")
    page.keyboard.press("r")
    page.keyboard.press("Enter")
    expect(page.locator(".vp-lb-position")).to_have_text("2 of 2")


def test_all_that_is_ready_for_review_takes_one_question(page, guest):
    admin, annotator = guest(), guest()
    for title in ("Ready one", "Ready two"):
        queue = make_project(admin, title, 1, overlap=1, review_share=1.0)
        annotator.label(queue, (0, 1, 1, 1))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/review")
    for title in ("Ready one", "Ready two"):
        expect(page.locator(".vp-lb-queue", has_text=title)).to_have_count(1)
    assert [url.partition("/api/")[2] for url in asked if re.search("/api/.*splits", url)] == ["splits"]


def test_a_held_key_judges_one_item_only(page, guest):
    admin, annotator = guest(), guest()
    queue = make_project(admin, "Held down", 3, overlap=1, review_share=1.0, split_size=3)
    annotator.label(queue, (0, 1, 1, 1))
    open_sample(page, "Held down")
    page.keyboard.press("r")
    page.keyboard.down("Enter")
    expect(page.locator(".vp-lb-position")).to_have_text("2 of 3")
    page.keyboard.press("r")
    page.keyboard.down("Enter")  # as a keyboard repeats it
    settle(page)
    expect(page.locator(".vp-lb-position")).to_have_text("2 of 3")
    page.keyboard.up("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".vp-lb-position")).to_have_text("3 of 3")


def test_own_labels_are_not_waiting_and_the_page_says_whose_turn_it_is(page, guest):
    """The bar counted them, and the page that it led to had nothing to press."""
    page.goto("/annotate")
    queue = make_project(guest(), "My own", 1, overlap=1, review_share=1.0)
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.type("1111")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    page.goto("/review")
    line = page.locator(".vp-rv-list li", has_text="My own")
    expect(line).to_contain_text("only your own labels are left to judge, 1 of 1")
    count = page.locator("[data-page=review] .vp-nav-count")
    ready = page.locator(".vp-lb-queue").count()
    expect(count).to_have_count(1 if ready else 0)
    if ready:
        expect(count).to_have_attribute("data-count", str(ready))
    line.get_by_role("link").click()
    expect(page.get_by_role("heading", name="1 item left that you cannot judge")).to_be_focused()
    expect(page.get_by_text("These are your own labels. Somebody else has to judge them")).to_be_visible()
