"""One server (the real ``app.py``, the shipped models, a fresh data folder) and one browser for all page tests."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from benchmarks.app_process import AppProcess
from benchmarks.chromium import ARGUMENTS, find_system_chromium
from tests.support.browser_team import Guest


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[AppProcess]:
    server = AppProcess(tmp_path_factory.mktemp("app") / "data")
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=find_system_chromium(), args=ARGUMENTS)
        except Error as error:
            pytest.skip(f"no Chromium to drive the pages with: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser, server: AppProcess) -> Iterator[BrowserContext]:
    """A person's browser profile: own cookies, own outbox. Every request and console error is checked at the end."""
    context = browser.new_context(
        base_url=server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce", accept_downloads=True
    )
    context.set_default_timeout(30_000)
    outside: list[str] = []
    failures: list[str] = []
    context.on(
        "request",
        lambda request: (
            outside.append(request.url)
            if not request.url.startswith((server.url, "data:", "blob:", "about:"))
            else None
        ),
    )
    context.on("weberror", lambda error: failures.append(str(error.error)))
    yield context
    context.close()
    assert outside == [], "the page asked another host"
    assert failures == [], "a script failed on the page"


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def guest(server: AppProcess) -> Iterator[Callable[[], Guest]]:
    """A function that gives a new person behind REST."""
    made: list[Guest] = []

    def new() -> Guest:
        made.append(Guest(server.url))
        return made[-1]

    yield new
    for each in made:
        each.rest.close()
