"""How long the label board takes to draw steps of Markdown and LaTeX: 5,000 characters, no formula drawn before.

Starts the real app and a real Chromium, and builds the board's own list of steps in its page. ``cpu_ms`` is processor time of the
page's main thread; ``painted_ms`` is what a person waits for, and wants an idle machine: ``python -m benchmarks.text --json``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from benchmarks.app_process import AppProcess
from benchmarks.chromium import ARGUMENTS, find_system_chromium

CHARACTERS = 5000

# A step as models write them, 500 characters; {n} makes its formulas new.
_STEP = """### Step {n}: Apply the **cosine rule**

1. With \\(a = {n}\\), \\(b = 4\\sqrt{{2}}\\) and $\\theta = {n}^\\circ$ we get
   \\[
   c^2 = a^2 + b^2 - 2ab\\cos(\\theta) = {n}^2 + 32 - 8\\cdot{n}\\sqrt{{2}}\\cos {n}^\\circ
   \\]
   - The side opposite to \\(\\theta\\) is `c{n}`, *not* the hypotenuse.
   - So $c_{{{n}}} \\approx \\frac{{{n}}}{{7}}$, which is 25 % of the whole.

| side | length |
|---|--:|
| $a$ | {n} |
| $b$ | 5.66 |

The remaining angle follows from the sum of the angles, {n} degrees in all.
"""

# Runs in the page: milliseconds until the steps are painted, and how many formulas they have.
_DRAW = """async (steps) => {
  const { StepsPane } = await import('/vp/components/label_board/steps_pane.js');
  const { load } = await import('/vp/assets/maths.js');
  await load();
  const host = document.createElement('div');
  host.className = 'vp-host vp-host-label-board';
  host.style.width = '760px';
  document.body.prepend(host);
  host.getBoundingClientRect();
  const start = performance.now();
  const pane = new StepsPane({ steps, options: {} }, { choose() {}, goto() {} });
  host.append(pane.node);
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const taken = performance.now() - start;
  const formulas = host.querySelectorAll('.katex').length;
  host.remove();
  return [taken, formulas];
}"""


def measure(page: Page, rounds: int, lists: list[list[str]] | None = None) -> dict[str, float]:
    """Return medians over ``rounds`` lists of steps, after a first one. ``lists``: steps to draw instead of those made here."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto("/annotate")
    page.locator(".vp-lb").wait_for()
    drawn = lists or [make_steps(number) for number in range(rounds + 1)]
    page.evaluate(_DRAW, drawn[0])  # loads KaTeX, and its fonts
    cpu, painted, formulas = [], [], []
    for steps in drawn[1:]:
        before = _cpu_seconds(session)
        milliseconds, count = page.evaluate(_DRAW, steps)
        cpu.append(1000 * (_cpu_seconds(session) - before))
        painted.append(milliseconds)
        formulas.append(count)
    return {
        "characters": statistics.median(sum(map(len, steps)) for steps in drawn[1:]),
        "formulas": statistics.median(formulas),
        "cpu_ms": statistics.median(cpu),
        "painted_ms": statistics.median(painted),
    }


def make_steps(number: int) -> list[str]:
    """Return steps of 5,000 characters in all; another ``number`` has other formulas."""
    text = [_STEP.format(n=1000 * number + step) for step in range(20)]
    return [each for at, each in enumerate(text) if sum(map(len, text[: at + 1])) <= CHARACTERS + len(each) // 2]


def _cpu_seconds(session: CDPSession) -> float:
    """Processor time that the page's main thread has taken so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.text", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppProcess(Path(folder) / "data")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=find_system_chromium(), args=ARGUMENTS)
            figures = measure(browser.new_context(base_url=server.url).new_page(), options.rounds)
            browser.close()
        finally:
            server.kill()
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.1f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
