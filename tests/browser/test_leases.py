"""What a person is told whose lease on a solution ran out and who comes back when others have finished it."""

import re
import sqlite3
from contextlib import closing

from playwright.sync_api import expect

from storage.store import DATABASE
from tests.support.browser_team import Guest, make_project
from tests.support.waiting import awaited

_LISTEN = """queue => {
  const channel = new BroadcastChannel(`vp-queue|${queue}`);
  window.left = new Promise((heard) => {
    channel.onmessage = ({ data }) => data.says === "bye" && heard(true);
  });
}"""


def let_run_out(server, queue):
    """End every lease of a queue, as the time does."""
    with closing(sqlite3.connect(server.data_dir / DATABASE, timeout=15)) as store:
        store.execute(
            "UPDATE drafts SET leased_until = '2020-01-01 00:00:00.000000' WHERE queue_id = ? AND leased_until IS NOT NULL",
            (queue,),
        )
        store.commit()


def test_who_lost_the_last_solution_is_told_that_nothing_is_left(page, server):
    other = Guest(server.url)
    queue = make_project(other, "Lost", 1, overlap=1)
    page.goto(f"/annotate?queue={queue}")
    expect(page.get_by_text("We read the picture.")).to_be_visible()
    let_run_out(server, queue)
    assert other.label(queue, (0, 1, 1, 1)) == 1
    other.rest.close()
    page.goto(f"/annotate?queue={queue}")  # the address of the item itself would open it: the draft is kept
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    expect(page.get_by_text("The only item of “Lost” is done.")).to_be_visible()
    expect(page.get_by_text("It was finished by others")).to_be_visible()


def test_what_was_only_looked_at_goes_to_others_when_its_last_page_is_left(page, context, server):
    """An admin who had a look at a project kept what they saw from its annotators for half an hour."""
    other = Guest(server.url)
    queue = make_project(other, "Looked at", 1, overlap=1)
    address = f"/annotate?queue={queue}"
    given = re.compile("give-back$")
    page.goto(address)
    expect(page.get_by_text("We read the picture.")).to_be_visible()
    second = context.new_page()
    second.goto(address)
    expect(second.get_by_text("We read the picture.")).to_be_visible()
    sent = []
    second.on("request", lambda request: sent.append(request.url) if given.search(request.url) else None)
    page.evaluate(_LISTEN, queue)
    second.goto("/annotate")
    page.evaluate("window.left")
    assert other.get(f"/api/queues/{queue}/next")["blocked"]["why"] == "waiting"
    assert sent == [], "another tab shows it"
    page.goto("/annotate")
    awaited(lambda: other.get(f"/api/queues/{queue}/next")["task"])
    assert other.label(queue, (0, 1, 1, 1)) == 1
    other.rest.close()


def test_what_was_begun_stays_when_the_page_is_left(page, server):
    other = Guest(server.url)
    queue = make_project(other, "Begun", 2, overlap=1)
    with page.expect_response(re.compile("tasks/1$")):  # the second one is kept ready
        page.goto(f"/annotate?queue={queue}")
    with page.expect_response(re.compile("api/events$")):
        page.keyboard.press("3")
    page.goto("/annotate")
    awaited(lambda: other.get(f"/api/queues/{queue}/next")["task"])
    assert other.label(queue, (0, 1, 1, 1)) == 1, "what was kept ready, and not what was begun"
    other.rest.close()
    page.goto(f"/annotate?queue={queue}")
    expect(page.get_by_text("1 of 4 steps labelled")).to_be_attached()


def test_the_address_of_an_item_that_is_not_ones_own_yet_leads_to_the_next_one(page, server):
    """It was a dead end: a sentence with the queue's id and a number one too small, and a button that repeated it."""
    other = Guest(server.url)
    queue = make_project(other, "Absent", 3, overlap=1)
    other.rest.close()
    page.goto(f"/annotate?queue={queue}&item=2")
    expect(page.get_by_text("Item 2 is not on your list yet.")).to_be_visible()
    expect(page.get_by_text("We read the picture.")).to_be_visible()
    expect(page).to_have_url(re.compile("item=1"))
    page.goto("/annotate?queue=gone&item=2")
    expect(page.get_by_role("alert")).to_contain_text("There is no queue 'gone'")


def test_who_comes_back_too_late_is_told_and_led_past_what_others_have_finished(page, server):
    """The page said nothing and went on to what it had kept ready: blank, and submitted by another."""
    other = Guest(server.url)
    queue = make_project(other, "Lapsed", 4, overlap=1)
    with page.expect_response(re.compile("tasks/2$")):  # the third is kept ready
        page.goto(f"/annotate?queue={queue}")
    with page.expect_response(re.compile("api/events$")):
        page.keyboard.press("1")
    with page.expect_response(re.compile("tasks/3$")):  # the fourth is not: three are held
        page.keyboard.press("]")
    let_run_out(server, queue)
    assert other.label(queue, (0, 1, 1, 1)) == 4
    other.rest.close()
    page.evaluate("const now = Date.now; Date.now = () => now() + 3_600_000")
    page.keyboard.type("1111")
    asked = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your time for item 2 had run out")).to_be_visible()
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    assert ("next" in asked, "2" in asked) == (True, False)  # what had been kept ready was not even looked at
    page.get_by_role("button", name="Open item 1").click()
    expect(page.get_by_text("You may still label and submit it.")).to_be_visible()
    page.keyboard.press("]")
    page.keyboard.press("]")  # asked for, it is shown: blank, and Enter leads away
    expect(page).to_have_url(re.compile("item=3"))
    expect(page.get_by_text("You may still label and submit it.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()


def test_what_is_kept_ready_and_finished_by_others_meanwhile_is_passed_over(page, server):
    other = Guest(server.url)
    queue = make_project(other, "Passed", 4, overlap=1)
    with page.expect_response(re.compile("tasks/2$")):
        page.goto(f"/annotate?queue={queue}")
    let_run_out(server, queue)
    with page.expect_response(re.compile("api/events$")):
        page.keyboard.press("1")  # this one is still theirs
    assert other.label(queue, (0, 1, 1, 1)) == 3
    other.rest.close()
    page.keyboard.type("111")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"Others have taken item [23] over"))).to_be_visible()
    expect(page.get_by_text("2 of them were finished by others")).to_be_visible()
