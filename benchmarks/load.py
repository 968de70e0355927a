"""A small crowd for some minutes: 50 people label, 5 sample, 20 look around, 5 strangers mean harm.

Starts the real app with accounts and the embedded models as a process of its own. Tells how long a label waits for its
acknowledgement, what went wrong for those who did nothing wrong, how memory grows, and whether the store holds in the end exactly
the events that were acknowledged. With ``--sessions`` it opens and closes so many sessions of Explore instead, and tells what each
leaves behind. The crowd is one process of asyncio that shares the machine with the app, so its own work is in the times.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import httpx

from benchmarks.app_process import AppProcess
from benchmarks.storage import spread
from benchmarks.visitors import PACE, Hostile, Labeller, Ledger, Looker, Sampler, Visitor, follow
from engine.domain import Person, Problem, ProjectOptions, Role, Solution, new_id
from storage import Selection, Store, open_store
from visualprm_ui.access.accounts import Accounts
from visualprm_ui.access.identity import Identity, open_identity

STEPS = 5  # of each solution
WARM = 60.0  # seconds after which memory should stand still
WARM_SESSIONS = 200
AT_ONCE = 5  # sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """How many of each kind come."""

    label: int = 50
    sample: int = 5
    browse: int = 20
    hostile: int = 5

    @property
    def people(self) -> int:
        """Those with accounts."""
        return self.label + self.sample + self.browse


@dataclass(slots=True)
class ResidentSet:
    """The resident set of a process, read every second."""

    readings: list[tuple[float, float]] = field(default_factory=list)  # seconds since the start, MiB

    def after(self, seconds: float) -> float:
        """Return MiB at the first reading after so many seconds, or at the last one."""
        return next((size for at, size in self.readings if at >= seconds), self.readings[-1][1])

    def slope(self, since: float) -> float:
        """Return MiB a minute from then on: the line of least squares."""
        points = [point for point in self.readings if point[0] >= since]
        mean_at, mean_size = (sum(values) / len(points) for values in zip(*points, strict=True))
        spread_at = sum((at - mean_at) ** 2 for at, _ in points)
        return 60 * sum((at - mean_at) * (size - mean_size) for at, size in points) / spread_at if spread_at else 0.0


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    for one in fields(Company):
        parser.add_argument(f"--{one.name}", type=int, default=one.default, metavar="N", help="how many come to do so")
    parser.add_argument("--sessions", type=int, help="measure what sessions of Explore leave behind instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        if options.sessions:
            figures = measure_sessions(data_dir, options.sessions)
        else:
            crowd = Company(**{one.name: getattr(options, one.name) for one in fields(Company)})
            figures = measure(data_dir, crowd, options.minutes * 60)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


def measure(data_dir: Path, crowd: Company, seconds: float) -> dict[str, Any]:
    """Let a crowd in for so many seconds; return the figures, in milliseconds and MiB where their names say so."""
    needed = int(crowd.label * seconds / (STEPS * PACE) / 2 * 1.5) + crowd.label
    with open_store(data_dir) as store:
        queue = add_project(store, needed)
        cookies = sign_people_in(store, open_identity(data_dir, Accounts(store.accounts)), crowd.people)
    ledger = Ledger()
    with started(data_dir) as app:
        memory = asyncio.run(let_in(app, crowd, queue, cookies, seconds, ledger))
        tracebacks = app.log_file.read_text(errors="replace").count("Traceback")
    warm = WARM if seconds >= 2 * WARM else seconds / 5
    return {
        **_whole(spread("ack", ledger.acks)),
        "errors": len(ledger.errors),
        "first_errors": ledger.errors[:3],
        "tracebacks": tracebacks,
        **compare(data_dir, ledger),
        "rss_warm_mib": round(memory.after(warm), 1),
        "rss_slope_mib_a_minute": round(memory.slope(warm), 2),
        "labels": len(ledger.acks),
        "requests": sum(ledger.requests.values()),
        "runs": len(ledger.runs),
        "refusals": {str(status): count for status, count in sorted(ledger.refusals.items())},
        "people": crowd.people,
        "strangers": crowd.hostile,
        "minutes": round(seconds / 60, 2),
    }


def compare(data_dir: Path, ledger: Ledger) -> dict[str, int]:
    """Return how what the store holds differs from what was acknowledged."""
    with open_store(data_dir) as store, store.database.read() as connection:
        stored = [str(row[0]) for row in connection.exec_driver_sql("SELECT uuid FROM events")]
    return {
        "acknowledged": len(ledger.acknowledged),
        "lost": len(ledger.acknowledged - set(stored)),
        "doubled": len(stored) - len(set(stored)),
        "unacknowledged": len(set(stored) - ledger.acknowledged),
    }


async def let_in(
    app: AppProcess, crowd: Company, queue: str, cookies: Sequence[str], seconds: float, ledger: Ledger
) -> ResidentSet:
    """Let everybody act for so many seconds; whoever has begun something finishes it. Return how the app's memory went."""
    memory = ResidentSet()
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        kinds = [Labeller] * crowd.label + [Sampler] * crowd.sample + [Looker] * crowd.browse
        visitors: list[Visitor] = []
        for kind, cookie in zip(kinds, cookies, strict=True):
            rest = await stack.enter_async_context(connect(app.url, {"Cookie": cookie, "X-VP": "1"}))
            visitors.append(kind(rest, ledger, stop))
        for number in range(crowd.hostile):
            rest = await stack.enter_async_context(connect(app.url, {}, f"127.0.1.{number + 1}"))
            visitors.append(Hostile(rest, ledger, stop))
        for visitor in visitors:
            if isinstance(visitor, Labeller):
                visitor.queue = queue
        tasks = [asyncio.create_task(visitor.visit()) for visitor in visitors]
        await watch(app, memory, seconds)
        stop.set()
        await asyncio.gather(*tasks)
    return memory


