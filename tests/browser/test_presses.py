"""Pressing "Sample & score" while a run is shown: the page goes over to the new run, the old one goes on by itself."""

import pytest
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.test_story import fill_in, open_explore
from tests.support.browser_team import runs
from visualprm_ui.pages.run_subscriptions import REPEATED_PRESS_SECONDS

RAMBLING = 48  # hot solutions: many seconds
# collects the runs that the board goes over to
WATCH = """() => {
  const board = document.querySelector(".vp-board");
  window.shown = [];
  new MutationObserver(() => {
    if (board.dataset.run && window.shown.at(-1) !== board.dataset.run) window.shown.push(board.dataset.run);
  }).observe(board, { attributes: true, attributeFilter: ["data-run"] });
}"""


def state_of(page: Page, run: str) -> str:
    return page.request.get(f"/api/runs/{run}").json()["state"]


def press(page: Page, n: int, question: str, temperature: str = "1.5") -> None:
    """Fill in number, heat and question, and press; hot samples ramble, which gives time."""
    for at, value in enumerate((str(n), temperature)):
        number = page.locator("#vp-form input[type=number]").nth(at)
        number.fill(value)
        number.blur()
    ask(page, question)


def ask(page: Page, question: str) -> None:
    """Press with another question."""
    page.get_by_label("Question").fill(question)
    page.get_by_role("button", name="Sample & score").click()


def shown_run(page: Page, *others: str) -> str:
    """The run on the board, once it is none of the others."""
    page.wait_for_function(
        "others => { const run = document.querySelector('.vp-board')?.dataset.run; return run && !others.includes(run); }",
        arg=list(others),
        timeout=60_000,
    )
    return page.locator(".vp-board").get_attribute("data-run")


def press_until_a_new_run_shows(page: Page, shown: str) -> None:
    """Press until the board has another run: the same form within REPEATED_PRESS_SECONDS of the press before is one press."""
    another = f".vp-board[data-run]:not([data-run='{shown}'])"
    for _ in range(5):
        page.get_by_role("button", name="Sample & score").click()
        try:
            page.locator(another).wait_for(timeout=3000 * REPEATED_PRESS_SECONDS)
        except TimeoutError:
            continue
        return
    raise AssertionError("no press started another run")


@pytest.mark.parametrize("is_reloaded", [False, True])
def test_a_new_press_shows_the_new_run_alone_and_the_old_one_goes_on(page, is_reloaded):
    """After a reload two streams fought over the board; without one the press was dropped in silence.

    On a machine so fast that the first run has ended by then, only tests/visualprm_ui/pages/test_run_subscriptions.py can tell.
    """
    open_explore(page)
    fill_in(page)
    press(page, RAMBLING, "What is the red bar?")
    first = shown_run(page)
    if is_reloaded:
        page.reload()
        assert shown_run(page) == first
        expect(page.get_by_label("Question")).to_have_value("What is the red bar?")
    page.evaluate(WATCH)
    ask(page, "What is the blue bar?")
    second = shown_run(page, first)
    page.locator(".vp-board[data-state=done]").wait_for(timeout=60_000)
    assert page.url.endswith(f"?run={second}")
    assert page.locator(".vp-sol").count() == RAMBLING
    assert state_of(page, first) in ("running", "done")
    expect(page.locator(f"a.vp-run[href$='{first}']")).to_be_visible()
    page.request.post(f"/api/runs/{first}/stop", headers={"X-VP": "1"})  # a follower of it would show its end
    press(page, 1, "What is the green bar?")
    third = shown_run(page, first, second)
    assert page.evaluate("window.shown") == [second, third]


def test_stop_after_a_second_press_stops_the_run_that_is_shown(page):
    open_explore(page)
    fill_in(page)
    press(page, RAMBLING, "What is the red bar?")
    first = shown_run(page)
    ask(page, "What is the blue bar?")
    second = shown_run(page, first)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(f".vp-board[data-run='{second}'][data-state=stopped]").wait_for(timeout=60_000)
    assert state_of(page, second) == "stopped"
    assert state_of(page, first) in ("running", "done")
    page.request.post(f"/api/runs/{first}/stop", headers={"X-VP": "1"})


def test_a_double_click_starts_one_run_and_a_later_press_another(page):
    open_explore(page)
    fill_in(page, n=1)
    before = len(runs(page))
    page.get_by_role("button", name="Sample & score").dblclick()
    page.locator(".vp-board[data-state=done]").wait_for(timeout=60_000)
    first = shown_run(page)
    assert len(runs(page)) == before + 1
    press_until_a_new_run_shows(page, first)
    assert len(runs(page)) == before + 2
