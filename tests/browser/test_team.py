"""The pages of a team: what a project asks of a wrong step, leases, disagreements, decisions, review, progress, the guideline."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.team import Guest, make_project


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
    page.keyboard.press("3")  # wrong: the row stays, it is asked what is wrong with it
    row = page.locator(".vp-lb-step").nth(1)
    expect(row).to_have_attribute("aria-current", "step")
    page.keyboard.press("c")
    page.keyboard.type("The first value is 48.")
    page.keyboard.press("Enter")
    page.keyboard.press("4")  # perception, and on to the next step
    expect(row.get_by_role("button", name="Perception")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".vp-lb-step").nth(2)).to_have_attribute("aria-current", "step")
    page.keyboard.press("1")
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    (solution,) = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    mine = admin.get(f"/api/solutions/{solution['solution']}")["annotations"][-1]
    assert mine["labels"] == [0, -1, 1, 1]
    assert mine["details"][1] == {"note": "", "correction": "The first value is 48.", "error_type": "perception"}


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


def test_what_others_hold_is_said_and_comes_when_it_is_free(page, guest):
    admin, other = guest(), guest()
    queue = make_project(admin, "Leased", 1, overlap=1)
    held = other.get(f"/api/queues/{queue}/next")["task"]
    assert held is not None
    page.goto(f"/annotate?queue={queue}")
    expect(page.get_by_role("button", name="Look again")).to_be_visible()
    other.label(queue, (0, 1, 1, 1))
    page.get_by_role("button", name="Look again").click()
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()


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
    card.get_by_role("button", name="Add all solutions of the store").click()
    expect(card.locator(".vp-admin-progress")).to_contain_text(re.compile(r"0 of \d+ done"))
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("There are no accounts yet")).to_be_visible()
