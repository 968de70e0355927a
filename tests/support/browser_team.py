"""A small project as scripts make it through REST, and people who label it, so that the pages of a team have something to show."""

import io
import json
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

import httpx
from playwright.sync_api import Page

from engine.domain import new_id

EXAMPLES = Path(__file__).parent.parent.parent / "nano" / "examples"
STEPS = ("We read the picture.", "The first value is 14.", "$14 + 23 = 37$.", "Final answer: 37")


class Guest:
    """One annotator behind REST, known by a cookie."""

    def __init__(self, url: str) -> None:
        self.rest = httpx.Client(base_url=url, headers={"X-VP": "1"}, timeout=60)
        self.rest.get("/", headers={"Accept": "text/html"})
        self.name = self.get("/api/status")["annotator"]

    def get(self, path: str) -> dict:
        """Ask, and be answered."""
        answer = self.rest.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, **body: object) -> dict:
        """Tell, and be answered."""
        answer = self.rest.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def label(self, queue: str, labels: Sequence[int]) -> int:
        """Label everything the queue gives with the same labels; return how much it was."""
        count = 0
        while (task := self.get(f"/api/queues/{queue}/next")["task"]) is not None:
            events = [event(task, "label", step=step, value=value) for step, value in enumerate(labels)]
            receipt = self.post("/api/events", events=[*events, event(task, "submit", seconds=9)])
            assert receipt["rejected"] == []
            count += 1
        return count


def runs(page: Page) -> list[dict]:
    """The newest runs, as the server lists them."""
    return page.request.get("/api/runs?limit=100").json()["runs"]


def settle(page: Page) -> None:
    """Let the page do what it was about to: two frames, and whatever was queued before them."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))")


def event(task: dict, kind: str, **more: object) -> dict:
    """Return a new label event."""
    return {"uuid": new_id(), "ts": time.time() * 1000, "task": task["id"], "type": kind, **more}


def make_project(admin: Guest, title: str, solutions: int = 3, steps: Sequence[str] = STEPS, **options: object) -> str:
    """Make a project of imported solutions, all with the same steps; return its queue."""
    made = admin.post("/api/projects", title=title, options=options)
    answer = admin.rest.post(f"/api/projects/{made['project']}/import", content=archive(title, solutions, steps))
    assert answer.json()["queued"] == solutions, answer.text
    return made["queue"]


def archive(title: str, solutions: int, steps: Sequence[str] = STEPS) -> bytes:
    """Return a VisualProcessBench file whose labels are still missing."""
    problems = [json.loads(line) for line in (EXAMPLES / "problems.jsonl").read_text(encoding="utf-8").splitlines()]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        rows = []
        for number in range(solutions):
            problem = problems[number % len(problems)]
            if problem["image"] not in file.namelist():
                file.write(EXAMPLES / problem["image"], problem["image"])
            response = {"steps": list(steps), "process_correctness": [0, *[1] * (len(steps) - 2), -1]}
            rows.append(
                {
                    "image": [problem["image"]],
                    "question": f"{title} {number}: {problem['question']}",
                    "answer": problem["answer"],
                    "response": response,
                    "policy_model": "somebody",
                    "data_source": title,
                }
            )
        file.writestr("test.jsonl", "\n".join(json.dumps(row) for row in rows))
    return out.getvalue()
