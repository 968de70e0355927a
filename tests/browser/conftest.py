"""One server (the real ``app.py``, the shipped models, a fresh data folder) and one browser for all page tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, WebError, expect, sync_playwright

from benchmarks.app_process import AppProcess
from benchmarks.chromium import ARGUMENTS, find_system_chromium
from tests.support.browser_team import Guest

expect.set_options(timeout=60_000)  # milliseconds: a job of the models takes long where others have the processors


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


# The people of the tests know the guideline that comes with the app; test_guests.py has one who does not.
_HAS_READ_THE_GUIDELINE = """(() => {
  const stored = Storage.prototype.getItem;
  Storage.prototype.getItem = function (key) {
    return stored.call(this, key) ?? (String(key).startsWith('vp-guideline|') ? '1' : null);
  };
})()"""


def new_profile(browser: Browser, url: str) -> BrowserContext:
    """Return a browser profile in which nobody has been anywhere: no cookies, no outbox, no cached files."""
    profile = browser.new_context(
        base_url=url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce", accept_downloads=True
    )
    profile.set_default_timeout(60_000)
    return profile


@pytest.fixture(scope="session")
def profile(browser: Browser, server: AppProcess) -> Iterator[BrowserContext]:
    """A profile for the tests of a worker, one after the other: scripts and styles are fetched and compiled once for all."""
    profile = new_profile(browser, server.url)
    profile.add_init_script(_HAS_READ_THE_GUIDELINE)
    yield profile
    profile.close()


@pytest.fixture
def context(profile: BrowserContext, server: AppProcess) -> Iterator[BrowserContext]:
    """A person's browser profile: own cookies, own outbox. Every request and console error is checked at the end."""
    try:
        with watched(profile, server.url):
            yield profile
    finally:
        forget_person(profile, server.url)


@contextmanager
def watched(profile: BrowserContext, url: str) -> Iterator[None]:
    """Fail after the block where the page asked another host, or a script of it failed."""
    outside: list[str] = []
    failures: list[str] = []

    def on_request(request: Request) -> None:
        if not request.url.startswith((url, "data:", "blob:", "about:")):
            outside.append(request.url)

    def on_error(error: WebError) -> None:
        failures.append(str(error.error))

    profile.on("request", on_request)
    profile.on("weberror", on_error)
    try:
        yield
    finally:
        for page in profile.pages:
            page.close()
        profile.remove_listener("request", on_request)
        profile.remove_listener("weberror", on_error)
    assert outside == [], "the page asked another host"
    assert failures == [], "a script failed on the page"


def forget_person(profile: BrowserContext, url: str) -> None:
    """Leave nothing of one test to the next but cached files."""
    profile.unroute_all()
    profile.set_offline(False)
    profile.clear_permissions()
    profile.clear_cookies()
    page = profile.new_page()
    storage = "local_storage,indexeddb,cache_storage,service_workers"
    profile.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": storage})
    page.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def received(browser: Browser, server: AppProcess) -> Iterator[tuple[Page, list[int]]]:
    """A page in a browser that was never here, and the bytes of each answer that it gets."""
    profile, sizes = new_profile(browser, server.url), []
    page = profile.new_page()
    session = profile.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    yield page, sizes
    profile.close()


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
