"""What a person is told whose lease on a solution ran out and who comes back when others have finished it."""

import re
import sqlite3
from contextlib import closing

from playwright.sync_api import expect

from storage.store import DATABASE
from tests.browser.team import Guest, make_project


def test_who_lost_the_last_solution_is_told_that_nothing_is_left(page, server):
    other = Guest(server.url)
    queue = make_project(other, "Lost", 1, overlap=1)
    page.goto(f"/annotate?queue={queue}")
    expect(page.get_by_text("We read the picture.")).to_be_visible()
    with closing(sqlite3.connect(server.data_dir / DATABASE, timeout=15)) as store:
        store.execute(
            "UPDATE drafts SET held_until = '2020-01-01 00:00:00.000000' WHERE queue_id = ? AND held_until IS NOT NULL",
            (queue,),
        )
        store.commit()
    assert other.label(queue, (0, 1, 1, 1)) == 1
    other.rest.close()
    page.goto(f"/annotate?queue={queue}")  # the address of the item itself would open it: the draft is kept
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    expect(page.get_by_text("1 of 1 item of “Lost” is done")).to_be_visible()
    expect(page.get_by_text("1 of them was finished by others")).to_be_visible()


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
