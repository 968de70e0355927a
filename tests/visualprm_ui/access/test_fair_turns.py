"""Strangers of one address wait for each other; nobody else waits for them, and they for no slow line and no stream."""

import asyncio

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from tests.support.apart import run_apart
from visualprm_ui.access.fair_turns import AT_ONCE, MOST_WAITING, FairTurns

WHOLE: Message = {"type": "http.request", "body": b"", "more_body": False}


class Server:
    """An application whose requests are at work until they are let go, behind the middleware."""

    def __init__(self) -> None:
        self.at_work: list[str] = []
        self.done = asyncio.Event()
        self.served = FairTurns(self._app, lambda request: "authorization" not in request.headers)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"]
        if name.startswith("/upload"):
            await receive()
        if name.startswith("/watchful"):  # asks whether the visitor has left, without waiting
            await Request(scope, receive).is_disconnected()
        if name.startswith("/stream"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
        self.at_work.append(name)
        await self.done.wait()
        if not name.startswith("/stream"):
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def ask(
        self, path: str, address: str = "198.51.100.7", *, body: asyncio.Event | None = None, signed_in: bool = False
    ) -> int:
        """Return the status of a request. ``body``: set when its body is there."""
        statuses: list[int] = []

        async def receive() -> Message:
            if body is not None:
                await body.wait()
            return WHOLE

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        headers = [(b"authorization", b"Bearer x")] if signed_in else []
        headers += [] if body is None else [(b"content-length", b"9")]
        scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "client": (address, 1)}
        await self.served(scope, receive, send)
        return statuses[0]


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def begin(server: Server, *paths: str, **options) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(server.ask(path, **options)) for path in paths]
    await settle()
    return tasks


async def end(server: Server, tasks: list[asyncio.Task[int]]) -> list[int]:
    server.done.set()
    return await asyncio.wait_for(asyncio.gather(*tasks), 10)


def test_a_burst_of_one_address_takes_turns_and_all_of_it_is_served():
    async def scene() -> None:
        server = Server()
        tasks = await begin(server, *(f"/{number}" for number in range(30)))
        assert server.at_work == ["/0", "/1"]
        tasks += await begin(server, "/other", address="198.51.100.8")
        assert server.at_work[2:] == ["/other"]
        assert await end(server, tasks) == [200] * 31

    run_apart(scene())


def test_who_is_signed_in_waits_for_nobody():
    async def scene() -> None:
        server = Server()
        tasks = await begin(server, *(f"/{number}" for number in range(5)))
        tasks += await begin(server, *(f"/mine{number}" for number in range(5)), signed_in=True)
        assert server.at_work[AT_ONCE:] == [f"/mine{number}" for number in range(5)]
        await end(server, tasks)

    run_apart(scene())


def test_a_body_that_does_not_come_and_a_stream_hold_up_nobody():
    async def scene() -> None:
        server = Server()
        body = asyncio.Event()
        tasks = await begin(server, *(f"/upload{number}" for number in range(5)), body=body)
        tasks += await begin(server, *(f"/stream{number}" for number in range(5)))
        assert server.at_work == [f"/stream{number}" for number in range(5)]
        tasks += await begin(server, *(f"/{number}" for number in range(AT_ONCE)))
        assert len(server.at_work) == 5 + AT_ONCE
        body.set()
        await settle()
        assert len(server.at_work) == 5 + AT_ONCE  # with their bodies the uploads wait for their turn again
        assert await end(server, tasks) == [200] * len(tasks)

    run_apart(scene())


def test_who_asks_whether_the_visitor_has_left_keeps_the_turn():
    async def scene() -> None:
        server = Server()
        tasks = await begin(server, *(f"/watchful{number}" for number in range(20)))
        assert len(server.at_work) == AT_ONCE
        await end(server, tasks)

    run_apart(scene())


def test_more_than_can_wait_are_refused_and_none_is_remembered_afterwards():
    async def scene() -> None:
        server = Server()
        tasks = await begin(server, *(f"/{number}" for number in range(MOST_WAITING + 1)))
        assert tasks[-1].result() == 429
        cancelled = tasks.pop(0)
        cancelled.cancel()
        await settle()
        assert server.at_work[-1] == f"/{AT_ONCE}"  # who has gone leaves the turn to the next one
        assert await end(server, tasks[:-1]) == [200] * (MOST_WAITING - 1)
        assert not server.served._addresses

    run_apart(scene())


def test_an_address_that_is_not_known_is_one_address():
    async def scene() -> None:
        server = Server()
        tasks = await begin(server, "/1", "/2", "/3", address="")
        assert len(server.at_work) == AT_ONCE
        await end(server, tasks)

    run_apart(scene())
