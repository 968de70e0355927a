"""One server (the real ``app.py``, the shipped models, a fresh data folder) and one browser for all page tests."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from tests.browser.chromium import ARGUMENTS, find_system_chromium
from tests.support.browser_team import Guest

ROOT = Path(__file__).parent.parent.parent


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


class Server:
    """The app as a person starts it: a process, an address, a data folder."""

    def __init__(self, data_dir: Path, *arguments: str) -> None:
        self.data_dir = data_dir
        self.arguments = arguments
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "app.py", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        command += self.arguments
        with (self.data_dir.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env=dict(os.environ))
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"app.py ended with {self.process.returncode}:\n{self.log()}")
            try:
                with urllib.request.urlopen(f"{self.url}/api/status", timeout=5) as answer:
                    if b'"ready"' in answer.read():
                        return
            except OSError:
                pass
            time.sleep(0.2)
        raise RuntimeError(f"app.py was not ready within 90 s:\n{self.log()}")

    def kill(self) -> None:
        """End the process as bad luck would: no clean-up."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def log(self) -> str:
        return (self.data_dir.parent / "server.log").read_text(errors="replace")[-4000:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("app") / "data")
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
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
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
def guest(server: Server) -> Iterator[Callable[[], Guest]]:
    """A function that gives a new person behind REST."""
    made: list[Guest] = []

    def new() -> Guest:
        made.append(Guest(server.url))
        return made[-1]

    yield new
    for each in made:
        each.rest.close()
