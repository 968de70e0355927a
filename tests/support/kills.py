"""`python -m tests.support.kills --kills 200`: kill the server again and again while people label, then count what is in the store.

The server is the real REST application over a real store in a process of its own, ended by SIGKILL at a random moment. The people
are threads that behave as the label board's outbox does: an event is sent again until it is acknowledged. Every process is forked
from one that has imported everything, so a restart takes milliseconds and hundreds of kills fit into a test.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import random
import socket
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.app_process import free_port
from engine.domain import Problem, Run, RunState, Sampling, Solution, new_id
from storage import open_store
from storage.backup import check
from tests.support.killed_server import SECRET, serve
from visualprm_ui.access.identity import Identity

SOLUTIONS, STEPS = 600, 3
LONGEST_LIFE = 0.15  # seconds a server lives after its first answer
PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is left after the last kill."""

    kills: int
    acknowledged: int  # events the server called saved
    submissions: int  # of them, items handed in
    lost: int  # acknowledged and not in the store
    duplicated: int  # in the store more than once
    invented: int  # in the store and never sent
    annotations_missing: int  # handed in without an annotation
    annotations_twice: int  # two for one submission
    faults: tuple[str, ...]  # of the database and of drafts that do not follow from their events


@dataclass(slots=True)
class Person:
    """One annotator's connection, and what the server has acknowledged."""

    url: str
    queue: str
    cookie: str
    stop: threading.Event
    sent: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    submitted: set[str] = field(default_factory=set)  # task ids whose submission was acknowledged

    def work(self) -> None:
        """Label item after item until told to stop; what was begun is finished."""
        cookies = {Identity(SECRET).guest_cookie.name: self.cookie}
        with httpx.Client(base_url=self.url, headers={"X-VP": "1"}, cookies=cookies, timeout=5) as client:
            while not self.stop.is_set():
                task = self._ask(client, "GET", f"/queues/{self.queue}/next", None)["task"]
                if task is None:
                    return
                for step in range(len(task["steps"])):
                    self._send(client, [self._event(task, "label", step=step, value=random.choice((1, 0, -1)))])
                submit = self._event(task, "submit", seconds=1.0)
                self._send(client, [submit, submit])  # sent twice at once: stored once
                self.submitted.add(task["id"])

    def _event(self, task: dict[str, Any], kind: str, **more: object) -> dict[str, Any]:
        uuid = new_id()
        self.sent.add(uuid)
        return {"uuid": uuid, "ts": time.time() * 1000, "task": task["id"], "type": kind, **more}

    def _send(self, client: httpx.Client, events: list[dict[str, Any]]) -> None:
        receipt = self._ask(client, "POST", "/events", {"events": events})
        assert receipt["rejected"] == [], receipt
        self.acknowledged.update(receipt["acknowledged"])
        assert {event["uuid"] for event in events} <= self.acknowledged

    def _ask(self, client: httpx.Client, method: str, path: str, body: object) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = client.request(method, path, json=body)
                answer.raise_for_status()
                return dict(answer.json())
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def run_kills(data_dir: Path, *, kills: int, people: int, database: str | None = None) -> Report:
    """Let ``people`` label while the server is killed ``kills`` times; return what the store holds in the end."""
    queue = _fill(data_dir, database)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    stop = threading.Event()
    crowd = [Person(url=url, queue=queue, cookie=Identity(SECRET).new_cookie(), stop=stop) for _ in range(people)]
    threads = [threading.Thread(target=person.work, daemon=True) for person in crowd]
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(
        ["tests.support.killed_server", "uvicorn.main", "uvicorn.loops.auto", "uvicorn.protocols.http.auto"]
    )
    server = _start(processes, data_dir, port, database)
    for thread in threads:
        thread.start()
    for turn in range(kills):
        if turn % 2:  # as slow as the machine may be, every other server gets to save something
            _wait_for_more(crowd)
        time.sleep(random.uniform(0, LONGEST_LIFE))
        server.kill()
        server.join()
        server = _start(processes, data_dir, port, database)
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
    server.kill()
    server.join()
    return _report(data_dir, database, crowd, kills)


def _start(processes: Any, data_dir: Path, port: int, database: str | None) -> Any:
    server = processes.Process(target=serve, args=(str(data_dir), port, database), daemon=True)
    server.start()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return server
        time.sleep(0.005)
    raise RuntimeError(f"The server did not answer within {PATIENCE:.0f} s.")


def _wait_for_more(crowd: list[Person]) -> None:
    before = sum(len(person.acknowledged) for person in crowd)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and sum(len(person.acknowledged) for person in crowd) == before:
        time.sleep(0.005)


def _fill(data_dir: Path, database: str | None) -> str:
    """Store one run with many solutions; return the id of its queue."""
    with open_store(data_dir, database=database) as store:
        problem = Problem(question="What is $2 + 3$?", answer="5")
        run = Run(problem_id=problem.id, sampling=Sampling(n=1), state=RunState.DONE)
        store.runs.add_problem(problem)
        store.runs.add_run(run)
        for draw in range(SOLUTIONS):  # no two alike, which would be one task
            steps = tuple(f"Step {number} of {draw}." for number in range(STEPS))
            store.runs.add_solution(run.id, Solution(problem_id=problem.id, draw=draw, steps=steps, policy_model="p"))
        return store.labelling.open_run_queue(run.id, "Kills").id


def _report(data_dir: Path, database: str | None, crowd: list[Person], kills: int) -> Report:
    with open_store(data_dir, database=database) as store:
        with store.database.read() as connection:
            stored = [row[0] for row in connection.exec_driver_sql("SELECT uuid FROM events")]
            pairs = [tuple(row) for row in connection.exec_driver_sql("SELECT task_id, annotator FROM annotations")]
        faults = tuple(check(store).faults)
    acknowledged = set().union(*(person.acknowledged for person in crowd))
    sent = set().union(*(person.sent for person in crowd))
    submissions = sum(len(person.submitted) for person in crowd)
    return Report(
        kills=kills,
        acknowledged=len(acknowledged),
        submissions=submissions,
        lost=len(acknowledged - set(stored)),
        duplicated=len(stored) - len(set(stored)),
        invented=len(set(stored) - sent),
        annotations_missing=max(0, submissions - len(set(pairs))),
        annotations_twice=len(pairs) - len(set(pairs)),
        faults=faults,
    )


def main() -> int:
    """Run it; return 0 only when nothing was lost, doubled or damaged."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.support.kills", description="Kill the server while people label."
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--people", type=int, default=6)
    parser.add_argument("--database", help="postgresql://..., empty; default: SQLite in a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run_kills(Path(folder) / "data", kills=options.kills, people=options.people, database=options.database)
    print(json.dumps(asdict(report)))
    return (
        0
        if not (report.lost or report.duplicated or report.invented or report.annotations_missing or report.faults)
        else 1
    )


if __name__ == "__main__":
    raise SystemExit(main())
