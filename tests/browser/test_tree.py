"""Where the solutions of a run part: toggled by a key, walked by arrows, gone on from, and a list on a phone.

Covers visualprm_ui/components/solution_board/tree.js, tree_nodes.js, tree_layout.js, tree.css there.
"""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_story import open_explore
from tests.support.accessibility import violations


@pytest.fixture
def tree(page: Page):
    """The tree of a run of the first example, which parts at steps 3 and 4."""
    open_explore(page)
    page.locator(".vp-example").first.click()
    page.locator(".vp-board[data-state=done]").wait_for()
    page.locator(".vp-step-more").first.wait_for()
    page.locator(".vp-sol-card").first.focus()
    page.keyboard.press("t")
    return page.get_by_role("tree", name="Where the solutions part")


def test_it_is_walked_by_arrows_and_gone_on_from(page, tree):
    expect(page.get_by_role("button", name="Where they part")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".vp-cards").first).to_be_hidden()
    expect(page.locator(".vp-tree-sentence")).to_have_text(
        re.compile(
            r"^All 8 write steps 1–2 alike\. They part at step 3, into 2 ways; of the \d that write “.+”, \d fall"
        )
    )
    expect(page.locator(".vp-tree-pick")).to_have_count(3)
    answers = page.locator(".vp-tree-answer")
    assert (
        answers.evaluate_all("all => all.filter(one => one.clientWidth === 0 || one.scrollWidth > one.clientWidth)")
        == []
    )
    first = tree.get_by_role("treeitem").first
    first.focus()
    for key, level in (("ArrowRight", "2"), ("ArrowRight", "3"), ("ArrowDown", "3"), ("ArrowLeft", "2")):
        page.keyboard.press(key)
        expect(page.locator(":focus")).to_have_attribute("aria-level", level)
    expect(page.locator(":focus")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".vp-line-marked")).to_have_count(1)
    assert violations(page) == []
    detail = page.locator(".vp-tree-detail")
    expect(detail).to_contain_text("Step 3")
    page.keyboard.press("r")
    expect(detail.locator(".vp-made-count")).to_contain_text(re.compile(r"\d+ of 16 reach 80"))
    page.keyboard.press("t")
    expect(page.locator(".vp-cards").first).to_be_visible()
    expect(tree).to_be_hidden()
    expect(page.locator(".vp-cards").first.locator(".vp-made-count").first).to_contain_text("of 16 reach 80")


def test_an_edit_stands_in_the_card_of_the_step(page, tree):
    tree.get_by_role("treeitem").nth(1).click()
    page.get_by_role("button", name="Edit and go on").click()
    expect(page.get_by_label("What step 3 should say")).to_be_focused()
    expect(tree).to_be_hidden()


def test_answers_filter_it_and_on_a_phone_it_is_a_list(page, tree):
    leaves = tree.locator("[data-leaf]")
    leaves.first.wait_for()
    every = leaves.count()
    page.locator(".vp-cell-spread button").first.click()
    expect(leaves).not_to_have_count(every)
    page.locator(".vp-cell-spread button").first.click()
    expect(leaves).to_have_count(every)
    page.set_viewport_size({"width": 390, "height": 844})
    boxes = [each.bounding_box() for each in tree.get_by_role("treeitem").all()]
    assert all(low["y"] >= high["y"] + high["height"] for high, low in pairwise(boxes))
    assert boxes[1]["x"] > boxes[0]["x"]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert violations(page) == []
