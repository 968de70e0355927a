"""Requests to an application without a socket, each with headers of its own; an answer that never ends is left after its start."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

PATIENCE = 60.0  # seconds, after which a request hangs


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, as far as it came before the visitor left."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def ask(app: Any, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
    """Send a request and leave as soon as its answer has begun. Raises TimeoutError for one that is never answered."""
    begun = asyncio.Event()
    start: dict[str, Any] = {}
    parts: list[bytes] = []
    sent = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if sent:
            return sent.pop()
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))
            begun.set()

    given = {**headers, "content-length": str(len(body))}
    try:
        await asyncio.wait_for(app(_scope(method, path, given), receive, send), PATIENCE)
    except TimeoutError:
        raise
    except Exception:  # what a server would log; the answer is a 500 by then
        assert start, f"{method} {path} was not answered"
    found = {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(status=start["status"], headers=found, body=b"".join(parts))


def _scope(method: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    address, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(address),
        "raw_path": address.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [
            (b"host", b"testserver"),
            *((name.lower().encode(), value.encode()) for name, value in headers.items()),
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("testserver", 80),
        "state": {},
    }
