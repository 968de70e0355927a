"""No page logs an error to the console in normal use, whoever opens it: nobody, a guest, or a person, in each kind of app."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.app_process import AppProcess
from engine.domain import Role
from storage import open_store
from tests.browser.conftest import new_profile
from tests.support.api_accounts import make_person
from visualprm_ui.access.identity import open_identity

PAGES = (
    "",
    "annotate",
    "review",
    "adjudicate",
    "dataset",
    "evaluate",
    "admin",
    "account",
    "account/sign-in",
    "api/docs",
)


@pytest.fixture(scope="module", params=["accounts", "private"])
def guarded(request, tmp_path_factory) -> Iterator[tuple[AppProcess, str]]:
    """A server where people sign in, and the session of its admin."""
    server = AppProcess(tmp_path_factory.mktemp(request.param) / "data", "--access", request.param)
    with open_store(server.data_dir) as store:
        secret = store.accounts.open_session(make_person(store, "ada", Role.ADMIN))
    server.start()
    yield server, secret
    server.kill()


def errors_of(browser: Browser, server: AppProcess, secret: str | None = None) -> dict[str, list[str]]:
    """Open every page in a browser that was never here; return what each logged as an error, where it did."""
    profile = new_profile(browser, server.url)
    if secret is not None:
        name = open_identity(server.data_dir).session_cookie.name
        profile.add_cookies([{"name": name, "value": secret, "url": server.url}])
    found: dict[str, list[str]] = {}
    try:
        for path in PAGES:
            page = profile.new_page()
            logged = found[path] = []
            page.on(
                "console",
                lambda said, logged=logged: said.type == "error" and logged.append(f"{said.text} {said.location}"),
            )
            page.on("pageerror", lambda error, logged=logged: logged.append(str(error)))
            page.goto(f"/{path}")
            settle(page, path)
            page.close()
    finally:
        profile.close()
    return {path: logged for path, logged in found.items() if logged}


def settle(page: Page, path: str) -> None:
    """Wait until the page has asked for everything it begins with."""
    if not path.startswith("api/"):
        expect(page.locator(".vp-person-name, .vp-btn:text-is('Sign in')").first).to_be_attached()
    page.wait_for_load_state("load")
    page.wait_for_timeout(700)  # a browser asks for icons and the like after the page


def test_no_page_logs_an_error_where_nobody_needs_an_account(browser, server):
    """The account's page asked whose it is, and was refused."""
    assert errors_of(browser, server) == {}


def test_no_page_logs_an_error_to_somebody_signed_out(browser, guarded):
    """A private app's bar asked for the state of the models, which it was refused."""
    assert errors_of(browser, guarded[0]) == {}


def test_no_page_logs_an_error_to_an_admin(browser, guarded):
    assert errors_of(browser, *guarded) == {}


def test_the_account_page_leads_who_is_signed_out_to_the_sign_in_page_and_back(browser, guarded):
    profile = new_profile(browser, guarded[0].url)
    page = profile.new_page()
    page.goto("/account")
    expect(page).to_have_url(f"{guarded[0].url}/account/sign-in?next=account")
    profile.close()
