"""What a visitor waits for on Explore: first text after the click, N = 8 sampled and scored, bytes of the page.

Starts the real app with the shipped models and a real Chromium; run it on an idle machine: ``python -m benchmarks.page --json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.app_process import AppProcess
from benchmarks.chromium import ARGUMENTS, find_system_chromium

# Runs in the page: milliseconds from the click to the first text of a solution, and to the end of the run.
_TIME_A_RUN = """async () => {
  const board = document.querySelector('.vp-board');
  const before = board.dataset.run, start = performance.now();
  let first = null;
  document.querySelector('#vp-sample').click();
  while (true) {
    await new Promise(requestAnimationFrame);
    const fresh = board.dataset.run && board.dataset.run !== before;
    if (fresh && first === null && board.querySelector('.vp-step')) first = performance.now() - start;
    if (fresh && board.dataset.state === 'done') return [first, performance.now() - start];
    if (performance.now() - start > 60000) throw new Error('no end within 60 s');
  }
}"""


def measure(page: Page, runs: int) -> dict[str, float]:
    """Return medians over ``runs`` runs, in milliseconds and bytes."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[float] = []
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    page.goto("/")
    page.locator(".vp-example").first.wait_for()
    page.wait_for_timeout(1500)
    page_bytes = sum(received)
    page.locator(".vp-example").first.click()
    page.locator(".vp-board[data-state=done]").wait_for()  # an example runs at one press
    times = [page.evaluate(_TIME_A_RUN) for _ in range(runs)]
    return {
        "first_text_ms": statistics.median(first for first, _ in times),
        "eight_solutions_ms": statistics.median(end for _, end in times),
        "page_bytes": page_bytes,
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppProcess(Path(folder) / "data")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=find_system_chromium(), args=ARGUMENTS)
            figures = measure(browser.new_context(base_url=server.url).new_page(), options.runs)
            browser.close()
        finally:
            server.kill()
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.0f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
