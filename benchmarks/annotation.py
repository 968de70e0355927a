"""What an annotator waits for while twenty label at once: key to paint, key to saved, Enter to the next item, the next task.

Starts the real app over a store of 100,000 solutions and 1,000,000 labels. Nineteen annotators are threads that label at a person's
pace through REST; the twentieth labels nine-step solutions in a real Chromium, where the times are taken. Beside them this
process asks the same database for next tasks. Run it on an idle machine: ``python -m benchmarks.annotation --json``.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from benchmarks.app_process import AppProcess
from benchmarks.chromium import ARGUMENTS, find_system_chromium
from benchmarks.storage import add_project, add_solutions, ask, count_labels, spread
from engine.domain import Problem, ProjectOptions, Solution, new_id
from storage import Selection, Store, open_store

NINE = 9  # steps of the solutions labelled in the browser
THOUGHT = 0.1  # seconds between two tasks asked of the database by this process
PACE = 1.5  # seconds a step: VisualProcessBench's people took longer

# Runs in the page: labels one item by keys as fast as they are painted, submits it, waits for the next one to be painted.
# Returns milliseconds: [each label until its paint], Enter until the next item's paint, and how many keys it took.
_LABEL_AN_ITEM = """async () => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const until = async (holds) => {
    const start = performance.now();
    while (!holds()) {
      if (performance.now() - start > 20000) throw new Error('nothing happened for 20 s');
      await painted();
    }
  };
  const press = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  const open = () => document.querySelectorAll('.vp-lb-step[data-label=none]').length;
  const name = () => document.querySelector('.vp-lb-item-id').textContent;
  const paints = [];
  let keys = 0;
  for (let left = open(); left > 0; left -= 1) {
    await new Promise((done) => setTimeout(done, 120));
    const start = performance.now();
    press('1');
    keys += 1;
    await until(() => open() === left - 1);
    await painted();
    paints.push(performance.now() - start);
  }
  const before = name(), start = performance.now();
  press('Enter');
  keys += 1;
  await until(() => name() !== before && open() > 0);
  await painted();
  return { paints, next: performance.now() - start, keys };
}"""


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.annotation", description=__doc__)
    parser.add_argument("--solutions", type=int, default=100_000)
    parser.add_argument("--people", type=int, default=20, help="annotators at work, the one in the browser included")
    parser.add_argument("--items", type=int, default=25, help="solutions labelled in the browser")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder) / "data", options.solutions, options.people, options.items)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value:.1f}" for name, value in figures.items()))


def measure(data_dir: Path, solutions: int, people: int, items: int) -> dict[str, float]:
    """Return the figures, in milliseconds where their names say so."""
    with open_store(data_dir) as store:
        add_solutions(store, solutions)
        large, nine = add_project(store, 2, solutions // 2), add_nine_steps(store, items + 10)
        add_project(store, None, solutions // 2)
        labels = count_labels(store)
    server = AppProcess(data_dir)
    server.start()
    crowd = Crowd(server.url, nine, people - 1)
    try:
        crowd.start()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_system_chromium(), args=ARGUMENTS)
            page = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900}).new_page()
            found = label_items(page, nine, items)
            browser.close()
        with open_store(data_dir) as store:
            asked = [taken.seconds for taken in (_paced(store, large) for _round in range(100))]
    finally:
        crowd.stop()
        server.kill()
    next_task = spread("next_task", asked)
    return {
        "ack_p95_ms": spread("ack", [ms / 1000 for ms in found["acks"]] + crowd.acks)["ack_p95_ms"],
        "next_item_p95_ms": spread("next", [ms / 1000 for ms in found["nexts"]])["next_p95_ms"],
        "next_task_p95_ms": next_task["next_task_p95_ms"],
        "keys_per_nine_step_item": max(found["keys"]),
        "paint_p95_ms": spread("paint", [ms / 1000 for ms in found["paints"]])["paint_p95_ms"],
        "people": people,
        "solutions": solutions,
        "labels": labels,
        "saves": len(found["acks"]) + len(crowd.acks),
    }


def label_items(page: Page, queue: str, items: int) -> dict[str, list[Any]]:
    """Label ``items`` solutions of the queue by keyboard; return what was waited for, in milliseconds."""
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    page.keyboard.press("g")  # puts away the guideline, which whoever comes first is shown
    page.evaluate("performance.setResourceTimingBufferSize(5000)")
    done = [page.evaluate(_LABEL_AN_ITEM) for _item in range(items)]
    acks = page.evaluate(
        "performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/api/events')).map((e) => e.duration)"
    )
    return {
        "paints": [paint for each in done[1:] for paint in each["paints"]],
        "nexts": [each["next"] for each in done[1:]],  # the first one waits for a page that is still loading
        "keys": [each["keys"] for each in done],
        "acks": acks,
    }


class Crowd:
    """Annotators who label at a person's pace through REST; ``acks`` holds the seconds of every save."""

    def __init__(self, url: str, queue: str, people: int) -> None:
        self._url, self._queue = url, queue
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(people)]
        self.acks: list[float] = []

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, and wait for it."""
        self._stop.set()
        for thread in self._threads:
            thread.join(10)

    def _work(self) -> None:
        with httpx.Client(base_url=self._url, headers={"X-VP": "1"}, timeout=30) as client:
            client.get("/", headers={"Accept": "text/html"})  # a browser's first visit: gives the guest's cookie
            while not self._stop.wait(random.uniform(0, PACE)):
                task = client.get(f"/api/queues/{self._queue}/next").json()["task"]
                for step in range(len(task["steps"]) if task else 0):
                    if self._stop.wait(random.uniform(0.5, 1.5) * PACE):
                        return
                    self._save(client, task["id"], type="label", step=step, value=1)
                if task:
                    self._save(client, task["id"], type="submit", seconds=10.0)

    def _save(self, client: httpx.Client, task: str, **change: object) -> None:
        event = {"uuid": new_id(), "ts": time.time() * 1000, "task": task, **change}
        start = time.perf_counter()
        receipt = client.post("/api/events", json={"events": [event]}).json()
        self.acks.append(time.perf_counter() - start)
        if receipt["acknowledged"] != [event["uuid"]]:
            raise RuntimeError(f"The server did not take a label: {receipt!r}")


def add_nine_steps(store: Store, count: int) -> str:
    """Make a project of nine-step solutions that everybody may label; return its queue."""
    problem = Problem(question="What is the sum of the red and the blue bar?", answer="37", data_source="benchmark")
    store.runs.add_problem(problem)
    ids = []
    for number in range(count):
        steps = tuple(f"Step {step + 1}: the red bar of picture {number} is $14 + {step}$." for step in range(NINE))
        solution = Solution(problem_id=problem.id, steps=steps, answer="37", policy_model="benchmark")
        store.runs.add_solution(None, solution)
        ids.append(solution.id)
    project = store.projects.add_project("Nine steps", ProjectOptions(overlap=None))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(solutions=tuple(ids)))
    return queue.id


def _paced(store: Store, queue: str) -> Any:
    time.sleep(THOUGHT)
    return ask(store, queue, "someone else")


if __name__ == "__main__":
    main()