def connect(url: str, headers: dict[str, str], address: str = "127.0.0.1") -> httpx.AsyncClient:
    """Return a client that comes from this address of the machine."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    return httpx.AsyncClient(base_url=url, headers=headers, transport=transport, timeout=60)


async def watch(app: AppProcess, memory: ResidentSet, seconds: float) -> None:
    """Read the app's memory every second, for so long."""
    start = time.monotonic()
    while (at := time.monotonic() - start) < seconds:
        memory.readings.append((at, app.resident() / 2**20))
        await asyncio.sleep(min(1.0, seconds / 5))


def measure_sessions(data_dir: Path, sessions: int) -> dict[str, Any]:
    """Open and close sessions of Explore, a few at once; return the bytes that each leaves behind once the app is warm.

    Those of the second half tell whether memory levels off.
    """
    warm = min(WARM_SESSIONS, sessions // 2)
    parts = (warm, (sessions - warm) // 2, sessions - warm - (sessions - warm) // 2)
    held = []
    with started(data_dir) as app:
        for count in parts:
            asyncio.run(open_sessions(app, count))
            held.append(app.resident())
    return {
        "sessions": sessions,
        "bytes_a_session": round((held[2] - held[0]) / (parts[1] + parts[2])),
        "bytes_a_session_first_half": round((held[1] - held[0]) / max(1, parts[1])),
        "bytes_a_session_second_half": round((held[2] - held[1]) / parts[2]),
        "rss_mib": round(held[2] / 2**20, 1),
    }


async def open_sessions(app: AppProcess, count: int) -> None:
    """Open so many sessions as a browser does, a few at once, and leave each."""
    names: Iterator[str] = iter([new_id()[:11] for _ in range(count)])

    async def one_after_the_other() -> None:
        async with connect(app.url, {}) as rest:
            for name in names:
                await open_session(rest, name)

    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))


async def open_session(rest: httpx.AsyncClient, name: str) -> None:
    """Open Explore: the page, what it says when it is loaded, its heartbeat. Raises RuntimeError where that fails."""
    await rest.get("/", headers={"Accept": "text/html"})
    config = (await rest.get("/config")).json()
    load = next(each for each in config["dependencies"] if any(event == "load" for _, event in each["targets"]))
    async with rest.stream("GET", f"/gradio_api/heartbeat/{name}"):
        body = {"data": [], "fn_index": load["id"], "session_hash": name, "event_data": None}
        await rest.post("/gradio_api/queue/join", json=body)
        done = await follow(rest, name)
    if done is None or not done["success"]:
        raise RuntimeError(f"A session did not open: {done!r}")


@contextmanager
def started(data_dir: Path) -> Iterator[AppProcess]:
    """Start the app with accounts; end it afterwards."""
    data_dir.mkdir(exist_ok=True)
    app = AppProcess(data_dir, "--access", "accounts")
    app.start()
    try:
        yield app
    finally:
        app.kill()


def sign_people_in(store: Store, identity: Identity, count: int) -> list[str]:
    """Make an admin and so many annotators; return the annotators' cookies."""
    _person(store, "ada", Role.ADMIN)
    people = [_person(store, f"person-{number}", Role.ANNOTATOR) for number in range(count)]
    return [f"{identity.session_cookie.name}={store.accounts.open_session(person)}" for person in people]


def add_project(store: Store, count: int) -> str:
    """Make a project of so many different solutions, each for two people; return its queue."""
    problem = Problem(question="What is the sum of the red and the blue bar?", answer="37", data_source="benchmark")
    store.runs.add_problem(problem)
    solutions = []
    for number in range(count):
        steps = tuple(f"Step {step + 1}: the red bar of picture {number} is $14 + {step}$." for step in range(STEPS))
        solutions.append(Solution(problem_id=problem.id, steps=steps, answer="37", policy_model="benchmark"))
        store.runs.add_solution(None, solutions[-1])
    project = store.projects.add_project("Load", ProjectOptions(overlap=2))
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(solutions=tuple(each.id for each in solutions)))
    return queue.id


def _person(store: Store, name: str, role: Role) -> Person:
    token = store.accounts.invite("benchmark", role).token
    return store.accounts.accept_invitation(token, new_id(), name)


def _whole(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in figures.items()}


if __name__ == "__main__":
    main()
