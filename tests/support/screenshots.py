"""Take README's pictures: ``python -m tests.support.screenshots`` (or ``make screenshots``) writes ``docs/images/``.

Starts the app with the shipped models and a fresh data folder, does the main job once and photographs the pages.
"""

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.app_process import ROOT, AppProcess
from benchmarks.chromium import ARGUMENTS, find_system_chromium

OUT = ROOT / "docs" / "images"
WIDE = {"width": 1440, "height": 900}


def photograph(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=OUT / f"{name}.png")


def tour(page: Page) -> None:
    """Go through the app once."""
    page.goto("/")
    page.locator(".vp-example").nth(2).click()
    page.locator(".vp-board[data-state=done]").wait_for()
    page.evaluate("scrollTo(0, 0); document.querySelector('#vp-form').scrollTop = 0")  # the click scrolled
    photograph(page, "explore")
    page.evaluate("window.VPTheme.set('dark')")
    photograph(page, "explore_dark")
    page.evaluate("window.VPTheme.set('light')")
    page.get_by_role("button", name=re.compile("^Label [0-9]")).click()
    page.locator(".vp-lb-step").first.wait_for()
    for key in "11":
        page.keyboard.press(key)
    photograph(page, "annotate")
    page.goto("/dataset")
    page.locator("#vp-export").wait_for()
    photograph(page, "dataset")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppProcess(Path(folder) / "data")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=find_system_chromium(), args=ARGUMENTS)
            tour(browser.new_context(base_url=server.url, viewport=WIDE, reduced_motion="reduce").new_page())
            browser.close()
        finally:
            server.kill()


if __name__ == "__main__":
    main()
