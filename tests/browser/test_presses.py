"""Pressing "Sample & score" while a run is shown: the page goes over to the new run, the old one goes on by itself."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_story import fill_in, open_explore, solutions_on
from tests.support.browser_team import runs
from tests.support.waiting import awaited

RAMBLING = 24  # hot solutions: many seconds
ENDLESS = 128  # minutes, for what is stopped
# collects the runs that the board goes over to
WATCH = """() => {
  const board = document.querySelector(".vp-board");
  window.shown = [];
  new MutationObserver(() => {
    if (board.dataset.run && window.shown.at(-1) !== board.dataset.run) window.shown.push(board.dataset.run);
  }).observe(board, { attributes: true, attributeFilter: ["data-run"] });
}"""


def begun(page: Page, run: str) -> str:
    """Return the state of a run once it no longer waits for its turn."""
    return awaited(lambda: state_of(page, run), lambda state: state != "queued")


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
    page.locator(".vp-board[data-state=done]").wait_for()
    assert page.url.endswith(f"?run={second}")
    assert solutions_on(page) == RAMBLING
    assert begun(page, first) in ("running", "done")
    expect(page.locator(f"a.vp-run[href$='{first}']")).to_be_visible()
    page.request.post(f"/api/runs/{first}/stop", headers={"X-VP": "1"})  # a follower of it would show its end
    press(page, 1, "What is the green bar?")
    third = shown_run(page, first, second)
    assert page.evaluate("window.shown") == [second, third]


def test_stop_after_a_second_press_stops_the_run_that_is_shown(page):
    open_explore(page)
    fill_in(page)
    press(page, ENDLESS, "What is the red bar?")
    first = shown_run(page)
    ask(page, "What is the blue bar?")
    second = shown_run(page, first)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(f".vp-board[data-run='{second}'][data-state=stopped]").wait_for()
    assert state_of(page, second) == "stopped"
    assert begun(page, first) in ("running", "done")
    page.request.post(f"/api/runs/{first}/stop", headers={"X-VP": "1"})


# presses as soon as the run on the board has ended, and gives the new run's id, or null where the button said nothing
PRESS_AT_THE_END = """async () => {
  const board = document.querySelector(".vp-board"), button = document.getElementById("vp-sample");
  const until = async (holds) => { while (!holds()) await new Promise(requestAnimationFrame); };
  const first = board.dataset.run;
  await until(() => board.dataset.state === "done");
  button.click();
  const said = button.textContent.trim();
  if (said !== "Starting…") return [said, null];
  await until(() => board.dataset.run !== first);
  return [button.textContent.trim(), board.dataset.run];
}"""


def test_a_press_as_soon_as_a_run_has_ended_starts_another(page):
    """The same form within a second of the press before was taken for a double click and lost without a word."""
    open_explore(page)
    fill_in(page, n=1)
    before = len(runs(page))
    page.get_by_role("button", name="Sample & score").click()
    seen = [shown_run(page)]
    for _ in range(4):
        said, run = page.evaluate(PRESS_AT_THE_END)
        assert said == "Sample & score"
        seen.append(run)
    assert len(set(seen)) == 5
    assert len(runs(page)) == before + 5


def test_a_double_click_and_a_key_held_down_are_one_press(page):
    open_explore(page)
    fill_in(page, n=1)
    before = len(runs(page))
    button = page.locator("#vp-sample")
    button.dblclick()
    first = shown_run(page)
    expect(button).to_have_text("Sample & score")
    assert len(runs(page)) == before + 1
    page.locator(".vp-board[data-state=done]").wait_for()
    button.focus()
    for _ in range(8):  # the second and later are repeats of a held key
        page.keyboard.down("Enter")
    page.keyboard.up("Enter")
    shown_run(page, first)
    page.locator(".vp-board[data-state=done]").wait_for()
    assert len(runs(page)) == before + 2


@pytest.mark.parametrize("keys", ["Control+Enter", "Shift+Enter"])
def test_enter_with_a_modifier_is_a_press(page, keys):
    open_explore(page)
    fill_in(page, n=4)
    page.locator("#vp-form input[type=number]").first.fill("2")
    page.get_by_label("Question").press(keys)
    shown_run(page)
    page.locator(".vp-board[data-state=done]").wait_for()
    assert solutions_on(page) == 2


def test_a_press_that_can_start_nothing_leaves_the_button_usable(page):
    """It says "Starting…" only while something may start."""
    open_explore(page)
    button = page.locator("#vp-sample")
    button.click()
    expect(page.locator("#vp-form").get_by_text("Type a question first.")).to_be_visible()
    expect(button).to_have_text("Sample & score")
    page.get_by_label("Question").fill("What is the red bar?")
    page.locator("#vp-form input[type=number]").first.fill("0")
    button.click()
    expect(page.locator(".toast-body")).to_contain_text("is 0;")
    expect(button).to_have_text("Sample & score")
    expect(button).not_to_have_attribute("aria-disabled", "true")


def test_what_is_written_while_the_page_opens_on_a_run_stays(page):
    """The newest run of one's own came a moment later, and its question and settings took the place of what was typed."""
    open_explore(page)
    fill_in(page)
    press(page, 1, "What is the red bar?", "0.3")
    page.locator(".vp-board[data-state=done]").wait_for()
    held = []
    page.route("**/gradio_api/queue/data*", lambda route: held.append(route))
    with page.expect_request("**/gradio_api/queue/data*"):
        page.goto("/")
    page.get_by_label("Question").fill("Mine?")
    (route,) = held
    route.continue_()
    expect(page.locator(".vp-board[data-state=done]")).to_contain_text("What is the red bar?")
    expect(page.get_by_label("Question")).to_have_value("Mine?")
    page.unroute_all()
    page.goto("/")  # and nothing is written this time
    expect(page.get_by_label("Question")).to_have_value("What is the red bar?")
    expect(page.locator("#vp-form input[type=number]").nth(1)).to_have_value("0.3")
