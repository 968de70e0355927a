"""How long the label board takes to draw steps of Markdown and LaTeX: 5,000 characters, no formula drawn before.

Starts the real app and a real Chromium, and builds the board's own list of steps in its page. ``cpu_ms`` is processor time of the
page's main thread until the steps in sight are painted, ``raw_formulas_in_sight`` how many formulas are not set by then (none), and
``whole_cpu_ms`` lasts until all steps are drawn. ``painted_ms`` and ``whole_ms`` are what a person waits for, and want an idle
machine: ``python -m benchmarks.text --json``. ``--rows test.jsonl`` draws the steps of a
file like VisualProcessBench, which hold fewer formulas.
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
_FIGURES = ("characters", "formulas", "raw_formulas_in_sight", "cpu_ms", "painted_ms", "whole_cpu_ms", "whole_ms")

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

# Run in the page. An empty place of the board's width, with everything loaded.
_PLACE = """async () => {
  const { StepsPane } = await import('/vp/components/label_board/steps_pane.js');
  const { load } = await import('/vp/assets/maths.js');
  await load();
  const host = document.createElement('div');
  host.className = 'vp-host vp-board';
  host.style.width = '760px';
  document.body.prepend(host);
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  window.drawing = { StepsPane, host, painted, start: 0 };
  await painted();
  await painted();
}"""
# Milliseconds until the steps in sight are painted, and how many formulas in sight are not set by then.
_DRAW = """async (steps) => {
  const { StepsPane, host, painted } = window.drawing;
  window.drawing.start = performance.now();
  host.append(new StepsPane({ steps, options: {} }, { choose() {}, goto() {} }).node);
  await painted();
  const taken = performance.now() - window.drawing.start;
  const raw = [...host.querySelectorAll('.vp-maths:not(:has(.katex)):not(.vp-source)')];
  return [taken, raw.filter((formula) => {
    const { top, height } = formula.getBoundingClientRect();
    return height > 0 && top < innerHeight;
  }).length];
}"""
# Milliseconds until every step is laid out with its formulas, and how many formulas there are.
_FINISH = """async () => {
  const { host, painted, start } = window.drawing;
  while (host.querySelector('[data-later], .vp-maths:not(:has(.katex)):not(.vp-source)')) await painted();
  return [performance.now() - start, host.querySelectorAll('.katex').length];
}"""
_CLEAR = "async () => { drawing.host.remove(); await drawing.painted(); await drawing.painted(); }"


def measure(page: Page, rounds: int, lists: list[list[str]] | None = None) -> dict[str, float]:
    """Return medians over ``rounds`` lists of steps, after a first one. ``lists``: steps to draw instead of those made here."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto("/annotate")
    page.locator(".vp-lb").wait_for()
    drawn = lists or [make_steps(number) for number in range(rounds + 1)]
    found: dict[str, list[float]] = {name: [] for name in _FIGURES}
    for steps in drawn:
        page.evaluate(_PLACE)
        before = _cpu_seconds(session)
        painted, raw = page.evaluate(_DRAW, steps)
        first = _cpu_seconds(session)
        whole, formulas = page.evaluate(_FINISH)
        last = _cpu_seconds(session)
        page.evaluate(_CLEAR)
        row = (sum(map(len, steps)), formulas, raw, 1000 * (first - before), painted, 1000 * (last - before), whole)
        for name, value in zip(_FIGURES, row, strict=True):
            found[name].append(value)
    return {name: statistics.median(values[1:]) for name, values in found.items()}  # the first loads fonts


def make_steps(number: int) -> list[str]:
    """Return steps of 5,000 characters in all; another ``number`` has other formulas."""
    text = [_STEP.format(n=1000 * number + step) for step in range(20)]
    return [each for at, each in enumerate(text) if sum(map(len, text[: at + 1])) <= CHARACTERS + len(each) // 2]


def read_steps(path: Path) -> list[list[str]]:
    """Return the steps of a file's rows, cut into lists of about 5,000 characters; what is left over is left out."""
    rows = [json.loads(line)["response"] for line in path.read_text("utf-8").splitlines() if line.strip()]
    lists: list[list[str]] = [[]]
    for row in rows:
        for step in (json.loads(row) if isinstance(row, str) else row)["steps"]:
            lists[-1].append(step)
            if sum(map(len, lists[-1])) >= CHARACTERS - CHARACTERS // 20:
                lists.append([])
    return lists[:-1]


def _cpu_seconds(session: CDPSession) -> float:
    """Processor time that the page's main thread has taken so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.text", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=Path, metavar="FILE", help="draw the steps of this file, each list once")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = AppProcess(Path(folder) / "data")
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path=find_system_chromium(), args=ARGUMENTS)
            lists = [make_steps(0), *read_steps(options.rows)] if options.rows else None
            figures = measure(browser.new_context(base_url=server.url).new_page(), options.rounds, lists)
            browser.close()
        finally:
            server.kill()
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.1f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
