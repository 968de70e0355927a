"""People and strangers who use a served app at once: some label, some sample, some look around, some mean harm.

Each is a coroutine that sends what the pages send, at a person's pace, until told to stop. One ``Ledger`` holds what they got.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import struct
import time
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from engine.domain import new_id

PACE = 1.5  # seconds of a person for a step; VisualProcessBench's people took longer
LOOK = 2.0  # seconds on a page
SCRIPT = re.compile(r'(?:src|href)="\.?/?((?:vp|assets|static)/[^"]+\.(?:js|css|svg))"')
MOST_ERRORS = 20  # that are kept in words


@dataclass(slots=True)
class Ledger:
    """What happened to whom."""

    acks: list[float] = field(default_factory=list)  # seconds until a label was acknowledged
    acknowledged: set[str] = field(default_factory=set)  # ids of events
    requests: Counter[str] = field(default_factory=Counter)  # of people, by what they do
    runs: list[float] = field(default_factory=list)  # seconds of runs that were followed to their end
    errors: list[str] = field(default_factory=list)  # of people: there must be none
    refusals: Counter[int] = field(default_factory=Counter)  # statuses that those who mean harm got

    def complain(self, what: str) -> None:
        """Note an error of somebody who did nothing wrong."""
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(what)


class Visitor(ABC):
    """Somebody with a connection. ``rest``: asks the app; ``stop``: set when it is time to leave."""

    kind = "visitor"

    def __init__(self, rest: httpx.AsyncClient, ledger: Ledger, stop: asyncio.Event) -> None:
        self.rest = rest
        self.ledger = ledger
        self.stop = stop

    async def visit(self) -> None:
        """Act again and again until it is time to leave."""
        await self.pause(random.uniform(0, LOOK))
        while not self.stop.is_set():
            try:
                await self.act()
            except (httpx.HTTPError, KeyError, ValueError, IndexError) as error:
                self.ledger.complain(f"{self.kind}: {type(error).__name__} {error}")
                await self.pause(1)

    @abstractmethod
    async def act(self) -> None:
        """Do one thing that this kind of visitor does."""

    async def pause(self, seconds: float) -> None:
        """Think for so long, or until it is time to leave."""
        try:
            await asyncio.wait_for(self.stop.wait(), seconds)
        except TimeoutError:
            return

    async def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask, and note an error in the ledger where the answer is one."""
        answer = await self.rest.request(method, path, **options)
        self.ledger.requests[self.kind] += 1
        if answer.status_code >= 400:
            self.ledger.complain(f"{self.kind}: {method} {path} gave {answer.status_code}: {answer.text[:200]}")
        return answer


class Labeller(Visitor):
    """Labels one item of a queue after the other, each label in a request of its own, as the label board's outbox does."""

    kind = "label"
    queue = ""

    async def act(self) -> None:
        """Label the next item."""
        task = (await self.ask("GET", f"/api/queues/{self.queue}/next")).json()["task"]
        if task is None:
            await self.pause(5)
            return
        for step in range(len(task["steps"])):
            await self.pause(random.uniform(0.5, 1.5) * PACE)
            if self.stop.is_set():
                return
            await self._save(task["id"], type="label", step=step, value=random.choice((1, 0, -1)))
        await self._save(task["id"], type="submit", seconds=10.0)

    async def _save(self, task: str, **change: object) -> None:
        uuid = new_id()
        event = {"uuid": uuid, "ts": time.time() * 1000, "task": task, **change}
        start = time.perf_counter()
        receipt = (await self.ask("POST", "/api/events", json={"events": [event]})).json()
        self.ledger.acks.append(time.perf_counter() - start)
        self.ledger.acknowledged.update(receipt["acknowledged"])
        if receipt["acknowledged"] != [uuid]:
            self.ledger.complain(f"label: not taken: {receipt!r}")


class Looker(Visitor):
    """Opens pages with their files, lists, runs and pictures."""

    kind = "browse"

    async def act(self) -> None:
        """Open a page, and what it loads."""
        page = await self.ask("GET", random.choice(("/", "/annotate", "/dataset")), headers={"Accept": "text/html"})
        files = SCRIPT.findall(page.text)
        for path in random.sample(files, min(3, len(files))):  # a browser keeps the others
            await self.ask("GET", f"/{path}")
        await self.ask("GET", "/api/status")
        await self.ask("GET", random.choice(("/api/queues", "/api/dataset", "/api/guideline")))
        runs = (await self.ask("GET", "/api/runs?limit=20")).json()["runs"]
        for run in random.sample(runs, min(2, len(runs))):
            await self.ask("GET", f"/api/runs/{run['run']}")
            if run["image"]:
                await self.ask("GET", f"/api/images/{run['image']}?edge=96")
        await self.pause(random.uniform(0.5, 1.5) * LOOK)


