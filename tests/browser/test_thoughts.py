"""A served thinking model: its thought arrives folded above the steps, stays out of them, and whoever labels never sees it."""

import re
import threading

import pytest
from playwright.sync_api import expect

from benchmarks.app_process import AppProcess
from tests.browser.conftest import new_profile, watched
from tests.support.accessibility import violations
from tests.support.openai_server import OpenAIServer
from tests.support.served_models import Thinking

THOUGHT = "Secret: is it $5$? No, I see **two** bars. " * 40
SOLVED = "Two bars.\n\nFinal answer: 2"
OFFLINE_WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 800}


class Gated(Thinking):
    """Waits in the middle of its thought until it is let through."""

    def __init__(self, *texts: str) -> None:
        super().__init__(*texts)
        self.gate = threading.Event()

    def write(self, body, seed):
        for index, piece in enumerate(super().write(body, seed)):
            if index == 60:
                self.gate.wait(120)
            yield piece


@pytest.fixture(scope="module")
def thinking():
    with OpenAIServer(Gated(THOUGHT, SOLVED), reasoning="reasoning") as server:
        yield server


@pytest.fixture(scope="module")
def app(thinking, tmp_path_factory):
    app = AppProcess(tmp_path_factory.mktemp("thinking") / "data", "--policy", thinking.address)
    app.start()
    yield app
    app.kill()


@pytest.fixture
def here(browser, app):
    profile = new_profile(browser, app.url)
    with watched(profile, app.url):
        yield profile.new_page()
    profile.close()


def ask(page, most):
    page.goto("/")
    page.locator(".vp-board[data-state]").first.wait_for()
    page.get_by_label("Question").fill("How many bars are there?")
    if page.get_by_label("Remove the image").is_visible():
        page.get_by_label("Remove the image").click()
    page.get_by_label("Reference answer").fill("2")
    number = page.locator("#vp-form input[type=number]").first
    number.fill("1")
    number.blur()
    page.get_by_text(re.compile("^More settings|^Sampling|^Settings")).first.click()
    limit = page.get_by_label("Max new tokens")
    limit.fill(str(most))
    limit.blur()
    page.get_by_role("button", name="Sample & score").click()


def test_a_thought_is_shown_folded_and_labelled_by_nobody(here, thinking, tmp_path):
    page = here
    ask(page, 2000)
    fold = page.locator(".vp-board[data-state=running] .vp-thought")
    expect(fold.locator("summary")).to_contain_text("Thinking… ")
    expect(page.locator(".vp-step")).to_have_count(0)
    fold.locator("summary").click()
    expect(fold.locator(".vp-thought-text")).to_contain_text("I see two bars")
    before = len(fold.locator(".vp-thought-text").inner_text())
    thinking.backend.gate.set()
    page.locator(".vp-board[data-state=done]").wait_for()
    fold = page.locator(".vp-board .vp-thought")
    expect(fold.locator("summary")).to_have_text(f"Thought {len(THOUGHT.strip()):,} characters")
    assert len(fold.locator(".vp-thought-text").inner_text()) > before  # it stayed open and went on
    expect(page.locator(".vp-step-text")).to_have_text(["Two bars.", "Final answer: 2"])
    expect(page.locator(".vp-sol-answer")).to_have_text("2")
    assert violations(page) == []
    for width, theme in ((OFFLINE_WIDE, "light"), (OFFLINE_WIDE, "dark"), (NARROW, "dark"), (NARROW, "light")):
        page.set_viewport_size(width)
        page.evaluate(f"window.VPTheme.set('{theme}')")
        page.locator(".vp-sol-card").scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / f"thought_{width['width']}_{theme}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size(OFFLINE_WIDE)

    page.reload()
    fold = page.locator(".vp-board[data-state=done] .vp-thought")
    expect(fold).not_to_have_attribute("open", "")  # folded whenever it is opened anew

    page.get_by_role("button", name=re.compile("^Label [0-9]")).click()
    page.locator(".vp-lb-step").first.wait_for()
    expect(page.locator(".vp-lb-step")).to_have_count(2)
    assert "Secret" not in page.content()
    (queue,) = page.request.get("/api/queues").json()["queues"]
    task = page.request.get(f"/api/queues/{queue['queue']}/tasks/0")
    assert task.json()["task"]["steps"] == ["Two bars.", "Final answer: 2"]
    assert "Secret" not in task.text()


def test_a_thought_that_is_cut_off_says_so(here, thinking):
    page = here
    thinking.backend.gate.set()
    ask(page, 30)
    page.locator(".vp-board[data-state=done]").wait_for()
    expect(page.locator(".vp-thought-end")).to_contain_text("The token limit was reached before the thought ended")
    expect(page.locator(".vp-step")).to_have_count(0)
    expect(page.locator(".vp-tag", has_text="cut off after 30 tokens")).to_be_visible()
    assert violations(page) == []


def test_the_page_of_a_solution_has_its_thought(here, thinking):
    page = here
    thinking.backend.gate.set()
    ask(page, 2000)
    page.locator(".vp-board[data-state=done]").wait_for()
    run = page.request.get(f"/api/runs/{page.locator('.vp-board').get_attribute('data-run')}").json()
    page.goto(f"/dataset?view=solution&id={run['cards'][0]['solution']}")
    fold = page.locator(".vp-sv-labels .vp-thought")
    fold.locator("summary").click()
    expect(fold.locator(".vp-thought-text")).to_contain_text("Secret: is it")
    expect(page.locator(".vp-sv-text")).to_have_text(["Two bars.", "Final answer: 2"])
    assert violations(page) == []