class Sampler(Visitor):
    """Presses *Sample & score* on Explore and follows the run to its end."""

    kind = "sample"
    solutions = 4

    async def act(self) -> None:
        """Run the problem that the page shows, with a seed of its own."""
        config = (await self.ask("GET", "/config")).json()
        session, start = new_id()[:11], time.perf_counter()
        event = pressed(config, "vp-sample", {"Solutions": self.solutions, "Seed": random.randrange(10**6)})
        await self.ask("POST", "/gradio_api/queue/join", json={**event, "session_hash": session})
        done = await follow(self.rest, session)
        if done is None or not done.get("success"):
            self.ledger.complain(f"sample: a run ended with {json.dumps(done)[:200]}")
        self.ledger.runs.append(time.perf_counter() - start)
        await self.pause(random.uniform(0.5, 1.5) * LOOK)


class Hostile(Visitor):
    """A stranger who sends what no page sends: too much, too odd, too often; within what one person's line can carry."""

    kind = "hostile"

    async def act(self) -> None:
        """Try one thing; whatever is refused, is refused."""
        attack = random.choice(ATTACKS)
        try:
            for answer in await asyncio.gather(*attack(self.rest)):
                self.ledger.refusals[answer.status_code] += 1
        except httpx.HTTPError:
            self.ledger.refusals[0] += 1  # the server hung up on a body that it does not read
        await self.pause(random.uniform(0.5, 1.5))


def pressed(config: Mapping[str, Any], button: str, values: Mapping[str, object]) -> dict[str, Any]:
    """Return the body that a page sends for a press of a button, with the form's values as drawn, some of them changed by label."""
    parts = {part["id"]: part["props"] for part in config["components"]}
    (source,) = (name for name, props in parts.items() if props.get("elem_id") == button)
    handler = next(
        each for each in config["dependencies"] if [source, "click"] in each["targets"] and each["backend_fn"]
    )
    data = [values.get(parts[name].get("label"), parts[name].get("value")) for name in handler["inputs"]]
    return {"data": data, "fn_index": handler["id"], "trigger_id": source, "event_data": None}


async def follow(rest: httpx.AsyncClient, session: str) -> dict[str, Any] | None:
    """Read a session's stream to its end; return the message that a handler completed with."""
    done = None
    async with rest.stream("GET", f"/gradio_api/queue/data?session_hash={session}") as stream:
        async for line in stream.aiter_lines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if message.get("msg") == "process_completed":
                done = message
    return done


def _png(width: int, height: int) -> bytes:
    """Return a picture of one colour, of a byte for every eight thousand pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = zlib.compress(bytes((width // 8 + 1) * min(height, 5_000)), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


Attack = Callable[[httpx.AsyncClient], list[Any]]
_WRITE = {"X-VP": "1"}
_LARGE = bytes(21 << 20)  # over the limit of a picture
_PICTURES = (
    _png(5_000, 5_000),
    _png(60_000, 60_000),
    b"GIF89a\1\0\1\0\0\0\0" + b"!\xfe\0" * 3_000_000,
    b"\xff\xd8\xff" * 9,
)


def _upload(data: bytes) -> Attack:
    return lambda rest: [rest.post("/api/images", content=data, headers=_WRITE)]


def _join(body: bytes) -> Attack:
    return lambda rest: [
        rest.post("/gradio_api/queue/join", content=body, headers={"Content-Type": "application/json"})
        for _ in range(20)
    ]


ATTACKS: tuple[Attack, ...] = (
    _upload(_LARGE),
    *map(_upload, _PICTURES),
    _join(b'{"data": [], "fn_index": 0, "session_hash": "a"}'),
    _join(b'{"data": %s, "fn_index": 3, "session_hash": "a"}' % json.dumps(["x"] * 20).encode()),
    _join(b"[" * 200_000),
    lambda rest: [rest.post("/api/events", content=_LARGE[: 1 << 17], headers=_WRITE)],
    lambda rest: [
        rest.post("/api/session", json={"name": "ada", "password": new_id()}, headers=_WRITE) for _ in range(3)
    ],
    lambda rest: [rest.get(f"/gradio_api/file={path}") for path in ("/etc/passwd", "app.py", "../secret") * 5],
    lambda rest: [rest.get(f"/api/runs/{new_id()}") for _ in range(30)],
)
